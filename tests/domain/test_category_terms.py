"""Settings of a category and messages that run: what it said when it was given to one stays with it. Source: S0, п. 5; G-46."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.case import Case
from domain.verdict import World
from domain.vocabulary import Action, OneDay, Stage
from tests.domain.builders import CATEGORIES, DAY, HOSPITAL, HOUR, RECEIVED, Desk, desk, world

AT_FIRST: dict[str, Any] = {"days": 20, "postponement_days": 15, "one_day": OneDay.FIRST_REACTION}
CHANGED: dict[str, Any] = {"days": 3, "postponement_days": 2, "one_day": OneDay.NONE}
STRICTER: dict[str, Any] = {"days": 40, "postponement_days": None, "one_day": OneDay.WHOLE_ANSWER}

ROUTE: tuple[tuple[Action, dict[str, Any]], ...] = (
    (Action.ADD_FACTS, {}),
    (Action.CORRECT_CARD, {"complained_of": HOSPITAL}),
    (Action.CORRECT_CARD, {"category": "roads", "subcategory": "potholes", "fact": "deep"}),
    (Action.SET_FLAG, {}),
    (Action.PROPOSE_REDIRECT, {}),
    (Action.REJECT, {}),
    (Action.LINK, {}),
    (Action.UNLINK, {}),
    (Action.TRANSFER_TO_SUBORDINATE, {}),
    (Action.RETURN_TO_SUPERIOR, {}),
    (Action.ASSIGN, {}),
    (Action.START_WORK, {}),
    (Action.RETURN_TO_COORDINATION, {}),
    (Action.ASSIGN, {}),
    (Action.REASSIGN, {}),
)
"""Of what happens to a message on its way, whatever might count its terms anew."""


def switched(where: World, **settings: Any) -> World:
    """The region where somebody has set this for potholes."""
    known = CATEGORIES | {"potholes": replace(CATEGORIES["potholes"], **settings)}
    return replace(where, directory=replace(where.directory, categories=known))


def postponed(until: datetime) -> dict[str, Any]:
    return {"type": "postponed", "postponed_until": str(until.date()), "text": "Ждём подрядчика.", "endorsers": []}


def walked(at_desk: Desk) -> list[Case]:
    """The message after each step of its way."""
    found = []
    for action, given in ROUTE:
        at_desk.later(HOUR).decide(action, **given)
        found.append(at_desk.case)
    return found


@pytest.mark.requirement("S0-04")
@pytest.mark.parametrize("settings", [CHANGED, STRICTER], ids=["looser", "stricter"])
def test_settings_changed_after_acceptance_move_nothing_of_a_message_that_runs(settings: dict[str, Any]) -> None:
    where = switched(world(), **AT_FIRST)
    undisturbed, disturbed = desk(Stage.COORDINATION, where), desk(Stage.COORDINATION, where)
    disturbed.world = switched(where, **settings)

    before, after = walked(undisturbed), walked(disturbed)

    assert undisturbed.case.due_at == RECEIVED + 20 * DAY
    assert after == before
    assert disturbed.facts == undisturbed.facts
    assert disturbed.alarms == undisturbed.alarms


def test_postponement_is_as_long_as_the_category_allowed_when_it_was_given() -> None:
    at_desk = desk(Stage.EXECUTION, switched(world(), **AT_FIRST))
    at_desk.world = switched(world(), **CHANGED)
    longest = at_desk.case.due_at + 15 * DAY

    refusal = at_desk.refuse(Action.SUBMIT_ANSWER, **postponed(longest + 2 * DAY))
    at_desk.decide(Action.SUBMIT_ANSWER, **postponed(longest))

    assert refusal.code == "date_too_late"
    assert "на 15 дней" in refusal.detail


def test_repeat_consideration_has_the_term_of_the_first() -> None:
    at_desk = desk(Stage.RATING, switched(world(), **AT_FIRST))
    at_desk.world = switched(world(), **CHANGED)

    at_desk.decide(Action.RATE)
    at_desk.decide(Action.ASK_REPEAT)

    clock = at_desk.case.first_reaction
    assert at_desk.case.due_at == at_desk.at + 20 * DAY
    assert clock is not None
    assert clock.due_at == at_desk.at + DAY


def test_settings_count_until_acceptance_and_from_a_correction_of_the_category_on() -> None:
    at_desk = Desk(switched(world(), **AT_FIRST))
    at_desk.world = switched(world(), **CHANGED)
    at_desk.decide(Action.ACCEPT)
    accepted = at_desk.case

    at_desk.world = switched(world(), **AT_FIRST)
    at_desk.decide(Action.CORRECT_CARD, category="roads", subcategory="potholes")
    same = at_desk.case
    at_desk.decide(Action.CORRECT_CARD, category="medicine", subcategory="queue")
    at_desk.decide(Action.CORRECT_CARD, category="roads", subcategory="potholes")

    assert accepted.due_at == same.due_at == RECEIVED + 3 * DAY
    assert accepted.first_reaction == same.first_reaction
    assert at_desk.case.terms is not None
    assert (at_desk.case.terms.days, at_desk.case.due_at) == (20, RECEIVED + 3 * DAY), "a term moves only earlier"
    clock = at_desk.case.first_reaction
    assert clock is not None
    assert clock.due_at == clock.arrived_at + DAY
