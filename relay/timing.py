"""When mail to staff leaves: within working hours, joined at each half hour of the clock on the wall."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.calendar import Calendar

BATCH = timedelta(minutes=30)
SETTLING = timedelta(seconds=20)
"""After a half hour or an opening we wait so long for what fell due at that very moment to be recorded."""
MORNING = timedelta(hours=3)
"""After so long a morning list that could not be made in time is no morning list any more."""
PROMPT = timedelta(minutes=1)
"""What is recorded within so long of its instant was recorded at it."""


def leaves_at(at: datetime, created_at: datetime, calendar: Calendar, *, urgent: bool) -> datetime:
    """When a notice of the instant `at`, recorded at `created_at`, leaves. UTC.

    What fell due on a half hour belongs to it though it was recorded a moment later: a warning ahead of the night is of
    half an hour before closing, and its next half hour would be the next morning.
    """
    if urgent:
        return calendar.next_working_moment(created_at)
    prompt = timedelta(0) <= created_at - at <= PROMPT
    return calendar.next_working_moment(half_hour(at if prompt else created_at, calendar))


def half_hour(at: datetime, calendar: Calendar) -> datetime:
    """The instant itself if it is a local :00 or :30, else the next one."""
    local = calendar.local(at)
    past = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return at + (BATCH - past) if past else at


def may_leave(leaves: datetime, now: datetime, *, urgent: bool) -> bool:
    """Whether its time has come."""
    return leaves <= now if urgent else leaves + SETTLING <= now


def morning_of(now: datetime, calendar: Calendar) -> date | None:
    """The local day whose morning list is to be made now; None outside the first hours of a working day."""
    if not calendar.is_working_time(now):
        return None
    today = calendar.local(now).date()
    opened = calendar.instant(today, calendar.opens)
    return today if opened + SETTLING <= now < opened + MORNING else None
