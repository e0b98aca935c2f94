"""Who is told what after which verdict or alarm. Source: S2, 4.1; G-11.

In-system notices only name the case; what leaves by mail is joined and timed by the relay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.concerned import asked_people, duty, heads_above, operators, people_of, place_of, with_whom, working_on_it
from domain.errands import ErrandFact
from domain.verdict import Notice, World
from domain.vocabulary import Action, AlarmKind, Danger, NoticeKind, PersonId, Role, Stage

_OF_ALARM = {
    AlarmKind.STAGE_OVERDUE: NoticeKind.STAGE_OVERDUE,
    AlarmKind.MESSAGE_OVERDUE: NoticeKind.MESSAGE_OVERDUE,
    AlarmKind.OVERDUE_REMINDER: NoticeKind.OVERDUE_REMINDER,
    AlarmKind.HANDOVER_OVERDUE: NoticeKind.HANDOVER_OVERDUE,
    AlarmKind.FIRST_REACTION_OVERDUE: NoticeKind.FIRST_REACTION_OVERDUE,
}


def danger_suggested(before: Case | None, after: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever is to decide on what words suggest is told singly and once; of what was suggested just now also who holds it."""
    if not after.danger_undecided:
        return ()
    if before is None or not _suggested_before(before, after):
        people = tuple(dict.fromkeys((*after.alerted, *with_whom(after, at, world))))
    elif before.organisation != after.organisation:
        people = tuple(one for one in after.alerted if one not in before.alerted)
    else:
        return ()
    return _told(after, people, NoticeKind.DANGER_SUGGESTED, at, world, urgent=True)


def danger_reminders(case: Case, at: datetime, world: World, *, again: bool) -> tuple[Notice, ...]:
    """Whoever is to decide on what words suggest; when they were reminded before, the curators too."""
    curators = world.directory.holders(Role.CURATOR, place_of(case), at) if again else ()
    people = (one for one in (*case.alerted, *curators) if one != case.complained_of_person)
    return tuple(Notice(one, NoticeKind.DANGER_UNDECIDED) for one in dict.fromkeys(people))


def _suggested_before(before: Case, after: Case) -> bool:
    """Whether it is the same suggestion still: what is said in rating an answer is another than what was said before it."""
    return before.danger_undecided and (before.danger_since_answer or not after.danger_since_answer)


