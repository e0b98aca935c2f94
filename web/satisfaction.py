"""How applicants rate the answers, for curators. Source: S0, п. 2; G-28, G-44."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.problems import invalid
from api.satisfaction import WantedSatisfaction, satisfaction_of
from web.rendering import Shell

router = APIRouter(include_in_schema=False)


@router.get("/satisfaction")
def show(page: Shell, request: Request) -> Response:
    """Average, share of good ratings, repeats; by organisation and by category."""
    query = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        wanted = WantedSatisfaction.model_validate(query)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    return page.show("satisfaction.html", found=satisfaction_of(page.visit.shared, page.visit.person, wanted))
