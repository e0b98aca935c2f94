"""The morning round: whose duty it is to look over what came, and which of his working days passed without.

In the place of an absent head looks a substitute who heads all that he heads: standing in for somebody shows nobody anything
that his own roles do not. Source: S0, п. 2, 4; G-20, G-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.directory import Directory, Grant
from domain.vocabulary import PersonId, Role

LOOK_BACK = 31
"""Local days, more than any holidays last: an installation that stood still for longer has other things to explain."""

Since = Mapping[PersonId, datetime]
"""Since when each head has been one."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A head's day. `by`: whose it was to look, himself or who stood in for him; None: he was absent and nobody did."""

    day: date
    by: PersonId | None


def is_responsible(directory: Directory, person: PersonId, at: datetime) -> bool:
    """Whether the person has the role of a head somewhere: heads of departments and of organisations alike."""
    known = directory.people.get(person)
    return known is not None and known.active and not known.system and bool(_headships(directory, person, at))


def next_morning(directory: Directory, at: datetime) -> datetime:
    """The first instant after `at` at which work begins anywhere: of the same directory no other day is over until then."""
    calendars = (known.calendar for known in directory.organisations.values())
    openings = {(one.zone, one.opens): one for one in calendars}
    return min((one.next_daily(at, one.opens) for one in openings.values()), default=at)


def days_over(directory: Directory, head: PersonId, since: Since, now: datetime) -> Iterator[Owed]:
    """Working days of the head that are over, since the next one has begun; of `since`, when his duty began, none.

    Who was no head then had nothing to look over.
    """
    calendar = directory.calendar_of(head)
    today = calendar.local(now).date()
    has_begun = calendar.is_working_day(today) and calendar.instant(today, calendar.opens) <= now
    begun = today if has_begun else calendar.local(calendar.last_working_moment(now)).date()
    for back in range(1, LOOK_BACK + 1):
        day = begun - timedelta(days=back)
        opening = calendar.instant(day, calendar.opens)
        if calendar.is_working_day(day) and since[head] <= opening and _headships(directory, head, opening):
            yield from _owed(directory, head, day, opening, since)


def _owed(directory: Directory, head: PersonId, day: date, opening: datetime, since: Since) -> Iterator[Owed]:
    """Of a day on which he was absent it is told that nobody was to look, unless others of his body look over all of it anyhow."""
    if not directory.is_absent(head, day):
        yield Owed(day, head)
    elif any(absence.lasts(opening) for absence in directory.absences_of(head)):
        by = in_place_of(directory, head, opening)
        if by is not None and _since_before(since, by, opening):
            yield Owed(day, by)
        elif not all(
            _is_looked_over(directory, part, day, opening, since) for part in _headships(directory, head, opening)
        ):
            yield Owed(day, None)


def in_place_of(directory: Directory, head: PersonId, at: datetime) -> PersonId | None:
    """Who looks in the place of a head who is away: the first along his substitutes who is there and heads all that he heads."""
    if not directory.is_away(head, at):
        return None
    parts = _headships(directory, head, at)
    return next(
        (
            one
            for one in directory.substitutes(head, at)
            if not directory.is_away(one, at) and _heads(directory, _headships(directory, one, at), parts)
        ),
        None,
    )


def looked_for(directory: Directory, person: PersonId, at: datetime) -> list[PersonId]:
    """The absent heads in whose place the person looks now, by staff number."""
    away = sorted({absence.person for absence in directory.absences if absence.lasts(at)})
    return [one for one in away if _headships(directory, one, at) and in_place_of(directory, one, at) == person]


def _headships(directory: Directory, person: PersonId, at: datetime) -> list[Grant]:
    return [grant for grant in directory.grants_of(person) if grant.role is Role.HEAD and grant.is_valid(at)]


def _heads(directory: Directory, own: list[Grant], parts: list[Grant]) -> bool:
    return all(any(directory.reaches(one, part) for one in own) for part in parts)


def _is_looked_over(directory: Directory, part: Grant, day: date, opening: datetime, since: Since) -> bool:
    """Whether the part is headed by somebody else of the same body, too, who was not absent and owed his own round."""
    return any(
        directory.reaches(other, part)
        and other.is_valid(opening)
        and _since_before(since, other.person, opening)
        and not directory.is_absent(other.person, day)
        for other in directory.grants_over(Role.HEAD, part.organisation)
        if other.person != part.person and other.organisation == part.organisation
    )


def _since_before(since: Since, person: PersonId, opening: datetime) -> bool:
    return person in since and since[person] <= opening
