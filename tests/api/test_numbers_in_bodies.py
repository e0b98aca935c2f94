"""A number in a JSON body is a JSON number: `true` is not 1, nor is "1"; pages make numbers of what their forms send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from api.actions import FIELDS
from api.app import ROUTERS
from domain.vocabulary import Action


def lax_integers(schema: Any, path: str = "") -> Iterator[str]:
    """Where a pydantic schema takes something else for an integer. A union takes each for what it is."""
    if isinstance(schema, dict) and schema.get("type") != "union":
        if schema.get("type") == "int" and not schema.get("strict"):
            yield path
        for name, part in schema.items():
            if name not in ("metadata", "serialization"):
                yield from lax_integers(part, f"{path}.{name}" if name not in ("schema", "fields", "type") else path)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from lax_integers(part, path)


def bodies() -> dict[str, Any]:
    """Everything that is posted as JSON, by where."""
    routes = [
        route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute) and route.body_field
    ]
    posted = {f"{route.path} {sorted(route.methods)}": route.body_field.field_info.annotation for route in routes}
    return posted | {action.value: shape for action, shape in FIELDS.items()}


def test_no_body_takes_anything_but_a_number_for_an_integer() -> None:
    found = {where: list(lax_integers(TypeAdapter(shape).core_schema)) for where, shape in bodies().items()}

    assert len(found) > len(Action)
    assert {where: paths for where, paths in found.items() if paths} == {}


@pytest.mark.parametrize("score", [True, "3", 3.0, 3.5])
def test_rating_that_is_no_number_is_refused(score: object) -> None:
    with pytest.raises(ValidationError):
        FIELDS[Action.RATE].model_validate({"score": score})
