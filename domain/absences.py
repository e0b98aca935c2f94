"""Who acts for whom: what waits for somebody absent goes to a substitute with the authority, and back.

Nothing here moves a message to another stage, nor its dates. Presence is asked for at stored instants: the borders of
absences and grants, and the last instant at which the record said something of the case.

Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20, G-21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from domain.case import Case
from domain.case_parts import Holder
from domain.concerned import place_of
from domain.directory import Directory
from domain.rules.conflict import is_barred
from domain.rules.draft import check_new_head
from domain.rules.errands import handed_on
from domain.rules.people import lacks_approver, may_approve, may_lack_approver, unit_of
from domain.verdict import World
from domain.vocabulary import AbsenceCode, AlarmKind, PersonId, Role, Stage


@dataclass(frozen=True, slots=True)
class Change:
    """The message, or this errand of it, passes to a substitute or back; or it is to be said that nobody is there."""

    at: datetime
    kind: AlarmKind
    errand: str | None = None


def changes(case: Case, world: World) -> Iterator[Change]:
    """What next becomes of the message by who is there. Nothing comes while all is well."""
    if case.open and not case.considered and (change := _of_message(case, world)):
        yield change


def _of_message(case: Case, world: World) -> Change | None:
    """What waits for moderators or coordinators is with all of them: it is told when none of them is there.

    So it is when nobody at all may approve the answer, whoever works on it meanwhile; each by itself. Source: G-06, G-28.
    """
    holder = case.holder if case.holder.person is None else case.holder.person
    told = case.nobody_told and not world.directory.has_moved(case.organisation, case.presence_at)
    since = _known_since(case, world)
    alone: datetime | None = None  # when it is said, or said again, that nobody is there
    again: datetime | None = None  # when it is said again that nobody may approve
    for at, until in pairwise([since, *borders(_concerned_by_message(case, world), since, world.directory), None]):
        assert at is not None, "only the last border is open"
        rightful = _with_whom(case, at, world)
        if rightful is not None and rightful != holder:
            return Change(at, towards(rightful, case.acting_for))
        lacks = lacks_approver(case, world, at)
        if lacks and not case.unapprovable_told:
            return Change(at, AlarmKind.NOBODY_PRESENT)  # by no silence: nobody can come back who may approve
        if (case.nobody_told and rightful is not None) or (case.unapprovable_told and not lacks):
            return Change(at, AlarmKind.SOMEBODY_PRESENT)
        if rightful is not None:
            alone = None
        elif alone is None:
            silent_since = _silent_since(case, since, world) if at == since else at
            alone = max(at, said_at(case.organisation, silent_since, world, told=told))
        if lacks and again is None:
            again = said_at(case.organisation, at, world, told=True)
        due = min((one for one in (alone, again) if one is not None), default=None)
        if due is not None and (until is None or due < until):
            return Change(due, AlarmKind.NOBODY_PRESENT)
    return None


def told_of(case: Case, at: datetime, world: World) -> tuple[bool, bool]:
    """Whether nobody is there at the instant, and whether nobody may approve: whichever of them is due, all that is so is told."""
    return _with_whom(case, at, world) is None, lacks_approver(case, world, at)


def over(case: Case, at: datetime, world: World) -> Case:
    """The case when what was told of is over, or a part of it."""
    here = case if _with_whom(case, at, world) is None else case.attended(at)
    return replace(here, unapprovable_told=case.unapprovable_told and lacks_approver(case, world, at), presence_at=at)


def towards(person: PersonId | Role | Holder, absent: PersonId | None) -> AlarmKind:
    return AlarmKind.ABSENCE_ENDS if person == absent else AlarmKind.ABSENCE_BEGINS


def _with_whom(case: Case, at: datetime, world: World) -> PersonId | Holder | None:
    """The person with whom it should be, or its pool where one of them is there; None when nobody is."""
    if case.holder.person is not None:
        return rightful_holder(case, at, world)
    pool = case.holder.pool
    people = world.directory.holders(pool, place_of(case), at) if pool else ()
    decide = [one for one in people if not world.directory.is_away(one, at) and not is_barred(case, one)]
    return case.holder if decide else None


def rightful_holder(case: Case, at: datetime, world: World) -> PersonId | None:
    """With whom the message should be at the instant; None when nobody who may decide is there."""
    holder = case.holder.person
    assert holder is not None, "a pool has no substitutes"

    def can(person: PersonId) -> bool:
        return can_decide(case, person, at, world)

    return rightful(holder, case.acting_for, at, world, can, lambda one: can(one) and _fits(case, one, at, world))


def rightful(
    holder: PersonId,
    absent: PersonId | None,
    at: datetime,
    world: World,
    can: Callable[[PersonId], bool],
    may_stand_in: Callable[[PersonId], bool],
) -> PersonId | None:
    """The one for whom it is meant, if he can; then whoever has it; then the first who may along the chain of substitutes."""
    if absent is not None and can(absent):
        return absent
    if can(holder):
        return holder
    chain = world.directory.substitutes(holder if absent is None else absent, at)
    return next((one for one in chain if may_stand_in(one)), None)


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
    moved = handed_on(case, moved.attended(at))
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
    """Since when the case is as it is: before that nothing is told of anybody's presence."""
    return max(_last_attended(case, world), case.last.decided_at if case.last else case.entered_at)


