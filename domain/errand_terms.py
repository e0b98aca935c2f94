"""Until when an errand is, and why: each due comes out of the numbers that the journal keeps beside it. Source: G-42.

Like `domain.terms` for stages: whole seconds, stored instants, so that anybody can reckon a date again from the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendar import Calendar
from domain.calls import room_for
from domain.regulation import DayLength

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ErrandTerm:
    """A due with its receipt: the facts of which `due_of` makes the same instant."""

    due_at: datetime
    facts: Mapping[str, Any]


def in_days(
    asked_at: datetime, days: int, day: DayLength, calendar: Calendar, until: datetime | None = None, calls: int = 0
) -> ErrandTerm:
    """So many days of a term. `until`: the answer's due, beyond which it does not reach unless that is over.

    `calls`: how many must fit into hours of work meanwhile; over long holidays that takes more days. Where a day is shortened
    for a demonstration, its hours are nobody's.
    """
    usual: dict[str, Any] = {"days": days, "day_seconds": day.seconds}
    if calls and not day.shortened and room_for(calls, asked_at, calendar) > asked_at + day.days(days):
        usual = {"calls": calls}
    return _term(calendar, asked_at, **usual, **_limit(asked_at, until))


def on_day(asked_at: datetime, on: date, calendar: Calendar, until: datetime | None = None) -> ErrandTerm:
    """To the end of a day that was named; `until` as above."""
    return _term(calendar, asked_at, due_on=on.isoformat(), **_limit(asked_at, until))


def share_of(asked_at: datetime, remaining: timedelta, percent: int, calendar: Calendar) -> ErrandTerm:
    """A share of the time that somebody else has left."""
    return _term(calendar, asked_at, remaining_seconds=remaining // _SECOND, percent=percent)


def in_working_days(asked_at: datetime, days: int, calendar: Calendar) -> ErrandTerm:
    """To the closing of so many working days after that day."""
    return _term(calendar, asked_at, working_days=days)


def due_of(facts: Mapping[str, Any], calendar: Calendar) -> datetime:
    """The due out of a receipt. `calendar`: of the organisation where the errand was given."""
    asked_at = datetime.fromisoformat(facts["asked_at"])
    if "working_days" in facts:
        return calendar.add_working_days(asked_at, facts["working_days"])
    if "percent" in facts:
        return asked_at + timedelta(seconds=facts["remaining_seconds"] * facts["percent"] // 100)
    if "due_on" in facts:
        due_at = calendar.instant(date.fromisoformat(facts["due_on"]) + timedelta(days=1))
    elif "calls" in facts:
        due_at = room_for(facts["calls"], asked_at, calendar)
    else:
        due_at = asked_at + timedelta(seconds=facts["days"] * facts["day_seconds"])
    return min(due_at, datetime.fromisoformat(facts["message_due_at"])) if "message_due_at" in facts else due_at


def _term(calendar: Calendar, asked_at: datetime, **facts: Any) -> ErrandTerm:
    whole = {"asked_at": asked_at.isoformat(), **facts}
    due_at = due_of(whole, calendar)
    return ErrandTerm(due_at, whole | {"due_at": due_at.isoformat()})


def _limit(asked_at: datetime, until: datetime | None) -> dict[str, str]:
    return {"message_due_at": until.isoformat()} if until is not None and until > asked_at else {}
