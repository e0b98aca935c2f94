"""What an organisation tells the public of itself, on the screen and on the stand in its hall. Source: S4, 2.1.1–2.1.5; S1-80."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.administration import CodePath, Cursor
from api.public_form import form_shown, others_shown
from api.public_pages import read_public
from api.resources import Shared
from web.rendering import bare, see

router = APIRouter(prefix="/organisations", include_in_schema=False)


@router.get("")
def show_first(shared: Shared) -> Response:
    """The page of the organisation whose installation this is."""
    return see(f"/organisations/{form_shown(shared).organisation.code}")


@router.get("/{organisation_id}")
def show(shared: Shared, organisation_id: CodePath, cursor: Cursor = None) -> Response:
    """Contacts, ways of writing, who answers for what, samples, receptions, who controls, how to contest, orders in force."""
    found = read_public(shared, organisation_id)
    others, more = others_shown(shared, cursor)
    return bare(shared, "organisation.html", found=found, told=found.page, others=others, cursor=cursor, more=more)
