"""What a draft of an annex is to say, out of what is given: what is left out stays, and nothing given is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest

from api.annex_contents import placed, require_own
from api.annex_shapes import AnnexContent
from domain.structure import Names, Structure
from regulations.rows import GridError
from regulations.structures import Ground

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