def _danger_confirmed(before: Case, after: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Those on duty and the curators, when it is confirmed and wherever it goes afterwards."""
    same = before.danger is after.danger and before.organisation == after.organisation
    if same or after.danger is not Danger.CONFIRMED or not after.urgent:
        return ()
    people = dict.fromkeys(duty(after, at, world) + world.directory.holders(Role.CURATOR, place_of(after), at))
    concerned = (one for one in people if one != after.complained_of_person)
    return tuple(Notice(person, NoticeKind.DANGER_CONFIRMED, urgent=True) for person in concerned)


def alarm_notices(case: Case, kind: AlarmKind, at: datetime, world: World) -> tuple[Notice, ...]:
    """What an alarm other than a warning tells: those who answer for the case, and the curators' page.

    Source: S2, 4.1 б–в; G-12.
    """
    notice = _OF_ALARM.get(kind)
    if notice is None:
        return ()
    people = _whom(case, kind, at, world)
    return _told(case, people, notice, at, world, urgent=kind is AlarmKind.MESSAGE_OVERDUE)


def _whom(case: Case, kind: AlarmKind, at: datetime, world: World) -> tuple[PersonId, ...]:
    match kind:
        case AlarmKind.HANDOVER_OVERDUE:
            return operators(case, at, world)
        case AlarmKind.FIRST_REACTION_OVERDUE:
            heads = world.directory.holders(Role.HEAD, place_of(case), at)
            return tuple(dict.fromkeys((*with_whom(case, at, world), *heads)))
        case _:
            return working_on_it(case, at, world)


def warnings(case: Case, at: datetime, since: datetime, world: World) -> Iterator[tuple[datetime, Notice]]:
    """Whoever is still to be told that the stage's term draws near, each with his own moment. Source: S2, 4.1 а; G-11.

    That is the warning's own moment `at` or, where nobody works then, within the last working time before it, by the
    calendar of the organisation that the person belongs to; never before `since`, when the case came to be as it is. One
    who is about to go home is told singly, since the next joined mail would leave after the night.
    """
    for notice in _told(case, working_on_it(case, at, world), NoticeKind.STAGE_WARNING, at, world):
        if notice.person not in case.warned_people:
            calendar = world.directory.calendar_of(notice.person)
            ahead = max(calendar.last_working_moment(at), since)
            told_at = ahead if calendar.is_working_time(ahead) else at
            yield told_at, replace(notice, urgent=calendar.is_closing(told_at))


def errand_notices(case: Case, errand: ErrandFact, kind: AlarmKind, at: datetime, world: World) -> tuple[Notice, ...]:
    """A reminder is for whoever is asked; an errand that is late also for who asked and who works on the message."""
    asked = asked_people(case, errand, at, world)
    if kind is AlarmKind.ERRAND_REMINDER:
        return tuple(Notice(one, NoticeKind.ERRAND_REMINDER) for one in asked)
    waiting = (*([errand.asked_by] if errand.asked_by else []), *working_on_it(case, at, world))
    return tuple(Notice(one, NoticeKind.ERRAND_OVERDUE) for one in dict.fromkeys((*asked, *waiting)))


def unattended_notices(case: Case, errand: ErrandFact, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever waits for an errand that nobody who is there may take: who gave it and who works on the message; where none of
    them is there, also the coordinators and heads, and of what outlives the answer they in any case.
    """
    waiting = [*([errand.asked_by] if errand.asked_by else []), *working_on_it(case, at, world)]
    if errand.outlives or all(world.directory.is_away(one, at) for one in waiting):
        waiting += [*people_of(case, Role.COORDINATOR, case.organisation, at, world), *heads_above(case, at, world)]
    barred = {errand.person, case.complained_of_person}
    told = dict.fromkeys(one for one in waiting if one not in barred)
    return tuple(Notice(one, NoticeKind.ERRAND_UNATTENDED) for one in told)


def _told(
    case: Case, people: tuple[PersonId, ...], kind: NoticeKind, at: datetime, world: World, *, urgent: bool = False
) -> tuple[Notice, ...]:
    """These people are told, also by mail; the curators on their page."""
    curators = world.directory.holders(Role.CURATOR, place_of(case), at)
    return (
        *(Notice(person, kind, urgent=urgent) for person in people),
        *(Notice(one, kind, email=False) for one in curators if one not in {*people, case.complained_of_person}),
    )


def decision_notices(before: Case, after: Case, decision: Decision, world: World) -> tuple[Notice, ...]:
    """Whoever has the case now, whoever lost it, whoever's text was changed; never the one who decided."""
    found: list[Notice] = []
    action, at = decision.action, decision.decided_at
    arrived = [one for one in with_whom(after, at, world) if one not in with_whom(before, at, world)]
    if after.entry != before.entry:
        arrived = list(with_whom(after, at, world))
    kind = _arrival(before, after, action)
    found += [Notice(one, kind) for one in arrived]
    if after.entry == before.entry and after.closed_at is None:
        found += _late_arrivals(after, arrived)
    if before.holder.person is not None and before.holder.person != after.holder.person:
        found.append(Notice(before.holder.person, NoticeKind.ASSIGNMENT_ENDED))
    if action is Action.REJECT and before.executor is not None and after.executor is None:
        found.append(Notice(before.executor, NoticeKind.ASSIGNMENT_ENDED))
    found += danger_suggested(before, after, at, world)
    found += _danger_confirmed(before, after, at, world)
    if action is Action.EDIT_ANSWER and after.draft is not None:
        seen = {endorsement.person for endorsement in after.endorsements}
        found += [Notice(one, NoticeKind.ANSWER_EDITED) for one in sorted(seen | {after.draft.author})]
    return tuple(dict.fromkeys(notice for notice in found if notice.person != decision.person))


def substitution_notices(before: Case, after: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever has the message now is told like anybody to whom one comes; whoever had it, that he has it no more."""
    had, has = before.holder.person, after.holder.person
    assert had is not None, "a pool has no substitutes"
    assert has is not None, "a pool has no substitutes"
    left = Notice(had, NoticeKind.ASSIGNMENT_ENDED, email=not world.directory.is_away(had, at))
    return (Notice(has, NoticeKind.TASK_ARRIVED), *_late_arrivals(after, [has]), left)


def errand_passed_notices(before: ErrandFact, after: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever is asked now, like anybody who is; whoever was, that he is no more."""
    errand = after.errand(before.id)
    assert errand is not None, "it has only passed to another"
    has = asked_people(after, errand, at, world)
    left = [one for one in asked_people(after, before, at, world) if one not in has]
    return (
        *(Notice(one, NoticeKind.ERRAND_ARRIVED) for one in has),
        *(Notice(one, NoticeKind.ERRAND_PASSED, email=not world.directory.is_away(one, at)) for one in left),
    )


def nobody_notices(case: Case, at: datetime, world: World, *, nobody: bool, lacks: bool) -> tuple[Notice, ...]:
    """Whoever can help when nobody is there to decide, or `lacks` an approver, each by one notice that says what is so.

    Curators and administrators, who can pass a right on; where nobody is there, the superior body's heads and, of a message in
    work, the coordinators too. Singly the first time; the mornings after, joined.
    """
    people = [*heads_above(case, at, world)] if nobody else []
    also = [Role.COORDINATOR] if nobody and case.stage is Stage.EXECUTION else []
    for role in (Role.CURATOR, Role.ADMINISTRATOR, *also):
        people += world.directory.holders(role, place_of(case), at)
    not_told = {case.complained_of_person, case.holder.person if nobody else None}
    told = case.nobody_told and not world.directory.has_moved(case.organisation, case.presence_at)
    anew = (nobody and not told) or (lacks and not case.unapprovable_told)
    return tuple(
        Notice(one, _OF_NOBODY[nobody, lacks], urgent=anew) for one in dict.fromkeys(people) if one not in not_told
    )


_OF_NOBODY = {
    (True, False): NoticeKind.NOBODY_PRESENT,
    (False, True): NoticeKind.NOBODY_MAY_APPROVE,
    (True, True): NoticeKind.NOBODY_DECIDES_OR_APPROVES,
}


def somebody_notices(case: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever of a role is there again, or has it for a while: what waits for them came when nobody was there."""
    if case.holder.pool is None:
        return ()
    here = [one for one in with_whom(case, at, world) if not world.directory.is_away(one, at)]
    return (*(Notice(one, NoticeKind.TASK_ARRIVED) for one in here), *_late_arrivals(case, here))


def _arrival(before: Case, after: Case, action: Action) -> NoticeKind:
    if action is Action.REJECT and after.stage is Stage.EXECUTION:
        return NoticeKind.ANSWER_REJECTED
    if action is Action.REPORT_DELIVERY_FAILURE or after.considered:
        return NoticeKind.HANDOVER_ARRIVED
    return NoticeKind.TASK_ARRIVED


def _late_arrivals(case: Case, arrived: list[PersonId]) -> list[Notice]:
    """A holder who arrives after the warning or the overdue of the running entry is told at once."""
    if case.stage_overdue:
        return [Notice(one, NoticeKind.STAGE_OVERDUE, urgent=True) for one in arrived]
    if case.warned:
        unwarned = [one for one in arrived if one not in case.warned_people]
        return [Notice(one, NoticeKind.STAGE_WARNING, urgent=True) for one in unwarned]
    return []  # the warning of one who arrives before its moment is an alarm still to come
