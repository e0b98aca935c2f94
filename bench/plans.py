"""Which tables a query reads from end to end, and how much of the record: the plans of what the product really asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

Asked = tuple[str, Any]
"""A statement as the driver gets it, and its values."""


@contextlib.contextmanager
def overheard(engine: sa.Engine) -> Iterator[list[Asked]]:
    """The questions about cases that are asked through the engine meanwhile."""
    found: list[Asked] = []

    def hear(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and "message_case" in statement:
            found.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def read_whole(connection: sa.Connection, asked: Asked) -> set[str]:
    """The tables that PostgreSQL would read from end to end for it."""
    statement, parameters = asked
    [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return {node["Relation Name"] for node in _nodes(plan["Plan"]) if node["Node Type"] == "Seq Scan"}


def blocks(connection: sa.Connection, asked: Asked) -> int:
    """How many blocks of tables and indexes answering it takes: alike however busy the machine is."""
    statement, parameters = asked
    [plan] = connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", parameters
    ).scalar_one()
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
