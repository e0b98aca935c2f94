"""The head above gives a role for a while when nobody of it is there. Source: G-20, G-21."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from api.acting import ActingOffer, NewActing, give_role, offer_acting
from api.problems import Problem
from web.forms import Option
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell

router = APIRouter(prefix="/messages/{message_id:uuid}/acting", include_in_schema=False)


@router.get("")
def ask(page: Shell, message_id: UUID) -> Response:
    """The form, for the head who was told."""
    return _form(page, message_id, offer_acting(page.visit.shared, page.visit.person, message_id))


@router.post("")
def give(page: Shell, form: Form, message_id: UUID) -> Response:
    """The role is given, or the form says why not."""
    visit = page.visit
    try:
        body = _sheet(None).body(form, page)
        given = give_role(visit.shared, visit.person, key_of(form), message_id, body)
    except Problem as problem:
        offer = offer_acting(visit.shared, visit.person, message_id)
        return _form(page, message_id, offer, form, problem)
    return page.show("acting_given.html", given=given)


def _form(
    page: Page, message_id: UUID, offer: ActingOffer, form: Posted | None = None, problem: Problem | None = None
) -> Response:
    sheet = _sheet(offer).shown(form, problem)
    return with_status(page, "acting.html", problem, message_id=message_id, offer=offer, sheet=sheet)


def _sheet(offer: ActingOffer | None) -> Sheet[NewActing]:
    people = offer.people if offer else ()
    return Sheet(NewActing, {"person": [Option(str(one.number), f"{one.name}, № {one.number}") for one in people]})
