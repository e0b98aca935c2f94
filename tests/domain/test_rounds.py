"""Which working days of a head are over without his morning round. S0-06, S0-11."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain import rounds
from domain.calendar import Calendar
from domain.directory import Directory, Grant
from domain.directory_records import Absence
from domain.vocabulary import AbsenceCode, PersonId, Role
from regulations.holidays import seed_days
from tests.domain.builders import (
    EXECUTOR,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL,
    HOSPITAL_HEAD,
    MINISTRY,
    MOSCOW,
    ROADS_HEAD,
    world,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SINCE = dict.fromkeys((HEAD, HEAD2, HEAD3, HOSPITAL_HEAD, ROADS_HEAD, EXECUTOR), LONG_AGO)
TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)


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
        {owed.day for owed in rounds.days_over(directory(calendar), HEAD, SINCE, at)}
        for at in (opening - timedelta(minutes=1), opening)
    )

    assert last not in before
    assert last in after
    assert all(calendar.is_working_day(on) for on in after)


def test_day_is_not_over_on_the_days_off_that_follow_it() -> None:
    calendar = Calendar(MOSCOW)
    friday, saturday = date(2026, 3, 6), datetime.combine(date(2026, 3, 7), time(12), MOSCOW)

    over = [owed.day for owed in rounds.days_over(directory(calendar), HEAD, SINCE, saturday)]

    assert friday not in over
    assert friday - timedelta(days=1) in over


def away(
    person: PersonId, *substitutes: PersonId, hours: float = 24, code: AbsenceCode = AbsenceCode.VACATION
) -> Absence:
    """The person is away from midnight of Tuesday, 3 March."""
    begins_at = datetime.combine(TUESDAY, time(0), MOSCOW)
    return Absence(person, code, begins_at, begins_at + timedelta(hours=hours), substitutes)


def owed_on_tuesday(
    head: PersonId, *absences: Absence, grants: tuple[Grant, ...] = (), gone: bool = False
) -> list[PersonId | None]:
    """Whose it was to look in the place of the head, or that nobody was there; empty: nothing was to be told."""
    known = replace(world(*grants).directory, absences=absences)
    if gone:
        known = replace(known, people={**known.people, head: replace(known.people[head], active=False)})
    now = datetime.combine(WEDNESDAY, time(9), MOSCOW)
    return [owed.by for owed in rounds.days_over(known, head, SINCE, now) if owed.day == TUESDAY]


@pytest.mark.requirement("S0-11")
def test_day_of_the_only_head_who_is_absent_is_his_substitutes_who_heads_the_same() -> None:
    his = Grant(ROADS_HEAD, Role.HEAD, HOSPITAL)

    assert owed_on_tuesday(HOSPITAL_HEAD, away(HOSPITAL_HEAD, ROADS_HEAD), grants=(his,)) == [ROADS_HEAD]
    chain = away(HOSPITAL_HEAD, EXECUTOR, HEAD), away(HEAD, ROADS_HEAD)
    assert owed_on_tuesday(HOSPITAL_HEAD, *chain, grants=(his,)) == [ROADS_HEAD]


@pytest.mark.requirement("S0-11")
@pytest.mark.parametrize(
    ("substitutes", "grants"),
    [
        ((), ()),
        ((EXECUTOR,), ()),
        ((ROADS_HEAD,), ()),
        ((ROADS_HEAD,), (Grant(ROADS_HEAD, Role.HEAD, HOSPITAL, categories=frozenset({"medicine"})),)),
        ((ROADS_HEAD,), (Grant(ROADS_HEAD, Role.HEAD, HOSPITAL, unit="clinic"),)),
        (
            (ROADS_HEAD,),
            (Grant(ROADS_HEAD, Role.HEAD, HOSPITAL, valid_until=datetime.combine(TUESDAY, time(8), MOSCOW)),),
        ),
        ((), (Grant(ROADS_HEAD, Role.HEAD, MINISTRY, subtree=True),)),
    ],
    ids=["nobody", "no head", "head elsewhere", "of a category", "of a unit", "no more", "not asked, above"],
)
def test_day_of_an_absent_head_whose_substitutes_may_not_see_the_same_is_nobodys(
    substitutes: tuple[PersonId, ...], grants: tuple[Grant, ...]
) -> None:
    assert owed_on_tuesday(HOSPITAL_HEAD, away(HOSPITAL_HEAD, *substitutes), grants=grants) == [None]


def test_head_of_the_whole_stands_in_for_the_head_of_a_part() -> None:
    part = Grant(EXECUTOR, Role.HEAD, HOSPITAL, unit="clinic", categories=frozenset({"medicine"}))
    above = Grant(HEAD, Role.HEAD, MINISTRY, subtree=True)

    assert owed_on_tuesday(EXECUTOR, away(EXECUTOR, HEAD), grants=(part, above)) == [HEAD]


def test_day_of_an_absent_head_is_nobodys_where_another_of_the_same_body_looks_anyhow() -> None:
    assert owed_on_tuesday(HEAD, away(HEAD)) == []
    assert owed_on_tuesday(HEAD, away(HEAD), away(HEAD2), away(HEAD3)) == [None]


def test_head_who_was_away_for_a_part_of_the_day_owes_it_himself() -> None:
    assert owed_on_tuesday(HOSPITAL_HEAD, away(HOSPITAL_HEAD, hours=12)) == [HOSPITAL_HEAD]


def test_place_of_a_head_who_works_here_no_more_is_told_of_while_it_is_nobodys() -> None:
    dismissed = away(HOSPITAL_HEAD, code=AbsenceCode.DISMISSAL)

    assert owed_on_tuesday(HOSPITAL_HEAD, dismissed, gone=True) == [None]
    assert owed_on_tuesday(HOSPITAL_HEAD, gone=True) == []
    assert owed_on_tuesday(HOSPITAL_HEAD, dismissed, gone=True, grants=(Grant(EXECUTOR, Role.HEAD, HOSPITAL),)) == []


def test_substitute_looks_from_the_beginning_of_the_absence_on_and_for_nobody_who_is_there() -> None:
    known = replace(world().directory, absences=(away(HEAD, HEAD2), away(ROADS_HEAD, HEAD2)))
    morning = datetime.combine(TUESDAY, time(9), MOSCOW)

    assert rounds.looked_for(known, HEAD2, morning) == [HEAD]
    assert rounds.looked_for(known, HEAD2, morning - timedelta(days=1)) == []
    assert rounds.looked_for(known, HEAD3, morning) == []
