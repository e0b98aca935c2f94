"""One answer to two messages of one applicant: the later waits, follows the earlier, has its own letter. Source: G-45."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.alarms import next_alarm
from domain.rules import allowed_actions
from domain.rules.linking import Main, followed, followed_at
from domain.vocabulary import (
    Action,
    AlarmKind,
    AnswerType,
    Danger,
    ErrandState,
    Event,
    LetterKind,
    NoticeKind,
    Outcome,
    Role,
    Stage,
)
from tests.domain.builders import COORDINATOR, DAY, EXECUTOR, EXECUTOR2, FOUND, HEAD, HEAD2, HOSPITAL, HOUR, Desk, desk


def linked() -> Desk:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.LINK)
    return at_desk


def main(outcome: Outcome | None = None, **changes: Any) -> Main:
    known: dict[str, Any] = {"answer_type": AnswerType.SOLVED, "secret": False, "sent_away": False}
    return Main("main", "П-0", outcome, **(known | changes))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (None, "message_unknown"),
        ({"id": "case"}, "same_message"),
        ({"same_applicant": False}, "other_applicant"),
        ({"open": False}, "main_considered"),
        ({"linked": True}, "main_linked"),
        ({"has_linked": True}, "has_linked"),
        ({"earlier": False}, "main_later"),
        ({"organisation": HOSPITAL}, "main_elsewhere"),
    ],
)
def test_only_an_open_earlier_message_of_the_same_applicant_here_is_answered_with_it(
    wrong: dict[str, Any] | None, code: str
) -> None:
    found = None if wrong is None else FOUND | wrong

    assert desk(Stage.COORDINATION).refuse(Action.LINK, found=found).code == code


@pytest.mark.parametrize(("of_main", "waits"), [(None, False), (HEAD2, False), (HEAD, True)])
def test_message_about_a_person_waits_only_for_one_about_the_same(of_main: int | None, *, waits: bool) -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CORRECT_CARD, complained_of_person=HEAD)
    found = FOUND | {"complained_of_person": of_main}

    if waits:
        at_desk.decide(Action.LINK, found=found)
    else:
        refusal = at_desk.refuse(Action.LINK, found=found)
        assert (refusal.code, refusal.clause, refusal.field) == ("conflict_of_interest", "G-06", "main")

    assert (at_desk.case.linked_to is not None) is waits


@pytest.mark.parametrize("outcome", [None, Outcome.ANSWERED])
def test_link_ends_when_its_message_turns_out_to_be_about_somebody_who_may_decide_on_the_main_one(
    outcome: Outcome | None,
) -> None:
    at_desk = linked()
    at_desk.decide(Action.CORRECT_CARD, complained_of_person=HEAD)

    verdict = followed(at_desk.case, main(outcome, approved_by=HEAD), at_desk.at, at_desk.world)

    assert verdict is not None
    assert (verdict.case.stage, verdict.case.linked_to, verdict.case.outcome) == (Stage.COORDINATION, None, None)
    assert verdict.facts[0].facts["main_outcome"] == "conflict"
    assert followed(at_desk.case, main(complained_of_person=HEAD), at_desk.at, at_desk.world) is None


def test_message_in_danger_waits_for_nothing() -> None:
    at_desk = desk(Stage.COORDINATION, danger=Danger.SUGGESTED)

    assert at_desk.refuse(Action.LINK).code == "danger_open"


def test_linked_message_is_not_worked_on_and_keeps_its_term() -> None:
    at_desk = desk(Stage.COORDINATION)
    due_at = at_desk.case.due_at

    at_desk.decide(Action.LINK)

    assert at_desk.refuse(Action.ASSIGN).code == "message_linked"
    offered = {rule.action for rule in allowed_actions(at_desk.case, COORDINATOR, at_desk.world, at_desk.at)}
    assert {Action.UNLINK, Action.CONFIRM_DANGER} <= offered
    assert not offered & {Action.ASSIGN, Action.TAKE, Action.PROPOSE_REDIRECT, Action.LINK}
    alarm = next_alarm(at_desk.case, at_desk.world)
    assert alarm is not None
    assert (alarm.kind, alarm.at) == (AlarmKind.MESSAGE_OVERDUE, due_at)


def test_it_is_answered_apart_again_within_what_is_left_of_its_term() -> None:
    at_desk = linked()
    due_at, entry = at_desk.case.due_at, at_desk.case.entry

    at_desk.decide(Action.UNLINK)

    assert (at_desk.case.linked_to, at_desk.case.linked_number) == (None, None)
    assert (at_desk.case.due_at, at_desk.case.entry) == (due_at, entry + 1)
    at_desk.decide(Action.ASSIGN, executor=EXECUTOR)


def test_answer_to_the_main_message_answers_it_by_a_letter_of_its_own() -> None:
    at_desk = linked()

    assert followed(at_desk.case, main(), at_desk.at, at_desk.world) is None
    verdict = followed(at_desk.case, main(Outcome.ANSWERED, secret=True), at_desk.at, at_desk.world)

    assert verdict is not None
    assert (verdict.case.outcome, verdict.case.answer_type) == (Outcome.ANSWERED, AnswerType.SOLVED)
    assert verdict.case.secret
    assert verdict.facts[0].event is Event.ANSWERED_TOGETHER
    assert {one.kind for one in verdict.letters} == {LetterKind.ANSWER, LetterKind.ANSWER_READY}
    assert followed(verdict.case, main(Outcome.ANSWERED), at_desk.at, at_desk.world) is None


def test_answer_that_is_put_off_beyond_its_term_is_put_off_for_it_too_by_a_letter_of_its_own() -> None:
    at_desk = linked()
    due_at = at_desk.case.due_at
    sooner = main(postponed_until=date(2026, 3, 20), due_at=due_at)
    put_off = main(postponed_until=date(2026, 5, 20), due_at=due_at + 20 * DAY, secret=True)

    verdict = followed(at_desk.case, put_off, at_desk.at, at_desk.world)

    assert followed(at_desk.case, sooner, at_desk.at, at_desk.world) is None
    assert verdict is not None
    assert (verdict.case.due_at, verdict.case.postponed_until) == (due_at + 20 * DAY, date(2026, 5, 20))
    assert verdict.case.linked_to == "main"
    assert verdict.facts[0].facts["due_was"] == due_at.isoformat()
    assert {one.kind for one in verdict.letters} == {LetterKind.POSTPONEMENT, LetterKind.ANSWER_READY}
    alarm = next_alarm(verdict.case, at_desk.world)
    assert alarm is not None
    assert (alarm.kind, alarm.at) == (AlarmKind.MESSAGE_OVERDUE, due_at + 20 * DAY)
    assert followed(verdict.case, put_off, at_desk.at, at_desk.world) is None


def test_answer_counts_from_when_it_was_given_and_nobody_waits_for_errands_any_more() -> None:
    at_desk = linked()
    at_desk.decide(Action.ASK_APPLICANT, COORDINATOR)
    given_at = at_desk.at + HOUR
    answered = main(Outcome.ANSWERED, answered_at=given_at)

    at = followed_at(at_desk.case, answered, at_desk.case.due_at + DAY)
    verdict = followed(at_desk.case, answered, at, at_desk.world)

    assert verdict is not None
    assert (at, verdict.case.answered_at) == (given_at, given_at)
    assert verdict.facts[0].facts["in_time"]
    assert [one.state for one in verdict.case.errands] == [ErrandState.EXPIRED]


def test_answer_given_before_the_link_counts_from_the_link() -> None:
    at_desk = linked()
    answered = main(Outcome.ANSWERED, answered_at=at_desk.at - HOUR)

    assert followed_at(at_desk.case, answered, at_desk.at + DAY) == at_desk.at


@pytest.mark.parametrize(
    "gone",
    [
        main(linked=True),
        main(Outcome.ANSWERED, linked=True),
        main(Outcome.ANSWERED, answer_type=None),
        main(Outcome.DECLINED),
        main(Outcome.REDIRECTED),
        main(Outcome.WITHDRAWN),
        main(sent_away=True),
    ],
)
def test_it_comes_back_with_a_notice_when_the_main_message_gets_no_answer_here(gone: Main) -> None:
    at_desk = linked()

    verdict = followed(at_desk.case, gone, at_desk.at, at_desk.world)

    assert verdict is not None
    assert (verdict.case.stage, verdict.case.linked_to) == (Stage.COORDINATION, None)
    assert (COORDINATOR, NoticeKind.LINK_ENDED) in {(one.person, one.kind) for one in verdict.notices}


def test_whoever_prepares_the_answer_hears_of_both_and_passes_on_with_it() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.LINK, found=FOUND | {"executor": EXECUTOR})
    linked_to_his, told = at_desk.case, at_desk.told(EXECUTOR)

    at_desk.decide(Action.ADD_FACTS)
    told += at_desk.told(EXECUTOR)
    passed = followed(at_desk.case, main(executor=EXECUTOR2), at_desk.at, at_desk.world)
    alone = at_desk.decide(Action.UNLINK)

    assert told == [NoticeKind.APPLICANT_WROTE, NoticeKind.APPLICANT_WROTE]
    assert followed(linked_to_his, main(executor=EXECUTOR), at_desk.at, at_desk.world) is None
    assert passed is not None
    assert (passed.case.executor, EXECUTOR2 in passed.case.participants) == (EXECUTOR2, True)
    assert alone.case.executor is None


def test_what_the_former_executor_was_asked_for_goes_with_the_message() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.LINK, found=FOUND | {"executor": EXECUTOR})
    at_desk.decide(Action.SET_FLAG, flag="minor")

    passed = followed(at_desk.case, main(executor=EXECUTOR2), at_desk.at, at_desk.world)
    back = followed(at_desk.case, main(sent_away=True), at_desk.at, at_desk.world)

    assert passed is not None
    assert back is not None
    assert [one.person for one in at_desk.case.errands] == [EXECUTOR]
    assert [one.person for one in passed.case.errands] == [EXECUTOR2]
    assert [(one.person, one.pool) for one in back.case.errands] == [(None, Role.COORDINATOR)]


def test_executor_of_the_main_message_reads_none_about_himself() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CORRECT_CARD, complained_of_person=EXECUTOR)
    at_desk.decide(Action.LINK, found=FOUND | {"executor": EXECUTOR, "complained_of_person": EXECUTOR})

    assert (at_desk.case.executor, at_desk.told(EXECUTOR)) == (None, [])
    of_main = main(executor=EXECUTOR, complained_of_person=EXECUTOR)
    assert followed(at_desk.case, of_main, at_desk.at, at_desk.world) is None


def test_common_answer_says_that_a_withdrawal_was_asked_for() -> None:
    at_desk = linked()
    at_desk.decide(Action.ASK_WITHDRAWAL)

    verdict = followed(at_desk.case, main(Outcome.ANSWERED), at_desk.at, at_desk.world)

    assert verdict is not None
    assert verdict.case.withdrawal_at is None
    assert verdict.facts[0].facts["withdrawal_open"]


@pytest.mark.parametrize("outcome", [None, Outcome.ANSWERED])
def test_words_of_danger_that_its_applicant_adds_end_the_link_before_anybody_has_decided(
    outcome: Outcome | None,
) -> None:
    at_desk = linked()
    at_desk.decide(Action.ADD_FACTS, danger=True)

    verdict = followed(at_desk.case, main(outcome), at_desk.at, at_desk.world)

    assert verdict is not None
    assert (verdict.case.stage, verdict.case.linked_to) == (Stage.COORDINATION, None)
    assert verdict.facts[0].facts["main_outcome"] == "danger"
    assert verdict.case.danger_undecided


def test_confirmed_danger_ends_the_link() -> None:
    at_desk = linked()
    entry = at_desk.case.entry

    at_desk.decide(Action.CONFIRM_DANGER)

    assert (at_desk.case.linked_to, at_desk.case.entry) == (None, entry + 1)
    assert at_desk.facts[-1].facts["main"] == "main"
    at_desk.decide(Action.ASSIGN, executor=EXECUTOR)