def _last_attended(case: Case, world: World) -> datetime:
    """When somebody with whom it lies was there for certain, or it was said who is not.

    Whoever works here no more has gone when his dismissal says; of his rights before that the directory knows nothing. Nor of those
    over the organisation before it came below others.
    """
    people = [one for one in (case.holder.person, case.acting_for) if one is not None]
    moved_at = world.directory.organisations[case.organisation].moved_at
    known = (case.entered_at, case.presence_at, moved_at, *dismissals(people, world))
    return max(at for at in known if at is not None)


def _silent_since(case: Case, since: datetime, world: World) -> datetime:
    """Since when nobody is there who was not at `since`: what others have corrected meanwhile does not break the silence."""
    attended_at = _last_attended(case, world)
    earlier = [
        attended_at,
        *(at for at in borders(_concerned_by_message(case, world), attended_at, world.directory) if at < since),
    ]
    silent = since
    for at in reversed(earlier):
        if _with_whom(case, at, world) is not None:
            break
        silent = at
    return silent


def dismissals(people: Iterable[PersonId], world: World) -> list[datetime]:
    """When those of them have gone who work here no more."""
    directory = world.directory
    return [
        absence.begins_at
        for person in people
        if person in directory.people and not directory.people[person].active
        for absence in directory.absences_of(person)
        if absence.code is AbsenceCode.DISMISSAL and absence.ends_at is None
    ]


def said_at(organisation: str, silent_since: datetime, world: World, *, told: bool) -> datetime:
    """When it is said that nobody is there: after hours of work in silence, and again each morning of a working day."""
    if told:
        return next_morning(organisation, silent_since, world)
    silence = timedelta(hours=world.regulation.settings.silence_working_hours)
    return world.directory.organisations[organisation].calendar.add_working_time(silent_since, silence)


def next_morning(organisation: str, after: datetime, world: World) -> datetime:
    """The next hour of reminders there at which people work, strictly later."""
    calendar, hour = world.directory.organisations[organisation].calendar, world.regulation.settings.reminder_hour
    return calendar.next_working_moment(calendar.next_daily(after, time(hour)))


def borders(people: Iterable[PersonId], since: datetime, directory: Directory) -> list[datetime]:
    """The instants after `since` at which the answer may become another, in order."""
    found: set[datetime | None] = set()
    for person in people:
        for absence in directory.absences_of(person):
            found |= {absence.begins_at, absence.ends_at}
        for grant in directory.grants_of(person):
            found |= {grant.valid_from, grant.valid_until}
    return sorted(at for at in found if at is not None and at > since)


def _concerned_by_message(case: Case, world: World) -> set[PersonId]:
    """Everybody who has it, or might get it by some absence; where that is in question, those who might approve it."""
    if may_lack_approver(case):
        path = world.directory.organisations[case.organisation].path
        heads = {grant.person for one in path for grant in world.directory.grants_over(Role.HEAD, one)}
        return heads | _who_might_have(case, world)
    return _who_might_have(case, world)


def _who_might_have(case: Case, world: World) -> set[PersonId]:
    if (pool := case.holder.pool) is not None:
        return {grant.person for grant in world.directory.grants_over(pool, case.organisation)}
    return concerned([one for one in (case.holder.person, case.acting_for) if one is not None], world)


def concerned(people: Iterable[PersonId], world: World) -> set[PersonId]:
    """These people, and everybody to whom their chains of substitutes may lead."""
    found: set[PersonId] = set()
    waiting = list(people)
    while waiting:
        person = waiting.pop()
        if person not in found:
            found.add(person)
            waiting += [one for absence in world.directory.absences_of(person) for one in absence.substitutes]
    return found
