"""The working calendar of an organisation: its time zone, its hours, its days off.

Platform terms never use it (G-51); it says when people can be told something and what «2 рабочих дня» means (G-49).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST_CALL = timedelta(minutes=30)
"""So long before closing mail that waits to be joined leaves for the last time."""
_SEARCH_LIMIT = 400
"""Days to look for a working day; a calendar without one in so long is a mistake in the data."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time in one place.

    `opens`, `closes`: local times of a working day. `days`: local dates that differ from Monday–Friday,
    True for a working day (a transferred Saturday), False for a day off.
    """

    zone: ZoneInfo
    opens: time = time(9, 0)
    closes: time = time(18, 0)
    days: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"opens at {self.opens} and closes at {self.closes}: nobody would ever work")

    def local(self, at: datetime) -> datetime:
        """The aware instant `at` as people here read it."""
        if at.tzinfo is None:
            raise ValueError(f"{at} is not aware: it would be read in the zone of the machine")
        return at.astimezone(self.zone)

    def instant(self, on: date, at: time = time(0)) -> datetime:
        """The aware UTC instant of local time `at` on local date `on`."""
        return datetime.combine(on, at, tzinfo=self.zone).astimezone(UTC)

    def is_working_day(self, on: date) -> bool:
        """Whether people work on the local date `on`."""
        return self.days.get(on, on.weekday() < 5)

    def is_working_time(self, at: datetime) -> bool:
        """Whether the instant falls within the hours of a working day; the closing minute does not."""
        local = self.local(at)
        return self.is_working_day(local.date()) and self.opens <= local.time() < self.closes

    def is_closing(self, at: datetime) -> bool:
        """Whether people work, but too short a time for mail that waits to be joined: it would leave in the morning."""
        return self.is_working_time(at) and self.instant(self.local(at).date(), self.closes) - at < LAST_CALL

    def next_working_moment(self, at: datetime) -> datetime:
        """`at` itself when people work, else the next opening. UTC."""
        if self.is_working_time(at):
            return at.astimezone(UTC)
        local = self.local(at)
        on = local.date()
        if local.time() >= self.opens:
            on += timedelta(days=1)
        opening = self.instant(self._working_day(on, timedelta(days=1)), self.opens)
        return max(opening, at.astimezone(UTC))  # an opening in the hour that a clock change repeats may have passed

    def last_working_moment(self, at: datetime) -> datetime:
        """`at` itself when people work, else half an hour before the last closing, while mail is still read. UTC.

        Of a day shorter than that, its opening.
        """
        if self.is_working_time(at):
            return at.astimezone(UTC)
        local = self.local(at)
        on = local.date()
        if local.time() < self.opens:
            on -= timedelta(days=1)
        on = self._working_day(on, timedelta(days=-1))
        found = max(self.instant(on, self.opens), self.instant(on, self.closes) - LAST_CALL)
        return min(found, at.astimezone(UTC))  # an opening in the hour that a clock change skips may be yet to come

    def add_working_days(self, at: datetime, count: int) -> datetime:
        """The closing of the `count`-th working day after the local day of `at`. UTC. Source: G-49."""
        on = self.local(at).date()
        for _ in range(count):
            on = self._working_day(on + timedelta(days=1), timedelta(days=1))
        return self.instant(on, self.closes)

    def add_working_time(self, at: datetime, length: timedelta) -> datetime:
        """When people have worked so long since the instant. UTC."""
        moment, left = self.next_working_moment(at), length
        while (closing := self.instant(self.local(moment).date(), self.closes)) - moment < left:
            left -= closing - moment
            moment = self.next_working_moment(closing)
        return moment + left

    def next_daily(self, after: datetime, at: time) -> datetime:
        """The first instant strictly later than `after` whose local time is `at`. UTC."""
        on = self.local(after).date()
        while (found := self.instant(on, at)) <= after:
            on += timedelta(days=1)
        return found

    def _working_day(self, on: date, step: timedelta) -> date:
        for _ in range(_SEARCH_LIMIT):
            if self.is_working_day(on):
                return on
            on += step
        raise ValueError(f"no working day within {_SEARCH_LIMIT} days of {on}")
