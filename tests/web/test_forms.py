"""Forms out of JSON Schema, and back."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from api.actions import FIELDS
from api.problems import FieldError, Problem
from domain.vocabulary import Action
from web.forms import Typed
from web.posted import Posted
from web.schemas import fields_of, parameters_of

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
        "template": "text",
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


def test_number_of_thousands_of_digits_goes_as_it_is_to_be_refused() -> None:
    digits = "1" * 5000

    assert parameters_of(schema(Action.SUBMIT_ANSWER), posted(("approver", digits)), MOSCOW) == {"approver": digits}


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
