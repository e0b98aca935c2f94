"""Where organisations stand and who carries an order's code, on a day: the record, and the annex in force over it.

Nobody else reads `organisation.parent` and the columns `order_code`, but for the root, whose place no annex changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
import structlog

import regulations
from domain.annexes import Responsible
from domain.directory_records import Succession
from domain.structure import Names, Structure, rerouted
from regulations.structures import Ground, PlaceLine, structure_lines
from storage import annexes, rechecks
from storage import tables as t
from storage.reigns import IN_ORDER, Reign, instants, reigns, ruling, turns

log = structlog.get_logger()

annex = t.annex_revision
KIND = "structure"
ACT = "S0"
"""The order whose annex it is: there is one structure, so one order says it."""
_IS_STRUCTURE = annex.c.kind == KIND


def on_day(connection: sa.Connection, on: date, besides: int | None = None) -> Structure:
    """By the revision in force on the local day; `besides`: as if this one were not."""
    query = annexes.latest(on, _IS_STRUCTURE, annex.c.id.is_distinct_from(besides))
    row = connection.execute(query).one_or_none()
    return laid(connection, row.body if row else None)


def laid(connection: sa.Connection, body: Mapping[str, Any] | None) -> Structure:
    """What a revision with this body says, over what the record says; None: the record alone."""
    record = recorded(connection)
    whole = regulations.structure_annex(body).over(record) if body else record
    sound = whole.sound(record)
    if sound is not whole:
        log.error("structure goes in a circle", organisations=[one for one in whole.above if whole.is_circle(one)])
    return sound


def coming(connection: sa.Connection, after: date) -> dict[date, Structure]:
    """By each revision that will come into force after the day."""
    query = sa.select(annex).where(_IS_STRUCTURE, annex.c.state == "published", annex.c.valid_from > after)
    rows = connection.execute(query.order_by(annex.c.valid_from, annex.c.published_at)).all()
    return {row.valid_from: laid(connection, row.body) for row in rows}


def names(connection: sa.Connection) -> Names:
    """What people call what a structure speaks of."""
    organisations, units = (
        {row.id: row.title for row in connection.execute(sa.select(*table.c["id", "title"]))}
        for table in (t.organisation, t.unit)
    )
    return Names(organisations, units, {code: one.title for code, one in _answerers(connection).items()})


def _answerers(connection: sa.Connection) -> dict[str, Responsible]:
    """All whom orders name."""
    published = sa.select(annex.c.body).where(annex.c.kind == "categories", annex.c.state == "published")
    bodies = connection.execute(published.order_by(annex.c.id)).scalars()
    return {code: one for body in bodies for code, one in regulations.categories_annex(body).known.items()}


def ground(connection: sa.Connection, on: date, besides: int | None = None) -> Ground:
    """What a revision that is to be in force on the day is laid over and compared with."""
    resting = sa.select(t.organisation.c.id).where(~t.organisation.c.active)
    return Ground(
        recorded(connection),
        on_day(connection, on, besides),
        names(connection),
        {row.id: row.organisation for row in connection.execute(sa.select(*t.unit.c["id", "organisation"]))},
        frozenset(connection.execute(resting).scalars()),
        _answerers(connection),
    )


def in_words(connection: sa.Connection, on: date) -> Iterator[PlaceLine]:
    """What is in force on the day: organisations that work, below one another, and of their units those that an order names."""
    known = ground(connection, on)
    for one in structure_lines(known.now, known):
        if one.order_code if one.unit else one.id not in known.resting:
            yield one


def leaning(connection: sa.Connection, on: date) -> str | None:
    """The title of an organisation that works on the day below one that does not; None: there is none."""
    working = sa.select(*t.organisation.c["id", "title"]).where(t.organisation.c.active)
    active = {row.id: row.title for row in connection.execute(working.order_by(t.organisation.c.id))}
    above = on_day(connection, on).above
    return next((title for one, title in active.items() if above[one] not in {*active, None}), None)


def left(connection: sa.Connection, now: datetime, successors: Mapping[str, str | None]) -> Iterator[Succession]:
    """Units that answered here by the record or a revision that was in force, and answer for nothing now.

    What lies with them is for whoever carries their code now. `successors`: of codes that orders name no more.
    """
    zone = annexes.root_zone(connection)
    record = recorded(connection).units
    carried = dict(record)
    found: dict[str, Succession] = {}
    for turn in turns(_reigns(connection, annex.c.order_number, annex.c.body["units"].label("units")), now):
        listed = turn.after.row.units if turn.after else ()
        for unit, named in {**record, **{one["id"]: one.get("order_code") for one in listed}}.items():
            code, carried[unit] = carried.get(unit), named  # a unit of this moment was not read yet
            if named is not None:
                found.pop(unit, None)
            elif code is not None:
                found[unit] = Succession(code, successors.get(code, code), *turn.cause(zone), units=(unit,))
    yield from (found[unit] for unit in sorted(found))


def moves(connection: sa.Connection, after: datetime | None, until: datetime) -> dict[str, datetime]:
    """Organisations that have come to stand below others since then, each with the last instant at which they did."""
    known = _reigns(connection)
    turning = instants(known, after, until)
    if not turning:
        return {}

    def at_instant(at: datetime | None) -> Structure:
        valid = ruling(known, at) if at is not None else None
        body = sa.select(annex.c.body).where(annex.c.id == (valid and valid.row.id))
        return laid(connection, connection.execute(body).scalar_one_or_none())

    found: dict[str, datetime] = {}
    before = at_instant(after)
    for at in turning:
        now = at_instant(at)
        found |= dict.fromkeys(rerouted(before, now), at)
        before = now
    return found


def settle(connection: sa.Connection, now: datetime) -> bool:
    """Messages of organisations that came below others are looked at again, once; whether any organisation did.

    Call it where a revision is published or taken back; after the midnight of a later one the relay does, whenever it runs.
    """
    if is_settled(connection, now):
        return False
    moved = sorted(moves(connection, _settled_at(connection), now))
    rechecks.mark(connection, rechecks.case.c.organisation.in_(moved))
    connection.execute(sa.update(t.installation).values(structure_settled_at=now))
    return bool(moved)


def is_settled(connection: sa.Connection, now: datetime) -> bool:
    """Whether nothing has come into force or gone since it was last settled."""
    return not instants(_reigns(connection), _settled_at(connection), now)


def _settled_at(connection: sa.Connection) -> datetime | None:
    at: datetime | None = connection.execute(sa.select(t.installation.c.structure_settled_at)).scalar_one()
    return at


def _reigns(connection: sa.Connection, *more: sa.ColumnElement[Any]) -> list[Reign]:
    columns = annex.c["id", "author", "valid_from", "published_at", "taken_back_at"]
    rows = connection.execute(
        sa.select(*columns, *more).where(_IS_STRUCTURE, annex.c.state != "draft").order_by(*IN_ORDER)
    )
    return reigns(rows, annexes.root_zone(connection))


def recorded(connection: sa.Connection) -> Structure:
    """How it was when each came."""
    organisations = connection.execute(sa.select(*t.organisation.c["id", "parent", "order_code"])).all()
    units = connection.execute(sa.select(*t.unit.c["id", "order_code"])).all()
    return Structure(
        {row.id: row.parent for row in organisations},
        {row.id: row.order_code for row in organisations},
        {row.id: row.order_code for row in units},
    )
