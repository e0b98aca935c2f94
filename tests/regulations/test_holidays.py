"""The seed of the working calendar beside the official transfers of days off."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from regulations.holidays import known_until, seed_days

YEARS = range(2024, 2028)
SEED = seed_days(YEARS)
CALENDAR = Calendar(ZoneInfo("Europe/Moscow"), days={on: working for on, (working, _) in SEED.items()})


@pytest.mark.parametrize("day", ["2024-04-27", "2024-11-02", "2024-12-28", "2025-11-01", "2027-02-20"])
def test_weekend_that_people_work_is_a_working_day(day: str) -> None:
    on = date.fromisoformat(day)

    working, name = SEED[on]

    assert working
    assert name.startswith("Рабочий день (выходной перенесён на ")
    assert CALENDAR.is_working_day(on)


@pytest.mark.parametrize(
    "day",
    [
        "2024-12-30",
        "2025-05-02",
        "2025-12-31",
        "2026-01-09",
        "2026-03-09",
        "2027-02-22",
        "2027-11-05",
        "2027-12-31",
    ],
)
def test_weekday_that_a_transfer_frees_is_a_day_off(day: str) -> None:
    on = date.fromisoformat(day)

    working, name = SEED[on]

    assert not working
    assert "перенесено" in name or "выходной" in name
    assert not CALENDAR.is_working_day(on)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-07", "Рождество Христово"),
        ("2026-02-23", "День защитника Отечества"),
        ("2026-05-01", "Праздник Весны и Труда"),
        ("2026-06-12", "День России"),
        ("2026-11-04", "День народного единства"),
    ],
)
def test_holiday_has_its_russian_name(day: str, name: str) -> None:
    assert SEED[date.fromisoformat(day)] == (False, name)


def test_seed_holds_only_days_that_differ_from_monday_to_friday() -> None:
    assert all(working == (on.weekday() >= 5) for on, (working, _) in SEED.items())


def test_seed_keeps_to_the_years_asked_and_their_order() -> None:
    days = seed_days([2026, 2025])

    assert {on.year for on in days} == {2025, 2026}
    assert list(days) == sorted(days)
    assert days == {on: named for on, named in SEED.items() if on.year in {2025, 2026}}


def test_working_days_of_a_year_are_as_many_as_the_production_calendar_has() -> None:
    """Производственный календарь, five-day week: 248 working days in 2024, 247 in 2025, 247 in 2026."""
    counts = {
        year: sum(
            CALENDAR.is_working_day(date.fromordinal(day))
            for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
        )
        for year in (2024, 2025, 2026)
    }

    assert counts == {2024: 248, 2025: 247, 2026: 247}


def test_year_without_official_transfers_has_the_holidays_of_the_law() -> None:
    year = known_until() + 1

    days = seed_days([year])

    assert known_until() >= 2027
    assert not any(working for working, _ in days.values())
    assert "Новогодние каникулы" in {name for _, name in days.values()}


def test_no_years_give_no_days() -> None:
    assert seed_days([]) == {}
