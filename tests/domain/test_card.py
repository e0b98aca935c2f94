"""Corrections of the card: values change, the message stays where it is, its term only becomes shorter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain import terms
from domain.case_parts import Contact
from domain.directory import Grant
from domain.vocabulary import Action, AlarmKind, LetterWay, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    DAY,
    EXECUTOR,
    HEAD,
    HOSPITAL,
    HOUR,
    MINISTRY,
    MODERATOR,
    OPERATOR,
    RECEIVED,
    Desk,
    desk,
    kinds,
    world,
)

MEDICINE = {"category": "medicine", "subcategory": "queue", "complained_of": None}


@pytest.mark.parametrize("person", [COORDINATOR, OPERATOR])
@pytest.mark.parametrize("stage", [Stage.COORDINATION, Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL])
def test_corrected_card_moves_nothing_but_its_values(person: int, stage: Stage) -> None:
    at_desk = desk(stage)
    before = at_desk.case

    at_desk.decide(Action.CORRECT_CARD, person, complained_of=HOSPITAL)

    after = at_desk.case
    assert after.complained_of == HOSPITAL
    assert (after.stage, after.entry, after.holder) == (before.stage, before.entry, before.holder)
    assert (after.due_at, after.stage_due_at, after.plan) == (before.due_at, before.stage_due_at, before.plan)


def test_corrected_values_and_those_before_are_both_in_the_journal() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.CORRECT_CARD, complained_of=MINISTRY)

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE | {"complained_of": HOSPITAL})

    facts = at_desk.facts[-1].facts
    assert (facts["category_was"], facts["category"]) == ("roads", "medicine")
    assert (facts["subcategory_was"], facts["subcategory"]) == ("potholes", "queue")
    assert (facts["complained_of_was"], facts["complained_of"]) == (MINISTRY, HOSPITAL)


def marked(**changes: Any) -> Desk:
    """A message at coordination that rules have marked; the ministry's rules know one tag more."""
    at_desk = desk(Stage.COORDINATION, world(**{MINISTRY: {"tags": ("дороги", "срочно")}}))
    at_desk.case = replace(at_desk.case, tags=("дороги", "весна"), prioritised=True, **changes)
    return at_desk


def test_coordinator_takes_marks_off_and_gives_others_and_those_before_are_in_the_journal() -> None:
    at_desk = marked()

    at_desk.decide(Action.CORRECT_CARD, complained_of=None, prioritised=False, tags_off=["весна"], tag="срочно")

    after = at_desk.case
    assert (after.prioritised, after.tags, after.precedence) == (False, ("дороги", "срочно"), 0)
    assert (after.unprioritised, after.tags_off) == (True, ("весна",))
    facts = at_desk.facts[-1].facts
    assert (facts["tags_was"], facts["tags"]) == (("дороги", "весна"), ("дороги", "срочно"))
    assert (facts["prioritised_was"], facts["prioritised"]) == (True, False)
    at_desk.decide(Action.CORRECT_CARD, complained_of=None, prioritised=True, tag="весна")
    assert (at_desk.case.unprioritised, at_desk.case.tags_off) == (False, ())
    assert (at_desk.case.prioritised, at_desk.case.tags) == (True, ("дороги", "срочно", "весна"))


@pytest.mark.parametrize(
    ("person", "given", "code"),
    [
        (OPERATOR, {"prioritised": False}, "action_forbidden"),
        (OPERATOR, {"tags_off": ["весна"]}, "action_forbidden"),
        (MODERATOR, {"prioritised": False}, "action_forbidden"),
        (COORDINATOR, {"tag": "чужая"}, "tag_unknown"),
        (COORDINATOR, {"tags_off": ["срочно"]}, "tag_unknown"),
    ],
)
def test_marks_are_changed_by_whoever_coordinates_alone_and_only_to_tags_of_rules(
    person: int, given: dict[str, Any], code: str
) -> None:
    assert marked().refuse(Action.CORRECT_CARD, person, complained_of=None, **given).code == code


@pytest.mark.parametrize("person", [MODERATOR, OPERATOR])
def test_marks_are_given_before_acceptance_by_whoever_has_the_message_then(person: int) -> None:
    at_desk = desk(Stage.MODERATION)

    at_desk.decide(Action.CORRECT_CARD, person, complained_of=None, prioritised=True)

    assert at_desk.case.prioritised


@pytest.mark.parametrize("person", [EXECUTOR, HEAD])
def test_others_do_not_correct_the_card(person: int) -> None:
    assert desk(Stage.EXECUTION).refuse(Action.CORRECT_CARD, person).code == "action_forbidden"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"complained_of": None}, "nothing_to_correct"),
        ({"complained_of": "nowhere"}, "organisation_unknown"),
        ({"category": "medicine", "subcategory": "potholes"}, "category_unknown"),
        ({"category": "medicine"}, "category_unknown"),
        ({"category": "potholes", "subcategory": "deep"}, "category_unknown"),
        ({"fact": "queue"}, "fact_unknown"),
        ({"category": "medicine", "subcategory": "queue", "fact": "deep"}, "fact_unknown"),
    ],
)
def test_unknown_value_is_refused(given: dict[str, Any], code: str) -> None:
    assert desk(Stage.EXECUTION).refuse(Action.CORRECT_CARD, **given).code == code


