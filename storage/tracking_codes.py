"""The applicant's tracking code is issued anew when the old one is lost or in wrong hands. Source: G-49."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from domain.concerned import place_of
from domain.verdict import Accepted, Fact, Refusal
from domain.vocabulary import Event, PersonId, Role
from storage import cases, repeats
from storage import tables as t
from storage.cases import Record
from storage.queries import sees
from storage.reference import Moment, Reference, moment
from storage.turns import hold_key
from storage.types import keys_in_use
from storage.verdicts import Writer

_KIND = "tracking_code"


@dataclass(frozen=True, slots=True)
class Issued:
    """The code that opens the message now."""

    number: str
    code: str


def issue_anew(
    engine: sa.Engine, reference: Reference, message_id: str, person: PersonId, key: str
) -> Issued | Refusal | None:
    """The message has a new code, the old one opens nothing, and the journal says who had it made; committed.

    None when the person sees no such message. The same key gives the code in force and makes none. Raises
    storage.repeats.KeyReused.
    """
    write = repeats.keyed(person, key, _KIND, {_KIND: message_id})
    with engine.begin() as connection:
        hold_key(connection, person, key)
        record = cases.lock(connection, message_id)
        at = moment(connection)
        if record is None or not sees(connection, reference, at, message_id, person):
            return None
        if not _may_issue(connection, reference, at, record, person):
            return Refusal("action_forbidden", "Новый код выдаёт оператор приёма, у которого это сообщение.", "G-49")
        if repeats.recall_key(connection, write) is None:
            repeats.keep_key(connection, write, message_id, at.now)
            _renew(connection, reference, at, record, person)
        return code_in_force(connection, message_id)


def issue_to_applicant(connection: sa.Connection, reference: Reference, number: str, email: str) -> str | None:
    """The message with this number and this e-mail has a new code, and the journal says so; its id. None when there is none."""
    table = t.message
    mine = keys_in_use().blind_index(email, "message.email")
    query = sa.select(table.c.id).where(table.c.number == number, table.c.email_index == mine)
    found: str | None = connection.execute(query).scalar_one_or_none()
    record = cases.lock(connection, found) if found is not None else None
    if record is not None:
        _renew(connection, reference, moment(connection), record, None)
    return found


def code_in_force(connection: sa.Connection, message_id: str) -> Issued:
    """Number and code of the message now."""
    table = t.message
    row = connection.execute(sa.select(table.c.number, table.c.code_issue).where(table.c.id == message_id)).one()
    return Issued(row.number, keys_in_use().tracking_code(UUID(message_id), row.code_issue))


def _renew(
    connection: sa.Connection, reference: Reference, at: Moment, record: Record, person: PersonId | None
) -> None:
    message = t.message
    connection.execute(
        sa.update(message).where(message.c.id == record.case.id).values(code_issue=message.c.code_issue + 1)
    )
    world = reference.world(connection, at, record.regulation, record.revision)
    writer = Writer(connection, record, at.now, world)
    writer.accept(Accepted(record.case, (Fact(Event.TRACKING_CODE_REISSUED, at.now, person),)))
    writer.flush()


def _may_issue(connection: sa.Connection, reference: Reference, at: Moment, record: Record, person: PersonId) -> bool:
    """Intake operators: of the organisation with which it lies, and the one who registered it, while he is one anywhere."""
    directory = reference.directory(connection, at)
    grants = directory.grants_of(person)
    if not any(grant.role is Role.INTAKE_OPERATOR and grant.is_valid(at.now) for grant in grants):
        return False
    created_by = connection.execute(
        sa.select(t.message.c.created_by).where(t.message.c.id == record.case.id)
    ).scalar_one()
    return created_by == person or directory.may(person, Role.INTAKE_OPERATOR, place_of(record.case), at.now)
