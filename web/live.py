"""What open pages ask for by themselves: hints of changes, the menu with its counters, who else looks at a card."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.changes import After, stream_of
from api.presence import absent, present
from web.rendering import Shell
from web.signing_in import safe_next
from web.visits import Visitor

router = APIRouter(include_in_schema=False)


@router.get("/changes")
async def follow(visit: Visitor, message: Annotated[UUID | None, Query()] = None, after: After = None) -> Response:
    """The stream of `GET /api/v1/changes` for the session of the cookie."""
    return await stream_of(visit.shared, visit.person, visit.token, message, after)


@router.get("/menu")
def show_menu(page: Shell, path: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """The menu alone, as it stands on the page of this path."""
    return page.show("parts/menu.html", path=safe_next(path))


@router.post("/messages/{message_id:uuid}/presence")
def be_present(page: Shell, message_id: UUID) -> Response:
    """Who else has the card open. Whoever asks has it open himself."""
    return page.show("parts/others.html", others=present(page.visit.shared, page.visit.person, message_id).others)


@router.post("/messages/{message_id:uuid}/presence/leave")
def be_absent(visit: Visitor, message_id: UUID) -> Response:
    """He has not any more."""
    absent(visit.shared, visit.person, message_id)
    return Response(status_code=204)
