"""That a stage's term draws near, told to each while he is at work, by the calendar of his own organisation. Source: S2, 4.1 а."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from domain.directory import Grant
from domain.verdict import Notice, World
from domain.vocabulary import Action, AlarmKind, Event, NoticeKind, PersonId, Role
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    HOSPITAL,
    HOSPITAL_COORDINATOR,
    HOSPITAL_EXECUTOR,
    HOUR,
    MINISTRY,
    MOSCOW,
    RECEIVED,
    Desk,
    kinds,
    new_case,
    world,
)

WARNING, AHEAD = AlarmKind.STAGE_WARNING, AlarmKind.STAGE_WARNING_AHEAD
KAMCHATKA = Calendar(ZoneInfo("Asia/Kamchatka"))
FAR_COORDINATOR = Grant(HOSPITAL_COORDINATOR, Role.COORDINATOR, MINISTRY)
"""Belongs to the hospital, and coordinates for the ministry too."""


def coordination(entered_at: datetime, where: World | None = None) -> Desk:
    """A message that the moderator accepted then: coordination lasts 36 hours and is warned of after 27."""
    where = where or world()
    at_desk = Desk(where, new_case(where, received_at=entered_at))
    at_desk.at = entered_at
    at_desk.decide(Action.ACCEPT)
    at_desk.notices.clear()
    return at_desk


def warned(at_desk: Desk, person: PersonId) -> list[Notice]:
    """The warnings that the person was given by the alarms since the last decision."""
    return [one for one in at_desk.notices if one.person == person and one.kind is NoticeKind.STAGE_WARNING]


# --- Before the night of the one who is told

FRIDAY_NOON = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
BEFORE_CLOSING = datetime(2026, 3, 6, 14, 30, tzinfo=UTC)
"""Friday, 17:30 in Moscow. The warning itself falls on Saturday, 15:00."""
TUESDAY_NOON = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""The warning itself falls on Wednesday, 15:00 in Moscow and midnight in Kamchatka."""


@pytest.mark.requirement("S2-54")
def test_warning_that_falls_outside_working_hours_is_told_ahead_of_them() -> None:
    at_desk = coordination(FRIDAY_NOON).until(BEFORE_CLOSING)

    assert kinds(at_desk.alarms) == [AHEAD]
    assert at_desk.told(COORDINATOR) == at_desk.told(COORDINATOR2) == ["stage_warning"]
    assert not at_desk.case.warned


def test_warning_itself_is_then_evidence_and_not_told_again() -> None:
    at_desk = coordination(FRIDAY_NOON).until(BEFORE_CLOSING)
    at_desk.notices.clear()

    at_desk.until(FRIDAY_NOON + 27 * HOUR)

    assert kinds(at_desk.alarms) == [AHEAD, WARNING]
    assert at_desk.notices == []
    assert [(fact.at, fact.facts["told"]) for fact in at_desk.facts if fact.event is Event.STAGE_WARNED] == [
        (FRIDAY_NOON + 27 * HOUR, [])
    ]


def test_warning_within_working_hours_has_nothing_ahead_of_it() -> None:
    at_desk = Desk().until(RECEIVED + 27 * HOUR)

    assert kinds(at_desk.alarms) == [WARNING]


def test_stage_entered_after_closing_is_warned_of_at_its_own_moment() -> None:
    at_desk = coordination(datetime(2026, 3, 6, 18, 0, tzinfo=UTC)).later(27 * HOUR)

    assert kinds(at_desk.alarms) == [WARNING]
    assert len(warned(at_desk, COORDINATOR)) == 1


@pytest.mark.requirement("S2-54")
def test_each_is_told_before_the_night_of_the_organisation_that_he_belongs_to() -> None:
    far = world(FAR_COORDINATOR, hospital={"calendar": KAMCHATKA})
    at_desk = coordination(TUESDAY_NOON, far)

    at_desk.until(datetime(2026, 3, 4, 5, 30, tzinfo=UTC))  # 17:30 in Kamchatka
    assert [notice.person for notice in at_desk.notices] == [HOSPITAL_COORDINATOR]
    at_desk.until(TUESDAY_NOON + 27 * HOUR)

    assert kinds(at_desk.alarms) == [AHEAD, WARNING]
    told = Counter(notice.person for notice in at_desk.notices)
    assert told == Counter([COORDINATOR, COORDINATOR2, HOSPITAL_COORDINATOR, CURATOR])
    journal = {fact.event: fact for fact in at_desk.facts if "told" in fact.facts}
    assert journal[Event.STAGE_WARNING_SENT_AHEAD].facts["told"] == [HOSPITAL_COORDINATOR]
    assert journal[Event.STAGE_WARNED].facts["told"] == [COORDINATOR, CURATOR, COORDINATOR2]


