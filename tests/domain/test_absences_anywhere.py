"""Whoever is away whenever: nothing waits in silence for somebody who is not there. Random absences, chains, rights, one clock.

What is checked is reckoned here again from the absences and grants alone, border by border.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time

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
    MOSCOW,
    OUTSIDER,
    RECEIVED,
    REGION,
    Desk,
    desk,
    world,
)

REGION_HEAD = 52
PEOPLE = [EXECUTOR, EXECUTOR2, COORDINATOR, HEAD, HEAD2, HEAD3, OUTSIDER, REGION_HEAD]
HORIZON = RECEIVED + 16 * DAY
PRESENCE = {AlarmKind.ABSENCE_BEGINS, AlarmKind.ABSENCE_ENDS, AlarmKind.NOBODY_PRESENT}
MIDNIGHT = datetime(2026, 3, 2, 21, tzinfo=UTC)

moments = st.one_of(
    st.integers(0, 12).map(lambda days: MIDNIGHT + days * DAY),
    st.integers(-48, 300).map(lambda hours: RECEIVED + hours * HOUR),
)


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    person = draw(st.sampled_from(PEOPLE))
    begins_at = draw(moments)
    length = draw(st.one_of(st.none(), st.sampled_from([HOUR, 9 * HOUR, DAY, 2 * DAY, 7 * DAY])))
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
        draw(st.sampled_from([Role.HEAD, Role.EXECUTOR])),
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


def can_decide(at_desk: Desk, person: PersonId, at: datetime) -> bool:
    roles = [Role.EXECUTOR, Role.COORDINATOR] if at_desk.case.stage is Stage.EXECUTION else [Role.HEAD]
    unit = None if at_desk.case.stage is Stage.EXECUTION else at_desk.case.unit
    place = Place(MINISTRY, unit, "roads", "potholes")
    return is_there(person, at, at_desk.world) and any(
        at_desk.world.directory.may(person, role, place, at) for role in roles
    )


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


def borders(where: World) -> Iterator[datetime]:
    """Each instant at which anything may change, and when an hour of work has passed since."""
    calendar = Calendar(MOSCOW)
    found = {at for one in where.directory.absences for at in (one.begins_at, one.ends_at)}
    found |= {at for one in where.directory.grants for at in (one.valid_from, one.valid_until)}
    known = {at for at in found if at is not None} | {RECEIVED + n * HOUR for n in range(1, 5)}
    later = {calendar.add_working_time(at, HOUR) for at in known}
    days = {RECEIVED + n * DAY for n in range(16)}
    yield from sorted(at for at in known | later | days if RECEIVED + 4 * HOUR < at <= HORIZON)


@pytest.mark.requirement("S2-51")
@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL]),
    st.lists(absences(), max_size=7),
    st.lists(grants(), max_size=3),
)
def test_nothing_waits_in_silence_for_whoever_is_away(stage: Stage, away: list[Absence], more: list[Grant]) -> None:
    at_desk = desk(stage)
    where = world(Grant(REGION_HEAD, Role.HEAD, REGION), *more)
    at_desk.world = replace(where, directory=replace(where.directory, absences=tuple(away)))
    before, silent_since = at_desk.case, None

    for at in [at_desk.at, *borders(at_desk.world)]:
        at_desk.until(at)
        holder, absent = at_desk.case.holder.person, at_desk.case.acting_for
        assert holder is not None
        if absent is not None:
            assert holder != absent
            assert not can_decide(at_desk, absent, at), "who is back has it back"
        if can_decide(at_desk, holder, at):
            silent_since = None
            continue
        silent_since = silent_since or at
        others = [one for one in named(at_desk.world, absent or holder, at) if can_decide(at_desk, one, at)]
        assert not [one for one in others if one not in excluded(at_desk)], "somebody named could decide"
        if at >= Calendar(MOSCOW).add_working_time(silent_since, HOUR):
            told = [fact for fact in at_desk.facts if fact.event == "NobodyPresent" and fact.at > silent_since]
            assert told, f"silent since {silent_since}, it is {at}"
            again = Calendar(MOSCOW).next_working_moment(Calendar(MOSCOW).next_daily(told[-1].at, time(9)))
            assert at <= again, "and again each working day"
            assert CURATOR in told[-1].facts["told"]
            assert not is_there(REGION_HEAD, told[-1].at, at_desk.world) or REGION_HEAD in told[-1].facts["told"]

    after = at_desk.case
    assert (after.stage, after.entry, after.due_at) == (before.stage, before.entry, before.due_at)
    assert after.stage_due_at == before.stage_due_at
    rows = [(alarm.at, alarm.kind) for alarm in at_desk.alarms if alarm.kind in PRESENCE]
    assert rows == sorted(rows, key=lambda row: row[0])
    assert len(rows) == len(set(rows)), "nothing is said twice at one instant"


def test_people_of_the_property_are_those_of_the_region() -> None:
    assert {grant.person for grant in GRANTS} >= set(PEOPLE) - {OUTSIDER, REGION_HEAD}
