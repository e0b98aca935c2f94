"""The applicant withdraws his message: a person decides, and nothing stops by itself. Source: G-45."""

from __future__ import annotations

import pytest

from domain.vocabulary import Action, Danger, Event, LetterKind, Outcome, Stage
from tests.domain.builders import APPLICANT, COORDINATOR, EXECUTOR, EXECUTOR2, HEAD, MODERATOR, RECEIVED, desk


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


def test_operator_writes_a_withdrawal_down_only_for_whom_he_has_identified() -> None:
    at_desk = desk(Stage.EXECUTION)

    assert at_desk.refuse(Action.RECORD_WITHDRAWAL, identified=False).code == "identity_not_confirmed"
    at_desk.decide(Action.RECORD_WITHDRAWAL, identified=True)

    assert at_desk.case.withdrawal_at is not None
