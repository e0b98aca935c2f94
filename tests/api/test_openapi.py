"""The OpenAPI document tells frontends each body with an example, and each action with its own fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api.actions import FIELDS
from api.openapi import operations
from domain.vocabulary import Action
from tests.product import Product

pytestmark = pytest.mark.anyio

NEW_DECISION = "#/components/schemas/NewDecision"


def json_bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, path, operation in operations(document):
        if found := operation.get("requestBody", {}).get("content", {}).get("application/json"):
            yield f"{method} {path}", found


def component(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def check(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema | {"components": document["components"]})


async def test_every_json_body_has_an_example_that_its_own_schema_accepts(running: Product) -> None:
    document = running.app.openapi()
    bodies = dict(json_bodies(document))

    assert len(bodies) > 10
    for where, body in bodies.items():
        schema = component(document, body["schema"])
        examples = [*schema.get("examples", []), *(one["value"] for one in body.get("examples", {}).values())]
        assert examples, f"{where} has no example"
        for example in examples:
            assert check(document, schema).is_valid(example), (where, example)


async def test_every_action_is_described_with_its_fields_and_an_example(running: Product) -> None:
    document = running.app.openapi()
    told = document["components"]["schemas"]["NewDecision"]
    (body,) = (body for _, body in json_bodies(document) if body["schema"] == {"$ref": NEW_DECISION})

    assert told["discriminator"]["propertyName"] == "action"
    assert set(told["discriminator"]["mapping"]) == set(body["examples"]) == {action.value for action in Action}
    for action, ref in told["discriminator"]["mapping"].items():
        shape = component(document, {"$ref": ref})
        fields = component(document, shape["properties"]["parameters"])
        assert shape["properties"]["action"]["const"] == action
        assert set(fields.get("properties", {})) == set(FIELDS[Action(action)].model_fields)
        FIELDS[Action(action)].model_validate(body["examples"][action]["value"]["parameters"])


async def test_fields_of_another_action_do_not_fit(running: Product) -> None:
    document = running.app.openapi()
    decision = check(document, document["components"]["schemas"]["NewDecision"])

    assert decision.is_valid({"action": "take", "version": 0})
    assert not decision.is_valid({"action": "assign", "version": 0})
    assert not decision.is_valid({"action": "take", "version": 0, "parameters": {"executor": 104}})
    assert not decision.is_valid({"action": "reject", "version": 0, "parameters": {"text": "Нет"}})


async def test_errors_are_described_with_an_example(running: Product) -> None:
    document = running.app.openapi()
    schema = document["components"]["schemas"]["ProblemDetails"]

    (example,) = schema["examples"]

    assert check(document, schema).is_valid(example)
    for _, _, operation in operations(document):
        refused = [answer for status, answer in operation["responses"].items() if status >= "400"]
        assert {"application/problem+json"} == {kind for answer in refused for kind in answer["content"]}
