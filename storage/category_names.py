"""What subcategories were called and are called: a line of an annex may rename one, which keeps its code.

The record has the name of today. What a message's subcategory was called when the message came is asked of the annexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa

import regulations
from storage import annexes
from storage import tables as t

annex, category = t.annex_revision, t.category

Names = Mapping[str, tuple[tuple[datetime, str], ...]]
"""Of each subcategory that was renamed: since when it was called how, in order."""


def renamed(connection: sa.Connection) -> Names:
    """By the revisions that count."""
    zone = annexes.root_zone(connection)
    found: dict[str, list[tuple[datetime, str]]] = {}
    for row in _revisions(connection, annex.c.state == "published"):
        for code, title in _titles(row.body):
            known = found.setdefault(code, [])
            if not known or known[-1][1] != title:
                known.append((datetime.combine(row.valid_from, time(), zone), title))
    return {code: tuple(names) for code, names in found.items() if len(names) > 1}


def put_right(connection: sa.Connection, now: datetime) -> bool:
    """The record calls each as the annex in force does; whether something was called otherwise.

    What an administrator called otherwise than any annex is left to him.
    """
    given: dict[str, set[str]] = {}
    for row in _revisions(connection, annex.c.state != "draft"):
        for code, title in _titles(row.body):
            given.setdefault(code, set()).add(title)
    several = sorted(code for code, titles in given.items() if len(titles) > 1)
    if not several:
        return False
    on = now.astimezone(annexes.root_zone(connection)).date()
    in_force = connection.execute(annexes.latest(on, annex.c.kind == "categories"))
    wanted = {code: title for row in in_force for code, title in _titles(row.body)}
    query = sa.select(category.c.code, category.c.title).where(category.c.code.in_(several))
    wrong = [
        row.code
        for row in connection.execute(query.with_for_update())
        if row.title in given[row.code] and row.title != wanted.get(row.code, row.title)
    ]
    for code in wrong:
        connection.execute(sa.update(category).where(category.c.code == code).values(title=wanted[code]))
    return bool(wrong)


def _revisions(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Iterable[Any]:
    order = annex.c.valid_from, annex.c.published_at, annex.c.id
    return connection.execute(sa.select(annex).where(annex.c.kind == "categories", *where).order_by(*order))


def _titles(body: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for above in regulations.categories_annex(body).categories:
        for line in above.subcategories:
            yield line.code, line.title
