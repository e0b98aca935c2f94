"""What a draft of an annex is to say, out of what is given: what is left out stays, and nothing given is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from api.annex_contents import placed, require_own
from api.annex_shapes import AnnexContent, AnnexOrder, FactShown, OrderFields, Publication
from api.problems import field_errors
from domain.structure import Names, Structure
from regulations.grids import LONGEST_TITLE, cell_of
from regulations.orders import MOST_FACTS
from regulations.rows import GridError
from regulations.structures import Ground
from web.admin_order_drafts import LineForm

RECORD = Structure({"root": None, "a": "root", "b": "root"}, {"root": None, "a": None, "b": None}, {"ward": None})
DRAFT = Structure({}, {"a": "medical"}, {"ward": "law"}).over(RECORD)
NAMES = Names({"root": "Головная", "a": "А", "b": "Б"}, {"ward": "Отдел"}, {})
GROUND = Ground(RECORD, RECORD, NAMES, {"ward": "a"}, (), {})


def content(**given: Any) -> AnnexContent:
    return AnnexContent.model_validate({"version": 1} | given)


def test_place_keeps_of_the_draft_what_is_not_said_of_it() -> None:
    given = content(places=[{"id": "a", "parent": "b"}, {"id": "b", "order_code": "law"}, {"id": "ward", "unit": True}])

    found = placed(given.places or [], DRAFT, GROUND)

    assert found == Structure({"a": "b", "b": "root"}, {"a": "medical", "b": "law"}, {"ward": "law"})


def test_place_with_null_loses_its_code() -> None:
    given = content(places=[{"id": "a", "order_code": None}, {"id": "ward", "unit": True, "order_code": None}])

    found = placed(given.places or [], DRAFT, GROUND)

    assert found == Structure({"a": "root"}, {"a": None}, {"ward": None})


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([{"id": "a", "parent": "b"}, {"id": "a", "parent": "root"}], "a: код назван дважды: оставьте одну строку"),
        ([{"id": "ward", "unit": True, "parent": "b"}], "ward: подразделение остаётся в своей организации: «А»"),
    ],
)
def test_place_that_contradicts_itself_is_refused(places: list[dict[str, Any]], told: str) -> None:
    given = content(places=places)

    with pytest.raises(GridError) as refused:
        placed(given.places or [], DRAFT, GROUND)

    assert [str(fault) for fault in refused.value.faults] == [told]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("structure", {"lines": []}),
        ("structure", {"answerers": [{"code": "x", "title": "X", "alone": "x"}], "table": "x"}),
        ("categories", {"places": [{"id": "a"}]}),
        ("categories", {"toml": "", "answerers": [{"code": "x", "title": "X", "alone": "x"}]}),
        ("roles", {"table": "x"}),
        ("regulation", {"places": [{"id": "a"}]}),
    ],
)
def test_content_of_another_kind_is_refused(kind: str, given: dict[str, Any]) -> None:
    with pytest.raises(GridError, match="здесь не бывает"):
        require_own(content(**given), kind)


@pytest.mark.parametrize(
    ("shape", "body", "field"),
    [
        (FactShown, {"title": "\u200b"}, "title"),
        (Publication, {"version": 1, "seen": "", "valid_from": "9026-12-01"}, "valid_from"),
        (AnnexOrder, {"version": 1, "signed_on": "9026-12-01"}, "signed_on"),
        (
            OrderFields,
            {"issuer": "Минздрав", "order_number": "1", "title": "О порядке", "signed_on": "0026-12-01"},
            "signed_on",
        ),
    ],
)
def test_slip_in_an_order_is_refused_with_its_field(shape: type[BaseModel], body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate(body)

    assert [wrong.field for wrong in field_errors(refused.value.errors())] == [field]


def test_line_with_the_most_and_longest_facts_fits_its_form() -> None:
    facts = "\r\n".join([cell_of("а" * LONGEST_TITLE, "б" * LONGEST_TITLE)] * MOST_FACTS)

    form = LineForm.model_validate({"category": "Медицина", "title": "Аптеки", "responsible": ["x"], "facts": facts})

    assert form.facts == facts
