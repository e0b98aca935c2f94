"""`GET /messages/{id}`: the card, with what I may do now and where each date comes from. Source: S2, 3.1–3.9; S3, 5.1."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from api import candidates, choices, errands, marks, timelines
from api.answering import answering_of
from api.card_shapes import (
    CardShown,
)
from api.card_shown import Shower
from api.fates import fates_of
from api.problems import not_found, responses
from api.resources import Person, Resources, Shared
from domain.vocabulary import Action, PersonId
from storage import autorules, cards, duplicates, links
from storage.engine import reading

router = APIRouter(prefix="/messages", tags=["Сообщения"])


@router.get("/{message_id}", responses=responses(401, 403, 404, 422, 503), summary="Карточка сообщения")
def read_card(shared: Shared, person: Person, message_id: UUID, response: Response) -> CardShown:
    """The card as this person may see it; 404 for whoever may not see it at all."""
    response.headers["Cache-Control"] = "private, no-store"
    return card_of(shared, person, message_id)


def card_of(shared: Resources, person: PersonId, message_id: UUID) -> CardShown:
    """The card as this person may see it. A 404 for whoever may not see it at all."""
    with reading(shared.engine) as connection:
        card = cards.opened(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        found, fates = candidates.choices(card), fates_of(card)
        mentioned = card.people() | found.people() | fates.people() | timelines.people(card)
        mentioned |= set(errands.people(card)) | marks.people(card)
        names = cards.names(connection, mentioned)
        wanted = card.case.errands or card.case.danger or (card.inside and fates.returned)
        given = cards.parameters_of(connection, card.case.id) if wanted else {}
        twins = duplicates.duplicates(connection, card.viewer, [card.case.id]).get(card.case.id, [])
        assigns = any(rule.action in (Action.ASSIGN, Action.REASSIGN) for rule in found.rules)
        answering = answering_of(connection, card) if assigns else None
        together = links.of_main(connection, card.case)
        marked = card.case.tags or card.case.prioritised
        of_rules = autorules.given_to(connection, [card.case.id]).get(card.case.id, []) if marked else []
    shown = Shower(shared, card, names, fates, given, together, of_rules).card(choices.shown(card, found, names), twins)
    return shown.model_copy(update={"answering": answering})
