"""Which working days of a head are over without his morning round. S0-06, S0-11."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain import rounds
from domain.calendar import Calendar
from domain.directory import Directory
from regulations.holidays import seed_days
from tests.domain.builders import HEAD, MOSCOW, world

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def directory(calendar: Calendar) -> Directory:
    """The region, with this calendar everywhere."""
    known = world().directory
    places = {code: replace(one, calendar=calendar) for code, one in known.organisations.items()}
    return replace(known, organisations=places)


@pytest.mark.requirement("S0-06", "S0-11")
@pytest.mark.parametrize("year", range(2024, 2030))
def test_last_day_before_the_new_year_is_over_when_the_next_working_day_begins(year: int) -> None:
    calendar = Calendar(MOSCOW, days={on: works for on, (works, _) in seed_days([year, year + 1]).items()})
    working = [on for back in range(40) if calendar.is_working_day(on := date(year, 12, 20) + timedelta(days=back))]
    last = max(on for on in working if on.year == year)
    first = min(on for on in working if on.year > year)
    opening = calendar.instant(first, calendar.opens)

    before, after = (
        set(rounds.days_over(directory(calendar), HEAD, LONG_AGO, at))
        for at in (opening - timedelta(minutes=1), opening)
    )

    assert last not in before
    assert last in after
    assert all(calendar.is_working_day(on) for on in after)


def test_day_is_not_over_on_the_days_off_that_follow_it() -> None:
    calendar = Calendar(MOSCOW)
    friday, saturday = date(2026, 3, 6), datetime.combine(date(2026, 3, 7), time(12), MOSCOW)

    over = list(rounds.days_over(directory(calendar), HEAD, LONG_AGO, saturday))

    assert friday not in over
    assert friday - timedelta(days=1) in over
