"""Delivery by people and the end of a case. Source: S2, 2.1 ж; G-49."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.alarms import next_alarm
from domain.case_parts import Holder
from domain.vocabulary import Action, AlarmKind, Event, LetterKind, LetterState, LetterWay, Outcome, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    DAY,
    HEAD,
    HOUR,
    OPERATOR,
    RECEIVED,
    Desk,
    desk,
    kinds,
    letter,
)

APPROVED = RECEIVED + 5 * HOUR
"""When `desk(Stage.DELIVERY)` was approved: Monday, 14:00 in Moscow."""


def with_task() -> Desk:
    task = letter(way=LetterWay.HANDOVER, state=LetterState.TASK, task_due_at=RECEIVED + 2 * DAY + 9 * HOUR)
    return desk(Stage.DELIVERY).mail(task)


def with_sent_mail() -> Desk:
    portal = letter(id="portal", way=LetterWay.PORTAL, state=LetterState.DELIVERED, settled_at=APPROVED)
    return desk(Stage.DELIVERY).mail(portal, letter(settled_at=APPROVED + timedelta(minutes=1)))


def test_answer_to_hand_over_lies_with_the_intake_operators() -> None:
    assert with_task().case.holder == Holder(pool=Role.INTAKE_OPERATOR)


@pytest.mark.requirement("S2-14")
def test_confirmed_handover_says_how_and_when_and_lets_the_rating_be_awaited() -> None:
    at_desk = with_task().later(DAY)
    handed_over_at = at_desk.at - HOUR

    at_desk.decide(Action.CONFIRM_DELIVERY, letter="letter", handed_over_at=handed_over_at.isoformat())

    assert at_desk.facts[-1].event is Event.DELIVERY_CONFIRMED
    assert at_desk.facts[-1].facts["handed_over_at"] == handed_over_at.isoformat()
    assert at_desk.facts[-1].facts["way"] == "лично"
    assert "recipient" not in at_desk.facts[-1].facts, "names of people stay out of the journal"
    assert at_desk.case.holder == Holder()
    at_desk.later(timedelta(0))
    assert (at_desk.case.stage, at_desk.case.entered_at) == (Stage.RATING, at_desk.at)
    assert at_desk.facts[-1].event is Event.RATING_AWAITED


@pytest.mark.parametrize(
    "when", ["", "yesterday", "2026-03-02T12:00:00", "2030-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"]
)
def test_handover_at_no_possible_instant_is_refused(when: str) -> None:
    refusal = with_task().later(DAY).refuse(Action.CONFIRM_DELIVERY, letter="letter", handed_over_at=when)

    assert (refusal.code, refusal.field) == ("date_impossible", "handed_over_at")


def test_letter_that_waits_for_nobody_cannot_be_confirmed() -> None:
    at_desk = with_task()

    assert at_desk.refuse(Action.CONFIRM_DELIVERY, letter="other").code == "letter_not_waiting"
    assert with_sent_mail().refuse(Action.CONFIRM_DELIVERY, letter="letter").code == "action_not_allowed"


@pytest.mark.requirement("S2-14")
@pytest.mark.parametrize("person", [COORDINATOR, HEAD])
def test_only_an_intake_operator_hands_over(person: int) -> None:
    at_desk = with_task()

    refusal = at_desk.refuse(Action.CONFIRM_DELIVERY, person, letter="letter", handed_over_at=RECEIVED.isoformat())

    assert refusal.code == "action_forbidden"


@pytest.mark.requirement("S2-14")
def test_bounced_letter_becomes_a_task_due_in_two_working_days() -> None:
    at_desk = with_sent_mail().later(DAY)

    at_desk.decide(Action.REPORT_DELIVERY_FAILURE, letter="letter")

    assert at_desk.case.holder == Holder(pool=Role.INTAKE_OPERATOR)
    found = at_desk.case.letter("letter")
    assert found is not None
    assert found.state is LetterState.TASK
    assert found.task_due_at == datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
    assert at_desk.case.open


def test_letter_that_was_not_sent_by_mail_has_not_failed() -> None:
    at_desk = with_sent_mail()

    assert at_desk.refuse(Action.REPORT_DELIVERY_FAILURE, letter="portal").code == "letter_not_sent"
    assert at_desk.refuse(Action.REPORT_DELIVERY_FAILURE, letter="none").code == "letter_not_sent"
    assert with_task().refuse(Action.REPORT_DELIVERY_FAILURE, letter="letter").code == "action_not_allowed"


def test_registration_letter_that_failed_is_handed_over_while_the_work_goes_on() -> None:
    failed = letter(LetterKind.REGISTRATION, settled_at=RECEIVED)
    at_desk = desk(Stage.EXECUTION).mail(failed)
    before = at_desk.case

    at_desk.decide(Action.REPORT_DELIVERY_FAILURE, letter="letter")
    at_desk.later(HOUR).decide(Action.CONFIRM_DELIVERY, letter="letter", handed_over_at=RECEIVED.isoformat())

    assert at_desk.case.stage is Stage.EXECUTION
    assert (at_desk.case.holder, at_desk.case.entry) == (before.holder, before.entry)


def test_rating_is_awaited_when_the_days_for_a_bounce_are_over() -> None:
    at_desk = with_sent_mail()

    alarm = next_alarm(at_desk.case, at_desk.world)

    assert alarm is not None
    assert (alarm.kind, alarm.at) == (AlarmKind.RATING_BEGINS, APPROVED + timedelta(minutes=1) + 3 * DAY)
    at_desk.until(alarm.at)
    assert (at_desk.case.stage, at_desk.case.open) == (Stage.RATING, True)


def test_case_without_an_answer_to_rate_closes_when_the_days_for_a_bounce_are_over() -> None:
    at_desk = with_sent_mail()
    at_desk.case = replace(at_desk.case, outcome=Outcome.WITHDRAWN)

    alarm = next_alarm(at_desk.case, at_desk.world)

    assert alarm is not None
    assert (alarm.kind, alarm.at) == (AlarmKind.BOUNCE_DAYS_OVER, APPROVED + timedelta(minutes=1) + 3 * DAY)
    at_desk.until(alarm.at)
    assert at_desk.case.closed_at == alarm.at
    assert at_desk.facts[-1].facts["outcome"] == "withdrawn"
    assert next_alarm(at_desk.case, at_desk.world) is None


@pytest.mark.parametrize("state", [LetterState.PENDING, LetterState.BEGUN, LetterState.REFUSED, LetterState.TASK])
def test_case_waits_for_a_letter_without_an_outcome(state: LetterState) -> None:
    at_desk = with_sent_mail().mail(letter(id="slow", state=state))

    at_desk.later(60 * DAY)

    assert at_desk.case.open


def test_answer_read_on_the_portal_alone_waits_for_its_rating_at_once() -> None:
    at_desk = desk(Stage.DELIVERY)
    at_desk.mail(letter(way=LetterWay.PORTAL, state=LetterState.DELIVERED, settled_at=at_desk.at))

    at_desk.later(timedelta(0))

    assert at_desk.case.stage is Stage.RATING


@pytest.mark.requirement("S2-14")
def test_handover_that_is_late_is_told_to_the_operators_once() -> None:
    at_desk = with_task()
    at_desk.notices.clear()

    at_desk.later(10 * DAY)

    assert kinds(at_desk.alarms).count(AlarmKind.HANDOVER_OVERDUE) == 1
    assert at_desk.told(OPERATOR) == ["handover_overdue"]
    assert at_desk.facts[-1].at == RECEIVED + 2 * DAY + 9 * HOUR
    assert at_desk.facts[-1].facts["letter"] == "letter"


def test_two_late_handovers_are_told_one_by_one() -> None:
    due_at = RECEIVED + 2 * DAY
    first = letter(id="first", way=LetterWay.HANDOVER, state=LetterState.TASK, task_due_at=due_at)
    at_desk = desk(Stage.DELIVERY).mail(first, replace(first, id="second"))

    at_desk.until(due_at)

    assert [alarm.letter for alarm in at_desk.alarms] == ["first", "second"]
