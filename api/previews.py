"""`/messages/{id}/preview`: what the applicant would be written if this answer were approved now, word by word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.fields import Code, Day, Files, Text, YesNo
from api.problems import Problem, not_found, responses
from api.resources import Person, Resources, Shared
from api.shown import Named, titled
from api.titles import LETTERS, WAYS
from domain import letters
from domain.letter_content import Applicant, Content, LetterFile
from domain.letters import about
from domain.regulation import Ground
from domain.rules.base import letters as ordered
from domain.verdict import LetterOrder
from domain.vocabulary import AnswerType, LetterKind, PersonId
from storage import attachments, cards
from storage.attachments import Attachment
from storage.cards import Card
from storage.engine import reading
from storage.files import download_name
from storage.sight import Sight

router = APIRouter(prefix="/messages/{message_id}/preview", tags=["Сообщения"])

HIDDEN_CODE = "[код заявителя]"
"""Nobody inside is told the code: it opens the message as its applicant sees it."""
HIDDEN_NAME = "[имя заявителя]"
HIDDEN_CONTACT_PERSON = "[контактное лицо]"


class AnswerToPreview(BaseModel):
    """Ответ, каким он был бы. Без `type`: нынешняя версия ответа, в которой изменён только текст."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"type": "solved", "text": "В регистратуре добавлена вторая телефонная линия."}]
        },
    )

    type: AnswerType | None = None
    text: Text
    postponed_until: Day | None = None
    ground: Code | None = None
    files: Files = []
    secret: YesNo = Field(default=False, description="врачебная тайна")


class LetterPreviewed(BaseModel):
    """Одно из писем: каким оно уйдёт. Код для просмотра и то из имён, что вам не видно, заменены словами в скобках."""

    kind: Named = Field(examples=[{"code": "answer", "title": "Ответ"}])
    way: Named = Field(examples=[{"code": "email", "title": "Электронная почта"}])
    subject: str = Field(examples=["Ответ на сообщение № 2026-0000123"])
    text: str


class Preview(BaseModel):
    """Что получит заявитель, если утвердить ответ сейчас."""

    letters: list[LetterPreviewed]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose letters are looked at."""

    type: AnswerType
    text: str
    postponed_until: date | None
    ground: str | None
    files: tuple[Attachment, ...]
    secret: bool = False


@router.get("", responses=responses(401, 403, 404, 422, 503), summary="Каким уйдёт подготовленный ответ")
def read_preview(shared: Shared, person: Person, message_id: UUID, response: Response) -> Preview:
    """The letters of the version in force; 404 while there is none."""
    response.headers["Cache-Control"] = "private, no-store"
    return preview(shared, person, message_id)


@router.post("", responses=responses(400, 401, 403, 404, 422, 503), summary="Каким ушёл бы такой ответ")
def preview_answer(
    shared: Shared, person: Person, message_id: UUID, body: AnswerToPreview, response: Response
) -> Preview:
    """The letters of an answer that is still being written. Nothing is kept."""
    response.headers["Cache-Control"] = "private, no-store"
    return preview(shared, person, message_id, body)


def preview(shared: Resources, person: PersonId, message_id: UUID, proposed: AnswerToPreview | None = None) -> Preview:
    """The letters of the proposed answer, or of the version in force. A 403 for whoever does not work on the answer."""
    with reading(shared.engine) as connection:
        card = cards.opened(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        if not card.inside:
            raise Problem(403, "action_forbidden", "Письмо до отправки видят те, кто работает над ответом.")
        answer = _answer(connection, card, proposed)
    return Preview(letters=[_shown(shared, card, answer, order) for order in _orders(card, answer)])


def _answer(connection: sa.Connection, card: Card, proposed: AnswerToPreview | None) -> Answer:
    if proposed is not None and proposed.type is not None:
        return _proposed(connection, card, proposed, proposed.type)
    if not card.answers:
        raise not_found()
    row = card.answers[-1]
    files = tuple(card.files[file] for file in row["files"] if file in card.files)
    text = proposed.text if proposed is not None else row["text"]
    return Answer(AnswerType(row["type"]), text, row["postponed_until"], row["ground"], files)


def _proposed(connection: sa.Connection, card: Card, proposed: AnswerToPreview, kind: AnswerType) -> Answer:
    if kind is AnswerType.POSTPONED and proposed.postponed_until is None:
        detail = "Укажите дату, до которой отложено рассмотрение."
        raise Problem(422, "date_missing", detail, field="postponed_until")
    if kind is AnswerType.DECLINED and not card.world.regulation.knows_ground(proposed.ground or ""):
        raise Problem(422, "ground_unknown", "Выберите причину из правил подачи сообщения.", field="ground")
    named = [(str(file), "files") for file in proposed.files]
    files = attachments.usable(connection, named, card.viewer.person, card.case.id)
    if len(files) < len(named):
        detail = "Файл не найден или уже использован: загрузите его ещё раз."
        raise Problem(422, "file_unknown", detail, field="files")
    until = proposed.postponed_until if kind is AnswerType.POSTPONED else None
    ground = proposed.ground if kind is AnswerType.DECLINED else None
    return Answer(kind, proposed.text, until, ground, tuple(files.values()), proposed.secret)


def _orders(card: Card, answer: Answer) -> tuple[LetterOrder, ...]:
    """The letters that the rules would write with the approval."""
    kind = LetterKind.POSTPONEMENT if answer.type is AnswerType.POSTPONED else LetterKind.ANSWER
    return ordered(replace(card.case, secret=card.case.secret or answer.secret), kind)


def _shown(shared: Resources, card: Card, answer: Answer, order: LetterOrder) -> LetterPreviewed:
    content = _content(card, answer, order.kind)
    subject, text = letters.words(content, shared.settings.public_url, HIDDEN_CODE)
    return LetterPreviewed(
        kind=titled(order.kind.value, LETTERS), way=titled(order.way.value, WAYS), subject=subject, text=text
    )


def _content(card: Card, answer: Answer, kind: LetterKind) -> Content:
    case, until = card.case, answer.postponed_until
    files = answer.files if kind is not LetterKind.ANSWER_READY else ()
    return Content(
        kind=kind,
        about=about(kind, None, answer.type),
        number=case.number,
        applicant=_applicant(card),
        received_at=case.received_at,
        organisation=card.titles.organisations[case.organisation],
        time_zone=str(card.world.directory.organisations[case.organisation].calendar.zone),
        facts={
            "due_at": case.due_at.isoformat(),
            "postponed_until": until.isoformat() if until else None,
            "rating_days": card.world.regulation.settings.rating_days,
        },
        answer=answer.text,
        ground=_words_of(card.world.regulation.decline_grounds, answer.ground),
        files=tuple(
            LetterFile(one.id, download_name(one.name, one.media_type), one.media_type, one.size) for one in files
        ),
    )


def _applicant(card: Card) -> Applicant:
    """As far as the viewer may see him: contact persons are opened for themselves."""
    row = card.message
    name = row["applicant_name"] if card.sight is Sight.FULL else HIDDEN_NAME
    known = "contact_person" in row["contacts"]
    return Applicant(row["applicant_kind"], name, contact_person=HIDDEN_CONTACT_PERSON if known else None)


def _words_of(grounds: Iterable[Ground], code: str | None) -> tuple[str, str] | None:
    return next(((ground.title, ground.text) for ground in grounds if ground.code == code), None)
