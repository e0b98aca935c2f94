"""How the work stands, in numbers alone: by category and by organisation, what is late, and what was answered in time.

For curators over what they oversee, and for whoever controls an order over what it is about. Source: S0, 7; S0, annex 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, assert_never

import sqlalchemy as sa

from domain.vocabulary import Role
from storage import tables as t
from storage.conditions import Condition
from storage.sections import due_soon, overdue
from storage.viewer import Viewer

case = t.message_case

RECENT = timedelta(days=30)
"""Messages that came within it are looked at for how they were answered."""


class By(StrEnum):
    """What the numbers are told by."""

    CATEGORY = "category"
    SUBCATEGORY = "subcategory"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of one category or organisation. `open`: not closed; `due_soon` and `overdue` as in the sections of the same names;
    `answered` and `late`: of the messages that came lately.
    """

    code: str | None
    above: str | None
    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    answered: int = 0
    late: int = 0


def overseen(viewer: Viewer) -> Condition:
    """What lies where the person is a curator, and is about what he was made one for."""
    return viewer.over(Role.CURATOR)


def of_categories(codes: frozenset[str]) -> Condition:
    """What is about these categories or subcategories."""
    listed = sorted(codes)
    return sa.or_(case.c.category.in_(listed), case.c.subcategory.in_(listed))


def numbers(connection: sa.Connection, viewer: Viewer, where: Sequence[Condition], by: By) -> list[Numbers]:
    """Each with its numbers, the latest of work first; `above` is the category of a subcategory."""
    found: dict[tuple[str | None, str | None], dict[str, int]] = {}
    for query in (_open(viewer, where, by), _answered(viewer, where, by)):
        for row in connection.execute(query).mappings():
            counted = found.setdefault((row["above"], row["code"]), {})
            counted |= {name: row[name] for name in row if name not in ("above", "code")}
    told = [Numbers(code, above, **counted) for (above, code), counted in found.items()]
    return sorted(told, key=lambda one: (-one.overdue, -one.due_soon, -one.open, one.code or ""))


def _open(viewer: Viewer, where: Sequence[Condition], by: By) -> sa.Select[Any]:
    waits = case.c.outcome.is_(None)
    counted = sa.func.count()
    return (
        sa.select(
            *_keys(by),
            counted.label("open"),
            counted.filter(waits, due_soon(viewer)).label("due_soon"),
            counted.filter(waits, overdue(viewer)).label("overdue"),
        )
        .where(*where, case.c.closed_at.is_(None))
        .group_by(*_columns(by))
    )


def _answered(viewer: Viewer, where: Sequence[Condition], by: By) -> sa.Select[Any]:
    late = case.c.answered_at > case.c.due_at
    recent = case.c.received_at >= viewer.at - RECENT
    return (
        sa.select(*_keys(by), sa.func.count().label("answered"), sa.func.count().filter(late).label("late"))
        .where(*where, case.c.answered_at.is_not(None), recent)
        .group_by(*_columns(by))
    )


def _columns(by: By) -> list[sa.ColumnElement[Any]]:
    match by:
        case By.CATEGORY:
            return [case.c.category]
        case By.SUBCATEGORY:
            return [case.c.category, case.c.subcategory]
        case By.ORGANISATION:
            return [case.c.organisation]
        case never:
            assert_never(never)


def _keys(by: By) -> list[sa.ColumnElement[Any]]:
    *above, code = _columns(by)
    return [(above[0] if above else sa.null()).label("above"), code.label("code")]
