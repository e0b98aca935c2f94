"""Who answers by the order, in words: the reason of a suggestion, and what the journal says of a choice. Source: G-05."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.shown import Named, PersonShown, named
from api.titles import AUDIENCES
from domain.answering import MEDICAL, Because, Suggested
from domain.directory import Directory
from domain.directory_records import Answerer
from domain.vocabulary import Action, Audience
from domain.words import day_in_words
from storage import suggestions
from storage.cards import Card
from storage.reference import Titles
from storage.suggestions import Place as Where
from storage.suggestions import Suggestion

_BY = "по приложению 2"

MOST_PLACES = 20
"""Of one code, medical organisations above all: more are not told one by one."""


class SuggestionShown(BaseModel):
    """Кому отдать: сотруднику подразделения, которое называет приказ, у кого меньше работы, или организации, которую он называет.

    Где приказ молчит — из последних назначений этой подкатегории в этой организации. Ни того, ни другой: выберите сами.
    """

    person: PersonShown | None = Field(description="кого назначить")
    organisation: Named | None = Field(description="куда передать вместо этого")
    action: Action = Field(description="каким решением; у переназначения reason — его причина")
    reason: str | None = Field(
        description="почему, словами; null: приказ молчит", examples=["по приложению 2: сообщение о ребёнке"]
    )
    load: int = Field(description="сколько открытых сообщений у него сейчас", examples=[7])
    times: int = Field(description=f"сколько из последних {suggestions.LAST} назначений — его", examples=[12])


_TOO_MANY: tuple[None] = (None,)


class AnswererShown(BaseModel):
    """Кто отвечает по приказу: подразделение или организация."""

    title: str = Field(description="как их называет приказ", examples=["Руководители медицинских организаций"])
    place: Named | None = Field(description="кто это здесь; null: организаций много, назовите её сами")
    load: int = Field(description="сколько у них открытых сообщений")
    suggested: bool


class AnsweringShown(BaseModel):
    """Кто отвечает по приложению 2: предложение с причиной и все, кого называет приказ."""

    suggestion: SuggestionShown
    listed: list[AnswererShown]


def reason_of(found: Suggested, titles: Titles) -> str:
    """«по приложению 2: названа Городская поликлиника № 3»."""
    match found.because:
        case Because.SUCCESSOR:
            gone = found.succession
            order = f" № {gone.order} с {day_in_words(gone.since)}" if gone else ""
            return f"«{who(found.unit, found.organisation, titles)}» — правопреемник по приказу{order}"
        case Because.NAMED:
            return f"{_BY}: названа организация «{who(found.unit, found.organisation, titles)}»"
        case Because.HERE:
            return f"{_BY}: отвечает организация, у которой сообщение"
        case Because.ONLY if MEDICAL in found.listed and found.code != MEDICAL:
            return (
                f"{_BY}: кроме медицинских организаций, отвечает только «{who(found.unit, found.organisation, titles)}»"
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
    why = "правопреемник по приказу" if because == Because.SUCCESSOR else reason_of(found, titles)
    return f"Предложено: «{place}», {why}; {followed}"


_NOT_BELOW = {
    Action.PROPOSE_REDIRECT: "не подведомственна этой организации: предложите перенаправление",
    Action.RECALL: "не подведомственна этой организации: отзовите назначение и предложите перенаправление",
}
"""What is told of a successor to which no press leads."""


def suggestion_shown(found: Suggestion, titles: Titles) -> SuggestionShown:
    """With its reason in words."""
    reason = reason_of(found.answers, titles) if found.answers else None
    way = _NOT_BELOW.get(found.action)
    return SuggestionShown(
        person=PersonShown(number=found.person, name=found.name) if found.person is not None else None,
        organisation=named(found.organisation, titles.organisations),
        action=found.action,
        reason=f"{reason}; {way}" if way else reason,
        load=found.load,
        times=found.times,
    )


def answering_of(connection: Connection, card: Card) -> AnsweringShown | None:
    """For whoever may assign it now: the suggestion, and the full list with load. None where the order says nothing."""
    case, world = card.case, card.world
    found = suggestions.suggestions(connection, {case.id: (case, world)}, card.viewer).get(case.id)
    if found is None or found.answers is None:
        return None
    directory = world.directory
    places = {code: _places(directory.answerers[code], directory) for code in found.answers.listed}
    load = suggestions.open_in(connection, {one for some in places.values() for one in some})
    return AnsweringShown(
        suggestion=suggestion_shown(found, card.titles),
        listed=[
            _answerer(directory.answerers[code].title, place, load, found.answers, card.titles)
            for code, some in places.items()
            for place in some or _TOO_MANY
        ],
    )


def _places(answerer: Answerer, directory: Directory) -> list[Where]:
    units = [(directory.units[one].organisation, one) for one in answerer.units]
    found: list[Where] = [*units, *((one, None) for one in answerer.organisations)]
    return found if len(found) <= MOST_PLACES else []


def _answerer(
    title: str, place: Where | None, load: Mapping[Where, int], answers: Suggested, titles: Titles
) -> AnswererShown:
    if place is None:
        return AnswererShown(title=title, place=None, load=0, suggested=False)
    organisation, unit = place
    return AnswererShown(
        title=title,
        place=Named(code=unit or organisation, title=who(unit, organisation, titles)),
        load=load.get(place, 0),
        suggested=answers.code is not None and answers.unit == unit and answers.is_met_by(organisation, unit),
    )
