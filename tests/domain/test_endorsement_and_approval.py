"""Endorsement and approval: in order, with edits, rejections and handing on of the right. Source: S2, 3.6–3.9."""

from __future__ import annotations

import pytest

from domain.case_parts import Endorsement, Holder
from domain.directory import Grant
from domain.vocabulary import Action, AnswerType, Event, LetterKind, LetterWay, Outcome, Role, Stage
from tests.domain.builders import (
    ADMINISTRATOR,
    COORDINATOR,
    DAY,
    DISMISSED,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    ROADS_HEAD,
    desk,
    digest,
    world,
)


@pytest.mark.requirement("S2-11", "S2-43", "S2-46")
def test_endorsers_are_asked_one_after_another_then_the_approver() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    entry = at_desk.case.entry

    assert at_desk.refuse(Action.ENDORSE, HEAD3).code == "action_forbidden"
    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD2)
    assert (at_desk.case.holder, at_desk.case.entry) == (Holder(person=HEAD3), entry)
    assert at_desk.told(HEAD3) == ["task_arrived"]
    assert at_desk.refuse(Action.ENDORSE, HEAD2).code == "action_forbidden"
    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD3)

    assert at_desk.case.stage is Stage.APPROVAL
    assert (at_desk.case.holder, at_desk.case.entry) == (Holder(person=HEAD), entry + 1)
    assert at_desk.told(HEAD) == ["task_arrived"]
    assert [found.person for found in at_desk.case.endorsements] == [HEAD2, HEAD3]


@pytest.mark.requirement("S2-11")
def test_approver_does_not_decide_before_the_endorsers() -> None:
    at_desk = desk(Stage.ENDORSEMENT)

    assert at_desk.refuse(Action.APPROVE, HEAD).code == "action_not_allowed"
    assert at_desk.refuse(Action.REJECT, HEAD).code == "action_forbidden"


@pytest.mark.requirement("S2-43", "S2-48", "S3-64", "S3-69")
@pytest.mark.parametrize(("stage", "head"), [(Stage.ENDORSEMENT, HEAD2), (Stage.APPROVAL, HEAD)])
def test_text_may_be_changed_before_it_is_endorsed_or_approved(stage: Stage, head: int) -> None:
    at_desk = desk(stage)

    at_desk.decide(Action.EDIT_ANSWER, head, text="Яма засыпана 5 марта.")

    assert at_desk.case.draft is not None
    assert at_desk.case.draft.digest == digest("Яма засыпана 5 марта.")
    facts = at_desk.facts[-1].facts
    assert facts["text_digest_was"] == digest("Яма засыпана.")
    assert facts["text_digest"] == digest("Яма засыпана 5 марта.")
    assert at_desk.told(EXECUTOR) == ["answer_edited"]
    assert at_desk.case.holder == Holder(person=head)


def test_those_who_endorsed_before_are_told_of_a_change_and_keep_their_endorsement() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.decide(Action.ENDORSE, HEAD2)

    at_desk.decide(Action.EDIT_ANSWER, HEAD3)

    assert at_desk.told(HEAD2) == at_desk.told(EXECUTOR) == ["answer_edited"]
    assert at_desk.told(HEAD3) == []
    assert at_desk.case.endorsements == (Endorsement(HEAD2, digest("Яма засыпана.")),)


def test_edit_that_changes_nothing_is_refused() -> None:
    refusal = desk(Stage.APPROVAL).refuse(Action.EDIT_ANSWER, text="Яма засыпана.")

    assert (refusal.code, refusal.field) == ("text_unchanged", "text")


@pytest.mark.parametrize("person", [EXECUTOR, HEAD2, COORDINATOR, ADMINISTRATOR])
def test_only_the_holder_changes_the_text(person: int) -> None:
    assert desk(Stage.APPROVAL).refuse(Action.EDIT_ANSWER, person).code == "action_forbidden"


def test_redirect_has_no_text_to_change_or_to_withdraw() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT)

    assert at_desk.refuse(Action.EDIT_ANSWER).code == "action_not_allowed"
    assert at_desk.refuse(Action.WITHDRAW_ANSWER).code == "action_not_allowed"


def test_next_endorser_is_skipped_when_an_edit_brings_back_the_text_that_he_endorsed() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, text="Второй.", endorsers=[HEAD3])
    at_desk.decide(Action.ENDORSE, HEAD3)
    at_desk.decide(Action.REJECT)
    at_desk.decide(Action.SUBMIT_ANSWER, text="Первый.", endorsers=[HEAD2, HEAD3])
    at_desk.decide(Action.EDIT_ANSWER, HEAD2, text="Второй.")

    at_desk.decide(Action.ENDORSE, HEAD2)

    assert at_desk.case.stage is Stage.APPROVAL


