"""Contacts with applicants: begun by an intake operator, filled in while he talks, ended with what is to be done."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from domain.calls import Identity
from domain.directory import Grant
from domain.regulation import Settings
from domain.verdict import Accepted, Fact
from domain.vocabulary import Event, PersonId, Role
from storage import access, cases, repeats
from storage import tables as t
from storage.access import Opened
from storage.conditions import in_force, organisations_of
from storage.reference import Moment, Reference, moment
from storage.short_letters import Kind
from storage.tracking_codes import code_in_force
from storage.turns import hold_key
from storage.verdicts import Writer

MOST = 100
"""Calls about a message that are shown."""

TOLD = timedelta(hours=1)
"""For so long after a contact its operator may still read the code of the message that was taken in, to print it."""

LONGEST = timedelta(hours=2)
"""Nobody stays so long: a contact that was not ended is then over for what may be done as long as the caller is there."""

_KIND = "call"


@dataclass(frozen=True, slots=True)
class Call:
    """A contact as it is now."""

    id: str
    operator: PersonId
    organisation: str
    way: str
    kind: str | None
    begun_at: datetime
    ended_at: datetime | None
    case_id: str | None
    identity: Identity
    identity_tries: int
    caller_name: str | None
    caller_phone: str | None
    subject: str | None
    steps: list[dict[str, str]]
    transfers: list[dict[str, Any]]
    summary_sent_at: datetime | None

    @property
    def open(self) -> bool:
        """It goes on."""
        return self.ended_at is None

    @property
    def gone_at(self) -> datetime:
        """When the caller was there no more."""
        latest = self.begun_at + LONGEST
        return latest if self.ended_at is None else min(self.ended_at, latest)


def is_operator(connection: sa.Connection, reference: Reference, person: PersonId) -> bool:
    """Whether the person is an intake operator anywhere. Source: S2, 2.1 ж."""
    return bool(_grants(connection, reference, person))


def once(
    engine: sa.Engine,
    person: PersonId,
    key: str,
    what: Mapping[str, Any],
    make: Callable[[sa.Connection, Moment], str],
) -> str:
    """`make` has been done and committed, once a key: the id of the call that it made or changed.

    Raises storage.repeats.KeyReused, and whatever `make` raises, with nothing changed.
    """
    write = repeats.keyed(person, key, _KIND, what)
    with engine.begin() as connection:
        hold_key(connection, person, key)
        if (made := repeats.recall_key(connection, write)) is not None:
            return made
        at = moment(connection)
        found = make(connection, at)
        repeats.keep_key(connection, write, found, at.now)
        return found


def begin(connection: sa.Connection, at: Moment, person: PersonId, way: str) -> str:
    """Somebody has called or come, just now."""
    works = sa.select(t.person.c.organisation).where(t.person.c.id == person).scalar_subquery()
    values = {"id": str(uuid4()), "operator": person, "organisation": works, "way": way, "begun_at": at.now}
    return str(connection.execute(sa.insert(t.call).values(values).returning(t.call.c.id)).scalar_one())


def find(connection: sa.Connection, call_id: str, *, lock: bool = False) -> Call | None:
    """The call; None if there is none. `lock`: nobody else changes it until the commit."""
    query = sa.select(t.call).where(t.call.c.id == call_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return _call(row) if row else None


def may_read(connection: sa.Connection, reference: Reference, call: Call, person: PersonId) -> bool:
    """Whether he took the call, or takes those of its organisation, and is an intake operator still."""
    directory = reference.directory(connection, moment(connection))
    grants = _grants(connection, reference, person)
    mine = call.operator == person and bool(grants)
    return mine or any(call.organisation in organisations_of(grant, directory) for grant in grants)


def of_operator(
    connection: sa.Connection, person: PersonId, before: tuple[datetime, str] | None, limit: int
) -> list[Call]:
    """The calls that the person took, latest first. `before`: those after this one in the list, by instant and id."""
    table = t.call
    newest = sa.select(table).where(table.c.operator == person).order_by(table.c.begun_at.desc(), table.c.id.desc())
    query = newest.limit(limit)
    if before is not None:
        place = sa.tuple_(sa.literal(before[0], t.Instant), sa.literal(before[1], table.c.id.type))
        query = query.where(sa.tuple_(table.c.begun_at, table.c.id) < place)
    return [_call(row) for row in connection.execute(query).mappings()]


def of_case(connection: sa.Connection, reference: Reference, call: Call, person: PersonId) -> list[Call]:
    """Of the other calls about its message those that the operator may read, latest first."""
    table = t.call
    directory = reference.directory(connection, moment(connection))
    places = {one for grant in _grants(connection, reference, person) for one in organisations_of(grant, directory)}
    readable = sa.or_(table.c.operator == person, table.c.organisation.in_(places))
    others = sa.select(table).where(table.c.case_id == call.case_id, table.c.id != call.id, readable)
    query = others.order_by(table.c.begun_at.desc()).limit(MOST)
    return [_call(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Around:
    """What calls name: people by staff number (name, position), numbers of messages, full titles of organisations.

    And the settings in force: how long, how often.
    """

    people: Mapping[PersonId, tuple[str, str | None]]
    numbers: Mapping[str, str]
    organisations: Mapping[str, str]
    at: datetime
    settings: Settings


def around(connection: sa.Connection, reference: Reference, found: Collection[Call]) -> Around:
    """Everything that these calls name."""
    person, message, organisation, page = t.person, t.message, t.organisation, t.organisation_page
    staff = {call.operator for call in found}
    people = connection.execute(sa.select(person.c.id, person.c.name, person.c.position).where(person.c.id.in_(staff)))
    messages = {call.case_id for call in found if call.case_id is not None}
    numbers = connection.execute(sa.select(message.c.id, message.c.number).where(message.c.id.in_(messages)))
    full_name = sa.func.nullif(page.c.content["full_name"].astext, "")
    titles = connection.execute(
        sa.select(organisation.c.id, sa.func.coalesce(full_name, organisation.c.title).label("title"))
        .outerjoin(page, page.c.organisation == organisation.c.id)
        .where(organisation.c.id.in_({call.organisation for call in found}))
    )
    at = moment(connection)
    return Around(
        people={row.id: (row.name, row.position) for row in people},
        numbers={row.id: row.number for row in numbers},
        organisations={row.id: row.title for row in titles},
        at=at.now,
        settings=reference.settings(connection, at),
    )


def change(connection: sa.Connection, call: Call, values: Mapping[str, Any]) -> None:
    """The call says this now."""
    known = dict(values)
    if "steps" in known:
        known["steps"] = json.dumps(known["steps"], ensure_ascii=False) if known["steps"] else None
    if known:
        connection.execute(sa.update(t.call).where(t.call.c.id == call.id).values(known))


def put_through(connection: sa.Connection, call: Call, link: Mapping[str, Any]) -> None:
    """One more link of the chain of people to whom the caller was put through."""
    change(connection, call, {"transfers": [*call.transfers, dict(link)]})


def took_in(connection: sa.Connection, call: Call, message_id: str) -> bool:
    """Whether the operator registered this message in the course of the call: then it is the caller's."""
    table = t.message
    query = sa.select(sa.literal(1)).where(
        table.c.id == message_id,
        table.c.created_by == call.operator,
        table.c.created_at.between(call.begun_at, call.gone_at),
    )
    return connection.execute(query).first() is not None


