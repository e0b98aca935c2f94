"""The days of morning rounds in the record: which passed without one, whom curators are told of, what they read of them.

Source: S0, п. 2, 4; S0-06, S0-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain import rounds
from domain.directory import Directory, Grant, Place
from domain.vocabulary import PersonId, Role
from storage import staff_mail
from storage import tables as t
from storage.conditions import Condition, in_force, organisations_of
from storage.reference import Reference, load_directory, moment
from storage.rounds import COUNTS

kept = t.morning_round


def tell_missed(engine: sa.Engine, reference: Reference) -> int:
    """Each working day that passed without a round is in the record, and its curators are written to; how many there were.

    Safe to repeat and for several workers: a day is missed once, in the transaction in which its mail is ordered.
    Looked for once a morning and after changes of reference data: at all other times it is one question for the clock.
    """
    with engine.connect() as connection:
        at = moment(connection)
        known = "rounds", 0, at.reference_version
        if at.now < reference.derived.get(known, at.now):
            return 0
        directory = reference.directory(connection, at)
        since = {person: at for person, at in _since(connection).items() if person in directory.people}
        passed = {
            (person, owed.day): owed.by
            for person in since
            for owed in rounds.days_over(directory, person, since, at.now)
        }
        known_days = _known(connection, [day for _, day in passed])
        new = [(*day, passed[day]) for day in sorted(passed.keys() - known_days)]
    missed = _tell(engine, directory, new) if new else []
    reference.derived[known] = rounds.next_morning(directory, at.now)
    return len(missed)


def _tell(
    engine: sa.Engine, directory: Directory, passed: Sequence[tuple[PersonId, date, PersonId | None]]
) -> list[str]:
    """The organisations of those days that no other worker has found meanwhile, a day each."""
    with engine.begin() as connection:
        now = moment(connection).now
        rows = [
            {
                "person": person,
                "on_day": day,
                "by_person": by,
                "organisation": directory.people[person].organisation,
                "told_at": now,
            }
            for person, day, by in passed
        ]
        made = connection.execute(
            insert(kept).values(rows).on_conflict_do_nothing().returning(kept.c.organisation)
        ).scalars()
        missed = list(made)
        for curator in _curators(directory, set(missed), now):
            staff_mail.put_single(connection, curator, staff_mail.ROUNDS, now)
    return missed


def _since(connection: sa.Connection) -> dict[PersonId, datetime]:
    """Since when each head has been one here. Who works here no more still has his place while it is nobody else's."""
    person, grant = t.person, t.grant
    query = (
        sa.select(person.c.id, sa.func.greatest(person.c.created_at, sa.func.min(grant.c.granted_at)).label("since"))
        .join(grant, grant.c.person == person.c.id)
        .where(grant.c.role == Role.HEAD.value, ~person.c.system)
        .group_by(person.c.id)
    )
    return {row.id: row.since for row in connection.execute(query)}


def _known(connection: sa.Connection, days: Sequence[date]) -> set[tuple[PersonId, date]]:
    query = sa.select(kept.c.person, kept.c.on_day).where(kept.c.on_day.in_(set(days)))
    return {(row.person, row.on_day) for row in connection.execute(query)}


def _curators(directory: Directory, organisations: set[str], at: datetime) -> list[PersonId]:
    found = {one for place in organisations for one in directory.holders(Role.CURATOR, Place(place), at)}
    return sorted(found)


Key = tuple[date, str, str, PersonId]
"""What days are ordered by: the day, then the organisation's title, the person's name and number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days. `after`: the last one of the page before."""

    first: date
    last: date
    missed: bool
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One head's day: when somebody looked and at how many, or that nobody did; `by`: whose it was to look, if anybody's."""

    person: PersonId
    name: str
    position: str
    organisation: str
    organisation_title: str
    on_day: date
    looked_at: datetime | None
    by: PersonId | None
    by_name: str | None
    counts: Mapping[str, int | None]

    @property
    def key(self) -> Key:
        """What pages go on from."""
        return self.on_day, self.organisation_title, self.name, self.person


def days(
    connection: sa.Connection, grants: Sequence[Grant], directory: Directory, wanted: Wanted, limit: int
) -> list[Day]:
    """The days of everybody in the organisations of these grants, the latest first; one more than a page if there are more."""
    places = {place for grant in grants for place in organisations_of(grant, directory)}
    where: list[Condition] = [kept.c.organisation.in_(places), kept.c.on_day.between(wanted.first, wanted.last)]
    if wanted.missed:
        where.append(kept.c.looked_at.is_(None))
    if wanted.after is not None:
        on_day, *rest = wanted.after
        names = sa.tuple_(t.organisation.c.title, t.person.c.name, kept.c.person)
        where += [kept.c.on_day <= on_day, sa.or_(kept.c.on_day < on_day, names > sa.tuple_(*rest))]
    return _days(connection, sa.and_(*where), limit + 1)


def of_mail(connection: sa.Connection, mail_id: int) -> list[Day]:
    """What a mail tells its curator: the days that were found missed when it was ordered, of his organisations."""
    mail = connection.execute(
        sa.select(t.staff_mail.c.person, t.staff_mail.c.created_at).where(t.staff_mail.c.id == mail_id)
    ).one()
    directory = load_directory(connection)
    places = {
        place
        for grant in overseen(directory, mail.person, mail.created_at)
        for place in organisations_of(grant, directory)
    }
    return _days(connection, sa.and_(kept.c.organisation.in_(places), kept.c.told_at == mail.created_at))


def overseen(directory: Directory, person: PersonId, at: datetime) -> list[Grant]:
    """The grants by which the person reads of other people's rounds."""
    return [
        grant for grant in in_force(directory.grants_of(person), at) if grant.role is Role.CURATOR and not grant.unit
    ]


def _days(connection: sa.Connection, where: Condition, limit: int | None = None) -> list[Day]:
    by = t.person.alias("by")
    query = (
        sa.select(kept, t.person.c.name, t.person.c.position, t.organisation.c.title, by.c.name.label("by_name"))
        .join(t.person, t.person.c.id == kept.c.person)
        .outerjoin(by, by.c.id == kept.c.by_person)
        .join(t.organisation, t.organisation.c.id == kept.c.organisation)
        .where(where)
        .order_by(kept.c.on_day.desc(), t.organisation.c.title, t.person.c.name, kept.c.person)
        .limit(limit)
    )
    return [
        Day(
            row.person,
            row.name,
            row.position,
            row.organisation,
            row.title,
            row.on_day,
            row.looked_at,
            row.by_person,
            row.by_name,
            {name: getattr(row, name) for name in COUNTS},
        )
        for row in connection.execute(query)
    ]
