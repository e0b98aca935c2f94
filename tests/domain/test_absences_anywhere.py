"""Whoever is away whenever: nothing waits in silence for somebody who is not there. Random absences, chains, rights, one clock.

At every stage, of moderators and coordinators too; with people whom the message is about or who work here no more, periods of
minutes, a holiday and a working Saturday. What is checked is reckoned here again from absences and grants alone, border by border.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Calendar
from domain.directory import Grant, Place
from domain.directory_records import Absence
from domain.verdict import World
from domain.vocabulary import AbsenceCode, AlarmKind, PersonId, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    GRANTS,
    HEAD,
    HEAD2,
    HEAD3,
    HOUR,
    MINISTRY,
    MODERATOR,
    MOSCOW,
    OUTSIDER,
    RECEIVED,
    REGION,
    Desk,
    desk,
    world,
)

REGION_HEAD = 52
PEOPLE = [EXECUTOR, EXECUTOR2, COORDINATOR, COORDINATOR2, MODERATOR, HEAD, HEAD2, HEAD3, OUTSIDER, REGION_HEAD]
HORIZON = RECEIVED + 16 * DAY
PRESENCE = {AlarmKind.ABSENCE_BEGINS, AlarmKind.ABSENCE_ENDS, AlarmKind.NOBODY_PRESENT}
MIDNIGHT = datetime(2026, 3, 2, 21, tzinfo=UTC)
MINUTE = HOUR / 60
CALENDAR = Calendar(MOSCOW, days={date(2026, 3, 9): False, date(2026, 3, 14): True})
"""A Monday on which nobody works, and a Saturday on which everybody does."""

moments = st.one_of(
    st.integers(0, 12).map(lambda days: MIDNIGHT + days * DAY),
    st.integers(-48, 300).map(lambda hours: RECEIVED + hours * HOUR),
    st.integers(0, 600).map(lambda parts: RECEIVED + 4 * HOUR + parts * 7 * MINUTE),
)


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    person = draw(st.sampled_from(PEOPLE))
    begins_at = draw(moments)
    length = draw(
        st.one_of(st.none(), st.sampled_from([10 * MINUTE, 59 * MINUTE, HOUR, 9 * HOUR, DAY, 2 * DAY, 7 * DAY]))
    )
    substitutes = draw(st.lists(st.sampled_from([one for one in PEOPLE if one != person]), max_size=3, unique=True))
    return Absence(
        person, AbsenceCode.OTHER, begins_at, None if length is None else begins_at + length, tuple(substitutes)
    )


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    begins_at = draw(st.one_of(st.none(), moments))
    ends_at = draw(st.one_of(st.none(), moments))
    return Grant(
        draw(st.sampled_from([EXECUTOR, EXECUTOR2, OUTSIDER])),
        draw(st.sampled_from([Role.HEAD, Role.EXECUTOR, Role.COORDINATOR, Role.MODERATOR])),
        draw(st.sampled_from([MINISTRY, REGION])),
        categories=draw(st.sampled_from([frozenset[str](), frozenset({"potholes"}), frozenset({"medicine"})])),
        valid_from=begins_at,
        valid_until=ends_at,
    )


def is_there(person: PersonId, at: datetime, where: World) -> bool:
    return not any(
        one.person == person and one.begins_at <= at and (one.ends_at is None or at < one.ends_at)
        for one in where.directory.absences
    )


ROLES = {
    Stage.MODERATION: (Role.MODERATOR,),
    Stage.COORDINATION: (Role.COORDINATOR,),
    Stage.EXECUTION: (Role.EXECUTOR, Role.COORDINATOR),
    Stage.ENDORSEMENT: (Role.HEAD,),
    Stage.APPROVAL: (Role.HEAD,),
}


def can_decide(at_desk: Desk, person: PersonId, at: datetime) -> bool:
    case, directory = at_desk.case, at_desk.world.directory
    unit = None if case.stage is Stage.EXECUTION else case.unit
    place = Place(case.organisation, unit, case.category, case.subcategory)
    may = any(directory.may(person, role, place, at) for role in ROLES[case.stage])
    return may and is_there(person, at, at_desk.world) and person != case.complained_of_person


def is_attended(at_desk: Desk, at: datetime) -> bool:
    """Whether somebody with whom it lies can decide."""
    holder = at_desk.case.holder.person
    return any(can_decide(at_desk, one, at) for one in (PEOPLE if holder is None else [holder]))


def named(where: World, person: PersonId, at: datetime) -> set[PersonId]:
    """Everybody to whom the chains of those away at the instant lead."""
    found: set[PersonId] = set()
    asked = {person}
    while asked:
        chains = [one.substitutes for one in where.directory.absences if one.person in asked]
        here = [one for one, absent in zip(chains, _lasting(where, asked, at), strict=True) if absent]
        asked = {one for chain in here for one in chain} - found
        found |= asked
    return found - {person}


def _lasting(where: World, people: set[PersonId], at: datetime) -> list[bool]:
    return [
        one.begins_at <= at and (one.ends_at is None or at < one.ends_at)
        for one in where.directory.absences
        if one.person in people
    ]


def excluded(at_desk: Desk) -> set[PersonId]:
    """Who takes part in the answer in another way: its author, and who is asked to endorse it anyhow."""
    draft = at_desk.case.draft
    if draft is None:
        return set()
    return {draft.author} | (set(draft.endorsers) if at_desk.case.stage is Stage.ENDORSEMENT else set())


def borders(where: World, since: datetime) -> Iterator[datetime]:
    """Each instant at which anything may change, and when an hour of work has passed since."""
    found = {at for one in where.directory.absences for at in (one.begins_at, one.ends_at)}
    found |= {at for one in where.directory.grants for at in (one.valid_from, one.valid_until)}
    known = {at for at in found if at is not None} | {RECEIVED + n * HOUR for n in range(1, 5)}
    later = {CALENDAR.add_working_time(at, HOUR) for at in known}
    days = {RECEIVED + n * DAY for n in range(16)}
    yield from sorted(at for at in known | later | days if since < at <= HORIZON)


def a_world(away: list[Absence], more: list[Grant], gone: PersonId | None, at: datetime) -> World:
    """The region with these absences; `gone` works here no more, since `at`."""
    bodies = {one: {"calendar": CALENDAR} for one in (REGION, MINISTRY)}
    where = world(Grant(REGION_HEAD, Role.HEAD, REGION), *more, **bodies)
    people = dict(where.directory.people)
    if gone is not None:
        people[gone] = replace(people[gone], active=False)
        away = [*(one for one in away if one.person != gone), Absence(gone, AbsenceCode.DISMISSAL, at)]
    return replace(where, directory=replace(where.directory, people=people, absences=tuple(away)))


@pytest.mark.requirement("S2-51")
@settings(max_examples=160, deadline=None)
@given(
    st.sampled_from([*ROLES]),
    st.lists(absences(), max_size=7),
    st.lists(grants(), max_size=3),
    st.sampled_from([None, None, HEAD, HEAD2, EXECUTOR2, COORDINATOR, REGION_HEAD]),
    st.sampled_from([None, None, HEAD, HEAD2, EXECUTOR, COORDINATOR]),
)
def test_nothing_waits_in_silence_for_whoever_is_away(
    stage: Stage, away: list[Absence], more: list[Grant], about: PersonId | None, gone: PersonId | None
) -> None:
    at_desk = desk(stage)
    at_desk.case = replace(at_desk.case, complained_of_person=about)
    at_desk.world = a_world(away, more, gone, at_desk.at)
    before, silent_since = at_desk.case, None

    for at in [at_desk.at, *borders(at_desk.world, at_desk.at)]:
        at_desk.until(at)
        holder, absent = at_desk.case.holder.person, at_desk.case.acting_for
        if absent is not None:
            assert holder != absent
            assert not can_decide(at_desk, absent, at), "who is back has it back"
        if is_attended(at_desk, at):
            silent_since = None
            continue
        silent_since = silent_since or at
        others = named(at_desk.world, absent or holder, at) if holder is not None else set()
        assert not [one for one in others - excluded(at_desk) if can_decide(at_desk, one, at)], "somebody named could"
        if at >= CALENDAR.add_working_time(silent_since, HOUR):
            told = [fact for fact in at_desk.facts if fact.event == "NobodyPresent" and fact.at > silent_since]
            assert told, f"silent since {silent_since}, it is {at}"
            again = CALENDAR.next_working_moment(CALENDAR.next_daily(told[-1].at, time(9)))
            assert at <= again, "and again each working day"
            assert CURATOR in told[-1].facts["told"]
            away_or_meant = about == REGION_HEAD or not is_there(REGION_HEAD, told[-1].at, at_desk.world)
            assert away_or_meant or REGION_HEAD in told[-1].facts["told"]

    after = at_desk.case
    assert (after.stage, after.entry, after.due_at) == (before.stage, before.entry, before.due_at)
    assert after.stage_due_at == before.stage_due_at
    rows = [(alarm.at, alarm.kind) for alarm in at_desk.alarms if alarm.kind in PRESENCE]
    assert rows == sorted(rows, key=lambda row: row[0])
    assert len(rows) == len(set(rows)), "nothing is said twice at one instant"


def test_people_of_the_property_are_those_of_the_region() -> None:
    assert {grant.person for grant in GRANTS} >= set(PEOPLE) - {OUTSIDER, REGION_HEAD}
