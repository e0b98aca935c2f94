"""What histories hold is read by the next release and by the one before: types only grow, by fields with defaults."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload

from domain.standing import Closing, Standing, Start
from temporal.client import CONVERTER

FOLDER = Path(__file__).with_name("types")
TYPES: dict[str, type[Any]] = {"start": Start, "standing": Standing, "closing": Closing}
GOLDEN = sorted(FOLDER.glob("*.json"))

STANDING = Standing(
    stage="execution",
    entry=3,
    version=2,
    holder="staff-104",
    organisation="polyclinic",
    category="medicine.no_answer",
    due_at="2026-12-30T07:00:00+00:00",
    stage_due_at="2026-12-19T19:00:00+00:00",
    overdue=False,
    alarm="stage_warning",
    alarm_at="2026-12-14T22:00:00+00:00",
    deliveries=["6f9619ff-8b86-4d01-b42d-00cf4fc964ff"],
    more=False,
    closed=False,
    outcome="",
)
FULL: dict[str, Any] = {
    "start": Start("6f9619ff-8b86-4d01-b42d-00cf4fc964fe", "2026-0000001", "S2", STANDING, judged=True),
    "standing": STANDING,
    "closing": Closing("answered", 6),
}
"""One value of each type with every field set: what `<type>-<release>.json` holds for the release that wrote it."""


def decode(kind: str, fields: dict[str, Any]) -> Any:
    """The value as a worker reads it from a history."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(fields).encode())
    (value,) = CONVERTER.payload_converter.from_payloads([payload], [TYPES[kind]])
    return value


def encode(value: Any) -> dict[str, Any]:
    """The fields as a worker writes them."""
    (payload,) = CONVERTER.payload_converter.to_payloads([value])
    fields: dict[str, Any] = json.loads(payload.data)
    return fields


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_what_a_release_wrote_is_read_by_this_one(file: Path) -> None:
    kind = file.stem.partition("-")[0]
    written = json.loads(file.read_text())

    value = decode(kind, written)

    again = encode(value)
    assert {name: again[name] for name in written} == written, "a field of an earlier release was lost or renamed"


@pytest.mark.parametrize("kind", TYPES)
def test_this_release_writes_what_its_golden_file_says(kind: str) -> None:
    latest = json.loads(max(FOLDER.glob(f"{kind}-*.json")).read_text())

    assert encode(FULL[kind]) == latest, (
        f"{TYPES[kind].__name__} has changed. Fields may be added, with defaults, and never renamed or removed. Add "
        f"tests/shape/types/{kind}-<release>.json beside the old one, which stays: its values are in histories."
    )


@pytest.mark.parametrize("kind", TYPES)
def test_fields_of_the_next_release_are_ignored(kind: str) -> None:
    fields = encode(FULL[kind]) | {"of_the_next_release": {"deep": [1]}}
    if kind == "start":
        fields["standing"]["of_the_next_release"] = "x"

    assert decode(kind, fields) == FULL[kind]


def test_codes_of_the_next_release_are_read_as_they_are() -> None:
    fields = encode(STANDING) | {"stage": "mediation", "alarm": "mediation_overdue", "outcome": "mediated"}

    assert decode("standing", fields).stage == "mediation"


def test_standing_of_an_earlier_release_has_defaults_for_what_it_did_not_know() -> None:
    assert decode("standing", {"stage": "moderation", "entry": 1}) == Standing("moderation", 1)


def test_every_field_but_the_first_two_of_a_standing_has_a_default() -> None:
    without = [
        field.name
        for field in dataclasses.fields(Standing)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    assert without == ["stage", "entry"]


def test_codes_are_plain_strings() -> None:
    """An enumeration would refuse the next release's code and stop the run."""
    for kind in TYPES.values():
        for field in dataclasses.fields(kind):
            assert field.type in {"str", "int", "bool", "list[str]", "Standing"}, field.name
