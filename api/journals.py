"""`GET /messages/{id}/journal`: what happened, who did it and why, as far as the reader was concerned. Source: S2, 4.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.answering import choice_in_words
from api.attachments import AttachmentShown
from api.attachments import shown as file_shown
from api.event_titles import title_of
from api.marks import marks_in_words
from api.problems import not_found, responses
from api.resources import Person, Resources, Shared
from api.shown import Named, PersonShown, named, titled
from api.titles import CALL_KINDS, DELIVERY_WAYS, RULE_EFFECTS
from domain.rules.conflict import REASON
from domain.vocabulary import Event, PersonId
from storage import card_versions, cards
from storage.cards import Card
from storage.engine import reading
from storage.personal import masked
from storage.sight import Sight

router = APIRouter(prefix="/messages", tags=["Сообщения"])


class Written(BaseModel):
    """Что человек написал вместе с решением."""

    reason: str | None = Field(default=None, description="мотивированная причина")
    text: str | None = Field(
        default=None, description="вопрос, поручение, слова заявителя; без контактов, если вам они не видны"
    )
    comment: str | None = Field(default=None, description="внутренний комментарий или обоснование")
    files: list[AttachmentShown] = Field(default=[], description="файлы к причине отклонения ответа")
    way: Named | None = Field(
        default=None, description="как передан ответ", examples=[{"code": "phone", "title": "По телефону"}]
    )
    recipient: str | None = Field(default=None, description="кому передан ответ")
    replaced: dict[str, str | None] | None = Field(
        default=None,
        description="прежнее место, которое заменило это решение; null внутри: его не было. Прежние контакты: "
        "GET /messages/{id}/contacts",
        examples=[{"location": "улица Ленина, 1"}],
    )


class JournalRow(BaseModel):
    """Запись журнала."""

    seq: int
    event: Named = Field(examples=[{"code": "ExecutorAssigned", "title": "Назначен исполнитель"}])
    at: datetime = Field(description="когда это случилось")
    recorded_at: datetime = Field(description="когда записано")
    person: PersonShown | None = Field(description="null: наступил срок, ответила почта или попросил заявитель")
    organisation: Named = Field(description="у кого было сообщение")
    decision: UUID | None
    facts: dict[str, Any] = Field(description="коды, номера и даты; в term — из чего получился срок этапа")
    choice: str | None = Field(
        default=None,
        description="кого предлагал приказ, почему, и так ли сделано (G-05)",
        examples=["Предложено: «Отдел помощи детям», по приложению 2: сообщение о ребёнке; так и сделано"],
    )
    guard: str | None = Field(
        default=None,
        description="почему сообщение о руководителе рассматривают у него самого (G-06)",
        examples=["Сообщение о руководителе: «Министерство»; выше такие сообщения никто не координирует"],
    )
    call: Named | None = Field(description="о чём был разговор с заявителем; что сказано, видят операторы приёма")
    rule: str | None = Field(
        default=None, description="какое автоправило", examples=["Автоправило № 3, редакция 1: поставить метку"]
    )
    marks: str | None = Field(
        default=None, description="какие отметки человек поставил или снял", examples=["приоритет снят"]
    )
    written: Written | None


class JournalShown(BaseModel):
    """Журнал сообщения, от старых записей к новым."""

    rows: list[JournalRow]
    people: list[PersonShown] = Field(description="сотрудники, названные в facts номерами")
    organisations: list[Named] = Field(description="организации, названные в facts кодами")


@router.get("/{message_id}/journal", responses=responses(401, 403, 404, 422, 503), summary="Журнал сообщения")
def read_journal(shared: Shared, person: Person, message_id: UUID, response: Response) -> JournalShown:
    """All that happened; for a former participant what happened while the message lay with his organisation."""
    response.headers["Cache-Control"] = "private, no-store"
    return journal_of(shared, person, message_id)


def journal_of(shared: Resources, person: PersonId, message_id: UUID) -> JournalShown:
    """The journal as this person may read it. A 404 for whoever may not see the message."""
    with reading(shared.engine) as connection:
        card = cards.opened(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        told = _Told(
            cards.parameters_of(connection, str(message_id)),
            card_versions.places(connection, str(message_id)) if card.sight is Sight.FULL else {},
        )
        mentioned = {number for row in card.rows for number in _people(row)}
        names = cards.names(connection, mentioned)
    return JournalShown(
        rows=[_row(card, row, told, names) for row in card.rows],
        people=[PersonShown(number=number, name=names[number]) for number in sorted(names)],
        organisations=[
            titled(code, card.titles.organisations)
            for code in sorted({code for row in card.rows for code in _organisations(row)})
        ],
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What lies beside the journal, by decision: the parameters given, and the values replaced."""

    given: Mapping[str, Mapping[str, Any]]
    replaced: Mapping[str, Mapping[str, str | None]]


