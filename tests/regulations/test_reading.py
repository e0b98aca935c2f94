"""What a body must be before anybody judges by it, and that nothing changes on its way through the record."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations import RegulationError, body_hash, body_json, parse, shipped

Body = dict[str, Any]


@pytest.fixture
def body() -> Body:
    return deepcopy(next(found for found in shipped() if found["code"] == "S2"))


def through_the_record(body: Body) -> Body:
    """As `jsonb` gives it back: keys shortest first, dates as text."""

    def reordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: reordered(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
        return [reordered(inner) for inner in value] if isinstance(value, list) else value

    found: Body = reordered(json.loads(json.dumps(body_json(body))))
    return found


def test_each_shipped_body_can_be_relied_on() -> None:
    acts = [parse(found) for found in shipped()]

    assert len({(act.code, act.revision) for act in acts}) == len(acts) >= 1


def test_body_from_the_record_is_read_as_the_same_regulation(body: Body) -> None:
    assert parse(through_the_record(body)) == parse(body)


def test_body_from_the_record_has_the_same_hash(body: Body) -> None:
    assert body_hash(through_the_record(body)) == body_hash(body)
    assert len(body_hash(body)) == 64


def test_hash_changes_with_any_number(body: Body) -> None:
    before = body_hash(body)

    body["settings"]["reminder_hour"]["value"] = 10

    assert body_hash(body) != before


def test_hash_of_the_shipped_revision_is_the_one_that_installations_have_stored(body: Body) -> None:
    """A shipped revision never changes. If this fails, undo the change or give it a new `revision` and `valid_from`."""
    assert body_hash(body) == "3f1e5b581244f78ef649d2559b4ecf74329c1ca527b7fde136e443f06949bb4f"


def test_dates_become_iso_text(body: Body) -> None:
    assert body["order"]["signed_on"] == date(2023, 8, 1)
    assert body_json(body)["order"]["signed_on"] == "2023-08-01"


@pytest.mark.parametrize("value", [1.5, None, datetime(2023, 8, 1, tzinfo=UTC), {1, 2}])
def test_value_that_the_record_would_change_is_refused(body: Body, value: object) -> None:
    body["settings"]["reminder_hour"]["value"] = value

    with pytest.raises(RegulationError, match=r"settings\.reminder_hour\.value: .* не сохранить"):
        body_json(body)


json_values = st.recursive(
    st.text() | st.integers() | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=1), json_values))
def test_json_form_is_a_fixed_point(any_body: Body) -> None:
    once = body_json(any_body)

    assert body_json(once) == once
    assert body_json(json.loads(json.dumps(once))) == once
    assert body_hash(once) == body_hash(any_body)


def put(*path: str | int, value: object) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        place: Any = body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        place: Any = body
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


def swap_stages(body: Body) -> None:
    body["stages"][0], body["stages"][1] = body["stages"][1], body["stages"][0]


def repeat(key: str) -> Callable[[Body], None]:
    return lambda body: body[key].append(body[key][0])


FAULTS = {
    "no settings": (drop("settings"), r"s2\.settings: не указано; добавьте"),
    "missing key": (drop("order", "number"), r"s2\.order\.number: не указано; добавьте"),
    "unknown key": (put("order", "nummer", value="1"), r"s2\.order\.nummer: здесь не нужно; уберите"),
    "unknown top key": (put("stage", value=[]), r"s2\.stage: здесь не нужно"),
    "act code": (put("code", value="s-2"), r"s2\.code: 's-2': это не код акта"),
    "empty text": (put("order", "title", value=" "), r"s2\.order\.title: ' ': это не текст"),
    "no date": (put("order", "signed_on", value="1 августа"), r"s2\.order\.signed_on: '1 августа': это не дата"),
    "no such day": (
        put("order", "signed_on", value="2023-02-30"),
        r"signed_on: '2023-02-30': такого дня нет в календаре",
    ),
    "instant": (put("order", "valid_from", value=datetime(2023, 8, 1, tzinfo=UTC)), r"valid_from: .*: это не дата"),
    "shares": (put("stages", 2, "share", value=64), r"s2\.stages: сумма долей 99; сделайте её равной 100"),
    "share of text": (put("stages", 0, "share", value="5"), r"s2\.stages\[0\]\.share: '5' не подходит"),
    "share of truth": (put("stages", 0, "share", value=True), r"s2\.stages\[0\]\.share: True не подходит"),
    "share of nothing": (put("stages", 0, "share", value=0), r"s2\.stages\[0\]\.share: 0 не подходит"),
    "stage unknown": (
        put("stages", 0, "stage", value="waiting"),
        r"stages\[0\]\.stage: 'waiting': такого здесь нет; выберите из",
    ),
    "stage untimed": (put("stages", 4, "stage", value="delivery"), r"s2\.stages: это не этапы со сроком по порядку"),
    "stage missing": (drop("stages", 0), r"s2\.stages: это не этапы со сроком по порядку"),
    "stage twice": (repeat("stages"), r"s2\.stages: это не этапы со сроком по порядку"),
    "stages swapped": (
        swap_stages,
        r"s2\.stages: это не этапы со сроком по порядку; перечислите по разу moderation, coordination",
    ),
    "stages no list": (
        put("stages", value={"a": 1}),
        r"s2\.stages: это не список таблиц; напишите каждую как \[\[stages\]\]",
    ),
    "no grounds": (put("decline_grounds", value=[]), r"s2\.decline_grounds: это не список таблиц"),
    "term twice": (repeat("terms"), r"s2\.terms: 'ordinary' повторяется; оставьте одно"),
    "days below one": (put("terms", 0, "days", value=0), r"s2\.terms\[0\]\.days: 0 не подходит"),
    "days negative": (
        put("settings", "bounce_days", "value", value=-1),
        r"settings\.bounce_days\.value: -1 не подходит",
    ),
    "ground twice": (repeat("decline_grounds"), r"s2\.decline_grounds: 'no_essence' повторяется"),
    "ground code": (
        put("decline_grounds", 0, "code", value="NoEssence"),
        r"'NoEssence': это не код; напишите латиницей",
    ),
    "ground no clause": (drop("decline_grounds", 0, "clause"), r"s2\.decline_grounds\[0\]\.clause: не указано"),
    "role unknown": (
        put("roles", 0, "code", value="boss"),
        r"s2\.roles\[0\]\.code: 'boss': такого здесь нет; выберите из",
    ),
    "answer unknown": (
        put("answer_types", 0, "code", value="done"),
        r"answer_types\[0\]\.code: 'done': такого здесь нет",
    ),
    "absence unknown": (
        put("absence_codes", 0, "code", value="ill"),
        r"absence_codes\[0\]\.code: 'ill': такого здесь нет",
    ),
    "clause missing": (drop("clauses", 30), r"s2\.clauses\[30\]\.id: 'S2-32' не по порядку; здесь должен быть S2-31"),
    "clause twice": (repeat("clauses"), r"s2\.clauses\[66\]\.id: 'S2-01' не по порядку"),
    "clause of another": (put("clauses", 0, "id", value="S1-01"), r"s2\.clauses\[0\]\.id: 'S1-01' не по порядку"),
    "clause kind": (put("clauses", 0, "kind", value="X"), r"s2\.clauses\[0\]\.kind: 'X': такого здесь нет"),
    "setting bare": (put("settings", "bounce_days", value=3), r"s2\.settings\.bounce_days: это не таблица"),
    "setting no clause": (drop("settings", "bounce_days", "clause"), r"settings\.bounce_days\.clause: не указано"),
    "default no term": (put("settings", "default_days", "value", value=20), r"default_days\.value: 20: такого срока"),
    "hour 24": (put("settings", "reminder_hour", "value", value=24), r"reminder_hour\.value: 24 не подходит"),
    "postponed sum": (
        put("settings", "postponed_shares", "value", "execution", value=70),
        r"s2\.settings\.postponed_shares\.value: сумма долей 95",
    ),
    "postponed stage": (
        put("settings", "postponed_shares", "value", "moderation", value=5),
        r"postponed_shares\.value\.moderation: здесь не нужно",
    ),
    "note twice": (repeat("notes"), r"s2\.notes: 'valid_from' повторяется"),
}


@pytest.mark.parametrize(("spoil", "complaint"), FAULTS.values(), ids=FAULTS.keys())
def test_body_with_a_fault_is_refused_with_place_and_remedy(
    body: Body, spoil: Callable[[Body], None], complaint: str
) -> None:
    spoil(body)

    with pytest.raises(RegulationError, match=complaint):
        parse(body, "s2")


def test_notes_may_be_absent(body: Body) -> None:
    del body["notes"]

    assert parse(body).notes == ()