# --- Rejection


@pytest.mark.requirement("S2-44", "S2-50", "S3-62", "S3-67")
@pytest.mark.parametrize(
    ("stage", "head", "clause"), [(Stage.ENDORSEMENT, HEAD2, "S2, 3.7 б"), (Stage.APPROVAL, HEAD, "S2, 3.9 б")]
)
def test_rejected_answer_goes_back_to_its_executor_for_rework(stage: Stage, head: int, clause: str) -> None:
    at_desk = desk(stage)

    assert at_desk.refuse(Action.REJECT, head, reason="").clause == clause
    at_desk.later(HOUR).decide(Action.REJECT, head)

    assert at_desk.case.stage is Stage.EXECUTION
    assert at_desk.case.holder == Holder(person=EXECUTOR)
    assert at_desk.case.started
    assert at_desk.case.returned
    assert at_desk.case.draft is None
    assert at_desk.told(EXECUTOR) == ["answer_rejected"]
    assert at_desk.facts[-1].facts["text_digest"] == digest("Яма засыпана.")


@pytest.mark.parametrize(("stage", "head"), [(Stage.ENDORSEMENT, HEAD2), (Stage.APPROVAL, HEAD)])
def test_answer_of_whom_it_was_not_for_goes_back_to_the_coordinators(stage: Stage, head: int) -> None:
    at_desk = desk(stage)

    at_desk.decide(Action.REJECT, head, wrong_addressee=True)

    case = at_desk.case
    assert (case.stage, case.executor, case.unit, case.draft) == (Stage.COORDINATION, None, None, None)
    assert (case.returned, case.started) == (True, False)
    assert (at_desk.told(EXECUTOR), at_desk.told(COORDINATOR)) == (["assignment_ended"], ["task_arrived"])
    facts = at_desk.facts[-1].facts
    assert (facts["wrong_addressee"], facts["executor_was"]) == (True, EXECUTOR)
    at_desk.decide(Action.ASSIGN, executor=EXECUTOR2)


def test_rejected_redirect_asks_nothing_of_who_prepared_it() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT)

    at_desk.decide(Action.REJECT, wrong_addressee=True)

    assert "wrong_addressee" not in at_desk.facts[-1].facts


def test_rework_does_not_reset_the_term_of_the_message() -> None:
    at_desk = desk(Stage.APPROVAL).later(25 * DAY)
    due_at = at_desk.case.due_at

    at_desk.decide(Action.REJECT)

    assert at_desk.case.due_at == due_at
    assert at_desk.case.stage_due_at is not None
    assert at_desk.case.stage_due_at < due_at


# --- Handing on of the right


@pytest.mark.requirement("S2-45")
def test_endorser_hands_his_right_to_another_head_in_the_running_entry() -> None:
    at_desk = desk(Stage.EXECUTION, world(Grant(500, Role.HEAD, MINISTRY)))
    at_desk.decide(Action.SUBMIT_ANSWER)
    before = at_desk.case

    at_desk.later(HOUR).decide(Action.DELEGATE, HEAD2, head=500)

    assert at_desk.case.holder == Holder(person=500)
    assert (at_desk.case.entry, at_desk.case.stage_due_at) == (before.entry, before.stage_due_at)
    assert at_desk.facts[-1].facts["right"] == "endorsement"
    assert at_desk.told(500) == ["task_arrived"]
    at_desk.decide(Action.ENDORSE, 500)
    assert at_desk.case.holder == Holder(person=HEAD3)


@pytest.mark.requirement("S2-51")
def test_approver_hands_his_right_to_another_head_in_the_running_entry() -> None:
    at_desk = desk(Stage.APPROVAL)
    before = at_desk.case

    at_desk.later(HOUR).decide(Action.DELEGATE)

    assert at_desk.case.holder == Holder(person=HEAD3)
    assert (at_desk.case.entry, at_desk.case.stage_due_at) == (before.entry, before.stage_due_at)
    assert at_desk.facts[-1].facts["right"] == "approval"
    assert at_desk.refuse(Action.APPROVE, HEAD).code == "action_forbidden"
    at_desk.decide(Action.APPROVE, HEAD3)


@pytest.mark.requirement("S2-45", "S2-51")
@pytest.mark.parametrize("stage", [Stage.ENDORSEMENT, Stage.APPROVAL])
@pytest.mark.parametrize("head", [EXECUTOR, HOSPITAL_HEAD, ROADS_HEAD, DISMISSED, 501])
def test_right_goes_only_to_a_head_with_authority_for_the_category_and_subcategory_here(
    stage: Stage, head: int
) -> None:
    other_category = Grant(501, Role.HEAD, MINISTRY, categories=frozenset({"queue"}))
    at_desk = desk(stage, world(other_category))

    refusal = at_desk.refuse(Action.DELEGATE, at_desk.case.holder.person, head=head)

    assert (refusal.code, refusal.field) == ("person_without_authority", "head")


