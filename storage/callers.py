"""Whose call it may be: messages are looked for without showing them, and what the caller says is compared with the card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain import calls
from domain.calls import Question
from domain.vocabulary import PersonId
from storage import tables as t
from storage.personal import normal_email, normal_phone, normal_snils
from storage.reference import Reference, moment
from storage.sight import answerable, answerable_by_surname
from storage.types import keys_in_use

MOST = 20
"""Messages that a search offers: with more than that the caller is asked for something better."""

message, case = t.message, t.message_case


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may be the caller's: nothing of it but when it came, and what he can be asked."""

    id: str
    number: str
    received_at: datetime
    questions: tuple[Question, ...]


def by_number(connection: sa.Connection, reference: Reference, person: PersonId, number: str) -> list[Candidate]:
    """The message with this number, if the operator may look it up."""
    return _search(connection, reference, person, message.c.number == number, answerable)


def by_phone(connection: sa.Connection, reference: Reference, person: PersonId, phone: str) -> list[Candidate]:
    """Messages of this telephone number, latest first."""
    index = keys_in_use().blind_index(phone, "message.phone")
    return _search(connection, reference, person, message.c.phone_index == index, answerable)


def by_surname(connection: sa.Connection, reference: Reference, person: PersonId, name: str) -> list[Candidate]:
    """Messages of people of this surname that lie where the operator works, latest first."""
    index = surname_index(name)
    if index is None:
        return []
    return _search(connection, reference, person, message.c.surname_index == index, answerable_by_surname)


def surname_index(name: str | None) -> bytes | None:
    """The blind index of the name's first word. Equal surnames show as equal to who reads the database."""
    found = calls.surname(name)
    return keys_in_use().blind_index(found, "message.surname") if found else None


def may_ask_about(connection: sa.Connection, reference: Reference, person: PersonId, message_id: str) -> bool:
    """Whether the operator may look this message up for a caller."""
    return bool(_search(connection, reference, person, message.c.id == message_id, answerable))


def right_answers(connection: sa.Connection, message_id: str, answers: Mapping[Question, str]) -> set[Question]:
    """Which of the answers are those of the card."""
    row = connection.execute(sa.select(message).where(message.c.id == message_id)).mappings().one()
    found = {question for question in answers if question in _ANSWERS and _is_right(row, question, answers[question])}
    if Question.CODE in answers:
        keys, id_ = keys_in_use(), UUID(message_id)
        if keys.matches_tracking_code(answers[Question.CODE], id_, row["code_issue"]):
            found.add(Question.CODE)
    return found


def _search(
    connection: sa.Connection,
    reference: Reference,
    person: PersonId,
    wanted: sa.ColumnElement[bool],
    ways: Callable[..., list[sa.ColumnElement[bool]]],
) -> list[Candidate]:
    at = moment(connection)
    seen = ways(person, reference.directory(connection, at), at.now)
    if not seen:
        return []
    query = (
        sa.select(message)
        .join(case, case.c.id == message.c.id)
        .where(wanted, sa.or_(*seen))
        .order_by(message.c.received_at.desc())
        .limit(MOST)
    )
    rows = connection.execute(query).mappings()
    return [Candidate(row["id"], row["number"], row["received_at"], _questions(row)) for row in rows]


def _questions(row: sa.RowMapping) -> tuple[Question, ...]:
    """What the card can answer; the code is known to whoever keeps the letter."""
    return (Question.CODE, *(question for question, column in _ANSWERS.items() if _known(row, column)))


def _known(row: sa.RowMapping, column: str) -> str | None:
    name = row["contact_person"] if column == "applicant_name" and row["applicant_kind"] == "legal_entity" else None
    found: str | None = name or row[column]
    return found


def _is_right(row: sa.RowMapping, question: Question, given: str) -> bool:
    known = _known(row, _ANSWERS[question])
    if known is None:
        return False
    match question:
        case Question.NAME:
            return calls.same_name(given, known)
        case Question.PHONE:
            return normal_phone(given) == known
        case Question.EMAIL:
            return normal_email(given) == known
        case Question.SNILS:
            return normal_snils(given) == known
        case _:
            return given.strip() == known


_ANSWERS = {
    Question.NAME: "applicant_name",
    Question.PHONE: "phone",
    Question.EMAIL: "email",
    Question.SNILS: "snils",
    Question.INN: "inn",
}
"""The column that answers each; the code is in none."""
