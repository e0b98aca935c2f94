"""What categories and subcategories were and are called, and where they stand: an annex renames and moves, and codes stay.

The record has the name and place of today. What they were called when a message came is asked of the annexes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa

import regulations
from storage import annexes
from storage import tables as t

annex, category = t.annex_revision, t.category

_Stand = tuple[str, str | None]
"""The title of a category or subcategory, and the category in which it stands."""

Names = Mapping[str, tuple[tuple[datetime, str], ...]]
"""Of each that was renamed: since when it was called how, in order."""


def renamed(connection: sa.Connection) -> Names:
    """By the revisions that count."""
    zone = annexes.root_zone(connection)
    found: dict[str, list[tuple[datetime, str]]] = {}
    for row in _revisions(connection, annex.c.state == "published"):
        for code, (title, _) in _stands(row.body).items():
            known = found.setdefault(code, [])
            if not known or known[-1][1] != title:
                known.append((datetime.combine(row.valid_from, time(), zone), title))
    return {code: tuple(names) for code, names in found.items() if len(names) > 1}


def put_right(connection: sa.Connection, now: datetime) -> bool:
    """The record calls each as the annex in force does, and has it where that has it; whether anything was otherwise.

    What an administrator called otherwise than any annex is left to him.
    """
    given: dict[str, set[_Stand]] = {}
    for row in _revisions(connection, annex.c.state != "draft"):
        for code, stand in _stands(row.body).items():
            given.setdefault(code, set()).add(stand)
    several = sorted(code for code, stands in given.items() if len(stands) > 1)
    if not several:
        return False
    on = now.astimezone(annexes.root_zone(connection)).date()
    in_force = connection.execute(annexes.latest(on, annex.c.kind == "categories"))
    wanted = {code: stand for row in in_force for code, stand in _stands(row.body).items()}
    query = sa.select(category.c.code, category.c.title, category.c.parent).where(category.c.code.in_(several))
    wrong = {
        row.code: put
        for row in connection.execute(query.with_for_update())
        if row.code in wanted and (put := _otherwise(row, given[row.code], wanted[row.code]))
    }
    for code, values in wrong.items():
        connection.execute(sa.update(category).where(category.c.code == code).values(values))
    return bool(wrong)


def _otherwise(row: Any, given: Collection[_Stand], wanted: _Stand) -> dict[str, str | None]:
    """What of a record's row some annex has given, and not the one in force."""
    found = {}
    for name, now, value in (("title", row.title, wanted[0]), ("parent", row.parent, wanted[1])):
        if now != value and now in {stand[name == "parent"] for stand in given}:
            found[name] = value
    return found


def _revisions(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Iterable[Any]:
    order = annex.c.valid_from, annex.c.published_at, annex.c.id
    return connection.execute(sa.select(annex).where(annex.c.kind == "categories", *where).order_by(*order))


def _stands(body: Mapping[str, Any]) -> dict[str, _Stand]:
    found = regulations.categories_annex(body)
    return {code: (title, found.above.get(code)) for code, title in found.titles.items()}
