"""The working calendar of Russia as seed data for the table `calendar_day`.

A seed, not the judge: administrators correct the table by region and year, and only the table is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from holidays import HolidayBase, country_holidays
from holidays.countries.russia import RussiaStaticHolidays


def seed_days(years: Iterable[int]) -> dict[date, tuple[bool, str]]:
    """The days of these years that differ from Monday–Friday: (working, Russian name).

    False is a day off on a weekday, True a Saturday or Sunday that people work. A holiday on a weekend is left out,
    since nothing changes by it. Years after `known_until()` have the holidays of the law but no transfers.
    """
    wanted = set(years)
    calendar = country_holidays("RU", years=wanted, language="ru")
    days = {
        on: (False, name.replace("; ", ", ")) for on, name in calendar.items() if on.year in wanted and on.weekday() < 5
    }
    days.update({on: (True, _moved_to(calendar, on)) for on in calendar.weekend_workdays if on.year in wanted})
    return dict(sorted(days.items()))


def known_until() -> int:
    """The last year whose official transfers of days off are known here; warn when a working day later matters."""
    return max(RussiaStaticHolidays.special_public_holidays)


def _moved_to(calendar: HolidayBase, working: date) -> str:
    """The name of a working weekend: which day off it was exchanged for."""
    exchanged = next((on for on, name in calendar.items() if f"{working:%d.%m.%Y}" in name), None)
    return f"Рабочий день (выходной перенесён на {exchanged:%d.%m.%Y})" if exchanged else "Рабочий день"
