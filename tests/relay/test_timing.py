"""When mail leaves, on the clock alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from relay.timing import leaves_at, morning_of

CALENDAR = Calendar(ZoneInfo("Europe/Moscow"))
KAMCHATKA = Calendar(ZoneInfo("Asia/Kamchatka"))


def moscow(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-{clock}+03:00")


@pytest.mark.parametrize(
    ("created", "leaves"),
    [
        ("07 14:12", "07 14:30"),
        ("07 14:30", "07 14:30"),
        ("07 14:30:01", "07 15:00"),
        ("07 09:00", "07 09:00"),
        ("07 08:50", "07 09:00"),
        ("07 17:40", "08 09:00"),
        ("07 23:59", "08 09:00"),
        ("11 18:00", "14 09:00"),
    ],
)
def test_ordinary_notice_leaves_at_the_next_half_hour_of_work(created: str, leaves: str) -> None:
    at = moscow(created)

    assert leaves_at(at - timedelta(hours=1), at, CALENDAR, urgent=False) == moscow(leaves)


@pytest.mark.parametrize(
    ("created", "leaves"),
    [("07 14:12:07", "07 14:12:07"), ("07 18:00", "08 09:00"), ("12 11:00", "14 09:00")],
)
def test_urgent_notice_leaves_at_once_or_at_the_opening(created: str, leaves: str) -> None:
    at = moscow(created)

    assert leaves_at(at, at, CALENDAR, urgent=True) == moscow(leaves)


def test_warning_ahead_of_the_night_leaves_before_it_though_recorded_a_moment_late() -> None:
    ahead = CALENDAR.last_working_moment(moscow("07 23:00"))

    leaves = leaves_at(ahead, ahead + timedelta(milliseconds=300), CALENDAR, urgent=False)

    assert leaves == ahead == moscow("07 17:30")


def test_half_hours_are_those_of_the_local_clock() -> None:
    odd = Calendar(ZoneInfo("Asia/Kathmandu"))  # UTC+05:45

    leaves = leaves_at(moscow("07 10:00"), moscow("07 11:05"), odd, urgent=False)

    assert odd.local(leaves).time() == time(14, 0)


@pytest.mark.parametrize(
    ("clock", "calendar", "day"),
    [
        ("07 09:00:19", CALENDAR, None),
        ("07 09:00:20", CALENDAR, date(2026, 12, 7)),
        ("07 11:59", CALENDAR, date(2026, 12, 7)),
        ("07 12:00", CALENDAR, None),
        ("06 09:30", CALENDAR, None),
        ("07 00:30", KAMCHATKA, date(2026, 12, 7)),
        ("07 09:30", KAMCHATKA, None),
    ],
)
def test_morning_is_the_first_hours_of_a_local_working_day(clock: str, calendar: Calendar, day: date | None) -> None:
    assert morning_of(moscow(clock), calendar) == day
