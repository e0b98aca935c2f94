"""Who is there for a message and for each errand of it: what changes next, and how that is recorded.

The run records by it when the instant has come; `domain.foreseen` tells by it what an absence would bring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain import absences, absent_errands
from domain.absences import Change
from domain.case import Case
from domain.concerned import heads_above
from domain.errands import ErrandFact
from domain.notices import (
    errand_passed_notices,
    nobody_notices,
    somebody_notices,
    substitution_notices,
    unattended_notices,
)
from domain.rules.people import approvers
from domain.verdict import Notice, World
from domain.vocabulary import AlarmKind

KINDS = frozenset(
    {
        AlarmKind.ABSENCE_BEGINS,
        AlarmKind.ABSENCE_ENDS,
        AlarmKind.NOBODY_PRESENT,
        AlarmKind.SOMEBODY_PRESENT,
        AlarmKind.ERRAND_UNATTENDED,
    }
)
"""The alarms that tell of people's presence."""

ORDER = {kind: order for order, kind in enumerate(AlarmKind)}
"""Of those that fall due at one instant."""

Recorded = tuple[Case, dict[str, object], tuple[Notice, ...]]
"""The case afterwards, the journal's own facts, who is told."""


def changes(case: Case, world: World) -> Iterator[Change]:
    """What next becomes of the message, and of each errand, by who is there.

    The message goes first: with the work on it go errands of their own.
    """
    yield from absences.changes(case, world)
    yield from absent_errands.changes(case, world)


def next_change(case: Case, world: World) -> Change | None:
    """The nearest of them, whatever else falls due before it."""
    return min(changes(case, world), key=lambda change: (change.at, ORDER[change.kind]), default=None)


def recorded(case: Case, change: Change, world: World) -> Recorded:
    """With whom the case is by who is there, or whom it was told that nobody is; that is over when somebody is there."""
    if (errand := case.errand(change.errand or "")) is not None:
        return _of_errand(case, errand, change, world)
    if change.kind is AlarmKind.SOMEBODY_PRESENT:
        return _of_somebody(case, change.at, world)
    if change.kind is not AlarmKind.NOBODY_PRESENT:
        after, facts = absences.passed_on(case, change.at, world)
        return after, facts, substitution_notices(case, after, change.at, world)
    return _of_nobody(case, change.at, world)


def _of_somebody(case: Case, at: datetime, world: World) -> Recorded:
    """What of it is over: that nobody is there, that nobody may approve, or both."""
    after = absences.over(case, at, world)
    facts: dict[str, object] = {}
    notices: tuple[Notice, ...] = ()
    if case.nobody_told and not after.nobody_told:
        facts["holder"], notices = case.holder.person, somebody_notices(after, at, world)
    if case.unapprovable_told and not after.unapprovable_told:
        facts["approvers"] = list(approvers(case, world, at))
    return after, facts, notices


def _of_nobody(case: Case, at: datetime, world: World) -> Recorded:
    nobody, lacks = absences.told_of(case, at, world)
    notices = nobody_notices(case, at, world, nobody=nobody, lacks=lacks)
    after = replace(case, presence_at=at, unapprovable_told=case.unapprovable_told or lacks)
    facts: dict[str, object] = {"told": sorted({notice.person for notice in notices})}
    if nobody:
        after = replace(after, nobody_told=True, called=heads_above(case, at, world))
        facts["holder"] = case.holder.person
    if lacks:
        facts["approvers"] = []
    return after, facts, notices


def _of_errand(case: Case, errand: ErrandFact, change: Change, world: World) -> Recorded:
    if change.kind is not AlarmKind.ERRAND_UNATTENDED:
        after, facts = absent_errands.passed_on(case, errand, change.at, world)
        return after, facts, errand_passed_notices(errand, after, change.at, world)
    notices = unattended_notices(case, errand, change.at, world)
    told = sorted(notice.person for notice in notices)
    own: dict[str, object] = {"errand": errand.id, "kind": errand.kind.value, "told": told}
    return case.with_errand(replace(errand, unattended_at=change.at)), own, notices
