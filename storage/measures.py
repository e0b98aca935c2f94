"""Measures of orders in the record: who sees, keeps and does them, and who has read an order. Source: S0, 3, 5–7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.directory import Directory
from domain.measures import led_by
from domain.vocabulary import PersonId
from storage import tables as t
from storage.administration import Scope, scope_of

order, measure, reading = t.order, t.measure, t.acknowledgement

_doer, _done_by, _unit_head = t.person.alias("doer"), t.person.alias("marked"), t.person.alias("unit_head")
_today = sa.func.otklik_now().op("AT TIME ZONE")(t.organisation.c.time_zone).cast(sa.Date)
_is_open = sa.and_(measure.c.done_at.is_(None), measure.c.cancelled_at.is_(None))
_is_overdue = sa.and_(_is_open, measure.c.due_on < _today)


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who looks at measures: his number, what he administers and leads. Nobody sees what `sees` does not grant."""

    person: PersonId
    scope: Scope
    leads: tuple[str, ...]

    @classmethod
    def of(cls, directory: Directory, person: PersonId, at: datetime) -> Onlooker:
        """The person as of the instant."""
        return cls(person, scope_of(directory, person, at), tuple(led_by(directory, person, at)))

    @property
    def does(self) -> sa.ColumnElement[bool]:
        """A measure is his: he is named, or leads the unit, or the organisation where nobody is named."""
        units = sa.select(t.unit.c.id).where(t.unit.c.head == self.person)
        by_place = sa.or_(
            measure.c.unit.in_(units), sa.and_(measure.c.unit.is_(None), measure.c.organisation.in_(self.leads))
        )
        return sa.or_(measure.c.person == self.person, sa.and_(measure.c.person.is_(None), by_place))

    @property
    def keeps(self) -> sa.ColumnElement[bool]:
        """He administers the organisation that does it."""
        if self.scope.whole:
            return sa.true()
        known = self.scope.directory.organisations
        return measure.c.organisation.in_([one for one in known if self.scope.covers(one)])

    @property
    def controls(self) -> sa.ColumnElement[bool]:
        """The order names him as the one who controls that it is carried out. Source: S0, 7."""
        return order.c.controller == self.person

    @property
    def sees(self) -> sa.ColumnElement[bool]:
        """A measure, its evidence and its readers may be seen."""
        return sa.or_(self.does, self.keeps, self.controls)


def orders(connection: sa.Connection, who: Onlooker | None = None) -> list[sa.RowMapping]:
    """All orders by code, each with how many of its measures are open, overdue and done: of those that he sees, or of none."""
    sees = who.sees if who else sa.false()
    counted = sa.func.count().filter
    query = (
        sa.select(
            order,
            t.person.c.name.label("controller_name"),
            t.person.c.position.label("controller_position"),
            counted(sees, _is_open).label("open"),
            counted(sees, _is_overdue).label("overdue"),
            counted(sees, measure.c.done_at.is_not(None)).label("done"),
        )
        .outerjoin(t.person, t.person.c.id == order.c.controller)
        .outerjoin(measure, measure.c.order_code == order.c.code)
        .outerjoin(t.organisation, t.organisation.c.id == measure.c.organisation)
        .group_by(order.c.code, t.person.c.id)
        .order_by(order.c.code)
    )
    return list(connection.execute(query).mappings())


