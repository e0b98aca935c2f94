"""The whole record at one moment, to see what an act changed in it, and that it changed nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from storage import tables as t

Row = Mapping[str, Any]
Record = dict[str, dict[tuple[Any, ...], Row]]


def everything(engine: sa.Engine) -> Record:
    """Every row of every table that PostgreSQL has, by its primary key; sealed columns as they lie there.

    The tables are asked of the database, so a table that is added later is compared too.
    """
    record: Record = {}
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            found = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()
            rows = [{column: _comparable(value) for column, value in row.items()} for row in found]
            known = t.metadata.tables.get(name)
            key = [] if known is None else [column.name for column in known.primary_key]
            record[name] = {tuple(repr(row[column]) for column in key or row): row for row in rows}
    assert record.keys() > t.metadata.tables.keys()
    return record


def changes(before: Record, after: Record) -> Counter[str]:
    """What differs and how often: `letter: new`, `letter: gone`, `decision: judged_at, verdict`."""
    assert before.keys() == after.keys()
    found: Counter[str] = Counter()
    for table, rows in after.items():
        found.update(f"{table}: gone" for _ in before[table].keys() - rows.keys())
        found.update(f"{table}: new" for _ in rows.keys() - before[table].keys())
        for key in rows.keys() & before[table].keys():
            old, new = before[table][key], rows[key]
            if columns := sorted(name for name in new if new[name] != old[name]):
                found[f"{table}: {', '.join(columns)}"] += 1
    return found


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
