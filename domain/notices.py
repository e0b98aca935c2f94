"""Who is told what after which verdict or alarm. Source: S2, 4.1; G-11.

In-system notices only name the case; what leaves by mail is joined and timed by the relay.
"""

from __future__ import annotations

from datetime import datetime

from domain.case import Case
from domain.directory import Place
from domain.verdict import Notice, World
from domain.vocabulary import Action, AlarmKind, DraftKind, NoticeKind, PersonId, Role

_OF_ALARM = {
    AlarmKind.STAGE_WARNING_AHEAD: NoticeKind.STAGE_WARNING,
    AlarmKind.STAGE_WARNING: NoticeKind.STAGE_WARNING,
    AlarmKind.STAGE_OVERDUE: NoticeKind.STAGE_OVERDUE,
    AlarmKind.MESSAGE_OVERDUE: NoticeKind.MESSAGE_OVERDUE,
    AlarmKind.OVERDUE_REMINDER: NoticeKind.OVERDUE_REMINDER,
    AlarmKind.HANDOVER_OVERDUE: NoticeKind.HANDOVER_OVERDUE,
}


def with_whom(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """The people with whom the case lies: its holder, or everybody active in the pool's role."""
    holder = case.holder
    if holder.person is not None:
        return (holder.person,)
    if holder.pool is None:
        return ()
    if holder.pool is Role.INTAKE_OPERATOR:
        return operators(case, at, world)
    return world.directory.holders(holder.pool, _place(case), at)


def operators(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """Whoever hands an answer over: the intake operators or, where the role is not filled, the coordinators.

    Source: S2, 2.1 ж (the role is only recommended); G-49.
    """
    place = _place(case)
    return world.directory.holders(Role.INTAKE_OPERATOR, place, at) or world.directory.holders(
        Role.COORDINATOR, place, at
    )


def alarm_notices(case: Case, kind: AlarmKind, at: datetime, world: World) -> tuple[Notice, ...]:
    """The holder, the executor of record, and the curators' page. Source: S2, 4.1 а–в; G-11, G-12.

    Whoever was warned ahead of a night is not warned again in it: the warning itself is then evidence alone.
    """
    notice = _OF_ALARM.get(kind)
    if notice is None or (kind is AlarmKind.STAGE_WARNING and case.warned_ahead):
        return ()
    if kind is AlarmKind.HANDOVER_OVERDUE:
        people = operators(case, at, world)
    else:
        people = with_whom(case, at, world)
        if case.executor is not None and case.executor not in people:
            people = (*people, case.executor)
    urgent = kind is AlarmKind.MESSAGE_OVERDUE
    told = tuple(Notice(person, notice, urgent=urgent) for person in people)
    curators = world.directory.holders(Role.CURATOR, _place(case), at)
    return told + tuple(Notice(person, notice, email=False) for person in curators if person not in people)


def decision_notices(
    before: Case, after: Case, action: Action, person: PersonId, at: datetime, world: World
) -> tuple[Notice, ...]:
    """Whoever has the case now, whoever lost it, whoever's text was changed; never the one who decided."""
    found: list[Notice] = []
    arrived = [one for one in with_whom(after, at, world) if one not in with_whom(before, at, world)]
    if after.entry != before.entry:
        arrived = list(with_whom(after, at, world))
    kind = _arrival(before, after, action)
    found += [Notice(one, kind) for one in arrived]
    if after.entry == before.entry and after.closed_at is None:
        found += _late_arrivals(after, arrived)
    if before.holder.person is not None and before.holder.person != after.holder.person:
        found.append(Notice(before.holder.person, NoticeKind.ASSIGNMENT_ENDED))
    if action is Action.EDIT_ANSWER and after.draft is not None:
        seen = {endorsement.person for endorsement in after.endorsements}
        found += [Notice(one, NoticeKind.ANSWER_EDITED) for one in sorted(seen | {after.draft.author})]
    return tuple(dict.fromkeys(notice for notice in found if notice.person != person))


def _arrival(before: Case, after: Case, action: Action) -> NoticeKind:
    if action is Action.REJECT and before.draft is not None and before.draft.kind is DraftKind.ANSWER:
        return NoticeKind.ANSWER_REJECTED
    if action is Action.REPORT_DELIVERY_FAILURE or after.considered:
        return NoticeKind.HANDOVER_ARRIVED
    return NoticeKind.TASK_ARRIVED


def _late_arrivals(case: Case, arrived: list[PersonId]) -> list[Notice]:
    """A holder who arrives after the warning or the overdue of the running entry is told at once."""
    if case.stage_overdue:
        return [Notice(one, NoticeKind.STAGE_OVERDUE, urgent=True) for one in arrived]
    if case.warned or case.warned_ahead:
        return [Notice(one, NoticeKind.STAGE_WARNING, urgent=True) for one in arrived]
    return []


def _place(case: Case) -> Place:
    return Place(case.organisation, case.unit, case.category, case.subcategory)