def test_calendar_of_an_organisation_that_one_does_not_belong_to_is_nothing_to_him() -> None:
    at_desk = coordination(TUESDAY_NOON, world(ministry={"calendar": KAMCHATKA}, region={"calendar": KAMCHATKA}))
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE, organisation=HOSPITAL)

    at_desk.until(TUESDAY_NOON + 27 * HOUR)

    assert at_desk.told(HOSPITAL_COORDINATOR) == ["task_arrived", "stage_warning"]
    journal = [fact for fact in at_desk.facts if HOSPITAL_COORDINATOR in fact.facts.get("told", ())]
    assert [fact.event for fact in journal] == [Event.STAGE_WARNED]


# --- In the last half hour: what is joined now leaves in the morning


def test_stage_entered_just_before_a_night_of_warning_is_warned_of_at_once() -> None:
    entered = datetime(2026, 3, 6, 14, 40, tzinfo=UTC)  # Friday, 17:40
    at_desk = coordination(entered)

    at_desk.until(entered)

    assert kinds(at_desk.alarms) == [AHEAD]
    assert [notice.urgent for notice in warned(at_desk, COORDINATOR)] == [True]


def test_warning_in_the_last_half_hour_is_told_singly_at_its_moment() -> None:
    entered = datetime(2026, 3, 3, 11, 45, tzinfo=UTC)  # Tuesday, 14:45; warned of on Wednesday, 17:45
    at_desk = coordination(entered)

    at_desk.until(entered + 27 * HOUR)

    assert kinds(at_desk.alarms) == [WARNING]
    assert [notice.urgent for notice in warned(at_desk, COORDINATOR)] == [True]


# --- When people or calendars change


def test_one_who_comes_after_others_were_warned_is_told_at_his_own_moment() -> None:
    far = world(Grant(HOSPITAL_EXECUTOR, Role.EXECUTOR, MINISTRY), hospital={"calendar": KAMCHATKA})
    at_desk = coordination(RECEIVED, far)
    at_desk.decide(Action.ASSIGN)
    moment = at_desk.case.entered_at + 19.5 * DAY * 3 / 4  # midnight in Moscow, nine in the morning in Kamchatka
    at_desk.until(moment - 6 * HOUR)
    assert at_desk.told(EXECUTOR) == ["task_arrived", "stage_warning"]

    at_desk.decide(Action.REASSIGN, executor=HOSPITAL_EXECUTOR)
    assert at_desk.told(HOSPITAL_EXECUTOR) == ["task_arrived"]
    at_desk.until(moment)

    assert at_desk.told(HOSPITAL_EXECUTOR) == ["task_arrived", "stage_warning"]
    assert at_desk.alarms[-1].kind is WARNING


def test_one_who_was_warned_and_comes_back_is_not_warned_again() -> None:
    at_desk = coordination(FRIDAY_NOON).until(BEFORE_CLOSING)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE, organisation=HOSPITAL)
    at_desk.later(DAY).decide(Action.RETURN_TO_SUPERIOR)

    assert at_desk.case.warned
    assert at_desk.told(COORDINATOR2) == ["task_arrived"]


def test_holiday_decreed_after_ones_moment_passed_loses_no_warning() -> None:
    at_desk = coordination(TUESDAY_NOON).until(datetime(2026, 3, 4, 11, 0, tzinfo=UTC))  # an hour before it
    closed = Calendar(MOSCOW, days={date(2026, 3, 4): False})
    at_desk.world = world(ministry={"calendar": closed})

    at_desk.until(TUESDAY_NOON + 27 * HOUR)

    assert kinds(at_desk.alarms) == [AHEAD, WARNING]
    assert len(warned(at_desk, COORDINATOR)) == 1


def test_one_who_moves_to_another_zone_after_his_warning_is_not_warned_again() -> None:
    at_desk = coordination(FRIDAY_NOON).until(BEFORE_CLOSING)
    at_desk.notices.clear()
    at_desk.world = world(ministry={"calendar": Calendar(ZoneInfo("America/New_York"))})

    at_desk.until(FRIDAY_NOON + 27 * HOUR)

    assert warned(at_desk, COORDINATOR) == []
