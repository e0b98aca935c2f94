"""Who acts for whom: what waits for somebody absent goes to a substitute with the authority, and back.

Nothing here moves a message to another stage, nor its dates. Presence is asked for at stored instants: the borders of
absences and grants, and the last instant at which the record said something of the case.

Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20, G-21.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from domain.case import Case
from domain.case_parts import Holder
from domain.rules.base import place_of
from domain.rules.conflict import is_barred
from domain.rules.draft import check_new_head
from domain.rules.errands import handed_on
from domain.rules.people import may_approve, unit_of
from domain.verdict import World
from domain.vocabulary import AbsenceCode, AlarmKind, PersonId, Role, Stage


def next_change(case: Case, world: World) -> tuple[datetime, AlarmKind] | None:
    """When the message passes to a substitute or back, or it is to be said that nobody is there; None while all is well.

    What waits for moderators or coordinators is with all of them: it is told when none of them is there.
    """
    if case.considered or not case.open:
        return None
    holder = case.holder if case.holder.person is None else case.holder.person
    since = _known_since(case, world)
    told = case.nobody_told and case.presence_at == since
    due: datetime | None = None
    for at, until in pairwise([since, *_borders(case, since, world), None]):
        assert at is not None, "only the last border is open"
        rightful = _with_whom(case, at, world)
        if rightful is not None and rightful != holder:
            return at, AlarmKind.ABSENCE_ENDS if rightful == case.acting_for else AlarmKind.ABSENCE_BEGINS
        if rightful is not None:
            told, due = False, None
            continue
        due = due or _said_at(case, at, world, told=told)
        if until is None or due < until:
            return due, AlarmKind.NOBODY_PRESENT
    return None


def _with_whom(case: Case, at: datetime, world: World) -> PersonId | Holder | None:
    """The person with whom it should be, or its pool where one of them is there; None when nobody is."""
    if case.holder.person is not None:
        return rightful_holder(case, at, world)
    pool = case.holder.pool
    people = world.directory.holders(pool, place_of(case), at) if pool else ()
    decide = [one for one in people if not world.directory.is_away(one, at) and not is_barred(case, one)]
    return case.holder if decide else None


def rightful_holder(case: Case, at: datetime, world: World) -> PersonId | None:
    """With whom the message should be at the instant; None when nobody who may decide is there.

    The one for whom it is meant, if he is there; then whoever has it; then the first who can along the chain of substitutes.
    """
    holder, absent = case.holder.person, case.acting_for
    assert holder is not None, "a pool has no substitutes"
    if absent is not None and can_decide(case, absent, at, world):
        return absent
    if can_decide(case, holder, at, world):
        return holder
    chain = substitutes(holder if absent is None else absent, at, world)
    return next((one for one in chain if can_decide(case, one, at, world) and _fits(case, one, at, world)), None)


def substitutes(person: PersonId, at: datetime, world: World) -> Iterator[PersonId]:
    """Whoever was named to stand in for an absent person, each once; then those who stand in for absent ones among them."""
    seen, waiting = {person}, deque([person])
    while waiting:
        for absence in world.directory.absences_of(waiting.popleft()):
            for one in absence.substitutes if absence.lasts(at) else ():
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
                    yield one


def can_decide(case: Case, person: PersonId, at: datetime, world: World) -> bool:
    """Whether the person is there and has the authority for what waits. Source: G-21.

    Who coordinates a message may execute it himself (S2, 3.2 б).
    """
    directory = world.directory
    if directory.is_away(person, at) or is_barred(case, person):
        return False
    if case.stage is Stage.EXECUTION:
        place = place_of(case, unit=False)
        return any(directory.may(person, role, place, at) for role in (Role.EXECUTOR, Role.COORDINATOR))
    if case.stage is Stage.APPROVAL:
        return may_approve(case, person, world, at)
    return directory.may(person, Role.HEAD, place_of(case), at)


def passed_on(case: Case, at: datetime, world: World) -> tuple[Case, dict[str, Any]]:
    """The case with whom it should be at the instant, and the journal's facts. Entry and dates stay."""
    to, holder = rightful_holder(case, at, world), case.holder.person
    assert to is not None, "it passes to somebody"
    absent = case.acting_for or holder
    acting_for = absent if to != absent else None
    if case.stage is Stage.EXECUTION:
        moved = replace(case, executor=to, unit=unit_of(to, case.organisation, world), executor_for=acting_for)
    else:
        moved = _decided_by(case, to, acting_for)
    facts = {"holder": to, "holder_was": holder, "acting_for": acting_for}
    moved = handed_on(case, replace(moved, presence_at=at, nobody_told=False))
    return moved.joined_by(to), facts


def _decided_by(case: Case, head: PersonId, acting_for: PersonId | None) -> Case:
    """The case with this head in the place of the one whose turn it is."""
    draft = case.draft
    assert draft is not None, "there is something to endorse or to approve"
    if case.stage is Stage.APPROVAL:
        return replace(case, draft=replace(draft, approver=head, acting_for=acting_for))
    at = draft.position
    endorsers = (*draft.endorsers[:at], head, *draft.endorsers[at + 1 :])
    return replace(case, draft=replace(draft, endorsers=endorsers, acting_for=acting_for))


def _fits(case: Case, person: PersonId, at: datetime, world: World) -> bool:
    """Whether a head who stands in might also have been named: no author of the answer, nobody who is asked already."""
    return case.stage is Stage.EXECUTION or check_new_head(case, person, "", at, world) is None


def _known_since(case: Case, world: World) -> datetime:
    """Since when the case is as it is: before that nothing is told of anybody's presence.

    Whoever works here no more has gone when his dismissal says; of his rights before that the directory knows nothing.
    """
    directory = world.directory
    people = [one for one in (case.holder.person, case.acting_for) if one is not None]
    gone = [
        absence.begins_at
        for person in people
        if person in directory.people and not directory.people[person].active
        for absence in directory.absences_of(person)
        if absence.code is AbsenceCode.DISMISSAL and absence.ends_at is None
    ]
    known = (case.entered_at, case.last.decided_at if case.last else None, case.presence_at, *gone)
    return max(at for at in known if at is not None)


def _said_at(case: Case, silent_since: datetime, world: World, *, told: bool) -> datetime:
    """When it is said that nobody is there: after hours of work in silence, and again each morning of a working day."""
    calendar, settings = world.directory.organisations[case.organisation].calendar, world.regulation.settings
    if told:
        return calendar.next_working_moment(calendar.next_daily(silent_since, time(settings.reminder_hour)))
    return calendar.add_working_time(silent_since, timedelta(hours=settings.silence_working_hours))


def _borders(case: Case, since: datetime, world: World) -> list[datetime]:
    """The instants after `since` at which the answer may become another, in order."""
    found: set[datetime | None] = set()
    for person in _concerned(case, world):
        for absence in world.directory.absences_of(person):
            found |= {absence.begins_at, absence.ends_at}
        for grant in world.directory.grants_of(person):
            found |= {grant.valid_from, grant.valid_until}
    return sorted(at for at in found if at is not None and at > since)


def _concerned(case: Case, world: World) -> set[PersonId]:
    """Everybody who has it, or might get it by some absence."""
    if (pool := case.holder.pool) is not None:
        return {grant.person for grant in world.directory.grants_over(pool, case.organisation)}
    found: set[PersonId] = set()
    waiting = [one for one in (case.holder.person, case.acting_for) if one is not None]
    while waiting:
        person = waiting.pop()
        if person not in found:
            found.add(person)
            waiting += [one for absence in world.directory.absences_of(person) for one in absence.substitutes]
    return found
