"""Moderation: a message is accepted with its card, or declined for a reason of the rules. Source: S2, 3.1."""

from __future__ import annotations

import pytest

from domain.case_parts import Holder
from domain.directory import Grant
from domain.vocabulary import Action, Event, LetterKind, Outcome, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    DAY,
    HOSPITAL,
    HOUR,
    MINISTRY,
    MODERATOR,
    RECEIVED,
    REGION,
    ROADS,
    Desk,
    desk,
    new_case,
    world,
)


@pytest.mark.requirement("S2-17")
def test_new_message_lies_with_the_moderators_of_the_root_organisation() -> None:
    at_desk = Desk()

    assert at_desk.case.holder == Holder(pool=Role.MODERATOR)
    assert at_desk.case.organisation == REGION


def test_what_the_moderator_changes_of_the_card_stays_in_the_journal() -> None:
    at_desk = Desk(case=new_case(category="medicine", subcategory="queue", complained_of=ROADS))

    at_desk.decide(Action.ACCEPT, complained_of=HOSPITAL)

    facts = at_desk.facts[-1].facts
    assert (facts["category_was"], facts["category"]) == ("medicine", "roads")
    assert (facts["subcategory_was"], facts["subcategory"]) == ("queue", "potholes")
    assert (facts["complained_of_was"], facts["complained_of"]) == (ROADS, HOSPITAL)


@pytest.mark.requirement("S2-08", "S2-18")
def test_accepted_message_has_its_card_and_lies_with_the_coordinators_of_the_chosen_organisation() -> None:
    at_desk = desk().later(HOUR)

    at_desk.decide(Action.ACCEPT, complained_of=HOSPITAL, secret=True)

    assert at_desk.case.stage is Stage.COORDINATION
    assert at_desk.case.holder == Holder(pool=Role.COORDINATOR)
    assert at_desk.case.organisation == MINISTRY
    assert (at_desk.case.category, at_desk.case.subcategory) == ("roads", "potholes")
    assert at_desk.case.complained_of == HOSPITAL
    assert at_desk.case.secret
    assert at_desk.told(COORDINATOR) == at_desk.told(COORDINATOR2) == ["task_arrived"]


def test_term_that_acceptance_leaves_alone_is_not_told_again() -> None:
    at_desk = desk().later(HOUR)

    at_desk.decide(Action.ACCEPT)

    assert at_desk.letters == []
    assert "due_was" not in at_desk.facts[-1].facts


@pytest.mark.parametrize(("declared", "category", "days"), [(30, "medicine", 10), (10, "roads", 30)])
def test_term_that_acceptance_moves_is_told_to_the_applicant(declared: int, category: str, days: int) -> None:
    at_desk = desk(days=declared).later(HOUR)
    subcategory = {"medicine": "queue", "roads": "potholes"}[category]

    at_desk.decide(Action.ACCEPT, category=category, subcategory=subcategory)

    assert at_desk.case.due_at == RECEIVED + days * DAY
    assert {order.kind for order in at_desk.letters} == {LetterKind.TERM_MOVED}
    facts = at_desk.facts[-1].facts
    assert facts["due_was"] == (RECEIVED + declared * DAY).isoformat()
    assert facts["term_days"] == days


def test_overdue_by_the_declared_term_is_not_overdue_by_a_longer_one() -> None:
    at_desk = desk(days=10).later(11 * DAY)
    assert at_desk.case.message_overdue

    at_desk.decide(Action.ACCEPT)

    assert not at_desk.case.message_overdue
    assert at_desk.case.overdue_once


def test_secrecy_mark_survives_an_acceptance_that_does_not_speak_of_it() -> None:
    at_desk = desk(secret=True).later(HOUR)

    at_desk.decide(Action.ACCEPT, secret=None)

    assert at_desk.case.secret


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"category": "medicine"}, "category_unknown", "subcategory"),
        ({"subcategory": "nothing"}, "category_unknown", "subcategory"),
        ({"subcategory": ""}, "category_unknown", "subcategory"),
        ({"subcategory": "old"}, "category_unknown", "subcategory"),
        ({"organisation": "nowhere"}, "organisation_unknown", "organisation"),
        ({"organisation": ""}, "organisation_unknown", "organisation"),
        ({"complained_of": "nowhere"}, "organisation_unknown", "complained_of"),
    ],
)
def test_unknown_card_is_refused(changed: dict[str, str], code: str, field: str) -> None:
    refusal = desk().refuse(Action.ACCEPT, **changed)

    assert (refusal.code, refusal.field) == (code, field)


def test_inactive_organisation_is_refused() -> None:
    at_desk = desk(where=world(ministry={"active": False}))

    assert at_desk.refuse(Action.ACCEPT).code == "organisation_unknown"


def test_organisation_without_a_coordinator_is_refused() -> None:
    at_desk = desk(where=world(drop=(COORDINATOR, COORDINATOR2)))

    assert at_desk.refuse(Action.ACCEPT).code == "organisation_without_coordinator"


def test_organisation_whose_coordinators_know_other_categories_only_is_refused() -> None:
    only_medicine = Grant(COORDINATOR + 100, Role.COORDINATOR, MINISTRY, categories=frozenset({"medicine"}))
    at_desk = desk(where=world(only_medicine, drop=(COORDINATOR, COORDINATOR2)))

    assert at_desk.refuse(Action.ACCEPT).code == "organisation_without_coordinator"
    at_desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")


@pytest.mark.requirement("S2-19", "S2-08")
def test_declined_message_has_its_ground_and_the_applicant_is_told() -> None:
    at_desk = desk().later(HOUR)

    at_desk.decide(Action.DECLINE)

    assert at_desk.case.stage is Stage.DELIVERY
    assert at_desk.case.outcome is Outcome.DECLINED
    assert at_desk.case.holder == Holder()
    assert at_desk.facts[-1].event is Event.MESSAGE_DECLINED
    assert at_desk.facts[-1].facts["ground"] == "rude"
    assert {order.kind for order in at_desk.letters} == {LetterKind.DECLINE}


@pytest.mark.requirement("S2-19")
@pytest.mark.parametrize("ground", ["", "because", None])
def test_decline_without_a_ground_of_the_submission_rules_is_refused(ground: str | None) -> None:
    refusal = desk().refuse(Action.DECLINE, ground=ground)

    assert (refusal.code, refusal.field) == ("ground_unknown", "ground")


@pytest.mark.requirement("S2-08")
def test_only_a_moderator_accepts_or_declines() -> None:
    for action in (Action.ACCEPT, Action.DECLINE):
        assert desk().refuse(action, COORDINATOR).code == "action_forbidden"


def test_moderator_acts_at_moderation_only() -> None:
    at_desk = desk(Stage.COORDINATION)

    assert at_desk.refuse(Action.ACCEPT, MODERATOR).code == "action_not_allowed"
    assert at_desk.refuse(Action.ASSIGN, MODERATOR).code == "action_forbidden"


def test_role_counts_only_within_its_days() -> None:
    ended = Grant(MODERATOR, Role.MODERATOR, REGION, valid_until=RECEIVED + HOUR)
    where = world(ended, drop=(MODERATOR,))
    in_time = Desk(where, new_case(where))
    too_late = Desk(where, new_case(where)).later(HOUR)

    in_time.decide(Action.ACCEPT, organisation=ROADS)
    assert too_late.refuse(Action.ACCEPT, organisation=ROADS).code == "action_forbidden"