def _row(card: Card, row: Mapping[str, Any], told: _Told, names: Mapping[PersonId, str]) -> JournalRow:
    number = row["person"]
    return JournalRow(
        seq=row["seq"],
        event=Named(code=row["event"], title=title_of(row["event"], row["facts"])),
        at=row["at"],
        recorded_at=row["recorded_at"],
        person=PersonShown(number=number, name=names.get(number, "")) if number is not None else None,
        organisation=titled(row["organisation"], card.titles.organisations),
        decision=UUID(row["decision"]) if row["decision"] else None,
        facts=dict(row["facts"]),
        choice=choice_in_words(row["facts"], card.titles),
        guard=_guard(row["facts"], card),
        call=titled(row["facts"]["kind"], CALL_KINDS) if row["event"] == Event.CALL_RECORDED else None,
        rule=_rule(row["facts"]),
        marks=marks_in_words(row["facts"]),
        written=_written(card, row, told),
    )


def _guard(facts: Mapping[str, Any], card: Card) -> str | None:
    """Why a message about a head is considered by what he heads himself, or has no say over him."""
    if "unrelated_to" in facts:
        headed = titled(facts["unrelated_to"], card.titles.organisations).title
        return f"Сообщение о руководителе: «{headed}»; отвечает организация, которая ему не вышестоящая"
    if "about_head_of" not in facts:
        return None
    headed = titled(facts["about_head_of"], card.titles.organisations).title
    return f"Сообщение о руководителе: «{headed}»; выше такие сообщения никто не координирует"


def _rule(facts: Mapping[str, Any]) -> str | None:
    """Which auto-rule it was, what it did, and what it could not."""
    if "rule" not in facts:
        return None
    done = ", ".join(RULE_EFFECTS[kind] for kind in facts.get("done", ()))
    refused = ", ".join(RULE_EFFECTS[kind] for kind in facts.get("refused", ()))
    told = f"Автоправило № {facts['rule']}, редакция {facts['revision']}" + (f": {done}" if done else "")
    return f"{told}. Не применено: {refused}" if refused else told


def _written(card: Card, row: Mapping[str, Any], told: _Told) -> Written | None:
    """What was written, each part for those whom it concerns.

    Reason and comment are for those who work on the answer and for their writer; files of a reason for the former alone, as
    in `storage.uploads.opened`. To whom an answer was handed over and what was replaced is for full sight.
    """
    decision = row["decision"] or ""
    given, full = told.given.get(decision, {}), card.sight is Sight.FULL
    handed_over = row["event"] == Event.DELIVERY_CONFIRMED
    own = card.inside or row["person"] == card.viewer.person
    found = Written(
        reason=given.get("reason") or given.get(REASON) if own and row["event"] not in _BY_APPLICANT else None,
        text=_shown_text(given.get(_BY_APPLICANT.get(row["event"], "")), full=full),
        comment=given.get("comment") if own else None,
        files=[file_shown(card.files[one]) for one in given.get("reason_files") or () if one in card.files]
        if card.inside
        else [],
        way=named(given.get("way"), DELIVERY_WAYS) if handed_over else None,
        recipient=given.get("recipient") if handed_over and full else None,
        replaced=dict(told.replaced[decision]) if full and decision in told.replaced else None,
    )
    return found if found != Written() else None


_BY_APPLICANT: Mapping[str, str] = {
    Event.FACTS_ADDED: "text",
    Event.WITHDRAWAL_ASKED: "reason",
    Event.ERRAND_GIVEN: "text",
    Event.ERRAND_DONE: "text",
    Event.CALL_ATTEMPTED: "text",
}
"""What the applicant wrote, or was asked, and in which field."""


def _shown_text(text: str | None, *, full: bool) -> str | None:
    return text if full or text is None else masked(text)


_PERSON_FACTS = (
    "executor",
    "executor_was",
    "head",
    "head_was",
    "approver",
    "endorser_was",
    "holder",
    "holder_was",
    "acting_for",
    "complained_of_person",
    "complained_of_person_was",
)
_PEOPLE_FACTS = ("approvers", "asked", "endorsers", "endorsers_skipped", "told")
_ORGANISATION_FACTS = (
    "organisation",
    "organisation_was",
    "organisation_proposed",
    "declared_organisation",
    "complained_of",
    "complained_of_was",
    "suggested_organisation",
)


def _people(row: Mapping[str, Any]) -> Iterator[PersonId]:
    facts = row["facts"]
    if row["person"] is not None:
        yield row["person"]
    for name in _PERSON_FACTS:
        if isinstance(facts.get(name), int):
            yield facts[name]
    for name in _PEOPLE_FACTS:
        yield from facts.get(name) or ()


def _organisations(row: Mapping[str, Any]) -> Iterator[str]:
    for name in _ORGANISATION_FACTS:
        if isinstance(row["facts"].get(name), str):
            yield row["facts"][name]
