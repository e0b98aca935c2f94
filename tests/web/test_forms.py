"""Forms out of JSON Schema, and back."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from fastapi import Request

from api.actions import FIELDS
from api.problems import FieldError, Problem
from domain.vocabulary import Action
from tests.process.clock import until
from web.forms import Typed, fields_of, parameters_of
from web.posted import SMALL_BYTES, Posted, posted_form

MOSCOW = ZoneInfo("Europe/Moscow")


def schema(action: Action) -> dict[str, object]:
    return FIELDS[action].model_json_schema()


def posted(*texts: tuple[str, str]) -> Posted:
    return Posted(texts=texts)


@pytest.mark.parametrize("action", Action)
def test_every_field_of_every_action_has_a_label_and_a_kind(action: Action) -> None:
    for field in fields_of(schema(action), Typed()):
        assert field.label != field.name
        assert (field.kind == "group") == bool(field.fields)


def test_kinds_follow_the_schema() -> None:
    kinds = {field.name: field.kind for field in fields_of(schema(Action.SUBMIT_ANSWER), Typed())}

    assert kinds | {"type": "select"} == {
        "type": "select",
        "text": "area",
        "postponed_until": "date",
        "ground": "text",
        "files": "files",
        "comment": "area",
        "comment_files": "files",
        "endorsers": "ordered",
        "approver": "number",
        "secret": "select",
    }


def test_texts_become_what_the_schema_means_and_empty_ones_are_left_out() -> None:
    given = posted(
        ("endorsers", "106"),
        ("endorsers", ""),
        ("endorsers", "105"),
        ("approver", "107"),
        ("secret", "false"),
        ("text", " Текст\n"),
        ("comment", "  "),
    )

    found = parameters_of(schema(Action.SUBMIT_ANSWER), given, MOSCOW)

    assert found == {"endorsers": [106, 105], "approver": 107, "secret": False, "text": " Текст\n"}


def test_group_is_given_when_anything_in_it_is() -> None:
    contacts = parameters_of(schema(Action.CORRECT_CARD), posted(("contacts.phone", "+7 900 000-00-00")), MOSCOW)

    assert contacts == {"contacts": {"phone": "+7 900 000-00-00"}}
    assert parameters_of(schema(Action.CORRECT_CARD), posted(("contacts.phone", "")), MOSCOW) == {}


def test_moment_is_typed_by_the_clock_of_the_place() -> None:
    found = parameters_of(schema(Action.CONFIRM_DELIVERY), posted(("handed_over_at", "2026-03-03T12:00")), MOSCOW)

    assert found == {"handed_over_at": "2026-03-03T12:00:00+03:00"}


def test_error_of_a_problem_stands_at_its_field() -> None:
    errors = [FieldError(field="parameters.endorsers.1", detail="Не руководитель.")]
    problem = Problem(422, "invalid_request", "Исправьте поля.", errors=errors)

    fields = {one.name: one for one in fields_of(schema(Action.SUBMIT_ANSWER), Typed.of(posted(), problem.details))}

    assert fields["endorsers"].error == "Не руководитель."
    assert fields["approver"].error == ""


@pytest.mark.anyio
async def test_large_form_waits_until_another_has_left_the_memory_and_a_small_one_does_not() -> None:
    places = asyncio.Semaphore(1)
    read: list[str] = []

    async def answered(name: str, size: int, end: asyncio.Event) -> None:
        async for _ in posted_form(SimpleNamespace(large_forms=places), form_request(size)):  # type: ignore[arg-type]
            read.append(name)
            await end.wait()

    end, at_once = asyncio.Event(), asyncio.Event()
    at_once.set()
    async with asyncio.TaskGroup() as group:
        group.create_task(answered("large", SMALL_BYTES + 1, end))
        await until(lambda: read == ["large"])
        group.create_task(answered("next large", SMALL_BYTES + 1, at_once))
        await group.create_task(answered("small", SMALL_BYTES, at_once))
        before = list(read)
        end.set()

    assert before == ["large", "small"]
    assert read == ["large", "small", "next large"]


def form_request(size: int) -> Request:
    """A form that says so many bytes."""
    kind = (b"content-type", b"application/x-www-form-urlencoded")

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"text=1", "more_body": False}

    headers = [kind, (b"content-length", str(size).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
