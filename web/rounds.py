"""«Утренний обход»: a head's two minutes each working day; and, for curators, who looked on which day. Source: S0, п. 2, 4."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.problems import invalid
from api.rounds import WantedRounds, look, read_round, rounds_of
from web.posted import Form
from web.record_forms import key_of
from web.rendering import Shell, see

router = APIRouter(include_in_schema=False)


@router.get("/round")
def show(page: Shell) -> Response:
    """What is new, waits, was warned of and is overdue, with one button."""
    found = read_round(page.visit.shared, page.visit.person)
    return page.show("rounds/round.html", found=found, at=found.at, key=str(uuid4()))


@router.post("/round")
def confirm(page: Shell, form: Form) -> Response:
    """He looked; the page says so."""
    look(page.visit.shared, page.visit.person, key_of(form))
    return see("/round")


@router.get("/rounds")
def show_days(page: Shell, request: Request) -> Response:
    """Evidence for inspections: who looked and who did not, day by day; printed, it is a list to sign."""
    query = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        wanted = WantedRounds.model_validate(query)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    found = rounds_of(page.visit.shared, page.visit.person, wanted)
    following = f"/rounds?{urlencode(query | {'cursor': found.next})}" if found.next else None
    return page.show("rounds/days.html", found=found, wanted=wanted, next=following)
