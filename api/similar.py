"""`GET /messages/{id}/similar`: approved answers to like questions, to begin one's own with. Source: S3, 5.2."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.problems import Problem, not_found, responses
from api.resources import Person, Resources, Shared
from api.shown import Named, named, titled
from domain.vocabulary import PersonId
from storage import cards, similar
from storage.engine import reading

router = APIRouter(prefix="/messages", tags=["Сообщения"])

MOST = 20
USUAL = 5


class SimilarAnswer(BaseModel):
    """Утверждённый ответ на похожее сообщение той же подкатегории, без данных заявителя."""

    message: UUID
    number: str = Field(examples=["2026-0000123"])
    answered_at: datetime
    type: Named = Field(examples=[{"code": "solved", "title": "Решено"}])
    ground: Named | None = Field(description="причина, если сообщение отклонено")
    opening: str = Field(description="начало вопроса", examples=["Не могу дозвониться в регистратуру…"])
    text: str = Field(examples=["В регистратуре добавлена вторая телефонная линия."])


class SimilarAnswers(BaseModel):
    """Сначала те, чей вопрос ближе словами."""

    answers: list[SimilarAnswer]


@router.get("/{message_id}/similar", responses=responses(401, 403, 404, 422, 503), summary="Похожие ответы")
def read_similar(
    shared: Shared,
    person: Person,
    message_id: UUID,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
) -> SimilarAnswers:
    """Of the messages that this person may see, for whoever works on the answer."""
    response.headers["Cache-Control"] = "private, no-store"
    return similar_to(shared, person, message_id, limit)


def similar_to(shared: Resources, person: PersonId, message_id: UUID, limit: int = USUAL) -> SimilarAnswers:
    """The answers. A 403 for whoever does not work on the message."""
    with reading(shared.engine) as connection:
        card = cards.find(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        if not card.inside:
            raise Problem(403, "action_forbidden", "Похожие ответы видят те, кто работает над ответом.")
        found = similar.read(connection, card, limit)
    act = card.world.regulation
    types = {word.code: word.title for word in act.answer_types}
    grounds = {word.code: word.title for word in act.decline_grounds}
    return SimilarAnswers(
        answers=[
            SimilarAnswer(
                message=UUID(one.id),
                number=one.number,
                answered_at=one.answered_at,
                type=titled(one.type, types),
                ground=named(one.ground, grounds),
                opening=one.opening,
                text=one.text,
            )
            for one in found
        ]
    )
