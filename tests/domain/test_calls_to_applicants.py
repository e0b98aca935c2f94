"""The applicant is called at different hours within working time; each call has its result. Source: S0, п. 2, 4."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.calendar import Calendar
from domain.calls import next_attempt
from domain.case_parts import Contact
from domain.vocabulary import Action, AlarmKind, ErrandState, Event, LetterKind, LetterWay, Role, Stage
from tests.domain.builders import (
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HOSPITAL_EXECUTOR,
    HOUR,
    KALININGRAD,
    MOSCOW,
    OPERATOR,
    Desk,
    desk,
    kinds,
    organisations,
    world,
)

CALENDAR = organisations()["ministry"].calendar


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=MOSCOW)


def ordered(at: datetime | None = None, **new: Any) -> Desk:
    """A call that was ordered on Monday, 2 March, about noon; worked on from `at`."""
    at_desk = desk(Stage.EXECUTION, **new)
    at_desk.later(HOUR).decide(Action.ASK_FOR_CALL)
    return at_desk.until(at) if at else at_desk


def attempt(at_desk: Desk, at: datetime, result: str, **more: object) -> Desk:
    at_desk.until(at).decide(Action.RECORD_ATTEMPT, errand=at_desk.case.errands[0].id, result=result, **more)
    return at_desk


def test_operators_are_asked_together_and_no_clock_stops() -> None:
    at_desk = desk(Stage.EXECUTION)
    before = at_desk.case

    at_desk.decide(Action.ASK_FOR_CALL)

    (call,) = at_desk.case.errands
    assert (call.pool, call.person) == (Role.INTAKE_OPERATOR, None)
    assert at_desk.told(OPERATOR) == ["errand_arrived"]
    assert (at_desk.case.due_at, at_desk.case.stage_due_at) == (before.due_at, before.stage_due_at)


def test_executor_may_call_himself_and_a_stranger_is_not_asked() -> None:
    at_desk = desk(Stage.EXECUTION)

    assert at_desk.refuse(Action.ASK_FOR_CALL, caller=HOSPITAL_EXECUTOR).code == "person_without_authority"
    at_desk.decide(Action.ASK_FOR_CALL, caller=EXECUTOR)

    assert at_desk.case.errands[0].person == EXECUTOR
    assert at_desk.refuse(Action.RECORD_ATTEMPT, OPERATOR, errand=at_desk.case.errands[0].id).code == "action_forbidden"


def test_named_caller_may_read_the_card() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.ASK_FOR_CALL, caller=EXECUTOR2)

    assert EXECUTOR2 in at_desk.case.participants


@pytest.mark.requirement("S1-44")
@pytest.mark.parametrize(
    ("after", "last", "expected"),
    [
        (moscow(2, 10), 0, moscow(2, 12)),  # morning, then noon
        (moscow(2, 13), 1, moscow(2, 15)),
        (moscow(2, 17), 2, moscow(3, 9)),
        (moscow(6, 17), 2, moscow(9, 9)),  # over the weekend
        (moscow(2, 8), 0, moscow(2, 12)),
    ],
)
def test_next_call_is_in_another_part_of_a_working_day(after: datetime, last: int, expected: datetime) -> None:
    assert next_attempt(after, last, CALENDAR) == expected


def test_hours_are_those_of_the_place_where_the_message_lies_on_a_working_saturday_too() -> None:
    saturday = Calendar(KALININGRAD, days={date(2026, 3, 7): True})
    at_desk = ordered(where=world(**{"ministry": {"calendar": saturday}}))

    attempt(at_desk, moscow(7, 9, 30), "no_answer")  # 8:30 there
    attempt(at_desk, moscow(7, 10, 30), "no_answer")
    attempt(at_desk, moscow(8, 13), "busy")  # Sunday

    call = at_desk.case.errands[0]
    assert [one["counted"] for one in call.details["attempts"]] == [False, True, False]
    assert call.remind_at == moscow(9, 13)


@pytest.mark.parametrize(("opens", "closes"), [(time(8), time(12)), (time(16), time(22)), (time(9), time(9, 30))])
def test_working_day_of_whatever_length_has_three_parts(opens: time, closes: time) -> None:
    calendar = Calendar(MOSCOW, opens, closes)
    length = datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
    opening = calendar.instant(date(2026, 3, 6), opens)

    second = next_attempt(opening, 0, calendar)
    third = next_attempt(second, 1, calendar)
    monday = next_attempt(third, 2, calendar)

    assert (second, third, monday) == (opening + length / 3, opening + length * 2 / 3, opening + 3 * DAY)


def test_programs_of_portals_are_not_asked_to_call() -> None:
    where = world()
    portal = {OPERATOR: replace(where.directory.people[OPERATOR], system=True)}
    where = replace(where, directory=replace(where.directory, people={**where.directory.people, **portal}))

    at_desk = desk(Stage.EXECUTION, where)

    assert at_desk.refuse(Action.ASK_FOR_CALL).code == "person_without_authority"
    assert at_desk.refuse(Action.ASK_FOR_CALL, caller=OPERATOR).code == "person_without_authority"


@pytest.mark.requirement("S0-09", "S0-13")
def test_calls_at_three_different_hours_and_then_a_letter() -> None:
    at_desk = ordered()
    due_at = at_desk.case.due_at

    attempt(at_desk, moscow(3, 10), "no_answer")
    assert at_desk.case.errands[0].remind_at == moscow(3, 12)
    attempt(at_desk, moscow(3, 12, 30), "busy")
    assert at_desk.case.errands[0].remind_at == moscow(3, 15)
    attempt(at_desk, moscow(3, 16), "no_answer")

    call = at_desk.case.errands[0]
    assert (call.state, len(call.details["attempts"])) == (ErrandState.DONE, 3)
    assert [(one.kind, one.way) for one in at_desk.letters] == [
        (LetterKind.CALL_MISSED, LetterWay.PORTAL),
        (LetterKind.CALL_MISSED, LetterWay.EMAIL),
    ]
    assert at_desk.told(EXECUTOR) == ["errand_done"]
    assert at_desk.case.due_at == due_at
    events = [one.event for one in at_desk.facts[-5:]]
    assert events == [
        Event.CALL_ATTEMPTED,
        Event.ERRAND_REMINDED,
        Event.CALL_ATTEMPTED,
        Event.ERRAND_REMINDED,
        Event.ERRAND_DONE,
    ]


def test_caller_is_told_when_it_is_time_to_call_again() -> None:
    at_desk = attempt(ordered(), moscow(3, 10), "no_answer")
    at_desk.notices.clear()

    at_desk.until(moscow(3, 12))

    assert kinds(at_desk.alarms)[-1] is AlarmKind.ERRAND_REMINDER
    assert at_desk.told(OPERATOR) == ["errand_reminder"]


@pytest.mark.parametrize("again", [moscow(3, 11), moscow(3, 20), moscow(7, 13)])
def test_call_in_the_same_part_of_the_day_or_at_night_is_recorded_and_does_not_count(again: datetime) -> None:
    at_desk = attempt(ordered(), moscow(3, 10), "no_answer")

    attempt(at_desk, again, "no_answer")

    assert [one["counted"] for one in at_desk.case.errands[0].details["attempts"]] == [True, False]
    assert at_desk.case.errands[0].state is ErrandState.OPEN


def test_talk_ends_the_calls_with_what_was_said() -> None:
    at_desk = ordered(moscow(3, 10))
    call = at_desk.case.errands[0].id

    assert at_desk.refuse(Action.RECORD_ATTEMPT, errand=call, result="reached").code == "reason_missing"
    at_desk.decide(Action.RECORD_ATTEMPT, errand=call, result="reached", text="Яма у третьего дома.")

    assert at_desk.case.errands[0].state is ErrandState.DONE
    assert at_desk.letters == []
    assert "дома" not in str(at_desk.facts[-1].facts)


@pytest.mark.parametrize(("result", "letters"), [("wrong_number", 2), ("refused", 0)])
def test_what_another_call_cannot_mend_ends_at_once(result: str, letters: int) -> None:
    at_desk = attempt(ordered(), moscow(3, 10), result)

    assert at_desk.case.errands[0].state is ErrandState.DONE
    assert len(at_desk.letters) == letters


def test_nobody_is_asked_to_hand_over_what_could_not_be_said_by_telephone() -> None:
    at_desk = attempt(ordered(contact=Contact(portal=False, email=False)), moscow(3, 10), "wrong_number")

    assert at_desk.letters == []


def test_only_one_call_waits_at_a_time() -> None:
    assert ordered().refuse(Action.ASK_FOR_CALL).code == "call_waiting"


def test_number_of_calls_is_a_setting() -> None:
    at_desk = desk(Stage.EXECUTION, world(settings={"call_attempts": 1}))
    at_desk.decide(Action.ASK_FOR_CALL)

    attempt(at_desk, at_desk.at + DAY - timedelta(hours=1), "busy")

    assert at_desk.case.errands[0].state is ErrandState.DONE


def test_whoever_the_message_complains_of_does_not_call() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.case = replace(at_desk.case, complained_of_person=EXECUTOR2)

    assert at_desk.refuse(Action.ASK_FOR_CALL, caller=EXECUTOR2).code == "conflict_of_interest"
