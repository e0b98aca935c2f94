"""The morning round: whose duty it is to look over what came, and which of his working days passed without. Source: S0, п. 2, 4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.directory import Directory
from domain.vocabulary import PersonId, Role

LOOK_BACK = 31
"""Local days, more than any holidays last: an installation that stood still for longer has other things to explain."""


def is_responsible(directory: Directory, person: PersonId, at: datetime) -> bool:
    """Whether the person has the role of a head somewhere: heads of departments and of organisations alike."""
    known = directory.people.get(person)
    if known is None or not known.active or known.system:
        return False
    return any(grant.role is Role.HEAD and grant.is_valid(at) for grant in directory.grants_of(person))


def next_morning(directory: Directory, at: datetime) -> datetime:
    """The first instant after `at` at which work begins anywhere: of the same directory no other day is over until then."""
    calendars = (known.calendar for known in directory.organisations.values())
    openings = {(one.zone, one.opens): one for one in calendars}
    return min((one.next_daily(at, one.opens) for one in openings.values()), default=at)


def days_over(directory: Directory, person: PersonId, since: datetime, now: datetime) -> Iterator[date]:
    """Working days of the person that are over, since the next one has begun; of `since`, when his duty began, none.

    Who was absent all day, or was no head then, had nothing to look over.
    """
    calendar = directory.calendar_of(person)
    today = calendar.local(now).date()
    has_begun = calendar.is_working_day(today) and calendar.instant(today, calendar.opens) <= now
    begun = today if has_begun else calendar.local(calendar.last_working_moment(now)).date()
    for back in range(1, LOOK_BACK + 1):
        day = begun - timedelta(days=back)
        opening = calendar.instant(day, calendar.opens)
        if calendar.is_working_day(day) and since <= opening and _on_duty(directory, person, day, opening):
            yield day


def _on_duty(directory: Directory, person: PersonId, day: date, opening: datetime) -> bool:
    return is_responsible(directory, person, opening) and not directory.is_absent(person, day)
