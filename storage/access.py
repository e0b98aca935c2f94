"""Who opened what of which case, and whether it was then his to deal with. Append-only; curators read what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from domain.case import Case
from domain.concerned import with_whom
from domain.directory import Directory, Grant
from domain.verdict import World
from domain.vocabulary import PersonId, Role
from storage import presence
from storage import tables as t
from storage.conditions import Condition, about, in_force, organisations_of

ONE_READING = timedelta(minutes=10)
"""Whoever opens the same again within it goes on reading; so does whoever has had the card open ever since, whose page reads it
anew as it changes. Nothing is written then, so that a refreshed card costs no commit.

Where the case has moved, or he has no task there any more, it is another reading."""

record, case = t.access_record, t.message_case


class Opened(StrEnum):
    """What was opened."""

    CARD = "card"
    CONTACTS = "contacts"
    FILE = "file"
    STORY = "story"
    """As much as the applicant reads himself, to tell it him."""
    CALL = "call"
    """What was said in a call about it that a colleague took."""
    ANSWER = "answer"
    """Its answer and the beginning of its question, without names, beside another case that is like it."""
    EXPORT = "export"
    """Its line in a list that was taken away, with the lines of others: `storage.exports`."""


_earlier = record.alias("earlier")
_case = sa.bindparam("case", type_=record.c.case_id.type)
_reader = sa.bindparam("reader", type_=sa.BigInteger)
_now = sa.bindparam("now", type_=t.Instant)
_what = sa.bindparam("what", type_=sa.Text)
_open_since = presence.since(_case, _reader, _now).where(_what == Opened.CARD.value).scalar_subquery()
_same = sa.exists().where(
    _earlier.c.case_id == _case,
    _earlier.c.person == _reader,
    _earlier.c.at > sa.func.coalesce(_open_since, _now) - ONE_READING,
    _earlier.c.opened == _what,
    _earlier.c.file.is_not_distinct_from(sa.bindparam("which", type_=record.c.file.type)),
    _earlier.c.organisation == sa.bindparam("where", type_=sa.Text),
    _earlier.c.with_task == sa.bindparam("task", type_=sa.Boolean),
)
_NOTE = sa.insert(record).from_select(
    ["at", "person", "case_id", "opened", "file", "organisation", "with_task"],
    sa.select(
        _now,
        _reader,
        _case,
        _what,
        sa.bindparam("which", type_=record.c.file.type),
        sa.bindparam("where", type_=sa.Text),
        sa.bindparam("task", type_=sa.Boolean),
    ).where(~_same),
)


def note(
    connection: sa.Connection,
    opened: Opened,
    found: Case,
    person: PersonId,
    world: World,
    at: datetime,
    file: str | None = None,
) -> None:
    """It is in the record that the person opened it, once a reading. The caller commits before anything is shown."""
    values = {"now": at, "reader": person, "case": found.id, "what": opened.value, "which": file}
    # who has a caller with him that has shown whose the message is, has a task: to answer him
    tasked = opened is Opened.STORY or has_task(found, person, world, at)
    task = {"where": found.organisation, "task": tasked}
    connection.execute(_NOTE, values | task)


def note_answers(
    connection: sa.Connection, others: Mapping[str, str], beside: Case, person: PersonId, world: World, at: datetime
) -> None:
    """It is in the record that the person read the answers of the others, by id with whom each lay, for the case beside which
    they were told: that it is his to deal with is the task."""
    values = {"now": at, "reader": person, "what": Opened.ANSWER.value, "which": None}
    task = {"task": has_task(beside, person, world, at)}
    for case_id, organisation in others.items():
        connection.execute(_NOTE, values | task | {"case": case_id, "where": organisation})


def first_opened(connection: sa.Connection, found: Case, since: datetime) -> datetime | None:
    """When somebody who had to deal with it where it lies first opened its card."""
    query = sa.select(sa.func.min(record.c.at)).where(
        record.c.case_id == found.id,
        record.c.opened == Opened.CARD.value,
        record.c.with_task,
        record.c.at >= since,
        record.c.organisation == found.organisation,
    )
    first: datetime | None = connection.execute(query).scalar_one()
    return first


def has_task(found: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whether the case lies with the person, or he answers for what now lies with another: its executor, heads on its route."""
    if not found.open:
        return False
    return person in with_whom(found, at, world) or (not found.considered and person in route(found))


def route(found: Case) -> set[PersonId | None]:
    """Executor, holder, and who endorses or approves the present draft."""
    of_draft = {*found.draft.endorsers, found.draft.approver} if found.draft is not None else set()
    return {found.executor, found.holder.person, *of_draft}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are looked for. `everything`: also those of people who had a task. `before`: older than this record."""

    everything: bool = False
    case_id: str | None = None
    person: PersonId | None = None
    before: int | None = None


def overseen(grants: tuple[Grant, ...], at: datetime) -> list[Grant]:
    """The grants by which the person may read records."""
    return [grant for grant in in_force(grants, at) if grant.role is Role.CURATOR]


def find(
    connection: sa.Connection, grants: list[Grant], directory: Directory, wanted: Wanted, limit: int
) -> list[Mapping[str, Any]]:
    """The newest records of what lay with the organisations of these grants; one more than `limit`, if there are more."""
    newest = sa.union(*(sa.select(_of_grant(grant, directory, wanted, limit)) for grant in grants)).subquery()
    query = (
        sa.select(
            *(column for column in record.c if column is not record.c.cases),
            sa.func.cardinality(record.c.cases).label("rows"),
            case.c.number,
            t.person.c.name.label("person_name"),
            t.organisation.c.title.label("organisation_title"),
        )
        .join(newest, newest.c.id == record.c.id)
        .outerjoin(case, case.c.id == record.c.case_id)
        .join(t.person, t.person.c.id == record.c.person)
        .join(t.organisation, t.organisation.c.id == record.c.organisation)
        .order_by(record.c.id.desc())
        .limit(limit + 1)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _of_grant(grant: Grant, directory: Directory, wanted: Wanted, limit: int) -> sa.Subquery:
    """The newest of each organisation by the index over it, and of these the newest."""
    places = (
        sa.func.unnest(sa.cast(organisations_of(grant, directory), sa.ARRAY(sa.Text)))
        .table_valued("id")
        .render_derived()
    )
    each = (
        sa.select(record.c.id)
        .where(record.c.organisation == places.c.id, *_conditions(wanted, grant))
        .order_by(record.c.id.desc())
        .limit(limit + 1)
        .lateral()
    )
    return (
        sa.select(each).select_from(places.join(each, sa.true())).order_by(each.c.id.desc()).limit(limit + 1).subquery()
    )


def _conditions(wanted: Wanted, grant: Grant) -> list[Condition]:
    found: list[Condition] = [] if wanted.everything else [~record.c.with_task]
    if wanted.case_id is not None:
        found.append(sa.or_(record.c.case_id == wanted.case_id, record.c.cases.contains([wanted.case_id])))
    if wanted.person is not None:
        found.append(record.c.person == wanted.person)
    if wanted.before is not None:
        found.append(record.c.id < wanted.before)
    if grant.categories or grant.unit:
        here = sa.true() if grant.unit is None else case.c.unit == grant.unit
        opened = sa.or_(case.c.id == record.c.case_id, case.c.id == sa.any_(record.c.cases))
        found.append(sa.exists().where(opened, about(grant), here))
    return found