def code_to_tell(connection: sa.Connection, call: Call, person: PersonId, at: datetime) -> str | None:
    """The code of the message that was taken in, for who took it in, while he tells it."""
    if call.case_id is None or call.identity is not Identity.TAKEN_IN or call.operator != person:
        return None
    if at > call.gone_at + TOLD:
        return None
    return code_in_force(connection, call.case_id).code


def note_reading(connection: sa.Connection, reference: Reference, call: Call, person: PersonId, opened: Opened) -> None:
    """It is in the record that the person opened this of the message that the call is about."""
    at = moment(connection)
    record = cases.read(connection, call.case_id) if call.case_id is not None else None
    if record is not None:
        world = reference.world(connection, at, record.regulation, record.revision)
        access.note(connection, opened, record.case, person, world, at.now)


def end(connection: sa.Connection, reference: Reference, at: Moment, call: Call) -> None:
    """It is over. The journal of the message that it was about says so, of a closed one too. Source: S1, 6.4."""
    change(connection, call, {"ended_at": at.now})
    record = cases.lock(connection, call.case_id) if call.case_id is not None else None
    if record is None:
        return
    facts = {"call": call.id, "kind": call.kind, "way": call.way, "identity": call.identity.value}
    world = reference.world(connection, at, record.regulation, record.revision)
    writer = Writer(connection, record, at.now, world)
    writer.accept(Accepted(record.case, (Fact(Event.CALL_RECORDED, at.now, call.operator, facts),)))
    writer.flush()


def is_secret(connection: sa.Connection, call: Call) -> bool:
    """Whether it was about a message of which nothing goes by e-mail. Source: G-50."""
    record = cases.read(connection, call.case_id) if call.case_id is not None else None
    return record is not None and record.case.secret


def order_summary(connection: sa.Connection, call: Call, email: str) -> None:
    """The summary is on its way to the applicant. Source: S4, 2.1.4."""
    values = {"id": str(uuid4()), "kind": Kind.CALL_SUMMARY.value, "call": call.id, "recipient": email}
    connection.execute(sa.insert(t.short_letter).values(values))


def _grants(connection: sa.Connection, reference: Reference, person: PersonId) -> list[Grant]:
    """A portal, which registers messages with the same role, talks to nobody."""
    at = moment(connection)
    directory = reference.directory(connection, at)
    known = directory.people.get(person)
    if known is None or known.system:
        return []
    return [grant for grant in in_force(directory.grants_of(person), at.now) if grant.role is Role.INTAKE_OPERATOR]


def _call(row: sa.RowMapping) -> Call:
    kept = {"steps": json.loads(row["steps"] or "[]"), "identity": Identity(row["identity"])}
    return Call(**(dict(row) | kept))
