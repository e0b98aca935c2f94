"""What an absence will do with what waits, told before it is entered: reckoned and recorded by the functions of the run itself.

Of a message as it lies now; what people decide meanwhile nobody foresees. Source: G-20, G-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain.absences import Change, borders
from domain.attendance import next_change, recorded
from domain.case import Case
from domain.directory import Directory, Place
from domain.directory_records import Absence
from domain.verdict import World
from domain.vocabulary import AlarmKind, ErrandKind, PersonId, Role, Stage


@dataclass(frozen=True, slots=True)
class Passing:
    """With whom it is from then on; `to` is None where nobody may take it, which is told within hours of work."""

    at: datetime
    to: PersonId | Role | None


@dataclass(frozen=True, slots=True)
class Away:
    """Who will be away since when."""

    person: PersonId
    since: datetime


@dataclass(frozen=True, slots=True)
class Prospect:
    """What becomes of a message, or of an errand of it. `later`: it is not with the person yet, but will come to him."""

    what: Stage | ErrandKind
    due_at: datetime | None
    passings: tuple[Passing, ...]
    errand: str | None = None
    later: bool = False

    @property
    def unattended(self) -> bool:
        """Whether at some time nobody may take it."""
        return any(passing.to is None for passing in self.passings)


def prospects(case: Case, person: PersonId, world: World, since: datetime, until: datetime) -> Iterator[Prospect]:
    """What of the person's passes to whom between the instants, in a world in which he is away then."""
    for _, after in presence_to_come(case, world, since):
        case = after
    away = Away(person, since)
    steps = list(presence_to_come(case, world, until))
    if person in {case.holder.person, case.acting_for}:
        yield Prospect(case.stage, case.stage_due_at, _passings(case, away, steps, None))
    for errand in case.errands:
        if errand.open and person in {errand.person, errand.acting_for}:
            yield Prospect(errand.kind, errand.due_at, _passings(case, away, steps, errand.id), errand.id)
    for expected in _turns_to_come(case, person):
        steps = list(presence_to_come(expected, world, until))
        yield Prospect(expected.stage, None, _passings(expected, away, steps, None), later=True)


def presence_to_come(case: Case, world: World, until: datetime) -> Iterator[tuple[Change, Case]]:
    """What will be recorded of people's presence before the instant, and the case after each."""
    while (change := next_change(case, world)) is not None and change.at < until:
        case = recorded(case, change, world)[0]
        yield change, case


def _passings(case: Case, away: Away, steps: list[tuple[Change, Case]], errand: str | None) -> tuple[Passing, ...]:
    """With whom it is from the beginning, and each change. That nobody is there is told later, again and again: here once."""
    had = _whose(case, errand)
    found = [Passing(away.since, None if had == away.person else had)]
    for change, after in steps:
        has, own = _whose(after, errand), change.errand == errand
        if own or has != had:
            to = None if own and _is_unattended(change, after) else has
            if change.at == away.since:
                found = []
            if not found or found[-1].to != to:
                found.append(Passing(change.at, to))
        had = has
    return tuple(found)


def _is_unattended(change: Change, after: Case) -> bool:
    """Whether nobody is there for it; that nobody may approve what somebody works on is another thing."""
    if change.kind is AlarmKind.NOBODY_PRESENT:
        return after.nobody_told
    return change.kind is AlarmKind.ERRAND_UNATTENDED


@dataclass(frozen=True, slots=True)
class Left:
    """Since when nobody of a role would be there in an organisation; for one category alone where `category` is given."""

    role: Role
    organisation: str
    category: str | None
    since: datetime


def left_alone(absence: Absence, role: Role, organisation: str, directory: Directory, until: datetime) -> Left | None:
    """The first instant of the absence at which nobody is there who has a role of the absent person in the organisation."""
    own = [grant for grant in directory.grants_over(role, organisation) if grant.person == absence.person]
    others = {grant.person for grant in directory.grants_over(role, organisation)}
    for at in (absence.begins_at, *borders(others, absence.begins_at, directory)):
        for category in sorted({one for grant in own if grant.is_valid(at) for one in grant.categories or ("",)}):
            place = Place(organisation, None, category or None, category or None)
            people = directory.holders(role, place, at)
            if at < until and all(directory.is_away(one, at) for one in people):
                return Left(role, organisation, category or None, at)
    return None


def _whose(case: Case, errand_id: str | None) -> PersonId | Role | None:
    if errand_id is None:
        return case.holder.person or case.holder.pool
    errand = case.errand(errand_id)
    assert errand is not None, "presence ends no errand"
    return errand.person or errand.pool


def _turns_to_come(case: Case, person: PersonId) -> Iterator[Case]:
    """The case as it will lie when the turn is the person's: to endorse or approve what is on its way, or to work on it again."""
    draft = case.draft
    if draft is None or case.considered:
        return
    if case.executor == person and case.stage is not Stage.EXECUTION:
        yield replace(case, stage=Stage.EXECUTION)
    if case.stage is Stage.ENDORSEMENT:
        for position, endorser in enumerate(draft.endorsers):
            if endorser == person and position > draft.position:
                yield replace(case, draft=replace(draft, position=position, acting_for=None))
        if draft.approver == person:
            yield replace(case, stage=Stage.APPROVAL, draft=replace(draft, acting_for=None))
