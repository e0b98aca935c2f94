"""The list on the screen as a spreadsheet."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.exports import WantedExport, exported
from api.problems import invalid
from web.visits import Visitor

router = APIRouter(include_in_schema=False)


@router.get("/export")
async def export(visit: Visitor, request: Request) -> Response:
    """The file, with the filters of the address: those of the page from which it is asked for."""
    query = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        wanted = WantedExport.model_validate(query)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    return await exported(visit.shared, visit.person, wanted)
