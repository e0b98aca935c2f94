"""Errands on the card: what somebody was asked for beside the stage, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.attachments import AttachmentShown
from api.attachments import shown as file_shown
from api.shown import Named, PersonShown, named, titled
from api.titles import CALL_RESULTS, ERRAND_STATES, ERRANDS, ROLES
from domain.absent_errands import rightful_asked
from domain.concerned import asked_people
from domain.errands import ErrandFact
from domain.rules.calls import MISSED
from domain.vocabulary import ErrandKind, ErrandState, PersonId
from domain.words import length_in_words, plural
from storage.cards import Card
from storage.personal import masked
from storage.sight import Sight


class AttemptShown(BaseModel):
    """Звонок заявителю."""

    at: datetime
    result: Named = Field(examples=[{"code": "no_answer", "title": "Не отвечает"}])
    person: PersonShown | None
    counted: bool = Field(description="в рабочее время и не в ту же часть дня, что прежний: такие звонки считаются")
    text: str | None = Field(description="что сказал заявитель")


class ErrandShown(BaseModel):
    """Поручение: кого о чём попросили рядом с этапом. Срок этапа при этом идёт."""

    id: UUID
    kind: Named = Field(examples=[{"code": "question", "title": "Вопрос заявителю"}])
    state: Named
    asked_by: PersonShown | None
    asked_at: datetime
    person: PersonShown | None = Field(description="кого просят; null: заявителя или всех, кто исполняет роль")
    acting_for: PersonShown | None = Field(description="за кого: этого сотрудника просили, он отсутствует")
    pool: Named | None
    applicant: bool
    mine: bool = Field(description="просят вас")
    due_at: datetime
    due_because: str | None = Field(description="откуда срок", examples=["5 дней с поручения, не позже срока ответа"])
    unattended: bool = Field(description="выполнить некому: никого, кто вправе, нет на месте")
    overdue: bool
    settled_at: datetime | None
    settled_by: PersonShown | None = Field(description="кто ответил; null: заявитель сам")
    text: str | None = Field(description="о чём просят; без контактов для тех, кому они не видны")
    reply: str | None = Field(description="что ответили; так же")
    files: list[AttachmentShown]
    attempts: list[AttemptShown] = Field(description="звонки, от первого")
    next_at: datetime | None = Field(description="когда позвонить снова; напомним")
    nothing: bool = Field(description="соисполнитель ответил: предложений нет")
    remains: str | None = Field(description="не дозвонились: написали ли заявителю, и что остаётся делать")


def people(card: Card) -> Iterator[PersonId]:
    """Everybody whom the errands name."""
    for one in _visible(card):
        yield from (person for person in (one.asked_by, one.person, one.acting_for) if person)
        yield from (attempt["person"] for attempt in one.details.get("attempts") or ())
    yield from (row["person"] for row in card.rows if row["person"] is not None and row["facts"].get("errand"))


def errands_shown(
    card: Card, given: Mapping[str, Mapping[str, Any]], names: Mapping[PersonId, str]
) -> list[ErrandShown]:
    """All of the card, as they were asked; for whoever only took part formerly none."""
    settlers = {row["decision"]: row["person"] for row in card.rows if row["decision"] and row["facts"].get("errand")}
    return [_shown(card, one, given, settlers, names) for one in _visible(card)]


def _visible(card: Card) -> tuple[ErrandFact, ...]:
    return () if card.sight is Sight.FORMER else card.case.errands


def _shown(
    card: Card,
    one: ErrandFact,
    given: Mapping[str, Mapping[str, Any]],
    settlers: Mapping[str, PersonId | None],
    names: Mapping[PersonId, str],
) -> ErrandShown:
    asked, reply = given.get(one.asked_in or "", {}), given.get(one.settled_in or "", {})
    return ErrandShown(
        id=UUID(one.id),
        kind=titled(one.kind, ERRANDS),
        state=titled(one.state, ERRAND_STATES),
        asked_by=_person(one.asked_by, names),
        asked_at=one.asked_at,
        person=_person(one.person, names),
        acting_for=_person(one.acting_for, names),
        pool=named(one.pool, ROLES),
        applicant=one.of_applicant,
        mine=one.open and card.viewer.person in asked_people(card.case, one, card.at, card.world),
        due_at=one.due_at,
        due_because=_because(card, one),
        unattended=one.open and one.unattended_at is not None and _nobody(card, one),
        overdue=(one.settled_at or card.at) > one.due_at,
        settled_at=one.settled_at,
        settled_by=_person(settlers.get(one.settled_in or ""), names),
        text=_words(card, asked.get("text")),
        reply=_words(card, reply.get("text") or reply.get("reason")),
        files=[
            file_shown(card.files[file])
            for name in ("own_files", "comment_files")
            for file in reply.get(name) or ()
            if file in card.files
        ],
        attempts=[_attempt(card, attempt, given, names) for attempt in one.details.get("attempts") or ()],
        next_at=one.remind_at if one.kind is ErrandKind.CALL else None,
        nothing=bool(one.details.get("nothing")),
        remains=_remains(card, one),
    )


def _remains(card: Card, one: ErrandFact) -> str | None:
    """What is left to whoever wanted to know something, after the last call without a talk."""
    attempts = one.details.get("attempts") or ()
    if one.state is not ErrandState.DONE or not attempts or attempts[-1]["result"] not in MISSED:
        return None
    if any(letter["decision"] == attempts[-1]["decision"] for letter in card.letters):  # contacts may be others by now
        return "Заявителю написали: просим связаться с нами."
    return (
        "Написать заявителю некуда: нет ни портала, ни электронной почты. «Спросить заявителя» оставит вопрос операторам приёма "
        "до его звонка или прихода; иначе ответ готовят по тому, что известно, и передаёт его оператор приёма."
    )


def _nobody(card: Card, one: ErrandFact) -> bool:
    return rightful_asked(card.case, one, card.at, card.world) is None


def _because(card: Card, one: ErrandFact) -> str | None:
    """Where the due comes from, out of the receipt in the journal."""
    rows = (row["facts"] for row in card.rows if row["decision"] == one.asked_in)
    term: Mapping[str, Any] | None = next((facts["errand_term"] for facts in rows if "errand_term" in facts), None)
    if term is None:
        return None
    limit = ", не позже срока ответа" if "message_due_at" in term else ""
    match term:
        case {"working_days": days}:
            return f"{days} {plural(days, ('рабочий день', 'рабочих дня', 'рабочих дней'))} с поручения"
        case {"percent": percent, "remaining_seconds": left}:
            return f"{percent} % времени, которое оставалось у исполнителя ({length_in_words(left)})"
        case {"due_on": _}:
            return f"до конца названного дня{limit}"
        case {"calls": calls}:
            counted = f"{calls} {plural(calls, ('звонок', 'звонка', 'звонков'))}"
            return f"чтобы успеть {counted} в разные части рабочих дней{limit}"
        case _:
            length = length_in_words(term["days"] * term["day_seconds"])
            return f"{length} с поручения{limit}"


def _attempt(
    card: Card, attempt: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]], names: Mapping[PersonId, str]
) -> AttemptShown:
    return AttemptShown(
        at=datetime.fromisoformat(attempt["at"]),
        result=titled(attempt["result"], CALL_RESULTS),
        person=_person(attempt["person"], names),
        counted=attempt["counted"],
        text=_words(card, given.get(attempt["decision"], {}).get("text")),
    )


def _person(number: PersonId | None, names: Mapping[PersonId, str]) -> PersonShown | None:
    return PersonShown(number=number, name=names.get(number, "")) if number else None


def _words(card: Card, text: str | None) -> str | None:
    return text if text is None or card.sight is Sight.FULL else masked(text)
