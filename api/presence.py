"""`/messages/{id}/presence`: who else has this card open now."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.problems import not_found, responses
from api.resources import Person, Resources, Shared
from api.shown import PersonShown
from domain.vocabulary import PersonId
from storage import presence, queries
from storage.presence import BEAT
from storage.sight import Sight

router = APIRouter(prefix="/messages", tags=["Сообщения"])


class PresenceShown(BaseModel):
    """Кто ещё смотрит эту карточку."""

    others: list[PersonShown]
    again_after: int = Field(description="через сколько секунд повторить, пока карточка открыта", examples=[15])


@router.put("/{message_id}/presence", responses=responses(401, 403, 404, 422, 503), summary="Карточка у меня открыта")
def be_present(shared: Shared, person: Person, message_id: UUID) -> PresenceShown:
    """Repeated while the card is open. Who sees only a former part of it neither sees the others nor is seen."""
    return present(shared, person, message_id)


@router.delete(
    "/{message_id}/presence", status_code=204, responses=responses(401, 403, 422, 503), summary="Карточка закрыта"
)
def be_absent(shared: Shared, person: Person, message_id: UUID) -> Response:
    """The others see it at once. Repeating it changes nothing."""
    absent(shared, person, message_id)
    return Response(status_code=204)


def present(shared: Resources, person: PersonId, message_id: UUID) -> PresenceShown:
    """The person has the card open; who else has. A 404 for a card that he may not see."""
    with shared.engine.begin() as connection:
        sight = queries.sight(connection, shared.reference, str(message_id), person)
        if sight is None:
            raise not_found()
        found = []
        if sight is not Sight.FORMER:
            presence.beat(connection, str(message_id), person)
            found = presence.others(connection, str(message_id), person)
    others = [PersonShown(number=one["person"], name=one["name"]) for one in found]
    return PresenceShown(others=others, again_after=int(BEAT.total_seconds()))


def absent(shared: Resources, person: PersonId, message_id: UUID) -> None:
    """The person has it open no more."""
    with shared.engine.begin() as connection:
        presence.leave(connection, str(message_id), person)
