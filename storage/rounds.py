"""Morning rounds in the record: what a head looks over, that he did, and whom curators are told of who did not.

Source: S0, п. 2, 4; S0-06, S0-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain import rounds
from domain.directory import Directory, Grant, Place
from domain.vocabulary import PersonId, Role, Stage
from storage import staff_mail
from storage import tables as t
from storage.conditions import Condition, covered, in_force, organisations_of
from storage.reference import Reference, load_directory, moment
from storage.rows import TAKEN, opening
from storage.sight import Sight, visible
from storage.viewer import Viewer

case, message, kept = t.message_case, t.message, t.morning_round

MOST_ROWS = 100
"""What is read in two minutes; the counts have them all."""
COUNTS = ("fresh", "waiting", "warned", "overdue")


@dataclass(frozen=True, slots=True)
class Overview:
    """What lies in the head's scope without an answer, the overdue first; how many of which kind."""

    counts: Mapping[str, int]
    rows: Sequence[Mapping[str, Any]]


def overview(connection: sa.Connection, viewer: Viewer) -> Overview:
    """As of now. `opens`: whether he may open the card; only of such, and of no secret one, the text begins here."""
    here = _scope(viewer)
    late, warned = _late(viewer.at), _warned(viewer)
    counting = {
        "fresh": case.c.stage == Stage.COORDINATION.value,
        "waiting": sa.true(),
        "warned": sa.and_(warned, ~late),
        "overdue": late,
    }
    counts = sa.select(*(sa.func.count().filter(which).label(name) for name, which in counting.items()))
    subcategory = t.category.alias("subcategory")
    sees = sa.func.coalesce(visible(viewer.person, viewer.directory, viewer.at), sa.false())
    order = late.desc(), sa.func.coalesce(case.c.stage_due_at, case.c.due_at), case.c.id
    shown = sa.select(case.c.id).where(here).order_by(*order).limit(MOST_ROWS).subquery()
    rows = (
        sa.select(
            *(case.c[name] for name in "id number received_at stage due_at stage_due_at first_reaction_due_at".split()),
            sa.func.left(message.c.text, TAKEN).label("text"),
            t.organisation.c.title.label("organisation_title"),
            subcategory.c.title.label("subcategory_title"),
            t.person.c.name.label("holder_name"),
            late.label("late"),
            sa.and_(warned, ~late).label("warned"),
            (case.c.stage == Stage.COORDINATION.value).label("fresh"),
            sees.label("opens"),
            case.c.rest["secret"].as_boolean().label("secret"),
        )
        .join(message, message.c.id == case.c.id)
        .join(t.organisation, t.organisation.c.id == case.c.organisation)
        .outerjoin(subcategory, subcategory.c.code == case.c.subcategory)
        .outerjoin(t.person, t.person.c.id == case.c.holder)
        .join(shown, shown.c.id == case.c.id)
        .order_by(*order)
    )
    found = connection.execute(counts.where(here)).mappings().one()
    return Overview(dict(found), [_row(row) for row in connection.execute(rows).mappings()])


def _row(row: sa.RowMapping) -> dict[str, Any]:
    told = opening(row["text"], Sight.WITHOUT_CONTACTS) if row["opens"] and not row["secret"] else ""
    return dict(row) | {"opening": told}


def _scope(viewer: Viewer) -> Condition:
    """What lies, unanswered, where he is a head and is about what he is it for; of a unit that has no executor yet, nothing."""
    grants = in_force(viewer.directory.grants_of(viewer.person), viewer.at)
    places = [covered(grant, viewer.directory) for grant in grants if grant.role is Role.HEAD]
    unanswered = sa.and_(case.c.closed_at.is_(None), case.c.outcome.is_(None))
    return sa.and_(unanswered, case.c.stage != Stage.MODERATION.value, sa.or_(sa.false(), *places))


def _late(at: datetime) -> Condition:
    dates = (case.c.due_at, case.c.stage_due_at, case.c.first_reaction_due_at)
    return sa.or_(*(sa.and_(due_at.is_not(None), due_at <= at) for due_at in dates))


def _warned(viewer: Viewer) -> Condition:
    soon = case.c.stage_due_at <= viewer.at + viewer.day.days(1)
    return sa.or_(sa.and_(case.c.stage_due_at.is_not(None), soon), case.c.rest["warned"].as_boolean())


def today_of(viewer: Viewer) -> date:
    """The local day where the person works."""
    return viewer.directory.calendar_of(viewer.person).local(viewer.at).date()


def look(connection: sa.Connection, viewer: Viewer, counts: Mapping[str, int]) -> None:
    """It is in the record that he looked today, with what he saw; his first look of the day stands."""
    values = {"person": viewer.person, "on_day": today_of(viewer), "looked_at": viewer.at}
    values |= {"organisation": viewer.directory.people[viewer.person].organisation} | dict(counts)
    connection.execute(insert(kept).values(values).on_conflict_do_nothing())


def looked_at(connection: sa.Connection, viewer: Viewer) -> datetime | None:
    """When he looked today."""
    query = sa.select(kept.c.looked_at).where(kept.c.person == viewer.person, kept.c.on_day == today_of(viewer))
    found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


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
        passed = [
            (person, day)
            for person, since in _since(connection).items()
            if person in directory.people
            for day in rounds.days_over(directory, person, since, at.now)
        ]
        new = set(passed) - _known(connection, [day for _, day in passed])
    missed = _tell(engine, directory, sorted(new)) if new else []
    reference.derived[known] = rounds.next_morning(directory, at.now)
    return len(missed)


def _tell(engine: sa.Engine, directory: Directory, passed: Sequence[tuple[PersonId, date]]) -> list[str]:
    """The organisations of those days that no other worker has found meanwhile, a day each."""
    with engine.begin() as connection:
        now = moment(connection).now
        rows = [
            {"person": person, "on_day": day, "organisation": directory.people[person].organisation, "told_at": now}
            for person, day in passed
        ]
        made = connection.execute(
            insert(kept).values(rows).on_conflict_do_nothing().returning(kept.c.organisation)
        ).scalars()
        missed = list(made)
        for curator in _curators(directory, set(missed), now):
            staff_mail.put_single(connection, curator, staff_mail.ROUNDS, now)
    return missed


def _since(connection: sa.Connection) -> dict[PersonId, datetime]:
    """Since when each head has been one here."""
    person, grant = t.person, t.grant
    query = (
        sa.select(person.c.id, sa.func.greatest(person.c.created_at, sa.func.min(grant.c.granted_at)).label("since"))
        .join(grant, grant.c.person == person.c.id)
        .where(grant.c.role == Role.HEAD.value, person.c.active, ~person.c.system)
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
    """One person's day: when he looked and at how many, or that he did not."""

    person: PersonId
    name: str
    position: str
    organisation: str
    organisation_title: str
    on_day: date
    looked_at: datetime | None
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
    query = (
        sa.select(kept, t.person.c.name, t.person.c.position, t.organisation.c.title)
        .join(t.person, t.person.c.id == kept.c.person)
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
            {name: getattr(row, name) for name in COUNTS},
        )
        for row in connection.execute(query)
    ]
