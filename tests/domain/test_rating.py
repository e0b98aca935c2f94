"""Ratings and repeat considerations: their days, what follows, who approves a second time. Source: S0, п. 2; G-28."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.directory import Grant
from domain.verdict import World
from domain.vocabulary import APPLICANT, Action, AlarmKind, Event, LetterKind, LetterState, LetterWay, Role, Stage
from tests.domain.builders import (
    ADMINISTRATOR,
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOUR,
    REGION,
    Desk,
    desk,
    letter,
    world,
)
from tests.domain.test_absences import away

MINUTE = timedelta(minutes=1)
REGION_HEAD = 52


def answered(where: World | None = None) -> Desk:
    """An answer that reached the portal at once; its rating is awaited."""
    at_desk = desk(Stage.DELIVERY, where)
    sent = letter(LetterKind.ANSWER, LetterWay.PORTAL, LetterState.DELIVERED, settled_at=at_desk.at)
    return at_desk.mail(sent).later(MINUTE)


def repeated(where: World | None = None) -> Desk:
    """The same after a low rating and the wish for a repeat consideration."""
    at_desk = answered(where).later(DAY)
    at_desk.decide(Action.RATE)
    at_desk.later(HOUR).decide(Action.ASK_REPEAT)
    return at_desk


def answered_again(where: World | None = None, approver: int = HEAD2) -> Desk:
    at_desk = repeated(where)
    for action in (Action.ASSIGN, Action.START_WORK):
        at_desk.later(HOUR).decide(action)
    at_desk.later(HOUR).decide(Action.SUBMIT_ANSWER, endorsers=[], approver=approver)
    at_desk.later(HOUR).decide(Action.APPROVE, approver)
    return at_desk.later(MINUTE)


@pytest.mark.requirement("S0-08")
def test_answer_waits_for_its_rating_until_the_days_are_over() -> None:
    at_desk = answered()
    approved_at = at_desk.case.answered_at
    assert approved_at is not None
    assert (at_desk.case.stage, at_desk.case.stage_due_at) == (Stage.RATING, None)
    told = at_desk.facts[-1].facts
    assert (told["until"], told["rating_days"]) == ((approved_at + 14 * DAY).isoformat(), 14)

    at_desk.until(approved_at + 14 * DAY - MINUTE)
    assert at_desk.case.open
    at_desk.until(approved_at + 14 * DAY + MINUTE)

    assert at_desk.case.closed_at == approved_at + 14 * DAY
    assert [one.kind for one in at_desk.alarms][-2:] == [AlarmKind.RATING_BEGINS, AlarmKind.RATING_OVER]


@pytest.mark.requirement("S0-08")
@pytest.mark.parametrize(("score", "offered"), [(1, True), (3, True), (4, False), (5, False)])
def test_low_rating_alone_offers_a_repeat(score: int, offered: bool) -> None:
    at_desk = answered().later(DAY)

    at_desk.decide(Action.RATE, score=score)

    if offered:
        at_desk.decide(Action.ASK_REPEAT)
    else:
        assert at_desk.refuse(Action.ASK_REPEAT).code == "repeat_not_offered"


@pytest.mark.requirement("S0-08")
def test_good_rating_by_mistake_may_be_changed_until_its_days_are_over() -> None:
    at_desk = answered().later(DAY)
    at_desk.decide(Action.RATE, score=5)

    at_desk.later(DAY).decide(Action.RATE, score=1)
    at_desk.decide(Action.ASK_REPEAT)

    assert at_desk.case.repeat is not None


def test_rating_may_be_changed_within_its_days_and_not_after() -> None:
    at_desk = answered().later(DAY)
    at_desk.decide(Action.RATE, score=1)

    facts = at_desk.later(DAY).decide(Action.RATE, score=3).facts[0].facts
    assert (facts["score"], facts["score_was"]) == (3, 1)

    in_delivery = desk(Stage.DELIVERY).mail(letter(state=LetterState.PENDING))
    assert in_delivery.later(14 * DAY + MINUTE).refuse(Action.RATE).code == "rating_over"


@pytest.mark.parametrize("person", [EXECUTOR, HEAD, COORDINATOR])
def test_nobody_rates_for_the_applicant(person: int) -> None:
    assert answered().refuse(Action.RATE, person).code == "action_forbidden"
    assert repeated().refuse(Action.RATE).code == "action_not_allowed"


def test_repeat_is_offered_after_a_low_rating_alone_and_says_what_is_missing() -> None:
    at_desk = answered()
    assert at_desk.refuse(Action.ASK_REPEAT).code == "action_not_allowed"

    at_desk.decide(Action.RATE)

    assert at_desk.refuse(Action.ASK_REPEAT, missing="  ").code == "reason_missing"


@pytest.mark.requirement("S0-08")
def test_repeat_begins_in_coordination_with_the_whole_term_of_its_category_from_then() -> None:
    at_desk = repeated()
    case = at_desk.case

    assert (case.stage, case.organisation, case.executor) == (Stage.COORDINATION, "ministry", None)
    assert case.due_at == at_desk.at + 30 * DAY
    assert case.stage_due_at == at_desk.at + 30 * DAY * 5 / 100
    assert not case.considered
    row = at_desk.facts[-1]
    assert (row.event, row.person) == (Event.REPEAT_ASKED, None)
    assert (row.facts["term_days"], row.facts["term"]["total_seconds"]) == (30, 30 * 86_400)
    assert case.last is not None
    assert (case.last.person, case.version) == (APPLICANT, 6)
    at_desk.until(case.due_at + MINUTE)
    assert at_desk.case.message_overdue


def test_corrected_category_of_a_repeat_counts_its_term_from_the_repeat() -> None:
    at_desk = repeated()
    asked_at = at_desk.at

    at_desk.later(HOUR).decide(Action.CORRECT_CARD, category="medicine", subcategory="queue")

    assert at_desk.case.due_at == asked_at + 10 * DAY


@pytest.mark.requirement("S0-08")
def test_repeat_is_approved_by_another_head_and_the_refusal_says_who_can() -> None:
    at_desk = repeated()
    for action in (Action.ASSIGN, Action.START_WORK):
        at_desk.later(HOUR).decide(action)

    refusal = at_desk.refuse(Action.SUBMIT_ANSWER, endorsers=[], approver=HEAD)

    assert (refusal.code, refusal.field) == ("approver_of_first_answer", "approver")
    assert f"сотрудник № {HEAD2}, сотрудник № {HEAD3}" in refusal.detail
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[HEAD], approver=HEAD2)
    at_desk.decide(Action.ENDORSE, HEAD)
    assert at_desk.refuse(Action.DELEGATE, HEAD2, head=HEAD, reason="Отпуск").code == "approver_of_first_answer"
    at_desk.decide(Action.APPROVE, HEAD2)
    assert at_desk.case.stage is Stage.DELIVERY


@pytest.mark.requirement("S0-08")
def test_repeat_goes_to_a_head_of_the_superior_body_where_there_is_no_other() -> None:
    where = world(Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD2, HEAD3))
    at_desk = repeated(where)
    for action in (Action.ASSIGN, Action.START_WORK):
        at_desk.later(HOUR).decide(action)

    assert f"№ {REGION_HEAD}" in at_desk.refuse(Action.SUBMIT_ANSWER, endorsers=[], approver=HEAD).detail
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[], approver=REGION_HEAD)
    at_desk.later(3 * DAY).decide(Action.APPROVE, REGION_HEAD)

    assert at_desk.case.considered
    assert AlarmKind.NOBODY_PRESENT not in {one.kind for one in at_desk.alarms}


@pytest.mark.requirement("S0-08")
def test_repeat_that_nobody_may_approve_is_told_at_once_and_each_morning_until_somebody_may() -> None:
    at_desk = repeated(world(drop=(HEAD2, HEAD3)))
    asked_at = at_desk.at

    for action in (Action.ASSIGN, Action.START_WORK):
        at_desk.later(HOUR).decide(action)
    at_desk.later(4 * DAY)

    told = [one.at for one in at_desk.alarms if one.kind is AlarmKind.NOBODY_PRESENT]
    assert told[0] == asked_at, "whoever works on it meanwhile"
    assert len(told) > 1
    assert (
        at_desk.told(CURATOR).count("nobody_may_approve") == at_desk.told(ADMINISTRATOR).count("nobody_may_approve") > 0
    )
    assert next(one for one in at_desk.facts if one.event is Event.NOBODY_PRESENT).facts["approvers"] == []
    at_desk.world = world(drop=(HEAD3,))
    at_desk.later(MINUTE)
    assert at_desk.alarms[-1].kind is AlarmKind.SOMEBODY_PRESENT
    assert not at_desk.case.unapprovable_told


def test_repeat_that_nobody_coordinates_nor_may_approve_is_told_once_to_each_and_ends_part_by_part() -> None:
    where = world(Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD, HEAD2, HEAD3))
    at_desk = repeated()
    at_desk.case = replace(at_desk.case, complained_of_person=REGION_HEAD)
    away_all = tuple(away(one, since=at_desk.at) for one in (COORDINATOR, COORDINATOR2))
    at_desk.world = replace(where, directory=replace(where.directory, absences=away_all))
    asked_at = at_desk.at

    at_desk.later(DAY)
    told = [one for one in at_desk.told(ADMINISTRATOR) if one.startswith("nobody")]
    assert told == ["nobody_decides_or_approves"] * 2, "at once, and the morning after"
    assert at_desk.told(CURATOR).count("nobody_decides_or_approves") == 2
    assert REGION_HEAD not in at_desk.facts[-1].facts["told"]
    began = next(one for one in at_desk.facts if one.event is Event.NOBODY_PRESENT)
    assert (began.at, began.facts["approvers"]) == (asked_at, [])
    assert "holder" in began.facts

    heads = world(Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD3,))
    at_desk.world = replace(heads, directory=replace(heads.directory, absences=away_all))
    at_desk.later(MINUTE)
    assert (at_desk.case.nobody_told, at_desk.case.unapprovable_told) == (True, False)
    ended = at_desk.facts[-1].facts
    assert (ended["approvers"], "holder" in ended) == ([HEAD2], False)
    at_desk.world = heads
    at_desk.later(MINUTE)

    assert (at_desk.case.nobody_told, at_desk.case.called) == (False, ())
    assert at_desk.facts[-1].event is Event.SOMEBODY_PRESENT
    assert "holder" in at_desk.facts[-1].facts
    assert "approvers" not in at_desk.facts[-1].facts


def test_executor_of_a_repeat_that_nobody_may_approve_has_his_substitute_all_the_same() -> None:
    where = world(drop=(HEAD2, HEAD3))
    at_desk = repeated(where)
    at_desk.later(HOUR).decide(Action.ASSIGN)
    absences = (away(EXECUTOR, EXECUTOR2, since=at_desk.at + DAY),)
    at_desk.world = replace(where, directory=replace(where.directory, absences=absences))

    at_desk.later(2 * DAY)

    assert at_desk.case.executor == EXECUTOR2


@pytest.mark.requirement("S0-08")
def test_message_is_repeated_once_and_a_second_low_rating_ends_it() -> None:
    at_desk = answered_again().later(DAY)

    at_desk.decide(Action.RATE, score=1)

    assert at_desk.refuse(Action.ASK_REPEAT).code == "action_not_allowed"
    assert at_desk.facts[-1].facts["answer"] == 2
    at_desk.later(14 * DAY)
    assert at_desk.case.closed_at is not None


def test_first_reaction_to_a_repeat_has_a_day_of_its_own() -> None:
    at_desk = repeated()
    clock = at_desk.case.first_reaction

    assert clock is not None
    assert (clock.arrived_at, clock.reacted_at) == (at_desk.at, None)


def test_letter_that_came_back_while_the_rating_is_awaited_holds_the_case_open() -> None:
    at_desk = answered()
    back = letter(LetterKind.ANSWER, LetterWay.EMAIL, LetterState.TASK, id="back", task_due_at=at_desk.at + 2 * DAY)
    at_desk.mail(back).later(20 * DAY)
    assert at_desk.case.open

    at_desk.case = at_desk.case.with_letter(
        replace(back, state=LetterState.DELIVERED, settled_at=at_desk.at, recorded=True)
    )
    at_desk.later(timedelta(seconds=1))

    assert not at_desk.case.open


def test_declined_message_is_not_rated() -> None:
    at_desk = desk().later(HOUR)
    at_desk.decide(Action.DECLINE)

    assert at_desk.refuse(Action.RATE).code == "action_not_allowed"
