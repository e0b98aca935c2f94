"""What time itself reports, to whom, at which instant. Source: S2, 4.1; G-11, G-12."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from domain.alarms import next_alarm, record
from domain.calendar import Calendar
from domain.notices import decision_notices
from domain.verdict import World
from domain.vocabulary import Action, AlarmKind, Event, NoticeKind, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL_COORDINATOR,
    KALININGRAD,
    MODERATOR,
    MOSCOW,
    RECEIVED,
    Desk,
    desk,
    kinds,
    new_case,
    world,
)

WARNING, AHEAD = AlarmKind.STAGE_WARNING, AlarmKind.STAGE_WARNING_AHEAD
STAGE, MESSAGE, REMINDER = AlarmKind.STAGE_OVERDUE, AlarmKind.MESSAGE_OVERDUE, AlarmKind.OVERDUE_REMINDER


def always_open(**changes: object) -> World:
    """A world in which people work day and night, so that no warning goes ahead of its moment."""
    from datetime import date, time

    days = {date(2026, 1, 1) + n * DAY: True for n in range(365)}
    calendar = Calendar(MOSCOW, time(0), time(23, 59, 59, 999999), days)
    return world(**{one: {"calendar": calendar} for one in ("region", "ministry", "hospital", "roads", "roads_sub")})


# --- When


@pytest.mark.requirement("S2-54")
@pytest.mark.parametrize("stage", [Stage.MODERATION, Stage.COORDINATION, Stage.EXECUTION, Stage.ENDORSEMENT])
def test_warning_falls_due_when_a_quarter_of_the_stage_is_left(stage: Stage) -> None:
    at_desk = desk(stage, always_open())
    case = at_desk.case
    assert case.stage_due_at is not None

    alarm = next_alarm(case, at_desk.world)

    assert alarm is not None
    assert (alarm.kind, alarm.entry) == (WARNING, case.entry)
    assert alarm.at == case.entered_at + (case.stage_due_at - case.entered_at) * 3 / 4


@pytest.mark.requirement("S2-55")
@pytest.mark.parametrize("stage", [*Stage][:5])
def test_stage_is_overdue_at_the_exact_moment_and_the_wait_goes_on(stage: Stage) -> None:
    at_desk = desk(stage)
    before = at_desk.case
    assert before.stage_due_at is not None

    at_desk.until(before.stage_due_at - timedelta(microseconds=1))
    assert not at_desk.case.stage_overdue
    at_desk.until(before.stage_due_at)

    assert at_desk.case.stage_overdue
    assert (at_desk.case.stage, at_desk.case.holder, at_desk.case.entry) == (stage, before.holder, before.entry)
    overdue = [fact for fact in at_desk.facts if fact.event is Event.STAGE_OVERDUE]
    assert [fact.at for fact in overdue] == [before.stage_due_at]
    assert at_desk.case.version == before.version


@pytest.mark.requirement("S2-56")
def test_message_is_overdue_at_the_exact_moment() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.until(at_desk.case.due_at)

    assert at_desk.case.message_overdue
    assert at_desk.alarms[-1].kind is MESSAGE
    assert at_desk.facts[-1].at == at_desk.case.due_at


def test_stage_and_message_due_at_one_instant_are_both_recorded() -> None:
    at_desk = Desk()
    for action in (Action.ACCEPT, Action.ASSIGN):
        at_desk.until(at_desk.case.stage_due_at or at_desk.at).decide(action)
    at_desk.decide(Action.START_WORK)
    at_desk.until(at_desk.case.stage_due_at or at_desk.at).decide(Action.SUBMIT_ANSWER, endorsers=[HEAD2])
    at_desk.until(at_desk.case.stage_due_at or at_desk.at).decide(Action.ENDORSE)
    at_desk.alarms.clear()

    at_desk.until(at_desk.case.due_at)

    assert kinds(at_desk.alarms)[-2:] == [STAGE, MESSAGE]
    assert at_desk.alarms[-1].at == at_desk.alarms[-2].at


def test_each_entry_is_warned_and_overdue_once() -> None:
    at_desk = desk(Stage.COORDINATION).later(20 * DAY)

    assert kinds(at_desk.alarms).count(WARNING) == kinds(at_desk.alarms).count(STAGE) == 1
    at_desk.decide(Action.ASSIGN)
    at_desk.later(9 * DAY)
    assert kinds(at_desk.alarms).count(WARNING) == kinds(at_desk.alarms).count(STAGE) == 2


def test_alarms_of_an_entry_that_is_over_are_gone() -> None:
    at_desk = desk(Stage.COORDINATION)
    entry = at_desk.case.entry

    at_desk.decide(Action.ASSIGN)

    alarm = next_alarm(at_desk.case, at_desk.world)
    assert alarm is not None
    assert alarm.entry == entry + 1


@pytest.mark.requirement("S2-56")
def test_overdue_message_is_reminded_of_each_day_at_nine_local_time() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.until(at_desk.case.due_at)
    at_desk.alarms.clear()

    at_desk.later(3 * DAY)

    assert kinds(at_desk.alarms) == [REMINDER] * 3
    assert [MOSCOW.fromutc(alarm.at.replace(tzinfo=MOSCOW)).hour for alarm in at_desk.alarms] == [9, 9, 9]


def test_reminders_follow_the_time_of_the_place_where_the_message_lies() -> None:
    at_desk = desk(Stage.EXECUTION, world(ministry={"calendar": Calendar(KALININGRAD)}))
    at_desk.until(at_desk.case.due_at)
    at_desk.alarms.clear()

    at_desk.later(DAY)

    assert [alarm.at.astimezone(UTC).hour for alarm in at_desk.alarms] == [7]


def test_reminders_end_with_the_answer() -> None:
    at_desk = desk(Stage.APPROVAL).later(31 * DAY)

    at_desk.decide(Action.APPROVE)

    assert next_alarm(replace(at_desk.case, letters=()), at_desk.world) is not None
    after = next_alarm(at_desk.case, at_desk.world)
    assert after is not None
    assert after.kind is AlarmKind.RATING_BEGINS


def test_stage_entered_after_the_message_due_has_reminders_only() -> None:
    at_desk = desk(Stage.EXECUTION).later(31 * DAY)

    at_desk.decide(Action.RETURN_TO_COORDINATION)

    assert at_desk.case.stage_due_at is None
    at_desk.alarms.clear()
    at_desk.later(2 * DAY)
    assert set(kinds(at_desk.alarms)) == {REMINDER}


def test_next_alarm_comes_after_the_one_recorded() -> None:
    at_desk = desk(Stage.EXECUTION).later(60 * DAY)

    order = [*AlarmKind]
    marks = [(alarm.at, order.index(alarm.kind)) for alarm in at_desk.alarms]
    assert all(earlier < later for earlier, later in pairwise(marks))
    assert len(marks) > 30


def test_transfer_to_another_calendar_brings_no_alarm_from_before_it() -> None:
    at_desk = desk(Stage.EXECUTION, world(hospital={"calendar": Calendar(KALININGRAD)}))
    at_desk.until(at_desk.case.due_at + DAY).decide(Action.RETURN_TO_COORDINATION)

    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)

    alarm = next_alarm(at_desk.case, at_desk.world)
    assert alarm is not None
    assert alarm.at > at_desk.at


def test_message_that_came_in_late_is_overdue_since_its_own_due_date() -> None:
    at_desk = Desk(case=new_case(reminded_at=RECEIVED + 40 * DAY))

    at_desk.until(RECEIVED + 40 * DAY)

    overdue = next(alarm for alarm in at_desk.alarms if alarm.kind is MESSAGE)
    assert overdue.at == RECEIVED + 30 * DAY
    assert REMINDER not in kinds(at_desk.alarms)
    at_desk.later(DAY)
    assert kinds(at_desk.alarms).count(REMINDER) == 1


# --- Who is told


@pytest.mark.requirement("S2-54", "S2-55")
@pytest.mark.parametrize("kind", [WARNING, STAGE, MESSAGE, REMINDER])
@pytest.mark.parametrize(
    ("stage", "people"),
    [
        (Stage.MODERATION, {MODERATOR}),
        (Stage.COORDINATION, {COORDINATOR, COORDINATOR2}),
        (Stage.EXECUTION, {EXECUTOR}),
        (Stage.ENDORSEMENT, {HEAD2, EXECUTOR}),
        (Stage.APPROVAL, {HEAD, EXECUTOR}),
    ],
)
def test_holder_and_executor_of_record_are_told_and_the_curators_page(
    kind: AlarmKind, stage: Stage, people: set[int]
) -> None:
    at_desk = desk(stage)
    alarm = next_alarm(at_desk.case, at_desk.world)
    assert alarm is not None

    notices = record(at_desk.case, replace(alarm, kind=kind), at_desk.world).notices

    assert {notice.person for notice in notices if notice.email} == people
    assert [notice.person for notice in notices if not notice.email] == [CURATOR]


@pytest.mark.requirement("S2-56")
def test_overdue_message_is_told_urgently_to_the_executor() -> None:
    at_desk = desk(Stage.APPROVAL)
    at_desk.notices.clear()

    at_desk.until(at_desk.case.due_at)

    urgent = {notice.person for notice in at_desk.notices if notice.urgent}
    assert {notice.kind for notice in at_desk.notices if notice.urgent} == {NoticeKind.MESSAGE_OVERDUE}
    assert urgent >= {EXECUTOR, HEAD}


@pytest.mark.parametrize(("length", "kind"), [(15 * DAY, "stage_warning"), (20 * DAY, "stage_overdue")])
def test_executor_who_arrives_late_is_told_at_once(length: timedelta, kind: str) -> None:
    at_desk = desk(Stage.EXECUTION).later(length)

    at_desk.decide(Action.REASSIGN)

    assert at_desk.told(EXECUTOR2) == ["task_arrived", kind]
    assert [notice.urgent for notice in at_desk.notices if notice.kind.value == kind] == [True]


def test_next_endorser_and_other_coordinators_who_arrive_late_are_told_at_once() -> None:
    endorsing = desk(Stage.ENDORSEMENT).later(5 * DAY)
    endorsing.decide(Action.ENDORSE)
    coordinating = desk(Stage.COORDINATION).later(2 * DAY)
    coordinating.decide(Action.TRANSFER_TO_SUBORDINATE)

    assert endorsing.told(HEAD3) == ["task_arrived", "stage_overdue"]
    assert coordinating.told(HOSPITAL_COORDINATOR) == ["task_arrived", "stage_overdue"]


def test_one_who_arrives_in_a_new_entry_is_told_of_the_task_alone() -> None:
    at_desk = desk(Stage.COORDINATION).later(5 * DAY)

    at_desk.decide(Action.ASSIGN)

    assert at_desk.told(EXECUTOR) == ["task_arrived"]


def test_one_who_decides_is_not_told_of_his_own_decision() -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.TAKE)

    assert at_desk.told(COORDINATOR) == []


def test_notices_name_each_person_and_thing_once() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    before = at_desk.case
    at_desk.decide(Action.EDIT_ANSWER, HEAD2)

    again = decision_notices(before, at_desk.case, at_desk.decision(Action.EDIT_ANSWER, HEAD2), at_desk.world)

    assert len(set(again)) == len(again)
