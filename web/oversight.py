"""What curators see besides messages: how the work stands by category, and who read what was not his to deal with."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from api.access_records import WantedAccess, accesses_of
from api.overseeing import read_oversight
from api.problems import invalid
from storage.overseeing import By
from web import admin_choices as choices
from web.admin_choices import organisations
from web.rendering import Shell
from web.work import told

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Query(max_length=63)]


@router.get("/oversight")
def show_process(page: Shell, by: By = By.SUBCATEGORY, organisation: Code = "") -> Response:
    """How the work stands by category or organisation, each number leading to its messages. A 403 for whoever is no curator."""
    shared, person = page.visit.shared, page.visit.person
    found = read_oversight(shared, person, by=by, organisation=organisation or None)
    titles = {one.id: one.title for one in organisations(page.visit)} if organisation else {}
    return page.show(
        "oversight.html",
        rows=found.rows,
        by=by.value,
        organisation=organisation,
        organisation_title=titles.get(organisation, organisation),
    )


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
    titles = {one.code: one.title for one in choices.categories_of(page.visit)}
    return page.show(
        "access.html",
        found=found.records,
        told=lambda name, value: told(name, str(value).lower() if isinstance(value, bool) else value, titles),
        wanted=wanted,
        next=f"/access?{urlencode(query | {'cursor': found.next})}" if found.next else None,
    )
