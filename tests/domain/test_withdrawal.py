"""The applicant withdraws his message: a person decides, and nothing stops by itself. Source: G-45."""

from __future__ import annotations

import pytest

from domain.vocabulary import Action, Danger, ErrandKind, ErrandState, Event, LetterKind, Outcome, Role, Stage
from tests.domain.builders import (
    APPLICANT,
    COORDINATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HOUR,
    MINISTRY,
    MODERATOR,
    RECEIVED,
    REGION,
    desk,
)


def test_withdrawal_stops_nothing_and_is_told_to_whoever_decides_on_it() -> None:
    at_desk = desk(Stage.APPROVAL)
    before = at_desk.case

    at_desk.decide(Action.ASK_WITHDRAWAL)

    assert at_desk.case.stage is before.stage
    assert at_desk.case.stage_due_at == before.stage_due_at
    assert at_desk.case.withdrawal_at == at_desk.at
    verdict = desk(Stage.APPROVAL).decide(Action.ASK_WITHDRAWAL)
    assert {HEAD, EXECUTOR, COORDINATOR} <= {one.person for one in verdict.notices}
    assert at_desk.refuse(Action.ASK_WITHDRAWAL).code == "action_not_allowed"


def test_to_decide_on_it_is_an_errand_with_a_due_a_reminder_and_no_clock_that_stops() -> None:
    at_desk = desk(Stage.EXECUTION)
    due_at, stage_due_at = at_desk.case.due_at, at_desk.case.stage_due_at
    at_desk.decide(Action.ASK_WITHDRAWAL)
    [errand] = at_desk.case.errands
    asked_at = at_desk.at

    at_desk.until(asked_at + DAY)
    reminded = at_desk.told(COORDINATOR)
    at_desk.notices.clear()
    at_desk.until(asked_at + 2 * DAY)

    assert (errand.kind, errand.pool, errand.due_at) == (ErrandKind.WITHDRAWAL, Role.COORDINATOR, asked_at + 2 * DAY)
    assert "errand_reminder" in reminded
    assert "errand_overdue" in at_desk.told(COORDINATOR)
    assert "errand_overdue" in at_desk.told(EXECUTOR)
    assert (at_desk.case.due_at, at_desk.case.stage_due_at) == (due_at, stage_due_at)
    assert at_desk.refuse(Action.CANCEL_ERRAND, errand=errand.id).code == "action_not_allowed"


@pytest.mark.parametrize("action", [Action.CONFIRM_WITHDRAWAL, Action.CONTINUE_CONSIDERATION])
def test_errand_goes_where_the_message_goes_and_is_done_with_the_decision(action: Action) -> None:
    at_desk = desk(Stage.MODERATION)
    at_desk.decide(Action.ASK_WITHDRAWAL)
    in_moderation = at_desk.case.errands[0]
    at_desk.decide(Action.ACCEPT)
    here = at_desk.case.errands[0]

    at_desk.later(HOUR).decide(action)

    assert (in_moderation.organisation, in_moderation.pool) == (REGION, Role.MODERATOR)
    assert (here.organisation, here.pool) == (MINISTRY, Role.COORDINATOR)
    [done] = at_desk.case.errands
    assert (done.state, done.settled_at) == (ErrandState.DONE, at_desk.at)
    assert at_desk.facts[-1].facts["errand"] == done.id


@pytest.mark.parametrize(
    ("stage", "person"), [(Stage.MODERATION, MODERATOR), (Stage.EXECUTION, EXECUTOR), (Stage.APPROVAL, COORDINATOR)]
)
def test_person_ends_the_consideration_and_the_applicant_is_told(stage: Stage, person: int) -> None:
    at_desk = desk(stage)
    at_desk.decide(Action.ASK_WITHDRAWAL)

    at_desk.decide(Action.CONFIRM_WITHDRAWAL, person)

    assert (at_desk.case.stage, at_desk.case.outcome) == (Stage.DELIVERY, Outcome.WITHDRAWN)
    assert at_desk.facts[-1].event is Event.MESSAGE_WITHDRAWN
    assert {one.kind for one in at_desk.letters} == {LetterKind.WITHDRAWN}


@pytest.mark.parametrize("person", [HEAD, EXECUTOR2, APPLICANT])
def test_nobody_else_ends_it(person: int) -> None:
    at_desk = desk(Stage.EXECUTION, withdrawal_at=RECEIVED)

    assert at_desk.refuse(Action.CONFIRM_WITHDRAWAL, person).code == "action_forbidden"


def test_it_goes_on_for_a_reason_that_the_applicant_reads_and_may_be_withdrawn_again() -> None:
    at_desk = desk(Stage.EXECUTION, withdrawal_at=RECEIVED)

    at_desk.decide(Action.CONTINUE_CONSIDERATION, EXECUTOR)

    assert at_desk.case.withdrawal_at is None
    assert {one.kind for one in at_desk.letters} == {LetterKind.CONTINUED}
    at_desk.decide(Action.ASK_WITHDRAWAL)


def test_danger_to_life_is_decided_on_first() -> None:
    at_desk = desk(Stage.EXECUTION, withdrawal_at=RECEIVED, danger=Danger.SUGGESTED)

    assert at_desk.refuse(Action.CONFIRM_WITHDRAWAL).code == "danger_open"
    at_desk.decide(Action.DISMISS_DANGER)
    at_desk.decide(Action.CONFIRM_WITHDRAWAL)


def test_answer_approved_before_anybody_decided_says_that_it_was_asked_for() -> None:
    at_desk = desk(Stage.APPROVAL, withdrawal_at=RECEIVED)

    at_desk.decide(Action.APPROVE, HEAD)

    assert at_desk.case.withdrawal_at is None
    assert at_desk.facts[-1].facts["withdrawal_open"]


def test_operator_writes_a_withdrawal_down_only_for_whom_he_has_identified() -> None:
    at_desk = desk(Stage.EXECUTION)

    assert at_desk.refuse(Action.RECORD_WITHDRAWAL, identified=False).code == "identity_not_confirmed"
    at_desk.decide(Action.RECORD_WITHDRAWAL, identified=True)

    assert at_desk.case.withdrawal_at is not None
