"""Where organisations stand and who carries an order's code, on a day: the record, and the annex in force over it.

Nobody else reads `organisation.parent` and the columns `order_code`, but for the root, whose place no annex changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import regulations
from domain.directory_records import Succession
from domain.structure import Names, Structure, rerouted
from regulations.structures import Ground, PlaceLine, structure_lines
from storage import annexes, rechecks
from storage import tables as t

annex = t.annex_revision
KIND = "structure"
ACT = "S0"
"""The order whose annex it is: there is one structure, so one order says it."""
_IS_STRUCTURE = annex.c.kind == KIND


def on_day(connection: sa.Connection, on: date, besides: int | None = None) -> Structure:
    """By the revision in force on the local day; `besides`: as if this one were not."""
    query = annexes.latest(on, _IS_STRUCTURE, annex.c.id.is_distinct_from(besides))
    row = connection.execute(query).one_or_none()
    record = _recorded(connection)
    return regulations.structure_annex(row.body).over(record) if row else record


def coming(connection: sa.Connection, after: date) -> dict[date, Structure]:
    """By each revision that will come into force after the day."""
    query = sa.select(annex).where(_IS_STRUCTURE, annex.c.state == "published", annex.c.valid_from > after)
    rows = connection.execute(query.order_by(annex.c.valid_from, annex.c.published_at)).all()
    record = _recorded(connection)
    return {row.valid_from: regulations.structure_annex(row.body).over(record) for row in rows}


def ground(connection: sa.Connection, on: date, besides: int | None = None) -> Ground:
    """What a revision that is to be in force on the day is laid over."""
    published = sa.select(annex.c.body).where(annex.c.kind == "categories", annex.c.state == "published")
    parsed = (
        regulations.categories_annex(body) for body in connection.execute(published.order_by(annex.c.id)).scalars()
    )
    answerers = {code: one for each in parsed for code, one in each.known.items()}
    organisations = connection.execute(sa.select(*t.organisation.c["id", "title", "active"])).all()
    units = connection.execute(sa.select(*t.unit.c["id", "title", "organisation"])).all()
    names = Names(
        {row.id: row.title for row in organisations},
        {row.id: row.title for row in units},
        {code: one.title for code, one in answerers.items()},
    )
    return Ground(
        on_day(connection, on, besides),
        names,
        {row.id: row.organisation for row in units},
        frozenset(row.id for row in organisations if not row.active),
        answerers,
    )


def in_words(connection: sa.Connection, on: date) -> Iterator[PlaceLine]:
    """What is in force on the day: organisations that work, below one another, and of their units those that an order names."""
    known = ground(connection, on)
    for one in structure_lines(known.now, known):
        if one.order_code if one.unit else one.id not in known.resting:
            yield one


def leaning(connection: sa.Connection, on: date) -> str | None:
    """An organisation that works on the day below one that does not; None: there is none."""
    active = set(connection.execute(sa.select(t.organisation.c.id).where(t.organisation.c.active)).scalars())
    above = on_day(connection, on).above
    return next((one for one in sorted(active & above.keys()) if above[one] not in {*active, None}), None)


def left(connection: sa.Connection, on: date, successors: Mapping[str, str | None]) -> Iterator[Succession]:
    """Units that answered here by the record or an earlier revision and answer for nothing now: what lies with them is for whoever
    carries their code now. `successors`: of codes that orders name no more."""
    units = annex.c.body["units"].label("units")
    query = sa.select(units, annex.c.order_number, annex.c.valid_from).where(_IS_STRUCTURE, *annexes.published(on))
    carried = {row.id: row.order_code for row in connection.execute(sa.select(*t.unit.c["id", "order_code"]))}
    found: dict[str, Succession] = {}
    for row in connection.execute(query.order_by(annex.c.valid_from, annex.c.published_at, annex.c.id)):
        for unit in row.units:
            code, now = carried[unit["id"]], unit.get("order_code")
            carried[unit["id"]] = now
            if now is not None:
                found.pop(unit["id"], None)
            elif code is not None:
                heir = successors.get(code, code)
                found[unit["id"]] = Succession(code, heir, row.order_number, row.valid_from, units=(unit["id"],))
    yield from (found[unit] for unit in sorted(found))


@dataclass(frozen=True, slots=True)
class _Reign:
    """When a revision began and ceased to be among those in force: not before it was published, or was taken back."""

    id: int
    begins: datetime
    ends: datetime | None

    def lasts(self, at: datetime) -> bool:
        return self.begins <= at and (self.ends is None or at < self.ends)


def moves(connection: sa.Connection, after: datetime | None, until: datetime) -> dict[str, datetime]:
    """Organisations that have come to stand below others since then, each with the last instant at which they did."""
    reigns = _reigns(connection)
    instants = _instants(reigns, after, until)
    if not instants:
        return {}
    record = _recorded(connection)

    def at_instant(at: datetime | None) -> Structure:
        ruling = next((one.id for one in reversed(reigns) if at is not None and one.lasts(at)), None)
        if ruling is None:
            return record
        body = connection.execute(sa.select(annex.c.body).where(annex.c.id == ruling)).scalar_one()
        return regulations.structure_annex(body).over(record)

    found: dict[str, datetime] = {}
    before = at_instant(after)
    for at in instants:
        now = at_instant(at)
        found |= dict.fromkeys(rerouted(before, now), at)
        before = now
    return found


def settle(connection: sa.Connection, now: datetime) -> bool:
    """Messages of organisations that came below others are looked at again, once; whether any organisation did.

    Call it where a revision is published or taken back; after the midnight of a later one the relay does, whenever it runs.
    """
    table = t.installation
    settled = connection.execute(sa.select(table.c.structure_settled_at)).scalar_one()
    if not _instants(_reigns(connection), settled, now):
        return False
    moved = sorted(moves(connection, settled, now))
    rechecks.mark(connection, rechecks.case.c.organisation.in_(moved))
    connection.execute(sa.update(table).values(structure_settled_at=now))
    return bool(moved)


def _instants(reigns: Collection[_Reign], after: datetime | None, until: datetime) -> list[datetime]:
    """At which another revision may have come to count."""
    every = {at for one in reigns for at in (one.begins, one.ends) if at is not None}
    return sorted(at for at in every if at <= until and (after is None or at > after))


def _reigns(connection: sa.Connection) -> list[_Reign]:
    """In the order of `annexes.latest`: of those that last at an instant the last one counts."""
    zone = annexes.root_zone(connection)
    columns = annex.c.id, annex.c.valid_from, annex.c.published_at, annex.c.taken_back_at
    query = sa.select(*columns).where(_IS_STRUCTURE, annex.c.state != "draft")
    rows = connection.execute(query.order_by(annex.c.valid_from, annex.c.published_at, annex.c.id))
    return [_Reign(row.id, _begin(row.valid_from, row.published_at, zone), row.taken_back_at) for row in rows]


def _begin(day: date, published_at: datetime, zone: ZoneInfo) -> datetime:
    return max(datetime.combine(day, time(), zone), published_at)


def _recorded(connection: sa.Connection) -> Structure:
    organisations = connection.execute(sa.select(*t.organisation.c["id", "parent", "order_code"])).all()
    units = connection.execute(sa.select(*t.unit.c["id", "order_code"])).all()
    return Structure(
        {row.id: row.parent for row in organisations},
        {row.id: row.order_code for row in organisations},
        {row.id: row.order_code for row in units},
    )
