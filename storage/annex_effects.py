"""What a draft would change: each difference to what is in force, the running messages it touches, whose work needs a successor."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

import regulations
from domain import structure
from domain.annexes import CategoriesAnnex, Difference, differences, gone, moves, rerouted
from domain.structure import Structure, carriers
from regulations.structures import Ground
from storage import annexes, structures
from storage import tables as t
from storage.annex_limits import Limited, limited
from storage.structure_limits import reached

case = t.message_case
_OPEN = sa.and_(case.c.closed_at.is_(None), case.c.outcome.is_(None))
_EMPTY = CategoriesAnnex((), ())
_fact = case.c.rest["fact"].astext
_ABOUT = case.c.category, case.c.subcategory, _fact

MOST_SHOWN = 200
"""Messages that a preview lists by number; all are counted."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A running message about whose category, subcategory, fact or organisation the revision says something else.

    Its terms and stages stay.
    """

    id: str
    number: str
    stage: str
    organisation: str
    subcategory: str | None
    fact: str | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who answered and is named no more, with how much unanswered work lies with his units and organisations here."""

    code: str
    title: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would change. `counts`: running messages by category, subcategory or fact; `concerned`: all of these
    together; `running`: all there are."""

    differences: tuple[Difference, ...]
    counts: Mapping[str, int]
    touched: tuple[Touched, ...]
    leaving: tuple[Leaving, ...]
    running: int
    concerned: int = 0
    limited: tuple[Limited, ...] = ()

    @property
    def seen(self) -> str:
        """Which differences these are: who publishes says by it what he has read."""
        return hashlib.sha256(repr(self.differences).encode()).hexdigest()


def preview(connection: sa.Connection, row: Any, on: date) -> Preview:
    """Of the revision against what else would be in force on the day."""
    base = in_force_beside(connection, row, on)
    running = connection.execute(sa.select(sa.func.count()).select_from(case).where(_OPEN)).scalar_one()
    if row.kind == structures.KIND:
        return _of_structure(connection, row, on, running)
    if row.kind != "categories":
        return Preview(body_differences(base or {}, row.body), {}, (), (), running)
    old = regulations.categories_annex(base) if base else _EMPTY
    new = regulations.categories_annex(row.body)
    found = differences(old, new)
    codes = {one.code for one in found if one.code} | rerouted(old, new)
    return Preview(
        found,
        _counts(connection, codes),
        _touched(connection, _about(codes)),
        leaving(connection, old, new, on),
        running,
        _concerned(connection, _about(codes)),
        tuple(limited(connection, moves(old, new))),
    )


def _of_structure(connection: sa.Connection, row: Any, on: date, running: int) -> Preview:
    """The messages that lie with what moves, or below it."""
    ground = structures.ground(connection, on, row.id)
    old, new = ground.now, regulations.structure_annex(row.body).over(ground.now)
    moved = structure.rerouted(old, new)
    there = case.c.organisation.in_(sorted(moved))
    query = sa.select(case.c.organisation, sa.func.count()).where(_OPEN, there).group_by(case.c.organisation)
    counts: Counter[str] = Counter()
    for organisation, count in connection.execute(query):
        counts.update(dict.fromkeys(new.path(organisation), count))
    return Preview(
        structure.differences(old, new, ground.names),
        {code: count for code, count in counts.items() if code in moved},
        _touched(connection, there),
        tuple(_left(connection, ground, new)),
        running,
        _concerned(connection, there),
        tuple(reached(connection, old, new)),
    )


def _left(connection: sa.Connection, ground: Ground, new: Structure) -> Iterator[Leaving]:
    """Units that answer for nothing any more, each by the code that it had."""
    for unit, code in ground.now.units.items():
        if code is not None and new.units[unit] is None:
            yield Leaving(code, ground.names.units[unit], _concerned(connection, case.c.unit == unit))


def in_force_beside(connection: sa.Connection, row: Any, on: date) -> Mapping[str, Any] | None:
    """The body that is in force on the day if this revision is not."""
    annex = t.annex_revision
    query = annexes.latest(on, annex.c.kind == row.kind, annex.c.act == row.act, annex.c.id != row.id)
    found = connection.execute(query).one_or_none()
    return found.body if found else None


def leaving(connection: sa.Connection, old: CategoriesAnnex, new: CategoriesAnnex, on: date) -> tuple[Leaving, ...]:
    """Those who are named no more, with what lies with whoever carries their code on the day."""
    here = structures.on_day(connection, on)
    units, organisations = (carriers(codes, codes) for codes in (here.units, here.organisations))
    return tuple(
        Leaving(
            code,
            old.known[code].title,
            _concerned(
                connection,
                sa.or_(case.c.unit.in_(units.get(code, ())), case.c.organisation.in_(organisations.get(code, ()))),
            ),
        )
        for code in gone(old, new)
    )


def _about(codes: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.in_(codes) for column in _ABOUT))


def _counts(connection: sa.Connection, codes: Collection[str]) -> dict[str, int]:
    """Codes of categories, subcategories and facts are never the same."""
    found: dict[str, int] = {}
    for column in _ABOUT:
        query = sa.select(column, sa.func.count()).where(_OPEN, column.in_(codes)).group_by(column)
        found |= {str(row[0]): int(row[1]) for row in connection.execute(query)}
    return found


def _concerned(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(case).where(_OPEN, which)
    return int(connection.execute(query).scalar_one())


def _touched(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Touched, ...]:
    columns = case.c.id, case.c.number, case.c.stage, case.c.organisation, case.c.subcategory, _fact
    query = sa.select(*columns).where(_OPEN, which)
    return tuple(Touched(*row) for row in connection.execute(query.order_by(case.c.number).limit(MOST_SHOWN)))


def body_differences(old: Any, new: Any, at: str = "") -> tuple[Difference, ...]:
    """What two bodies say otherwise, by the path of each value; rows of a list are told apart by their code."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [*old, *(key for key in new if key not in old)]
        parts = [body_differences(old.get(key), new.get(key), f"{at}.{key}" if at else str(key)) for key in keys]
        return tuple(found for part in parts for found in part)
    if isinstance(old, list) and isinstance(new, list) and (named := _by_name(old)) is not None:
        others = _by_name(new)
        if others is not None:
            return body_differences(named, others, at)
    return () if old == new else (Difference(at, _plain(old), _plain(new)),)


def _by_name(rows: list[Any]) -> dict[str, Any] | None:
    """Rows by their code, if each has one of its own."""
    names = [row.get("code") or row.get("stage") or row.get("id") if isinstance(row, Mapping) else None for row in rows]
    if None in names or len(set(names)) < len(names):
        return None
    return {str(name): row for name, row in zip(names, rows, strict=True)}


def _plain(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(_plain(inner)) for inner in value)
    return None if value is None else str(value)
