"""What holds for every action: stage, person, version, end. One table of what is usual, and each departure from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errands import ErrandFact, errand_id
from domain.rules import RULES, allowed_actions, judge
from domain.rules.base import by_applicant
from domain.verdict import Accepted, Refusal
from domain.vocabulary import (
    APPLICANT,
    TIMED_STAGES,
    Action,
    Danger,
    ErrandKind,
    Event,
    LetterKind,
    LetterState,
    LetterWay,
    Role,
    Stage,
)
from tests.domain.builders import (
    DAY,
    DEFAULTS,
    DISMISSED,
    EXECUTOR,
    EXECUTOR2,
    HEAD2,
    HOSPITAL_COORDINATOR,
    HOUR,
    MINISTRY,
    OUTSIDER,
    RECEIVED,
    Desk,
    decision,
    desk,
    letter,
)


def ready(action: Action) -> Desk:
    """A message at which this action is the next thing that its usual person may do."""
    match action:
        case Action.ACCEPT | Action.DECLINE:
            return desk(Stage.MODERATION)
        case Action.ASSIGN | Action.TAKE | Action.TRANSFER_TO_SUBORDINATE | Action.PROPOSE_REDIRECT:
            return desk(Stage.COORDINATION)
        case Action.RETURN_TO_SUPERIOR:
            at_desk = desk(Stage.COORDINATION)
            at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
            return at_desk
        case Action.START_WORK:
            at_desk = desk(Stage.COORDINATION)
            at_desk.decide(Action.ASSIGN)
            return at_desk
        case Action.ENDORSE:
            return desk(Stage.ENDORSEMENT)
        case Action.APPROVE | Action.REJECT | Action.DELEGATE | Action.EDIT_ANSWER | Action.WITHDRAW_ANSWER:
            return desk(Stage.APPROVAL)
        case Action.CORRECT_CARD:
            return desk(Stage.COORDINATION)
        case Action.CONFIRM_WITHDRAWAL | Action.CONTINUE_CONSIDERATION:
            return desk(Stage.COORDINATION, withdrawal_at=RECEIVED)
        case Action.DROP_FLAG | Action.SETTLE_FLAG:
            at_desk = desk(Stage.COORDINATION)
            at_desk.decide(Action.SET_FLAG)
            return at_desk
        case Action.SETTLE_COMPLAINT:
            at_desk = desk(Stage.COORDINATION)
            at_desk.decide(Action.CONVERT)
            return at_desk
        case Action.CONVERT | Action.CHOOSE_LAW:
            return desk(Stage.COORDINATION)
        case Action.SET_FLAG | Action.LINK:
            return desk(Stage.COORDINATION)
        case Action.UNLINK:
            at_desk = desk(Stage.COORDINATION)
            at_desk.decide(Action.LINK)
            return at_desk
        case Action.DISMISS_DANGER:
            return desk(Stage.COORDINATION, danger=Danger.SUGGESTED)
        case Action.RATE:
            return desk(Stage.RATING)
        case Action.ASK_REPEAT:
            at_desk = desk(Stage.RATING)
            at_desk.decide(Action.RATE)
            return at_desk
        case Action.CONFIRM_DELIVERY:
            task = letter(state=LetterState.TASK, way=LetterWay.HANDOVER, task_due_at=RECEIVED + 9 * DAY)
            return desk(Stage.DELIVERY).mail(task)
        case Action.REPORT_DELIVERY_FAILURE:
            return desk(Stage.DELIVERY).mail(letter(settled_at=RECEIVED + 5 * HOUR))
        case Action.ANSWER_QUESTION | Action.CANCEL_ERRAND:
            at_desk = desk(Stage.EXECUTION)
            at_desk.case = at_desk.case.with_errand(QUESTION)
            return at_desk
        case Action.RECORD_ATTEMPT:
            at_desk = desk(Stage.EXECUTION)
            at_desk.case = at_desk.case.with_errand(CALL)
            return at_desk
        case Action.CONTRIBUTE:
            at_desk = desk(Stage.EXECUTION)
            at_desk.case = at_desk.case.with_errand(CONTRIBUTION)
            return at_desk
        case _:
            return desk(Stage.EXECUTION)


QUESTION = ErrandFact(
    "question", ErrandKind.QUESTION, MINISTRY, RECEIVED, RECEIVED + 9 * DAY, asked_by=EXECUTOR, person=APPLICANT
)
CALL = ErrandFact("call", ErrandKind.CALL, MINISTRY, RECEIVED, RECEIVED + 9 * DAY, EXECUTOR, pool=Role.INTAKE_OPERATOR)
CONTRIBUTION = ErrandFact(
    "contribution", ErrandKind.CONTRIBUTION, MINISTRY, RECEIVED, RECEIVED + 9 * DAY, person=EXECUTOR2
)
EXTRA = {
    Action.RECORD_ATTEMPT: {"errand": "call"},
    Action.ANSWER_QUESTION: {"errand": "question"},
    Action.CANCEL_ERRAND: {"errand": "question"},
    Action.SETTLE_FLAG: {"errand": errand_id("decision-1-0")},
    Action.SETTLE_COMPLAINT: {"errand": errand_id("decision-1-0")},
    Action.CONFIRM_DELIVERY: {"letter": "letter", "handed_over_at": (RECEIVED + 5 * HOUR).isoformat()},
    Action.REPORT_DELIVERY_FAILURE: {"letter": "letter"},
}
every = pytest.mark.parametrize("action", list(Action))
BESIDE = [action for action in Action if RULES[action].beside]
OF_APPLICANT = [action for action in Action if RULES[action].who is by_applicant]


@every
def test_usual_person_may_decide_and_the_verdict_has_one_journal_row(action: Action) -> None:
    at_desk = ready(action)
    before = at_desk.case

    verdict = at_desk.decide(action, **EXTRA.get(action, {}))

    assert len(verdict.facts) == 1
    assert verdict.facts[0].at == at_desk.at
    person = DEFAULTS[action][0]
    assert verdict.facts[0].person == (person if person != APPLICANT else None)
    if action not in BESIDE:
        assert verdict.case.version == before.version + 1
        assert verdict.case.last is not None
        assert verdict.case.last.action is action
    assert (person in verdict.case.participants) is (person != APPLICANT)
    assert verdict.case.stage in RULES[action].leads_to


@every
@pytest.mark.parametrize("person", [OUTSIDER, DISMISSED, HOSPITAL_COORDINATOR + 100])
def test_person_without_a_role_there_is_refused(action: Action, person: int) -> None:
    at_desk = ready(action)
    before = at_desk.case

    refusal = at_desk.refuse(action, person, **EXTRA.get(action, {}))

    assert refusal.code == "action_forbidden"
    assert at_desk.case == before


@pytest.mark.parametrize("action", BESIDE)
def test_decision_beside_the_stage_makes_no_other_decision_stale(action: Action) -> None:
    at_desk = ready(action)
    before = at_desk.case

    at_desk.decide(action, version=before.version - 1, **EXTRA.get(action, {}))

    assert (at_desk.case.version, at_desk.case.last) == (before.version, before.last)
    assert at_desk.case.stage is before.stage


@pytest.mark.parametrize("action", [action for action in Action if DEFAULTS[action][0] != APPLICANT])
def test_applicant_cannot_do_what_is_of_staff(action: Action) -> None:
    at_desk = ready(action)

    assert at_desk.refuse(action, APPLICANT, **EXTRA.get(action, {})).code == "action_forbidden"


@pytest.mark.parametrize("action", OF_APPLICANT)
@pytest.mark.parametrize("person", sorted({person for person, _ in DEFAULTS.values()} - {APPLICANT}))
def test_staff_cannot_do_what_is_of_the_applicant(action: Action, person: int) -> None:
    at_desk = ready(action)

    assert at_desk.refuse(action, person, **EXTRA.get(action, {})).code == "action_forbidden"


@pytest.mark.parametrize("action", OF_APPLICANT)
def test_applicant_is_judged_by_how_the_message_stands_whatever_staff_decided_meanwhile(action: Action) -> None:
    at_desk = ready(action)
    before = at_desk.case

    verdict = at_desk.decide(action, version=before.version - 1, **EXTRA.get(action, {}))

    assert verdict.case.version == before.version + (action not in BESIDE)


@pytest.mark.parametrize("action", [action for action in Action if action not in (*BESIDE, *OF_APPLICANT)])
def test_decision_against_another_version_is_refused_and_says_who_was_first(action: Action) -> None:
    at_desk = ready(action)

    refusal = at_desk.refuse(action, version=at_desk.case.version - 1, **EXTRA.get(action, {}))

    assert refusal.code == "version_stale"
    assert refusal.field == "version"
    if at_desk.case.last:
        assert RULES[at_desk.case.last.action].title in refusal.detail


@every
def test_closed_message_takes_no_decision(action: Action) -> None:
    at_desk = ready(action)
    at_desk.case = replace(at_desk.case, closed_at=at_desk.at)

    assert at_desk.refuse(action, **EXTRA.get(action, {})).code == "case_closed"
    assert allowed_actions(at_desk.case, DEFAULTS[action][0], at_desk.world, at_desk.at) == ()


@every
def test_action_outside_its_stages_is_refused(action: Action) -> None:
    for stage in set(Stage) - RULES[action].stages:
        at_desk = desk(stage)
        for errand in (QUESTION, CALL, CONTRIBUTION):
            at_desk.case = at_desk.case.with_errand(errand)

        assert at_desk.refuse(action, **EXTRA.get(action, {})).code == "action_not_allowed", stage


@every
def test_card_offers_the_action_to_whom_it_would_be_accepted_from(action: Action) -> None:
    at_desk = ready(action)

    offered = allowed_actions(at_desk.case, DEFAULTS[action][0], at_desk.world, at_desk.at)

    assert action in [rule.action for rule in offered]
    assert allowed_actions(at_desk.case, OUTSIDER, at_desk.world, at_desk.at) == ()


@every
def test_refusal_names_its_clause(action: Action) -> None:
    at_desk = ready(action)

    assert at_desk.refuse(action, OUTSIDER).clause


REASONS = [
    (Action.DECLINE, "reason"),
    (Action.RETURN_TO_SUPERIOR, "reason"),
    (Action.RETURN_TO_COORDINATION, "reason"),
    (Action.REASSIGN, "reason"),
    (Action.RECALL, "reason"),
    (Action.REJECT, "reason"),
    (Action.DELEGATE, "reason"),
    (Action.SUBMIT_ANSWER, "text"),
    (Action.EDIT_ANSWER, "text"),
    (Action.CONFIRM_DELIVERY, "way"),
    (Action.CONFIRM_DELIVERY, "recipient"),
    (Action.REPORT_DELIVERY_FAILURE, "reason"),
    (Action.DISMISS_DANGER, "reason"),
    (Action.CONTINUE_CONSIDERATION, "reason"),
    (Action.LINK, "reason"),
    (Action.UNLINK, "reason"),
    (Action.DROP_FLAG, "reason"),
    (Action.CONVERT, "reason"),
    (Action.SETTLE_COMPLAINT, "text"),
    (Action.SETTLE_FLAG, "text"),
]


@pytest.mark.parametrize(("action", "name"), REASONS)
@pytest.mark.parametrize("said", ["", "   \n ", None])
def test_missing_reason_is_refused_with_the_field(action: Action, name: str, said: str | None) -> None:
    at_desk = ready(action)
    before = at_desk.case

    refusal = at_desk.refuse(action, **(EXTRA.get(action, {}) | {name: said, "text_digest": "other"}))

    assert (refusal.code, refusal.field) == ("reason_missing", name)
    assert at_desk.case == before


def test_first_of_two_decisions_on_one_version_wins_and_the_second_hears_of_it() -> None:
    at_desk = desk(Stage.APPROVAL)
    case = at_desk.case
    approve = decision(case, Action.APPROVE, 5, at_desk.at)
    delegate = decision(case, Action.DELEGATE, 5, at_desk.at + timedelta(microseconds=1), head=HEAD2, reason="Отпуск")

    first = judge(case, approve, at_desk.world)
    assert isinstance(first, Accepted)
    second = judge(first.case, delegate, at_desk.world)

    assert isinstance(second, Refusal)
    assert second.code == "version_stale"
    assert "Утвердить" in second.detail


def test_actions_offered_stand_in_the_order_of_the_act() -> None:
    at_desk = desk(Stage.COORDINATION)

    offered = [rule.action for rule in allowed_actions(at_desk.case, 2, at_desk.world, at_desk.at)]

    assert offered == [
        Action.ASSIGN,
        Action.TAKE,
        Action.TRANSFER_TO_SUBORDINATE,
        Action.PROPOSE_REDIRECT,
        Action.CORRECT_CARD,
        Action.ASK_APPLICANT,
        Action.CONFIRM_DANGER,
        Action.LINK,
        Action.SET_FLAG,
        Action.CONVERT,
        Action.ASK_FOR_CALL,
        Action.ASK_CO_EXECUTORS,
    ]


@pytest.mark.requirement("S2-16")
def test_message_passes_the_five_stages_one_after_another() -> None:
    at_desk = Desk()
    passed = [at_desk.case.stage]

    for action in (Action.ACCEPT, Action.ASSIGN, Action.START_WORK, Action.SUBMIT_ANSWER):
        at_desk.later(HOUR).decide(action)
        passed.append(at_desk.case.stage)
    for person in (HEAD2, 7):
        at_desk.later(HOUR).decide(Action.ENDORSE, person)
        passed.append(at_desk.case.stage)
    at_desk.later(HOUR).decide(Action.APPROVE)

    assert list(dict.fromkeys([*passed, at_desk.case.stage])) == [*TIMED_STAGES, Stage.DELIVERY]
    assert at_desk.case.organisation == MINISTRY
    assert at_desk.facts[-1].event is Event.ANSWER_APPROVED
    assert {order.kind for order in at_desk.letters} == {LetterKind.ANSWER}


def test_message_is_judged_alike_under_the_shipped_regulation() -> None:
    from regulations.reading import parse
    from regulations.shipped import shipped

    s2 = next(found for body in shipped() if (found := parse(body)).code == "S2")
    at_desk = Desk(replace(Desk().world, regulation=s2))

    for action in (Action.ACCEPT, Action.ASSIGN, Action.START_WORK, Action.SUBMIT_ANSWER):
        at_desk.later(HOUR).decide(action)

    assert at_desk.case.stage is Stage.ENDORSEMENT
    assert at_desk.case.stage_due_at == at_desk.case.entered_at + 4 * DAY + 12 * HOUR
