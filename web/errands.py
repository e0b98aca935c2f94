"""Pages of errands: a call to the applicant, for a telephone in the other hand. Source: S0, п. 2, 4."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from api.cards import card_of
from api.contacts import contacts_of
from api.problems import not_found
from api.titles import CALL_RESULTS
from domain.vocabulary import ErrandKind
from web.rendering import Shell

router = APIRouter(prefix="/messages", include_in_schema=False)


@router.get("/{message_id:uuid}/call")
def call(page: Shell, message_id: UUID, phone: Annotated[bool, Query()] = False) -> Response:
    """What to ask, whom, and what came of it. `phone`: his number is opened, which is recorded."""
    visit = page.visit
    card = card_of(visit.shared, visit.person, message_id)
    errand = next((one for one in card.errands if one.mine and one.kind.code == ErrandKind.CALL), None)
    if errand is None:
        raise not_found()
    contacts = contacts_of(visit.shared, visit.person, message_id) if phone else None
    return page.show(
        "errand_call.html",
        card=card,
        errand=errand,
        opened=phone,
        phone=contacts.phone if contacts else None,
        results=CALL_RESULTS,
        key=str(uuid4()),
        at=card.at,
        zone=ZoneInfo(card.time_zone),
    )
