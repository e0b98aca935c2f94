"""What an absence will do with what waits, told before it is entered: reckoned and recorded by the functions of the run itself.

Of a message as it lies now; what people decide meanwhile nobody foresees. Source: G-20, G-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain.absences import Change
from domain.attendance import next_change, recorded
from domain.case import Case
from domain.verdict import World
from domain.vocabulary import AlarmKind, ErrandKind, PersonId, Role, Stage

UNATTENDED = frozenset({AlarmKind.NOBODY_PRESENT, AlarmKind.ERRAND_UNATTENDED})


@dataclass(frozen=True, slots=True)
class Passing:
    """With whom it is from then on; `to` is None where nobody may take it, which is then told."""

    at: datetime
    to: PersonId | Role | None


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
    steps = list(presence_to_come(case, world, until))
    if person in {case.holder.person, case.acting_for}:
        yield Prospect(case.stage, case.stage_due_at, _passings(case, steps, None))
    for errand in case.errands:
        if errand.open and person in {errand.person, errand.acting_for}:
            yield Prospect(errand.kind, errand.due_at, _passings(case, steps, errand.id), errand.id)
    for expected in _turns_to_come(case, person):
        steps = list(presence_to_come(expected, world, until))
        yield Prospect(expected.stage, None, _passings(expected, steps, None), later=True)


def presence_to_come(case: Case, world: World, until: datetime) -> Iterator[tuple[Change, Case]]:
    """What will be recorded of people's presence before the instant, and the case after each."""
    while (change := next_change(case, world)) is not None and change.at < until:
        case = recorded(case, change, world)[0]
        yield change, case


def _passings(case: Case, steps: list[tuple[Change, Case]], errand: str | None) -> tuple[Passing, ...]:
    """Each change of whose it is; that nobody is there is told again each morning, and said here once."""
    found: list[Passing] = []
    had = _whose(case, errand)
    for change, after in steps:
        has, own = _whose(after, errand), change.errand == errand
        if own or has != had:
            to = None if own and change.kind in UNATTENDED else has
            if not found or found[-1].to != to:
                found.append(Passing(change.at, to))
        had = has
    return tuple(found)


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
