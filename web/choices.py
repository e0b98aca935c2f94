"""Choices too many for a form: found by words, through the same function as `GET /api/v1/messages/{id}/choices`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.actions import FIELDS
from api.problems import not_found
from api.searches import found_choices
from domain.vocabulary import Action
from web.forms import Field, Option, Typed
from web.rendering import Shell, bare
from web.schemas import FIND, fields_of, with_found
from web.visits import Visit

router = APIRouter(prefix="/messages", include_in_schema=False)

_LONGEST = 100
"""Of the words: as the API takes them."""


@router.get("/{message_id:uuid}/choices")
def find(
    page: Shell, request: Request, message_id: UUID, action: Action, field: Annotated[str, Query(max_length=63)]
) -> Response:
    """The choices of one field for the words typed so far, with what is chosen in it."""
    query = request.query_params
    typed = Typed({name: query.getlist(name) for name in query})
    schema = FIELDS[action].model_json_schema()
    if field not in schema.get("properties", {}):
        raise not_found()
    found = _found(page.visit, message_id, action, schema, field, typed)
    one = next(one for one in fields_of(found, typed) if one.name == field)
    return bare(page.visit.shared, "parts/choices.html", one=one)


def searched(visit: Visit, message: UUID, action: Action, schema: Mapping[str, Any], typed: Typed) -> list[Field]:
    """The fields of a form; those whose choices are searched offer what the typed words find."""
    found = dict(schema)
    for name, own in schema.get("properties", {}).items():
        if "x-choices" in own:
            found = _found(visit, message, action, found, name, typed)
    return fields_of(found, typed)


def _found(
    visit: Visit, message: UUID, action: Action, schema: Mapping[str, Any], name: str, typed: Typed
) -> dict[str, Any]:
    words = next(iter(typed.values.get(FIND + name, ())), "")[:_LONGEST]
    chosen = {value for value in typed.values.get(name, ()) if value}
    found = found_choices(visit.shared, visit.person, message, action, name, words, chosen)
    options = [Option(str(one.const), one.title, one.category or "") for one in found.items]
    address = f"/messages/{message}/choices?action={action.value}&field={name}"
    return with_found(schema, name, options, address, more=found.more)
