"""What curators see besides messages: who opened cards, contacts and files that were not his to deal with."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.access_records import WantedAccess, accesses_of
from api.problems import invalid
from web.rendering import Shell

router = APIRouter(include_in_schema=False)


@router.get("/access")
def show(page: Shell, request: Request) -> Response:
    """Newest first. A 403 for whoever oversees nothing."""
    query = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        wanted = WantedAccess.model_validate(query)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    found = accesses_of(page.visit.shared, page.visit.person, wanted)
    query.pop("cursor", None)
    return page.show(
        "access.html",
        found=found.records,
        wanted=wanted,
        query=query,
        next=f"/access?{urlencode(query | {'cursor': found.next})}" if found.next else None,
    )