@pytest.mark.parametrize(("head", "code"), [(HEAD2, "head_same"), (HEAD3, "endorser_twice")])
def test_right_to_endorse_does_not_go_to_one_who_is_asked_already(head: int, code: str) -> None:
    assert desk(Stage.ENDORSEMENT).refuse(Action.DELEGATE, HEAD2, head=head).code == code


def test_right_to_endorse_does_not_go_to_the_author() -> None:
    at_desk = desk(Stage.ENDORSEMENT, world(Grant(EXECUTOR, Role.HEAD, MINISTRY)))

    assert at_desk.refuse(Action.DELEGATE, HEAD2, head=EXECUTOR).code == "endorser_is_author"


def test_right_to_endorse_does_not_go_to_one_who_endorsed_this_text_before() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.decide(Action.ENDORSE, HEAD2)
    at_desk.decide(Action.REJECT, HEAD3)
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[HEAD3])

    assert at_desk.refuse(Action.DELEGATE, HEAD3, head=HEAD2).code == "endorser_twice"


def test_right_to_approve_does_not_go_to_the_author_while_another_head_is_there() -> None:
    at_desk = desk(Stage.APPROVAL, world(Grant(EXECUTOR, Role.HEAD, MINISTRY)))

    assert at_desk.refuse(Action.DELEGATE, head=EXECUTOR).code == "self_approval"


def test_coordinator_who_is_a_head_may_be_handed_the_approval_of_his_redirect() -> None:
    at_desk = desk(Stage.COORDINATION, world(Grant(COORDINATOR, Role.HEAD, MINISTRY)))
    at_desk.decide(Action.PROPOSE_REDIRECT)

    at_desk.decide(Action.DELEGATE, head=COORDINATOR)

    at_desk.decide(Action.APPROVE, COORDINATOR)


@pytest.mark.parametrize(("stage", "absent"), [(Stage.ENDORSEMENT, HEAD2), (Stage.APPROVAL, HEAD)])
def test_administrator_hands_on_the_right_of_an_absent_head_who_is_told(stage: Stage, absent: int) -> None:
    at_desk = desk(stage, world(Grant(500, Role.HEAD, MINISTRY)))

    assert at_desk.refuse(Action.DELEGATE, ADMINISTRATOR, head=500).code == "absence_missing"
    assert at_desk.refuse(Action.DELEGATE, ADMINISTRATOR, head=500, absence="bored").code == "absence_unknown"
    at_desk.decide(Action.DELEGATE, ADMINISTRATOR, head=500, absence="sickness")

    assert at_desk.case.holder == Holder(person=500)
    assert at_desk.facts[-1].facts["absence"] == "sickness"
    assert at_desk.facts[-1].facts["head_was"] == absent
    assert at_desk.told(absent) == ["assignment_ended"]
    assert at_desk.told(500) == ["task_arrived"]


@pytest.mark.parametrize("person", [EXECUTOR, COORDINATOR, HEAD3])
def test_nobody_else_hands_on_the_right(person: int) -> None:
    assert desk(Stage.APPROVAL).refuse(Action.DELEGATE, person).code == "action_forbidden"


@pytest.mark.parametrize(
    ("stage", "action", "head"), [(Stage.ENDORSEMENT, Action.ENDORSE, HEAD2), (Stage.APPROVAL, Action.APPROVE, HEAD)]
)
def test_head_whose_authority_has_ended_can_only_reject_or_hand_on(stage: Stage, action: Action, head: int) -> None:
    at_desk = desk(stage, world(Grant(500, Role.HEAD, MINISTRY)))
    at_desk.world = world(Grant(500, Role.HEAD, MINISTRY), drop=(head,))

    assert at_desk.refuse(action, head).code == "person_without_authority"
    at_desk.decide(Action.DELEGATE, head, head=500)
    assert at_desk.case.holder == Holder(person=500)


# --- Withdrawal


@pytest.mark.parametrize("stage", [Stage.ENDORSEMENT, Stage.APPROVAL])
def test_executor_withdraws_an_answer_that_nobody_has_endorsed(stage: Stage) -> None:
    at_desk = desk(stage)
    asked = at_desk.case.holder.person
    assert asked is not None

    at_desk.later(HOUR).decide(Action.WITHDRAW_ANSWER)

    assert at_desk.case.stage is Stage.EXECUTION
    assert at_desk.case.holder == Holder(person=EXECUTOR)
    assert at_desk.case.draft is None
    assert at_desk.case.entered_at == at_desk.at
    assert at_desk.told(asked) == ["assignment_ended"]


