"""Whoever must do what an order asks, or read it, is written to: that it is his, that its day is near, that it is over; the last
again and again while it is open (`measure_reminder_days`).

Whoever controls the order is told what is overdue. One mail a person, with all there is to tell. Source: S0, 3, 5–7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.directory import Directory
from domain.measures import Tell, heads_of, reminder_of, to_tell
from domain.vocabulary import PersonId
from storage import staff_mail
from storage import tables as t
from storage.reference import Reference, moment

JOINED = timedelta(minutes=30)
"""No person is written to of measures oftener: what an administrator puts down one after another comes together."""

order, measure, reading, told = t.order, t.measure, t.acknowledgement, t.measure_told
_UNDONE = sa.and_(measure.c.done_at.is_(None), measure.c.cancelled_at.is_(None))


@dataclass(frozen=True, slots=True)
class News:
    """A measure, of which one person has to hear. `reminder`: how often he has been told that it is overdue."""

    measure: int
    what: Tell
    due_on: date
    reminder: int = 0


def tell_measures(engine: sa.Engine, reference: Reference) -> int:
    """Everybody who works now has been written to of what is new to him; how many people.

    Looked for each half hour and after changes of reference data, which measures are too. Safe to repeat and for several workers:
    each thing is told once, in the transaction in which its mail is ordered.
    """
    with engine.connect() as connection:
        at = moment(connection)
        known = "measures", 0, at.reference_version
        if at.now < reference.derived.get(known, at.now):
            return 0
        directory = reference.directory(connection, at)
        every_days = reference.settings(connection, at).measure_reminder_days
        news = _news(connection, directory, at.now, every_days)
    told_to = [person for person, some in news.items() if _tell(engine, directory, person, some, at.now)]
    reference.derived[known] = at.now + JOINED
    return len(told_to)


def _news(connection: sa.Connection, directory: Directory, at: datetime, every_days: int) -> dict[PersonId, list[News]]:
    """What each must know by now, told already or not."""
    unit_head = t.unit.c.head.label("unit_head")
    query = sa.select(measure, unit_head, order.c.controller).join(order, order.c.code == measure.c.order_code)
    query = query.outerjoin(t.unit, t.unit.c.id == measure.c.unit).where(_UNDONE).order_by(measure.c.due_on)
    readers = defaultdict(list)
    unread = sa.select(reading.c.measure, reading.c.person).where(reading.c.acknowledged_at.is_(None))
    for row in connection.execute(unread):
        readers[row.measure].append(row.person)
    found: dict[PersonId, list[News]] = defaultdict(list)
    for row in connection.execute(query):
        today = directory.organisations[row.organisation].calendar.local(at).date()
        what, reminder = to_tell(row.due_on, today), reminder_of(row.due_on, today, every_days)
        for person in dict.fromkeys((*_doers(row, directory, at), *readers[row.id])):
            found[person].append(News(row.id, what, row.due_on, reminder))
        if what is Tell.OVERDUE and row.controller is not None:
            found[row.controller].append(News(row.id, Tell.CONTROL, row.due_on, reminder))
    return found


def _doers(row: Any, directory: Directory, at: datetime) -> tuple[PersonId, ...]:
    """The person; else the head of the unit, if it has one; else whoever leads the organisation."""
    if row.person is None and row.unit is None:
        return heads_of(directory, row.organisation, at)
    one = row.person or row.unit_head
    return (one,) if one else ()


def _tell(engine: sa.Engine, directory: Directory, person: PersonId, news: Sequence[News], at: datetime) -> bool:
    """Whether there was something new and he was written to."""
    known = directory.people.get(person)
    if known is None or not known.active or not directory.calendar_of(person).is_working_time(at):
        return False
    with engine.begin() as connection:
        # one at a time for a person: another worker finds what is told
        free, reachable = staff_mail.lock_person(connection, person)
        if not (free and reachable):
            return False  # who can be written to later is told then
        new = list(_new(connection, person, news))
        lately = sa.select(told.c.measure).where(told.c.person == person, told.c.told_at > at - JOINED).limit(1)
        if not new or connection.execute(lately).first() is not None:
            return False
        mail = staff_mail.put_single(connection, person, staff_mail.MEASURES, at)
        rows = [
            {"measure": one.measure, "person": person, "what": one.what.value, "due_on": one.due_on}
            | {"reminder": one.reminder, "told_at": at, "mail": mail}
            for one in new
        ]
        connection.execute(insert(told).values(rows).on_conflict_do_nothing())
    return True


def _new(connection: sa.Connection, person: PersonId, news: Sequence[News]) -> Iterator[News]:
    query = sa.select(told.c.measure, told.c.what, told.c.due_on, told.c.reminder).where(told.c.person == person)
    known = {News(row.measure, Tell(row.what), row.due_on, row.reminder) for row in connection.execute(query)}
    yield from (one for one in news if one not in known)


@dataclass(frozen=True, slots=True)
class Line:
    """A measure in a mail: of which order, what is to be done, by when, where."""

    what: Tell
    title: str
    number: str
    signed_on: date
    clause: str
    organisation_title: str
    due_on: date


def of_mail(connection: sa.Connection, mail_id: int) -> list[Line]:
    """What a mail tells its reader; what was done or cancelled meanwhile, no more."""
    query = (
        sa.select(
            told.c.what,
            measure.c.title,
            order.c.number,
            order.c.signed_on,
            measure.c.clause,
            t.organisation.c.title.label("organisation_title"),
            told.c.due_on,
        )
        .join(measure, measure.c.id == told.c.measure)
        .join(order, order.c.code == measure.c.order_code)
        .join(t.organisation, t.organisation.c.id == measure.c.organisation)
        .where(told.c.mail == mail_id, _UNDONE)
        .order_by(told.c.due_on, measure.c.id)
    )
    return [Line(Tell(row.what), *row[1:]) for row in connection.execute(query)]
