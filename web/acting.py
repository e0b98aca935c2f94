"""The head above gives a role for a while when nobody of it is there. Source: G-20, G-21."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.acting import ActingOffer, NewActing, give_role, offered
from api.problems import Problem
from web.forms import Option, Typed
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell, bare
from web.schemas import FIND, fields_of

router = APIRouter(prefix="/messages/{message_id:uuid}/acting", include_in_schema=False)

_LONGEST = 100
"""Of the words: as the API takes them."""


@router.get("")
def ask(page: Shell, message_id: UUID) -> Response:
    """The form, for the head who was told."""
    return _form(page, message_id)


@router.get("/people")
def find(page: Shell, request: Request, message_id: UUID) -> Response:
    """Whom the words typed so far find, with who is chosen."""
    query = request.query_params
    typed = Typed({name: query.getlist(name) for name in query})
    offer = _offer(page, message_id, query.get(f"{FIND}person", ""), query.get("person", ""))
    one = next(one for one in fields_of(_sheet(message_id, offer).schema, typed) if one.name == "person")
    return bare(page.visit.shared, "parts/choices.html", one=one)


@router.post("")
def give(page: Shell, form: Form, message_id: UUID) -> Response:
    """The role is given, or the form says why not."""
    visit = page.visit
    if form.get("_find"):
        return _form(page, message_id, form)
    try:
        body = Sheet(NewActing).body(form, page)
        given = give_role(visit.shared, visit.person, key_of(form), message_id, body)
    except Problem as problem:
        return _form(page, message_id, form, problem)
    return page.show("acting_given.html", given=given)


def _form(page: Page, message_id: UUID, form: Posted | None = None, problem: Problem | None = None) -> Response:
    words, chosen = (form.get(f"{FIND}person"), form.get("person")) if form else ("", "")
    offer = _offer(page, message_id, words, chosen)
    sheet = _sheet(message_id, offer).shown(form, problem)
    return with_status(page, "acting.html", problem, message_id=message_id, offer=offer, sheet=sheet)


def _offer(page: Page, message_id: UUID, words: str, chosen: str) -> ActingOffer:
    return offered(page.visit.shared, page.visit.person, message_id, words[:_LONGEST], chosen)


def _sheet(message_id: UUID, offer: ActingOffer) -> Sheet[NewActing]:
    people = [Option(str(one.number), f"{one.name}, № {one.number}") for one in offer.people]
    address = f"/messages/{message_id}/acting/people"
    searched = {"person": (address, offer.beyond > 0)} if offer.total > len(offer.people) else {}
    return Sheet(NewActing, {"person": people}, searched=searched)
