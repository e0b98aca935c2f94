"""A JSON body says what it means: `true` is not 1, nor "yes" `true`, nor a number a date; pages make these of texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

import api.fields
from api.absences import AbsenceFields
from api.actions import FIELDS
from api.app import ROUTERS
from api.problems import field_errors
from domain.vocabulary import Action

DATES = ("date", "datetime", "time", "timedelta")


def lax_parts(schema: Any, path: str = "") -> Iterator[str]:
    """Where a pydantic schema takes something else for a number, a yes or no, or a date. A union takes each for what it is."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        read_by_us = kind == "function-before" and schema["function"]["function"].__module__ == api.fields.__name__
        if (kind in ("int", "bool") and not schema.get("strict")) or kind in DATES:
            yield path
        for name, part in schema.items() if kind != "union" and not read_by_us else ():
            if name not in ("metadata", "serialization"):
                yield from lax_parts(part, f"{path}.{name}" if name not in ("schema", "fields", "type") else path)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from lax_parts(part, path)


def words(schema: Any, path: str = "") -> Iterator[str]:
    """Where people write something that must not be empty, and signs that nobody sees would do."""
    if isinstance(schema, dict):
        judged = schema.get("type") == "function-before" and schema["function"]["function"] is api.fields.Visible.func
        if schema.get("type") == "str" and schema.get("strip_whitespace") and "pattern" not in schema:
            yield path
        for name, part in schema.items() if not judged else ():
            if name not in ("metadata", "serialization"):
                yield from words(part, f"{path}.{name}" if name not in ("schema", "fields", "type") else path)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from words(part, path)


def bodies() -> dict[str, Any]:
    """Everything that is posted as JSON, by where."""
    routes = [
        route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute) and route.body_field
    ]
    posted = {f"{route.path} {sorted(route.methods)}": route.body_field.field_info.annotation for route in routes}
    return posted | {action.value: shape for action, shape in FIELDS.items()}


def test_no_body_takes_one_kind_of_value_for_another() -> None:
    found = {where: list(lax_parts(TypeAdapter(shape).core_schema)) for where, shape in bodies().items()}

    assert len(found) > len(Action)
    assert {where: paths for where, paths in found.items() if paths} == {}


def test_no_words_are_taken_that_nobody_can_see() -> None:
    found = {where: list(words(TypeAdapter(shape).core_schema)) for where, shape in bodies().items()}

    assert {where: paths for where, paths in found.items() if paths} == {}


@pytest.mark.parametrize("unseen", ["\u200b", "\u00a0\u2060", "\ufeff \n", "\u00ad"])
def test_reason_of_signs_that_nobody_sees_is_refused(unseen: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FIELDS[Action.DISMISS_DANGER].model_validate({"reason": unseen})

    [wrong] = field_errors(refused.value.errors())
    assert (wrong.field, wrong.detail) == ("reason", "Не может быть пустым.")


@pytest.mark.parametrize("score", [True, "3", 3.0, 3.5])
def test_rating_that_is_no_number_is_refused(score: object) -> None:
    with pytest.raises(ValidationError):
        FIELDS[Action.RATE].model_validate({"score": score})


ABSENCE = {"code": "vacation", "first_day": "2026-12-01", "last_day": "2026-12-05", "basis": "приказ"}


@pytest.mark.parametrize(
    ("shape", "body", "field", "told"),
    [
        (FIELDS[Action.REJECT], {"reason": "Не то.", "wrong_addressee": "yes"}, "wrong_addressee", "true или false"),
        (FIELDS[Action.REJECT], {"reason": "Не то.", "wrong_addressee": 1}, "wrong_addressee", "true или false"),
        (AbsenceFields, ABSENCE | {"last_day": 1796083200}, "last_day", "2026-09-01"),
        (AbsenceFields, ABSENCE | {"last_day": "1796083200"}, "last_day", "2026-09-01"),
        (AbsenceFields, ABSENCE | {"last_day": "2026-12-05T00:00:00"}, "last_day", "2026-09-01"),
        (AbsenceFields, ABSENCE | {"last_day": "2026-11-31"}, "last_day", "Такого дня в календаре нет."),
        (AbsenceFields, ABSENCE | {"last_day": "2126-11-30"}, "last_day", "с 2000 по 2100 год"),
    ],
)
def test_value_of_another_kind_is_refused_with_its_field(
    shape: type[BaseModel], body: dict[str, Any], field: str, told: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate(body)

    [wrong] = field_errors(refused.value.errors())
    assert wrong.field == field
    assert told in wrong.detail


@pytest.mark.parametrize("at", [1796083200, "1796083200", "2026-12-01", "2026-12-01T09:00:00"])
def test_instant_without_its_zone_or_written_otherwise_is_refused(at: object) -> None:
    body = {"letter": "7f3c1a52-8f0e-4a4f-9a55-0d5c8f6d4b10", "way": "post", "recipient": "заявитель"}

    with pytest.raises(ValidationError) as refused:
        FIELDS[Action.CONFIRM_DELIVERY].model_validate(body | {"handed_over_at": at})

    [wrong] = field_errors(refused.value.errors())
    assert (wrong.field, wrong.detail.startswith("Напишите время")) == ("handed_over_at", True)
