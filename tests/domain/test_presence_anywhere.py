"""Whoever is away wherever: nothing waits longer than an hour of work in silence, in any body and whatever anybody's rights.

Rights over bodies, subtrees, units and categories; absences and roles for a while that nobody knew of before they began; people
whom the message is about; a repeat for another approver; cards that others correct meanwhile. Each body works by its own clock.
What is checked is reckoned here again, from grants and absences alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar
from domain.case import Case, LastDecision
from domain.case_parts import Draft, Repeat
from domain.directory import Grant, Place
from domain.directory_records import Absence
from domain.verdict import World
from domain.vocabulary import AbsenceCode, Action, DraftKind, PersonId, Role, Stage
from tests.domain.builders import (
    CURATOR,
    DAY,
    EXECUTOR,
    HOSPITAL,
    HOUR,
    KALININGRAD,
    LETTERS_UNIT,
    MINISTRY,
    MOSCOW,
    RECEIVED,
    REGION,
    ROADS,
    Desk,
    new_case,
    world,
)
from tests.domain.test_absences_anywhere import CALENDAR, ROLES, is_there, named

PEOPLE = range(201, 207)
BODIES = (REGION, MINISTRY, HOSPITAL, ROADS)
CALENDARS = {
    REGION: Calendar(MOSCOW),
    MINISTRY: CALENDAR,
    HOSPITAL: Calendar(KALININGRAD, opens=time(8), closes=time(20)),
    ROADS: Calendar(MOSCOW, opens=time(10), closes=time(16)),
}
HORIZON = RECEIVED + 9 * DAY

people = st.sampled_from(PEOPLE)
moments = st.one_of(
    st.integers(0, 8 * 24).map(lambda hours: RECEIVED + hours * HOUR),
    st.integers(0, 300).map(lambda parts: RECEIVED + parts * timedelta(minutes=11)),
)
lengths = st.one_of(st.none(), st.sampled_from([HOUR / 6, HOUR, 9 * HOUR, DAY, 3 * DAY]))


@dataclass(frozen=True)
class Known:
    """What is in the record from an instant on."""

    since: datetime
    what: Absence | Grant


@st.composite
def absences(draw: st.DrawFn) -> Known:
    person, begins_at, length = draw(people), draw(moments), draw(lengths)
    substitutes = draw(st.lists(people.filter(lambda one: one != person), max_size=3, unique=True))
    ends_at = None if length is None else begins_at + length
    absence = Absence(person, AbsenceCode.SICKNESS, begins_at, ends_at, tuple(substitutes))
    return Known(draw(st.sampled_from([RECEIVED, begins_at])), absence)


@st.composite
def grants(draw: st.DrawFn, case: Case) -> Known:
    """A role that somebody has, or is given for a while as an acting one is: nobody knew of it before. Mostly one that matters."""
    apart = draw(st.integers(0, 3)) == 0
    body = draw(st.sampled_from(BODIES)) if apart else case.organisation
    role = draw(st.sampled_from([Role.HEAD, *ROLES[case.stage]]))
    for_a_while, begins_at, length = draw(st.integers(0, 2)) == 0, draw(moments), draw(lengths)
    unit = LETTERS_UNIT if body == MINISTRY and draw(st.integers(0, 4)) == 0 else None
    categories = draw(st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"roads"}), frozenset({"queue"})]))
    until = begins_at + length if for_a_while and length else None
    subtree = unit is None and draw(st.booleans())
    grant = Grant(draw(people), role, body, unit, subtree, categories, begins_at if for_a_while else None, until)
    return Known(begins_at if for_a_while else RECEIVED, grant)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    stage = draw(st.sampled_from([*ROLES]))
    undecided = [(None, None)] if stage is Stage.MODERATION else []
    category, subcategory = draw(st.sampled_from([("roads", "potholes"), ("medicine", "queue"), *undecided]))
    author, approver = draw(people), draw(people)
    endorsers = tuple(draw(st.lists(people, min_size=1, max_size=2, unique=True)))
    repeat = Repeat(RECEIVED, draw(people), 1, RECEIVED) if draw(st.integers(0, 3)) == 0 else None
    draft = Draft(DraftKind.ANSWER, author, endorsers, approver, "digest")
    here = REGION if stage is Stage.MODERATION else draw(st.sampled_from(BODIES))
    return new_case(
        stage=stage,
        organisation=here,
        unit=LETTERS_UNIT if here == MINISTRY and draw(st.booleans()) else None,
        category=category,
        subcategory=subcategory,
        executor=author if stage not in {Stage.MODERATION, Stage.COORDINATION} else None,
        draft=draft if stage in {Stage.ENDORSEMENT, Stage.APPROVAL} else None,
        complained_of_person=draw(st.one_of(st.none(), people)),
        repeat=repeat if stage is not Stage.MODERATION else None,
    )


def records(case: Case) -> st.SearchStrategy[list[Known]]:
    roles = st.lists(grants(case), min_size=4, max_size=12)
    return st.tuples(roles, st.lists(absences(), max_size=9)).map(lambda parts: parts[0] + parts[1])


def world_of(known: list[Known], at: datetime) -> World:
    """What is in the record at the instant."""
    facts = [one.what for one in known if one.since <= at]
    everybody = [Grant(one, Role.INTAKE_OPERATOR, REGION) for one in PEOPLE]
    at_work = [one for one in facts if isinstance(one, Grant)]
    where = world(*everybody, *at_work, **{body: {"calendar": one} for body, one in CALENDARS.items()})
    usual = [one for one in where.directory.grants if one.person in {*PEOPLE, CURATOR}]
    away = tuple(one for one in facts if isinstance(one, Absence))
    return replace(where, directory=replace(where.directory, grants=tuple(usual), absences=away))


def heads(case: Case, body: str, where: World, at: datetime) -> set[PersonId]:
    unit = case.unit if body == case.organisation else None
    return set(where.directory.holders(Role.HEAD, Place(body, unit, case.category, case.subcategory), at))


def upwards(case: Case, where: World) -> list[str]:
    return list(reversed(where.directory.organisations[case.organisation].path))


def barred(case: Case) -> set[PersonId | None]:
    return {case.complained_of_person, case.repeat.approved_by if case.repeat else None} - {None}


def approvers(case: Case, where: World, at: datetime) -> set[PersonId]:
    """Heads here or, where somebody of them is barred and nobody else is left, the nearest above."""
    if not barred(case):
        return heads(case, case.organisation, where, at)
    for body in upwards(case, where):
        if others := heads(case, body, where, at) - barred(case):
            return others
    return set()


def can_decide(case: Case, person: PersonId, where: World, at: datetime) -> bool:
    if not is_there(person, at, where) or person == case.complained_of_person:
        return False
    if case.stage is Stage.APPROVAL:
        has_it = person in {case.holder.person, case.acting_for} and person not in barred(case) and barred(case)
        above = {one for body in upwards(case, where) for one in heads(case, body, where, at)} if has_it else set()
        return person in approvers(case, where, at) | above
    unit = None if case.stage is Stage.EXECUTION else case.unit
    place = Place(case.organisation, unit, case.category, case.subcategory)
    return any(where.directory.may(person, role, place, at) for role in ROLES[case.stage])


def excluded(case: Case) -> set[PersonId]:
    """Who takes part in the answer in another way already."""
    if case.draft is None:
        return set()
    return {case.draft.author} | (set(case.draft.endorsers) if case.stage is Stage.ENDORSEMENT else set())


def borders(known: list[Known]) -> set[datetime]:
    """Each instant at which anything may change."""
    found: set[datetime | None] = {RECEIVED + n * DAY for n in range(10)}
    for one in known:
        if isinstance(one.what, Absence):
            found |= {one.since, one.what.begins_at, one.what.ends_at}
        else:
            found |= {one.since, one.what.valid_from, one.what.valid_until}
    return {at for at in found if at is not None and RECEIVED <= at <= HORIZON}


def assert_told(at_desk: Desk, silent_since: datetime, at: datetime, worlds: list[tuple[datetime, World]]) -> None:
    case, calendar = at_desk.case, CALENDARS[at_desk.case.organisation]
    told = [
        one
        for one in at_desk.facts
        if one.event == "NobodyPresent" and "holder" in one.facts and one.at >= silent_since
    ]
    assert told, f"silent since {silent_since}, it is {at}"
    assert at <= calendar.next_working_moment(calendar.next_daily(told[-1].at, time(9))), "and again each working day"
    whom = set(told[-1].facts["told"])
    assert CURATOR in whom
    then = told[-1].at
    where = [known for since, known in worlds if since <= then][-1]
    above = upwards(case, where)[1:] or [case.organisation]
    for body in above:
        place = Place(body, None, case.category, case.subcategory)
        there = {one for one in where.directory.holders(Role.HEAD, place, then) if is_there(one, then, where)}
        if there := there - {case.complained_of_person}:
            assert there - {case.holder.person} <= whom, "the heads of the nearest body above who are there"
            break


@pytest.mark.requirement("S2-51")
@given(cases().flatmap(lambda case: st.tuples(st.just(case), records(case))), st.booleans())
def test_nothing_waits_in_silence_in_any_body(situation: tuple[Case, list[Known]], corrects: bool) -> None:
    case, known = situation
    calendar = CALENDARS[case.organisation]
    changing = borders(known)
    corrected = {calendar.add_working_time(at, HOUR / 2) for at in changing if corrects}
    later = {calendar.add_working_time(at, HOUR) for at in changing}
    at_desk = Desk(world_of(known, RECEIVED), case)
    worlds = [(RECEIVED, at_desk.world)]
    silent_since: datetime | None = None
    lacks_since: datetime | None = None

    for at in sorted(changing | corrected | later):
        at_desk.until(at - datetime.resolution)
        at_desk.world = world_of(known, at)
        worlds.append((at, at_desk.world))
        if at in corrected:
            last = LastDecision(Action.CORRECT_CARD, EXECUTOR, at)
            at_desk.case = replace(at_desk.case, version=at_desk.case.version + 1, last=last)
        at_desk.until(at)
        now, where = at_desk.case, at_desk.world

        lacks = bool(barred(now)) and now.stage is not Stage.MODERATION and not approvers(now, where, at)
        lacks_since = (lacks_since or at) if lacks else None
        assert now.unapprovable_told is lacks, "told at once, and over at once"
        holder = now.holder.person
        if any(can_decide(now, one, where, at) for one in (PEOPLE if holder is None else [holder])):
            silent_since = None
            assert not now.nobody_told
            continue
        silent_since = silent_since or at
        chain = named(where, now.acting_for or holder, at) if holder is not None else set()
        able = [one for one in chain - excluded(now) - {holder} if can_decide(now, one, where, at)]
        assert not able, "somebody named could"
        if at >= calendar.add_working_time(silent_since, HOUR):
            assert_told(at_desk, silent_since, at, worlds)

    told = [one.at for one in at_desk.facts if one.event == "NobodyPresent"]
    assert len(told) == len(set(told)), "nothing is said twice at one instant"
