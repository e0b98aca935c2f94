"""Who answers by the order, in words: the reason of a suggestion, and what the journal says of a choice. Source: G-05."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from api.titles import AUDIENCES
from domain.answering import MEDICAL, Because, Suggested
from domain.vocabulary import Audience
from storage.reference import Titles

_BY = "по приложению 2"


def reason_of(found: Suggested, titles: Titles) -> str:
    """«по приложению 2: названа Городская поликлиника № 3»."""
    match found.because:
        case Because.NAMED:
            return f"{_BY}: названа организация «{who(found.unit, found.organisation, titles)}»"
        case Because.HERE:
            return f"{_BY}: отвечает организация, у которой сообщение"
        case Because.ONLY if MEDICAL in found.listed and found.code != MEDICAL:
            return (
                f"{_BY}: медицинская организация не названа, остаётся «{who(found.unit, found.organisation, titles)}»"
            )
        case Because.ONLY:
            return f"{_BY}: отвечает «{who(found.unit, found.organisation, titles)}»"
        case Because.FOR_AUDIENCE:
            child = found.code == "children"
            return f"{_BY}: сообщение {AUDIENCES[Audience.CHILD if child else Audience.ADULT]}"
        case Because.CHOOSE:
            return f"{_BY}: отвечают несколько, выберите"
        case never:
            assert_never(never)


def who(unit: str | None, organisation: str | None, titles: Titles) -> str:
    """The unit, else the organisation, as people call it."""
    if unit is not None:
        return titles.units.get(unit, unit)
    return titles.organisations.get(organisation or "", organisation or "")


def choice_in_words(facts: Mapping[str, Any], titles: Titles) -> str | None:
    """What a journal row says of the suggestion and whether it was followed; None where the order says nothing."""
    because = facts.get("suggested_because")
    if because is None:
        return None
    if because == Because.CHOOSE:
        return f"{_BY} отвечают несколько, выбрал координатор"
    found = Suggested(
        Because(because),
        (),
        facts.get("suggested"),
        facts.get("suggested_unit"),
        facts.get("suggested_organisation"),
    )
    followed = "так и сделано" if facts.get("suggestion_followed") else "выбрано другое"
    place = who(found.unit, found.organisation, titles)
    return f"Предложено: «{place}», {reason_of(found, titles)}; {followed}"