def test_endorsed_answer_cannot_be_withdrawn() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.decide(Action.ENDORSE, HEAD2)
    assert at_desk.refuse(Action.WITHDRAW_ANSWER).code == "action_not_allowed"
    at_desk.decide(Action.ENDORSE, HEAD3)
    assert at_desk.refuse(Action.WITHDRAW_ANSWER).code == "action_not_allowed"


@pytest.mark.parametrize("person", [COORDINATOR, HEAD2, ADMINISTRATOR])
def test_only_the_executor_withdraws_his_answer(person: int) -> None:
    assert desk(Stage.ENDORSEMENT).refuse(Action.WITHDRAW_ANSWER, person).code == "action_forbidden"


# --- Approval


@pytest.mark.requirement("S2-11", "S2-47", "S3-66")
@pytest.mark.parametrize("kind", ["solved", "not_solved", "declined"])
def test_approved_answer_is_on_its_way_to_portal_and_email(kind: str) -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SUBMIT_ANSWER, type=kind, endorsers=[], ground="rude")

    at_desk.later(HOUR).decide(Action.APPROVE)

    assert at_desk.case.stage is Stage.DELIVERY
    assert at_desk.case.outcome is Outcome.ANSWERED
    assert at_desk.case.answer_type is AnswerType(kind)
    assert at_desk.case.answered_at == at_desk.at
    assert at_desk.case.holder == Holder()
    assert at_desk.case.stage_due_at is None
    assert [(order.kind, order.way) for order in at_desk.letters] == [
        (LetterKind.ANSWER, LetterWay.PORTAL),
        (LetterKind.ANSWER, LetterWay.EMAIL),
    ]
    assert at_desk.facts[-1].event is Event.ANSWER_APPROVED
    assert at_desk.facts[-1].facts["text_digest"] == digest("Яма засыпана.")


def test_answer_approved_at_the_very_due_is_in_time_and_a_moment_later_is_not() -> None:
    from datetime import timedelta

    in_time, late = desk(Stage.APPROVAL), desk(Stage.APPROVAL)
    in_time.at = in_time.case.due_at
    late.until(late.case.due_at + timedelta(microseconds=1))

    in_time.decide(Action.APPROVE)
    late.decide(Action.APPROVE)

    assert in_time.facts[-1].facts["in_time"] is True
    assert not in_time.case.overdue_once
    assert late.facts[-1].facts["in_time"] is False
    assert late.case.overdue_once


def test_answered_message_takes_no_further_answer() -> None:
    at_desk = desk(Stage.DELIVERY)

    for action in (Action.SUBMIT_ANSWER, Action.APPROVE, Action.REJECT, Action.WITHDRAW_ANSWER, Action.RECALL):
        assert at_desk.refuse(action).code == "action_not_allowed"


@pytest.mark.parametrize(
    ("contact", "secret", "ways"),
    [
        ((True, True), False, {("answer", "portal"), ("answer", "email")}),
        ((True, False), False, {("answer", "portal")}),
        ((False, True), False, {("answer", "email")}),
        ((False, False), False, {("answer", "handover")}),
        ((True, True), True, {("answer", "portal"), ("answer_ready", "email")}),
        ((True, False), True, {("answer", "portal")}),
        ((False, True), True, {("answer", "handover"), ("answer_ready", "email")}),
        ((False, False), True, {("answer", "handover")}),
    ],
)
def test_answer_goes_by_every_way_but_a_secret_never_by_email(
    contact: tuple[bool, bool], secret: bool, ways: set[tuple[str, str]]
) -> None:
    from domain.case import Contact

    at_desk = desk(Stage.APPROVAL, contact=Contact(*contact), secret=secret)

    at_desk.decide(Action.APPROVE)

    assert {(order.kind.value, order.way.value) for order in at_desk.letters} == ways


@pytest.mark.parametrize(("action", "stage"), [(Action.DECLINE, Stage.MODERATION), (Action.APPROVE, Stage.APPROVAL)])
def test_no_text_about_a_secret_matter_goes_by_email(action: Action, stage: Stage) -> None:
    at_desk = desk(stage, secret=True)

    at_desk.decide(action)

    assert {order.kind for order in at_desk.letters if order.way is LetterWay.EMAIL} == {LetterKind.ANSWER_READY}


def test_postponement_of_a_secret_matter_leaves_no_text_in_email() -> None:
    at_desk = desk(Stage.EXECUTION, secret=True)
    at_desk.decide(Action.SUBMIT_ANSWER, type="postponed", postponed_until="2026-04-10", endorsers=[])

    at_desk.decide(Action.APPROVE)

    assert {order.kind for order in at_desk.letters if order.way is LetterWay.EMAIL} == {LetterKind.ANSWER_READY}
