"""A message enters the record: number, card, case, first journal row, letters, notices, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain import alarms, flags
from domain.case_parts import Contact
from domain.danger import signs_of
from domain.intake import Arrival, check_arrival, register
from domain.standing import Start, standing_of
from domain.verdict import Refusal
from domain.vocabulary import PersonId
from regulations.wording import flag_words, watch
from storage import attachments, cases, likeness, rechecks, repeats
from storage import tables as t
from storage.callers import surname_index
from storage.cases import Record
from storage.dictionary import Russian
from storage.journal import Head
from storage.lemmas import lemma, lemmas
from storage.reference import REGULATION, Reference, latest_revision, moment, stays_in_force
from storage.turns import hold_key
from storage.types import keys_in_use
from storage.verdicts import Writer


@dataclass(frozen=True, slots=True)
class Card:
    """A new message as its sender gave it, checked for shape. `values`: columns of `message` by name."""

    values: Mapping[str, Any]
    received_at: datetime | None
    category: str | None
    subcategory: str | None
    organisation: str | None
    complained_of: str | None
    secret: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """What the sender is told. `begin`: how its run starts."""

    id: str
    number: str
    code: str
    received_at: datetime
    due_at: datetime
    begin: Start | None


def register_message(
    engine: sa.Engine, reference: Reference, card: Card, person: PersonId, key: str
) -> Registered | Refusal:
    """The message is in the record and committed, or refused with nothing stored. The same key gives the same message.

    Raises storage.repeats.KeyReused.
    """
    write = repeats.keyed(person, key, "message", {name: getattr(card, name) for name in card.__slots__})
    with engine.begin() as connection:
        hold_key(connection, person, key)
        if (made := repeats.recall_key(connection, write)) is not None:
            return known(connection, made)
        registered = enter(connection, reference, card, person)
        if isinstance(registered, Registered):
            repeats.keep_key(connection, write, registered.id, moment(connection).now)
        return registered


def enter(connection: sa.Connection, reference: Reference, card: Card, person: PersonId) -> Registered | Refusal:
    """The message is in the record when the caller's transaction commits; refused, nothing of it is."""
    at = moment(connection)
    root_zone = _root_zone(connection)
    revision = latest_revision(connection, REGULATION, at.now.astimezone(root_zone).date())
    world = reference.world(connection, at, REGULATION, revision)
    arrival = _arrival(card, person, _number(connection, at.now.astimezone(root_zone)), at.now)
    refusal = check_arrival(arrival, world) or attachments.refused(
        connection, [(file, "files") for file in card.files], person
    )
    if refusal is not None:
        return refusal
    accepted = register(arrival, world)
    _insert_message(connection, arrival, card)
    likeness.keep(connection, arrival.id, arrival.received_at, card.values["text"])
    cases.insert(connection, accepted.case, REGULATION, revision, arrival.registered_by)
    writer = Writer(connection, Record(accepted.case, REGULATION, revision, Head(0, None)), at.now, world)
    writer.accept(accepted)
    writer.flush()
    attachments.bind(connection, card.files, arrival.id, "message", person)
    if not stays_in_force(connection, at):
        rechecks.mark(connection, rechecks.case.c.id == arrival.id)  # the change cannot see this case to mark it
    ahead = alarms.next_alarm(writer.case, world)
    # what fell due before a message was entered late is recorded by the run's first look, and not a second later by its timer
    judged = ahead is None or ahead.at > at.now
    begin = Start(arrival.id, arrival.number, REGULATION, standing_of(writer.case, ahead), judged=judged)
    code = keys_in_use().tracking_code(UUID(arrival.id), 1)
    return Registered(arrival.id, arrival.number, code, arrival.received_at, writer.case.due_at, begin)


def _arrival(card: Card, person: PersonId, number: str, now: datetime) -> Arrival:
    return Arrival(
        id=str(uuid4()),
        number=number,
        received_at=card.received_at or now,
        registered_at=now,
        registered_by=person,
        contact=Contact(portal=bool(card.values.get("portal_account")), email=bool(card.values.get("email"))),
        category=card.category,
        subcategory=card.subcategory,
        declared_organisation=card.organisation,
        complained_of=card.complained_of,
        secret=card.secret,
        flags=flags.suggested(card.values["text"], flag_words(), lemma, Russian().knows),
        danger=bool(signs_of(card.values["text"], watch(), lemma)),
    )


def known(connection: sa.Connection, message_id: str) -> Registered:
    """The message that was registered before, as it is now."""
    message, case = t.message, t.message_case
    row = connection.execute(
        sa.select(message.c.number, message.c.code_issue, message.c.received_at, case.c.due_at)
        .join(case, case.c.id == message.c.id)
        .where(message.c.id == message_id)
    ).one()
    code = keys_in_use().tracking_code(UUID(message_id), row.code_issue)
    return Registered(message_id, row.number, code, row.received_at, row.due_at, None)


def _root_zone(connection: sa.Connection) -> ZoneInfo:
    table = t.organisation
    return ZoneInfo(connection.execute(sa.select(table.c.time_zone).where(table.c.parent.is_(None))).scalar_one())


def _number(connection: sa.Connection, local: datetime) -> str:
    """The next number. Numbers may have gaps: a refused message leaves none behind but the counter."""
    counter = connection.execute(sa.text("SELECT nextval('message_number_seq')")).scalar_one()
    return f"{local.year}-{counter:07d}"


def _insert_message(connection: sa.Connection, arrival: Arrival, card: Card) -> None:
    keys = keys_in_use()
    values = dict(card.values)
    for name in ("email", "phone", "snils"):
        if values.get(name):
            values[f"{name}_index"] = keys.blind_index(values[name], f"message.{name}")
    legal_entity = values.get("applicant_kind") == "legal_entity"
    values["surname_index"] = surname_index(values.get("contact_person" if legal_entity else "applicant_name"))
    connection.execute(
        sa.insert(t.message).values(
            values
            | {
                "id": arrival.id,
                "number": arrival.number,
                "created_at": arrival.registered_at,
                "created_by": arrival.registered_by,
                "received_at": arrival.received_at,
                "declared_category": arrival.category,
                "declared_subcategory": arrival.subcategory,
                "declared_organisation": arrival.declared_organisation,
                "digest_key": secrets.token_bytes(16),
                "search": sa.func.to_tsvector("simple", lemmas(values["text"])),
            }
        )
    )
