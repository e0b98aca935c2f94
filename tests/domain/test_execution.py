"""Execution: the executor works, gives back or on, answers in one of four types. Source: S2, 3.3–3.5; G-09, G-22, G-48."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.case_parts import Holder
from domain.directory import Grant
from domain.regulation import DayLength
from domain.vocabulary import Action, AnswerType, Event, LetterKind, LetterWay, Outcome, Role, Stage
from tests.domain.builders import (
    ADMINISTRATOR,
    COORDINATOR,
    COORDINATOR2,
    DAY,
    DISMISSED,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL_EXECUTOR,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    RECEIVED,
    Desk,
    desk,
    digest,
    world,
)

DUE_ON = date(2026, 4, 1)
"""The local day of the due date of a message of 30 days that came on 2 March, 09:00 in Moscow."""


@pytest.mark.requirement("S2-29")
def test_executor_takes_the_message_to_work_in_the_running_entry() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.ASSIGN)
    entry = at_desk.case.entry

    at_desk.later(HOUR).decide(Action.START_WORK)

    assert at_desk.case.started
    assert at_desk.case.entry == entry
    assert at_desk.refuse(Action.START_WORK).code == "action_not_allowed"


def test_answer_needs_the_message_to_be_in_work() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.ASSIGN)

    assert at_desk.refuse(Action.SUBMIT_ANSWER).code == "action_not_allowed"


@pytest.mark.requirement("S2-30")
def test_message_assigned_by_mistake_goes_back_to_the_coordinators() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.later(HOUR).decide(Action.RETURN_TO_COORDINATION)

    assert at_desk.case.holder == Holder(pool=Role.COORDINATOR)
    assert (at_desk.case.executor, at_desk.case.unit, at_desk.case.started) == (None, None, False)
    assert at_desk.case.entered_at == at_desk.at
    assert at_desk.told(COORDINATOR) == at_desk.told(COORDINATOR2) == ["task_arrived"]


@pytest.mark.requirement("S2-31")
def test_reassigned_message_lies_with_the_other_executor_in_the_running_entry() -> None:
    at_desk = desk(Stage.EXECUTION)
    before = at_desk.case

    at_desk.later(HOUR).decide(Action.REASSIGN)

    assert at_desk.case.holder == Holder(person=EXECUTOR2)
    assert not at_desk.case.started
    assert (at_desk.case.entry, at_desk.case.stage_due_at) == (before.entry, before.stage_due_at)
    assert at_desk.facts[-1].facts["absence"] == "vacation"
    assert at_desk.told(EXECUTOR2) == ["task_arrived"]


@pytest.mark.requirement("S2-31")
@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"absence": ""}, "absence_missing", "absence"),
        ({"absence": "bored"}, "absence_unknown", "absence"),
        ({"executor": EXECUTOR}, "executor_same", "executor"),
        ({"executor": HOSPITAL_EXECUTOR}, "person_without_authority", "executor"),
        ({"executor": DISMISSED}, "person_without_authority", "executor"),
    ],
)
def test_reassignment_without_code_or_to_a_wrong_person_is_refused(
    changed: dict[str, Any], code: str, field: str
) -> None:
    refusal = desk(Stage.EXECUTION).refuse(Action.REASSIGN, **changed)

    assert (refusal.code, refusal.field) == (code, field)


def test_coordinator_reassigns_without_an_absence_code_and_both_executors_are_told() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.REASSIGN, COORDINATOR, absence=None)

    assert at_desk.told(EXECUTOR2) == ["task_arrived"]
    assert at_desk.told(EXECUTOR) == ["assignment_ended"]


def test_coordinator_recalls_an_assignment_and_the_executor_is_told() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.later(HOUR).decide(Action.RECALL)

    assert at_desk.case.stage is Stage.COORDINATION
    assert at_desk.case.executor is None
    assert at_desk.facts[-1].facts["executor_was"] == EXECUTOR
    assert at_desk.told(EXECUTOR) == ["assignment_ended"]
    assert at_desk.told(COORDINATOR2) == ["task_arrived"]


@pytest.mark.parametrize("action", [Action.RECALL, Action.ASSIGN, Action.TAKE])
def test_executor_cannot_act_as_coordinator(action: Action) -> None:
    assert desk(Stage.EXECUTION).refuse(action, EXECUTOR).code in {"action_forbidden", "action_not_allowed"}


def test_other_executor_cannot_answer() -> None:
    assert desk(Stage.EXECUTION).refuse(Action.SUBMIT_ANSWER, EXECUTOR2).code == "action_forbidden"


@pytest.mark.requirement("S2-10", "S2-32", "S2-33", "S2-36", "S2-40", "S2-41", "S2-42")
@pytest.mark.parametrize("kind", ["solved", "not_solved"])
def test_answer_goes_to_its_first_endorser(kind: str) -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.later(HOUR).decide(Action.SUBMIT_ANSWER, type=kind)

    draft = at_desk.case.draft
    assert draft is not None
    assert draft.answer_type is AnswerType(kind)
    assert (draft.endorsers, draft.approver, draft.author) == ((HEAD2, HEAD3), HEAD, EXECUTOR)
    assert draft.digest == digest("Яма засыпана.")
    assert at_desk.case.holder == Holder(person=HEAD2)
    assert at_desk.told(HEAD2) == ["task_arrived"]
    assert at_desk.told(HEAD3) == at_desk.told(HEAD) == []


@pytest.mark.requirement("S2-46", "S2-41")
def test_answer_without_endorsers_goes_to_its_approver() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[])

    assert at_desk.case.stage is Stage.APPROVAL
    assert at_desk.case.holder == Holder(person=HEAD)


@pytest.mark.requirement("S2-35")
def test_declining_answer_needs_a_ground_of_the_rules() -> None:
    at_desk = desk(Stage.EXECUTION)

    assert at_desk.refuse(Action.SUBMIT_ANSWER, type="declined").code == "ground_unknown"
    assert at_desk.refuse(Action.SUBMIT_ANSWER, type="declined", ground="because").field == "ground"
    at_desk.decide(Action.SUBMIT_ANSWER, type="declined", ground="rude")
    assert at_desk.facts[-1].facts["ground"] == "rude"


@pytest.mark.requirement("S2-40", "S2-41")
@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"endorsers": [HEAD2, HEAD2]}, "endorser_twice", "endorsers"),
        ({"endorsers": [EXECUTOR2]}, "person_without_authority", "endorsers"),
        ({"endorsers": [HOSPITAL_HEAD]}, "person_without_authority", "endorsers"),
        ({"approver": EXECUTOR2}, "person_without_authority", "approver"),
        ({"approver": ADMINISTRATOR}, "person_without_authority", "approver"),
    ],
)
def test_answer_to_people_without_authority_is_refused(changed: dict[str, Any], code: str, field: str) -> None:
    refusal = desk(Stage.EXECUTION).refuse(Action.SUBMIT_ANSWER, **changed)

    assert (refusal.code, refusal.field) == (code, field)


def test_authority_of_a_head_is_checked_by_subcategory() -> None:
    narrow = (
        Grant(401, Role.HEAD, MINISTRY, categories=frozenset({"potholes"})),
        Grant(402, Role.HEAD, MINISTRY, categories=frozenset({"queue"})),
        Grant(403, Role.HEAD, MINISTRY, unit="letters"),
        Grant(404, Role.HEAD, MINISTRY, unit="clinic"),
        Grant(405, Role.HEAD, MINISTRY, valid_until=RECEIVED + HOUR),
        Grant(406, Role.HEAD, MINISTRY, valid_from=RECEIVED + 90 * DAY),
    )
    at_desk = desk(Stage.EXECUTION, world(*narrow))

    for head in (402, 404, 405, 406):
        assert at_desk.refuse(Action.SUBMIT_ANSWER, approver=head).code == "person_without_authority", head
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[401], approver=403)


def test_author_does_not_endorse_his_own_answer() -> None:
    at_desk = desk(Stage.EXECUTION, world(Grant(EXECUTOR, Role.HEAD, MINISTRY)))

    assert at_desk.refuse(Action.SUBMIT_ANSWER, endorsers=[EXECUTOR]).code == "endorser_is_author"


@pytest.mark.requirement("S3-58")
def test_answer_to_an_organisation_without_endorsement_takes_no_endorsers() -> None:
    at_desk = desk(Stage.EXECUTION, world(ministry={"endorsement": False}))

    assert at_desk.refuse(Action.SUBMIT_ANSWER).code == "endorsement_off"
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[])


# --- G-48: one's own answer


def test_own_answer_is_not_approved_while_another_head_is_there() -> None:
    at_desk = desk(Stage.EXECUTION, world(Grant(EXECUTOR, Role.HEAD, MINISTRY)))

    assert at_desk.refuse(Action.SUBMIT_ANSWER, approver=EXECUTOR).code == "self_approval"


@pytest.mark.requirement("S2-15")
@pytest.mark.parametrize("allowed", [True, False])
def test_own_answer_is_approved_where_allowed_or_where_no_other_head_is_there(allowed: bool) -> None:
    own = Grant(EXECUTOR, Role.HEAD, MINISTRY)
    where = world(own, ministry={"self_approval": True}) if allowed else world(own, drop=(HEAD, HEAD2, HEAD3))
    at_desk = desk(Stage.EXECUTION, where)
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[], approver=EXECUTOR)

    at_desk.decide(Action.APPROVE, EXECUTOR)

    assert at_desk.case.outcome is Outcome.ANSWERED
    assert at_desk.facts[-1].facts["by_executor"] is True


def test_head_who_came_meanwhile_ends_the_right_to_approve_ones_own() -> None:
    own = Grant(EXECUTOR, Role.HEAD, MINISTRY)
    at_desk = desk(Stage.EXECUTION, world(own, drop=(HEAD, HEAD2, HEAD3)))
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[], approver=EXECUTOR)
    at_desk.world = world(own)

    assert at_desk.refuse(Action.APPROVE, EXECUTOR).code == "self_approval"
    at_desk.decide(Action.DELEGATE, EXECUTOR, head=HEAD)
    at_desk.decide(Action.APPROVE, HEAD)
    assert "by_executor" not in at_desk.facts[-1].facts


# --- G-22: nobody is asked twice for one text


def rejected_after_endorsement() -> Desk:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD2)
    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD3)
    at_desk.later(HOUR).decide(Action.REJECT)
    return at_desk


def test_resubmitted_identical_text_skips_those_who_endorsed_it() -> None:
    at_desk = rejected_after_endorsement()

    at_desk.decide(Action.SUBMIT_ANSWER)

    assert at_desk.case.stage is Stage.APPROVAL
    assert at_desk.facts[-1].facts["endorsers_skipped"] == [HEAD2, HEAD3]


def test_resubmitted_changed_text_asks_everybody_again() -> None:
    at_desk = rejected_after_endorsement()

    at_desk.decide(Action.SUBMIT_ANSWER, text="Яма засыпана щебнем.")

    assert at_desk.case.holder == Holder(person=HEAD2)
    assert at_desk.case.draft is not None
    assert at_desk.case.draft.endorsers == (HEAD2, HEAD3)


def test_resubmission_asks_only_whoever_has_not_endorsed() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.decide(Action.ENDORSE, HEAD2)
    at_desk.decide(Action.REJECT, HEAD3)

    at_desk.decide(Action.SUBMIT_ANSWER)

    assert at_desk.case.holder == Holder(person=HEAD3)
    assert at_desk.case.draft is not None
    assert at_desk.case.draft.endorsers == (HEAD3,)


# --- «Отложено»: S2-34, G-09


def postponing(at_desk: Desk, until: object = "2026-04-10") -> dict[str, Any]:
    return {"type": "postponed", "postponed_until": until, "endorsers": [], "text": "Ждём поставки."}


@pytest.mark.requirement("S2-34")
@pytest.mark.parametrize(
    ("until", "code"),
    [
        (None, "date_missing"),
        ("", "date_missing"),
        ("2026-02-30", "date_missing"),
        ("tomorrow", "date_missing"),
        ("2026-03-20", "date_too_early"),
        ("2026-04-01", "date_too_early"),
        ("2020-01-01", "date_too_early"),
        ("0001-01-01", "date_too_early"),
        ("2026-05-02", "date_too_late"),
        ("9999-12-31", "date_too_late"),
    ],
)
def test_postponement_to_no_date_or_an_impossible_one_is_refused(until: str | None, code: str) -> None:
    at_desk = desk(Stage.EXECUTION)

    refusal = at_desk.refuse(Action.SUBMIT_ANSWER, **postponing(at_desk, until))

    assert (refusal.code, refusal.field) == (code, "postponed_until")


@pytest.mark.requirement("S2-34")
@pytest.mark.parametrize("until", ["2026-04-02", "2026-05-01"])
def test_postponement_from_the_next_day_to_thirty_days_after_the_due_is_accepted(until: str) -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk, until))

    assert at_desk.case.due_at == RECEIVED + 30 * DAY


@pytest.mark.requirement("S2-34")
def test_approved_postponement_sets_a_new_due_and_plan_and_tells_the_applicant() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk))

    at_desk.later(DAY).decide(Action.APPROVE)

    case = at_desk.case
    assert case.due_at == datetime(2026, 4, 9, 21, 0, tzinfo=UTC)
    assert case.stage is Stage.EXECUTION
    assert case.holder == Holder(person=EXECUTOR)
    assert case.postponed_until == date(2026, 4, 10)
    assert case.outcome is None
    assert case.started
    total = case.due_at - at_desk.at
    assert case.stage_due_at == at_desk.at + total * 75 / 100
    assert case.plan.shares[Stage.ENDORSEMENT] == 15
    assert {(order.kind, order.way) for order in at_desk.letters} == {
        (LetterKind.POSTPONEMENT, LetterWay.PORTAL),
        (LetterKind.POSTPONEMENT, LetterWay.EMAIL),
    }
    facts = at_desk.facts[-1].facts
    assert facts["due_was"] == (RECEIVED + 30 * DAY).isoformat()


def test_postponement_counts_where_the_message_lies() -> None:
    from domain.calendar import Calendar
    from tests.domain.builders import KALININGRAD

    at_desk = desk(Stage.EXECUTION, world(ministry={"calendar": Calendar(KALININGRAD)}))
    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk))

    at_desk.decide(Action.APPROVE)

    assert at_desk.case.due_at == datetime(2026, 4, 9, 22, 0, tzinfo=UTC)


@pytest.mark.requirement("S2-34")
def test_second_postponement_is_refused() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk))
    at_desk.decide(Action.APPROVE)

    assert at_desk.refuse(Action.SUBMIT_ANSWER, **postponing(at_desk, "2026-04-20")).code == "postponed_already"
    at_desk.decide(Action.SUBMIT_ANSWER)


def test_postponement_whose_date_came_before_its_approval_is_refused_there() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk, "2026-04-03"))

    at_desk.until(datetime(2026, 4, 2, 21, 0, tzinfo=UTC))

    assert at_desk.refuse(Action.APPROVE).code == "date_too_early"
    at_desk.decide(Action.REJECT)


def test_due_that_passed_before_a_postponement_stays_a_fact() -> None:
    at_desk = desk(Stage.EXECUTION).later(31 * DAY)
    assert at_desk.case.message_overdue
    at_desk.decide(Action.SUBMIT_ANSWER, **postponing(at_desk, "2026-04-20"))

    at_desk.decide(Action.APPROVE)

    assert not at_desk.case.message_overdue
    assert at_desk.case.overdue_once
    assert at_desk.case.stage_due_at is not None


def test_postponement_is_refused_where_the_day_is_shortened() -> None:
    where = world(day=DayLength(60))
    at_desk = Desk(where)
    for action in (Action.ACCEPT, Action.ASSIGN, Action.START_WORK):
        at_desk.decide(action)

    assert at_desk.refuse(Action.SUBMIT_ANSWER, **postponing(at_desk)).code == "postponement_shortened_day"


def test_answer_marked_secret_makes_the_message_secret() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[], secret=True)
    at_desk.decide(Action.APPROVE)

    assert (LetterKind.ANSWER, LetterWay.EMAIL) not in [(order.kind, order.way) for order in at_desk.letters]


def test_mark_of_return_ends_with_the_next_answer() -> None:
    at_desk = rejected_after_endorsement()
    assert at_desk.case.returned

    at_desk.decide(Action.SUBMIT_ANSWER)

    assert not at_desk.case.returned
    assert at_desk.facts[-1].event is Event.ANSWER_SUBMITTED
