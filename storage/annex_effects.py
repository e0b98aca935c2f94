"""What publishing or taking back would change: each difference, the running messages it touches, whose work needs a successor.

Also on the day of a revision that waits for it: drawn up without this change, it would undo it, and nobody was shown that.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

import regulations
from domain import structure
from domain.annexes import CategoriesAnnex, Difference, differences, gone, moves, rerouted
from domain.structure import Structure, carriers
from storage import annexes, structures
from storage import tables as t
from storage.annex_limits import Limited, limited
from storage.reference import moment
from storage.structure_limits import reached

case = t.message_case
_OPEN = sa.and_(case.c.closed_at.is_(None), case.c.outcome.is_(None))
_EMPTY = CategoriesAnnex((), ())
_annex = t.annex_revision
CATEGORIES = "categories"
Body = Mapping[str, Any] | None
"""Of a revision; None where there is none."""
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
    """Who answered and is named no more, with how much unanswered work lies with his units and organisations here.

    `needed`: somebody has to be named who takes over, since there is such work or may be until the day.
    """

    code: str
    title: str
    waiting: int
    needed: bool


@dataclass(frozen=True, slots=True)
class Later:
    """What the next revision changes from its day on that nobody was shown who published it. `heirs`: as of `Preview`."""

    id: int
    on: date
    order_number: str
    differences: tuple[Difference, ...]
    leaving: tuple[Leaving, ...]
    heirs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be otherwise. `counts`: running messages by category, subcategory or fact; `concerned`: all of these together;
    `running`: all there are; `heirs`: who may take over from those who leave, with their titles."""

    differences: tuple[Difference, ...]
    counts: Mapping[str, int]
    touched: tuple[Touched, ...]
    leaving: tuple[Leaving, ...]
    running: int
    concerned: int = 0
    limited: tuple[Limited, ...] = ()
    heirs: Mapping[str, str] = field(default_factory=dict)
    later: Later | None = None

    @property
    def seen(self) -> str:
        """Which differences these are: who publishes or takes back says by it what he has read."""
        later = self.later and (self.later.on, self.later.differences)
        return hashlib.sha256(repr((self.differences, later)).encode()).hexdigest()


def preview(connection: sa.Connection, row: Any, on: date) -> Preview:
    """Of publishing the revision for the day."""
    return _between(connection, row, on, in_force_beside(connection, row, on), row.body)


def undoing(connection: sa.Connection, row: Any) -> tuple[date, Preview]:
    """Of taking the published revision back: from which day something is otherwise, and what."""
    on = max(_today(connection), row.valid_from)
    return on, _between(connection, row, on, _valid(connection, row, on), in_force_beside(connection, row, on))


def in_force_beside(connection: sa.Connection, row: Any, on: date) -> Body:
    """The body that is in force on the day if this revision is not."""
    return _valid(connection, row, on, _annex.c.id != row.id)


def _between(connection: sa.Connection, row: Any, on: date, old: Body, new: Body) -> Preview:
    running = connection.execute(sa.select(sa.func.count()).select_from(case).where(_OPEN)).scalar_one()
    found = Preview(_differences(connection, row.kind, old, new), {}, (), (), running)
    if row.kind == structures.KIND:
        found = _of_structure(connection, found, structures.laid(connection, old), structures.laid(connection, new))
    elif row.kind == CATEGORIES:
        found = _of_categories(connection, found, _parsed(old), _parsed(new), on)
    return replace(found, later=_later(connection, row, on, old, new))


def _later(connection: sa.Connection, row: Any, on: date, old: Body, new: Body) -> Later | None:
    """What the next revision says otherwise than `new` is changed back; but for what it says otherwise than `old`, too."""
    waiting = _annex.c.kind == row.kind, _annex.c.act == row.act, _annex.c.id != row.id
    first = sa.select(sa.func.min(_annex.c.valid_from)).where(
        _annex.c.state == "published", _annex.c.valid_from > on, *waiting
    )
    if (day := connection.execute(first).scalar_one()) is None:
        return None
    following = connection.execute(annexes.latest(day, *waiting)).one()
    foreseen = _differences(connection, row.kind, old, following.body)
    undone = [one for one in _differences(connection, row.kind, new, following.body) if one not in foreseen]
    if not undone:
        return None
    leaves: tuple[Leaving, ...] = ()
    heirs: Mapping[str, str] = {}
    if row.kind == CATEGORIES:
        was, now, then = (_parsed(body) for body in (old, new, following.body))
        named = (_leaving(connection, one, then, day) for one in (was, now))
        asked, every = ({one.code: one for one in some} for some in named)
        given = {*asked, *following.successors}
        leaves = tuple(one for code, one in every.items() if code not in given)
        heirs = _heirs(then)
    return Later(following.id, day, following.order_number, tuple(undone), leaves, heirs)