def measures(connection: sa.Connection, who: Onlooker, *where: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
    """Those that he sees, what is due first before what is over, with names and how many have read what is to be read."""
    asked = sa.select(sa.func.count()).where(reading.c.measure == measure.c.id)
    query = (
        sa.select(
            measure,
            order.c.title.label("order_title"),
            t.organisation.c.title.label("organisation_title"),
            t.unit.c.title.label("unit_title"),
            _doer.c.name.label("person_name"),
            _unit_head.c.name.label("unit_head_name"),
            _done_by.c.name.label("done_by_name"),
            _is_overdue.label("overdue"),
            sa.func.coalesce(who.does, sa.false()).label("his"),
            who.keeps.label("kept"),
            asked.scalar_subquery().label("asked"),
            asked.where(reading.c.acknowledged_at.is_not(None)).scalar_subquery().label("acknowledged"),
        )
        .join(order, order.c.code == measure.c.order_code)
        .join(t.organisation, t.organisation.c.id == measure.c.organisation)
        .outerjoin(t.unit, t.unit.c.id == measure.c.unit)
        .outerjoin(_doer, _doer.c.id == measure.c.person)
        .outerjoin(_unit_head, _unit_head.c.id == t.unit.c.head)
        .outerjoin(_done_by, _done_by.c.id == measure.c.done_by)
        .where(who.sees, *where)
        .order_by(_is_open.desc(), measure.c.due_on, measure.c.id)
    )
    return list(connection.execute(query).mappings())


def one(connection: sa.Connection, who: Onlooker, measure_id: int) -> sa.RowMapping | None:
    """The measure, if he sees it."""
    return next(iter(measures(connection, who, measure.c.id == measure_id)), None)


def shown_by(connection: sa.Connection, who: Onlooker, file: str) -> bool:
    """Whether the file shows that a measure is done which he sees."""
    return bool(measures(connection, who, measure.c.files.contains([file])))


def of_order(code: str) -> sa.ColumnElement[bool]:
    """Measures of the order."""
    return measure.c.order_code == code


def to_do(who: Onlooker) -> sa.ColumnElement[bool]:
    """What waits for him."""
    return sa.and_(who.does, _is_open)


def overdue() -> sa.ColumnElement[bool]:
    """What is open after its day, by the clock of the organisation that does it."""
    return _is_overdue


def readers(connection: sa.Connection, measure_id: int) -> list[sa.RowMapping]:
    """The register of a measure: who must read, where he is head, and when he said that he has."""
    query = (
        sa.select(
            reading, t.person.c.name, t.person.c.position, t.person.c.active, t.organisation.c.title.label("place")
        )
        .join(t.person, t.person.c.id == reading.c.person)
        .join(t.organisation, t.organisation.c.id == reading.c.organisation)
        .where(reading.c.measure == measure_id)
        .order_by(t.organisation.c.title, t.person.c.name)
    )
    return list(connection.execute(query).mappings())


def to_read(connection: sa.Connection, person: PersonId) -> list[sa.RowMapping]:
    """What the person must read still, and how much of it is overdue, first due first."""
    query = (
        sa.select(
            measure.c.id,
            measure.c.title,
            measure.c.due_on,
            order.c.code,
            order.c.number,
            order.c.signed_on,
            order.c.title.label("order_title"),
            (measure.c.due_on < _today).label("overdue"),
        )
        .select_from(reading)
        .join(measure, measure.c.id == reading.c.measure)
        .join(order, order.c.code == measure.c.order_code)
        .join(t.organisation, t.organisation.c.id == measure.c.organisation)
        .where(reading.c.person == person, reading.c.acknowledged_at.is_(None), measure.c.cancelled_at.is_(None))
        .order_by(measure.c.due_on, measure.c.id)
    )
    return list(connection.execute(query).mappings())


def waiting(connection: sa.Connection, who: Onlooker) -> int:
    """How much waits for him: to read, to do, and what others are late with under his control."""
    unread = (
        sa.select(sa.func.count())
        .select_from(reading.join(measure, measure.c.id == reading.c.measure))
        .where(reading.c.person == who.person, reading.c.acknowledged_at.is_(None), measure.c.cancelled_at.is_(None))
    )
    undone = sa.select(sa.func.count()).select_from(measure).where(to_do(who))
    places = measure.join(order, order.c.code == measure.c.order_code)
    late = (
        sa.select(sa.func.count())
        .select_from(places.join(t.organisation, t.organisation.c.id == measure.c.organisation))
        .where(who.controls, _is_overdue, sa.not_(sa.func.coalesce(who.does, sa.false())))
    )
    parts = (one.scalar_subquery() for one in (unread, undone, late))
    return sum(connection.execute(sa.select(*parts)).one())
