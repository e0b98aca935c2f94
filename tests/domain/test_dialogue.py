"""The applicant is asked beside the stage: with a due of his own, while the clock of the message runs on. Source: G-42, G-43."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.alarms import next_alarm
from domain.case_parts import Contact
from domain.deliveries import absorb
from domain.vocabulary import (
    APPLICANT,
    Action,
    AlarmKind,
    ErrandState,
    Event,
    LetterKind,
    LetterState,
    LetterWay,
    Stage,
)
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HOUR,
    OPERATOR,
    Desk,
    desk,
    kinds,
    letter,
)


def asked(**parameters: object) -> Desk:
    at_desk = desk(Stage.EXECUTION)
    at_desk.later(HOUR).decide(Action.ASK_APPLICANT, **parameters)
    return at_desk


@pytest.mark.parametrize("person", [EXECUTOR, COORDINATOR, COORDINATOR2])
def test_executor_and_coordinators_ask_and_no_clock_stops(person: int) -> None:
    at_desk = desk(Stage.EXECUTION)
    before = at_desk.case

    at_desk.later(HOUR).decide(Action.ASK_APPLICANT, person)

    (question,) = at_desk.case.errands
    assert (question.person, question.asked_by, question.state) == (APPLICANT, person, ErrandState.OPEN)
    assert question.due_at == at_desk.at + 5 * DAY
    assert (at_desk.case.due_at, at_desk.case.stage_due_at) == (before.due_at, before.stage_due_at)
    assert at_desk.case.holder == before.holder


@pytest.mark.parametrize("person", [EXECUTOR2, HEAD, OPERATOR, APPLICANT])
def test_nobody_else_asks(person: int) -> None:
    assert desk(Stage.EXECUTION).refuse(Action.ASK_APPLICANT, person).code == "action_forbidden"


def test_applicant_is_told_by_his_ways() -> None:
    both = asked()
    by_hand = desk(Stage.EXECUTION, contact=Contact(portal=False, email=False))
    secret = desk(Stage.EXECUTION, contact=Contact(portal=False, email=True), secret=True)
    for one in (by_hand, secret):
        one.later(HOUR).decide(Action.ASK_APPLICANT)

    assert [(one.kind, one.way) for one in both.letters] == [
        (LetterKind.QUESTION, LetterWay.PORTAL),
        (LetterKind.QUESTION, LetterWay.EMAIL),
    ]
    assert [one.way for one in by_hand.letters] == [LetterWay.HANDOVER]
    assert [(one.kind, one.way) for one in secret.letters] == [(LetterKind.QUESTION, LetterWay.HANDOVER)]


def test_named_day_is_waited_for_to_its_end() -> None:
    at_desk = asked(due_on="2026-03-06")

    assert at_desk.case.errands[0].due_at.isoformat() == "2026-03-06T21:00:00+00:00"  # midnight in Moscow


def test_question_may_be_due_on_the_last_day_of_the_answer_until_the_answer_is() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.ASK_APPLICANT, due_on="2026-04-01")

    assert at_desk.case.errands[0].due_at == at_desk.case.due_at
    assert at_desk.refuse(Action.ASK_APPLICANT, due_on="2026-04-02").code == "date_impossible"


@pytest.mark.parametrize("day", ["2026-03-01", "2026-02-30", "2026-04-20", "2399-01-01", "9999-12-31"])
def test_day_that_is_over_or_beyond_the_answer_is_refused(day: str) -> None:
    at_desk = desk(Stage.EXECUTION)

    refusal = at_desk.refuse(Action.ASK_APPLICANT, due_on=day)

    assert (refusal.code, refusal.field) == ("date_impossible", "due_on")


def test_usual_due_is_not_beyond_the_answer() -> None:
    at_desk = desk(Stage.EXECUTION).later(28 * DAY)

    at_desk.decide(Action.ASK_APPLICANT)

    assert at_desk.case.errands[0].due_at == at_desk.case.due_at


def test_applicant_answers_and_whoever_asked_and_works_on_it_is_told() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.later(HOUR).decide(Action.ASK_APPLICANT, COORDINATOR)
    question = at_desk.case.errands[0].id

    at_desk.later(HOUR).decide(Action.ANSWER_QUESTION, errand=question)

    done = at_desk.case.errands[0]
    assert (done.state, done.settled_at) == (ErrandState.DONE, at_desk.at)
    assert at_desk.told(COORDINATOR) == at_desk.told(EXECUTOR) == ["applicant_wrote"]
    assert (at_desk.facts[-1].event, at_desk.facts[-1].person) == (Event.ERRAND_DONE, None)
    assert at_desk.refuse(Action.ANSWER_QUESTION, errand=question).code == "action_not_allowed"


def test_operator_writes_down_what_the_applicant_says() -> None:
    at_desk = asked()
    question = at_desk.case.errands[0].id

    early = at_desk.refuse(Action.ANSWER_QUESTION, OPERATOR, errand=question)
    at_desk.decide(Action.ANSWER_QUESTION, OPERATOR, errand=question, identified=True)

    assert early.code == "identity_not_confirmed"
    assert at_desk.facts[-1].person == OPERATOR


def test_silence_is_told_once_to_who_asked_and_the_answer_is_still_taken() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.later(HOUR).decide(Action.ASK_APPLICANT, COORDINATOR)
    question = at_desk.case.errands[0]
    at_desk.notices.clear()

    at_desk.until(question.due_at + DAY)

    assert kinds(at_desk.alarms).count(AlarmKind.ERRAND_OVERDUE) == 1
    assert at_desk.told(COORDINATOR) == at_desk.told(EXECUTOR) == ["errand_overdue"]
    at_desk.decide(Action.ANSWER_QUESTION, errand=question.id)
    assert at_desk.facts[-1].facts["late"] is True


def test_question_can_be_taken_back_and_no_alarm_is_left() -> None:
    at_desk = asked()
    question = at_desk.case.errands[0]

    at_desk.decide(Action.CANCEL_ERRAND, errand=question.id)

    assert at_desk.case.errands[0].state is ErrandState.CANCELLED
    at_desk.until(question.due_at + timedelta(seconds=1))
    assert AlarmKind.ERRAND_OVERDUE not in kinds(at_desk.alarms)


def test_nobody_waits_for_an_answer_once_the_message_is_answered() -> None:
    at_desk = asked()
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[])

    at_desk.later(HOUR).decide(Action.APPROVE)

    assert at_desk.case.errands[0].state is ErrandState.EXPIRED
    assert at_desk.facts[-1].facts["errands_expired"] == [at_desk.case.errands[0].id]
    assert at_desk.refuse(Action.ANSWER_QUESTION, errand=at_desk.case.errands[0].id).code == "action_not_allowed"
    alarm = next_alarm(at_desk.case, at_desk.world)
    assert alarm is None or alarm.kind is not AlarmKind.ERRAND_OVERDUE


def test_task_to_hand_a_question_over_ends_with_the_question() -> None:
    at_desk = asked().mail(letter(LetterKind.QUESTION, LetterWay.HANDOVER, LetterState.TASK))

    at_desk.decide(Action.ANSWER_QUESTION, OPERATOR, errand=at_desk.case.errands[0].id, identified=True)

    assert [one.state for one in at_desk.case.letters] == [LetterState.NOT_NEEDED]


def test_applicant_is_not_buried_in_questions() -> None:
    at_desk = desk(Stage.EXECUTION)
    for _ in range(5):
        at_desk.later(HOUR).decide(Action.ASK_APPLICANT)

    assert at_desk.refuse(Action.ASK_APPLICANT).code == "too_many_questions"


def test_refused_mail_of_a_question_that_was_answered_is_nobodys_task() -> None:
    at_desk = asked()
    refused = letter(LetterKind.QUESTION, LetterWay.EMAIL, LetterState.REFUSED)
    at_desk.mail(refused)
    at_desk.decide(Action.ANSWER_QUESTION, errand=at_desk.case.errands[0].id)

    heard = absorb(at_desk.case, refused, at_desk.at, at_desk.world)

    [kept] = heard.case.letters
    assert (kept.state, kept.recorded, heard.notices) == (LetterState.NOT_NEEDED, True, ())