def _differences(connection: sa.Connection, kind: str, old: Body, new: Body) -> tuple[Difference, ...]:
    if kind == CATEGORIES:
        return differences(_parsed(old), _parsed(new))
    if kind == structures.KIND:
        was, now = (structures.laid(connection, body) for body in (old, new))
        return structure.differences(was, now, structures.names(connection))
    return body_differences(old or {}, new or {})


def _of_categories(
    connection: sa.Connection, found: Preview, old: CategoriesAnnex, new: CategoriesAnnex, on: date
) -> Preview:
    codes = {one.code for one in found.differences if one.code} | rerouted(old, new)
    return replace(
        found,
        counts=_counts(connection, codes),
        touched=_touched(connection, _about(codes)),
        concerned=_concerned(connection, _about(codes)),
        leaving=_leaving(connection, old, new, on),
        heirs=_heirs(new),
        limited=tuple(limited(connection, moves(old, new), old.codes - new.codes)),
    )


def _of_structure(connection: sa.Connection, found: Preview, old: Structure, new: Structure) -> Preview:
    """The messages that lie with what moves, or below it."""
    moved = structure.rerouted(old, new)
    there = case.c.organisation.in_(sorted(moved))
    query = sa.select(case.c.organisation, sa.func.count()).where(_OPEN, there).group_by(case.c.organisation)
    counts: Counter[str] = Counter()
    for organisation, count in connection.execute(query):
        counts.update(dict.fromkeys(new.path(organisation), count))
    return replace(
        found,
        counts={code: count for code, count in counts.items() if code in moved},
        touched=_touched(connection, there),
        concerned=_concerned(connection, there),
        leaving=tuple(_left(connection, old, new)),
        limited=tuple(reached(connection, old, new)),
    )


def _left(connection: sa.Connection, old: Structure, new: Structure) -> Iterator[Leaving]:
    """Units that answer for nothing any more, each by the code that it had: whoever carries that then takes over."""
    carried = {*new.units.values(), *new.organisations.values()}
    titles = structures.names(connection).units
    for unit, code in old.units.items():
        if code is not None and new.units[unit] is None:
            waiting = _concerned(connection, case.c.unit == unit)
            yield Leaving(code, titles[unit], waiting, waiting > 0 and code not in carried)


def _valid(connection: sa.Connection, row: Any, on: date, *where: sa.ColumnElement[bool]) -> Body:
    query = annexes.latest(on, _annex.c.kind == row.kind, _annex.c.act == row.act, *where)
    found = connection.execute(query).one_or_none()
    return found.body if found else None


def _today(connection: sa.Connection) -> date:
    return annexes.today(connection, moment(connection).now)


def _parsed(body: Body) -> CategoriesAnnex:
    return regulations.categories_annex(body) if body else _EMPTY


def _heirs(annex: CategoriesAnnex) -> dict[str, str]:
    return {one.code: one.title for one in annex.answerers if one.code in annex.named}


def _leaving(connection: sa.Connection, old: CategoriesAnnex, new: CategoriesAnnex, on: date) -> tuple[Leaving, ...]:
    """Those who are named no more, with what lies with whoever carries their code on the day.

    Where the day is still to come, work may be given to them until then.
    """
    here = structures.on_day(connection, on)
    units, organisations = (carriers(codes, codes) for codes in (here.units, here.organisations))
    is_to_come = on > _today(connection)
    found = []
    for code in gone(old, new):
        lies = case.c.unit.in_(units.get(code, ())), case.c.organisation.in_(organisations.get(code, ()))
        waiting = _concerned(connection, sa.or_(*lies))
        needed = waiting > 0 or (is_to_come and (code in units or code in organisations))
        found.append(Leaving(code, old.known[code].title, waiting, needed))
    return tuple(found)


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