def test_fact_is_of_its_subcategory_and_gone_with_it() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.CORRECT_CARD, fact="deep", complained_of=None)
    named = at_desk.case.fact

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    assert named == "deep"
    assert at_desk.case.fact is None
    assert at_desk.facts[-1].facts["fact_was"] == "deep"


def test_shorter_term_of_the_new_category_brings_both_dues_forward() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    assert at_desk.case.due_at == RECEIVED + 10 * DAY
    assert at_desk.case.stage_due_at == RECEIVED + 10 * DAY
    facts = at_desk.facts[-1].facts
    assert facts["due_was"] == (RECEIVED + 30 * DAY).isoformat()
    assert facts["due_at"] == facts["stage_due_at"] == (RECEIVED + 10 * DAY).isoformat()


def test_stage_due_that_is_earlier_anyway_stays() -> None:
    at_desk = desk(Stage.COORDINATION)
    stage_due_at = at_desk.case.stage_due_at

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    assert at_desk.case.stage_due_at == stage_due_at


def test_nobody_after_a_correction_gets_more_than_the_annex_of_the_new_term() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    at_desk.decide(Action.ASSIGN)

    assert at_desk.case.stage_due_at == at_desk.case.entered_at + 6 * DAY + 12 * HOUR


def test_longer_term_of_the_new_category_does_not_count() -> None:
    at_desk = desk(days=10)
    at_desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")
    before = at_desk.case

    at_desk.decide(Action.CORRECT_CARD, category="roads", subcategory="potholes", complained_of=None)

    assert at_desk.case.due_at == before.due_at
    assert at_desk.case.plan == before.plan
    assert at_desk.case.category == "roads"


def test_term_that_is_over_before_the_entry_leaves_the_stage_without_a_due_of_its_own() -> None:
    at_desk = desk(Stage.COORDINATION).later(12 * DAY)
    at_desk.decide(Action.ASSIGN)
    at_desk.later(HOUR)

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    assert at_desk.case.due_at == RECEIVED + 10 * DAY
    assert at_desk.case.stage_due_at is None


def test_term_brought_into_the_past_is_overdue_from_the_correction_on_and_reminded_of_daily() -> None:
    at_desk = desk(Stage.EXECUTION).later(13 * DAY)
    corrected_at = at_desk.at
    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)
    at_desk.alarms.clear()

    at_desk.later(2 * DAY)

    assert kinds(at_desk.alarms) == [
        AlarmKind.STAGE_WARNING,
        AlarmKind.STAGE_OVERDUE,
        AlarmKind.MESSAGE_OVERDUE,
        AlarmKind.OVERDUE_REMINDER,
        AlarmKind.OVERDUE_REMINDER,
    ]
    assert [alarm.at for alarm in at_desk.alarms[:3]] == [corrected_at] * 3
    overdue = next(fact for fact in at_desk.facts if fact.event.value == "MessageOverdue")
    assert overdue.facts["due_at"] == (RECEIVED + 10 * DAY).isoformat()


def test_postponed_message_keeps_its_due_in_any_category() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, type="postponed", postponed_until="2026-04-10", endorsers=[])
    at_desk.decide(Action.APPROVE)
    before = at_desk.case

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    assert (at_desk.case.due_at, at_desk.case.plan) == (before.due_at, before.plan)


@pytest.mark.parametrize("stage", [Stage.MODERATION, Stage.DELIVERY])
def test_category_is_corrected_between_acceptance_and_answer_only(stage: Stage) -> None:
    assert desk(stage).refuse(Action.CORRECT_CARD, OPERATOR, **MEDICINE).code == "category_fixed"


def test_category_that_nobody_here_coordinates_is_refused() -> None:
    only_roads = Grant(600, Role.COORDINATOR, MINISTRY, categories=frozenset({"roads"}))
    at_desk = desk(where=world(only_roads, drop=(COORDINATOR, COORDINATOR2)))
    at_desk.decide(Action.ACCEPT)

    assert at_desk.refuse(Action.CORRECT_CARD, 600, **MEDICINE).code == "category_without_coordinator"


def test_corrected_contacts_decide_how_the_answer_goes() -> None:
    at_desk = desk(Stage.APPROVAL, contact=Contact(portal=False, email=False))
    at_desk.decide(Action.CORRECT_CARD, complained_of=None, contacts={"email": "a@b.example"})

    at_desk.decide(Action.APPROVE)

    assert [order.way for order in at_desk.letters] == [LetterWay.EMAIL]


def test_stage_due_in_force_is_the_earlier_of_receipt_and_correction() -> None:
    at_desk = desk(Stage.EXECUTION)
    receipt = next(fact for fact in at_desk.facts if fact.event.value == "ExecutorAssigned").facts["term"]

    at_desk.decide(Action.CORRECT_CARD, **MEDICINE)

    recomputed = terms.due_of(receipt)
    assert recomputed is not None
    assert at_desk.case.stage_due_at == min(recomputed, at_desk.case.due_at)
