"""When time itself has something to say about a case, and what follows. Source: S2, 4.1; G-11, G-12, G-49.

An alarm is recorded with the instant at which it fell due, whenever that is done; the next one is strictly later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from domain import attendance
from domain.absences import Change, next_morning
from domain.attendance import ORDER, Recorded
from domain.case import Case
from domain.case_parts import LetterFact
from domain.notices import alarm_notices, danger_reminders, errand_notices, warnings
from domain.rules import danger, first_reaction, rating
from domain.rules.base import enter
from domain.terms import warning_at
from domain.verdict import Accepted, Fact, Notice, World
from domain.vocabulary import TIMED_STAGES, AlarmKind, Danger, Event, LetterState, LetterWay, Stage


@dataclass(frozen=True, slots=True)
class Alarm:
    """What falls due when. `entry`: the stage entry that it belongs to; `letter`, `errand`: what it is about.

    A stage is warned of once an entry, and ahead of that moment as often as its people go home at different times.
    """

    at: datetime
    kind: AlarmKind
    entry: int
    letter: str | None = None
    errand: str | None = None


EVENTS = {
    AlarmKind.STAGE_WARNING_AHEAD: Event.STAGE_WARNING_SENT_AHEAD,
    AlarmKind.STAGE_WARNING: Event.STAGE_WARNED,
    AlarmKind.STAGE_OVERDUE: Event.STAGE_OVERDUE,
    AlarmKind.MESSAGE_OVERDUE: Event.MESSAGE_OVERDUE,
    AlarmKind.OVERDUE_REMINDER: Event.OVERDUE_REMINDED,
    AlarmKind.HANDOVER_OVERDUE: Event.HANDOVER_OVERDUE,
    AlarmKind.BOUNCE_DAYS_OVER: Event.CASE_CLOSED,
    AlarmKind.ABSENCE_BEGINS: Event.SUBSTITUTE_ACTS,
    AlarmKind.ABSENCE_ENDS: Event.SUBSTITUTION_ENDED,
    AlarmKind.NOBODY_PRESENT: Event.NOBODY_PRESENT,
    AlarmKind.FIRST_REACTION_OVERDUE: Event.FIRST_REACTION_OVERDUE,
    AlarmKind.ERRAND_REMINDER: Event.ERRAND_REMINDED,
    AlarmKind.ERRAND_OVERDUE: Event.ERRAND_OVERDUE,
    AlarmKind.RATING_BEGINS: Event.RATING_AWAITED,
    AlarmKind.RATING_OVER: Event.CASE_CLOSED,
    AlarmKind.SOMEBODY_PRESENT: Event.SOMEBODY_PRESENT,
    AlarmKind.ERRAND_UNATTENDED: Event.ERRAND_UNATTENDED,
    AlarmKind.DANGER_REMINDER: Event.DANGER_REMINDED,
}


_OF_ENDING = frozenset({AlarmKind.BOUNCE_DAYS_OVER, AlarmKind.RATING_BEGINS, AlarmKind.RATING_OVER})


def next_alarm(case: Case, world: World) -> Alarm | None:
    """The nearest alarm that has not been recorded; None when nothing but people can move the case.

    Never earlier than the last decision: what fell due before it was recorded before it, so only the decision itself
    can have brought something into the past (a shorter term, another calendar), and that begins to count with it.
    """
    known = (_not_before(alarm, case) for alarm in _alarms(case, world))
    return min(known, key=lambda alarm: (alarm.at, ORDER[alarm.kind]), default=None)


def _not_before(alarm: Alarm, case: Case) -> Alarm:
    since = _known_since(case, alarm.at)
    return alarm if alarm.at >= since else replace(alarm, at=since)


def _known_since(case: Case, otherwise: datetime) -> datetime:
    return case.last.decided_at if case.last else otherwise


def record(case: Case, alarm: Alarm, world: World) -> Accepted:
    """The case after the alarm, with the journal row and the notices. Overdue never ends a wait."""
    happens = _how(alarm)
    after, own, notices = happens(case, alarm, world)
    facts = {"stage": case.stage.value, "entry": case.entry} | own
    return Accepted(after, (Fact(EVENTS[alarm.kind], alarm.at, None, facts),), notices)


def _how(alarm: Alarm) -> Callable[[Case, Alarm, World], Recorded]:
    if alarm.kind in attendance.KINDS:
        return _presence
    if alarm.kind in _OF_ENDING:
        return _ending
    if alarm.kind is AlarmKind.DANGER_REMINDER:
        return _of_danger
    return _of_errand if alarm.errand is not None else _fallen_due


def _fallen_due(case: Case, alarm: Alarm, world: World) -> Recorded:
    facts: dict[str, object] = {}
    notices = alarm_notices(case, alarm.kind, alarm.at, world)
    match alarm.kind:
        case AlarmKind.STAGE_WARNING_AHEAD | AlarmKind.STAGE_WARNING:
            notices = tuple(notice for at, notice in _warnings(case, world) if at <= alarm.at)
            after = _warned(case, alarm, notices)
            facts |= {"stage_due_at": _iso(case.stage_due_at), "told": sorted(notice.person for notice in notices)}
        case AlarmKind.STAGE_OVERDUE:
            after = replace(case, stage_overdue=True)
            facts["stage_due_at"] = _iso(case.stage_due_at)
        case AlarmKind.MESSAGE_OVERDUE:
            reminded_at = max(alarm.at, case.reminded_at or alarm.at)
            facts["due_at"] = case.due_at.isoformat()
            after = replace(case, message_overdue=True, overdue_once=True, reminded_at=reminded_at)
        case AlarmKind.OVERDUE_REMINDER:
            after = replace(case, reminded_at=alarm.at)
        case AlarmKind.HANDOVER_OVERDUE:
            after = _told_of_handover(case, alarm)
            facts["letter"] = alarm.letter
        case AlarmKind.FIRST_REACTION_OVERDUE:
            after = first_reaction.overdue(case)
            facts |= first_reaction.overdue_facts(case)
        case _:
            raise AssertionError(f"{alarm.kind} is of people's presence, of danger, or of an ending")
    return after, facts, notices


def _ending(case: Case, alarm: Alarm, world: World) -> Recorded:
    """The letters have their outcomes: the answer waits for its rating, or nothing is waited for any more."""
    if alarm.kind is AlarmKind.RATING_BEGINS:
        after, facts = enter(case, Stage.RATING, alarm.at)
        until, days = rating.until(case, world), world.regulation.settings.rating_days
        return after, facts | {"until": _iso(until), "rating_days": days}, ()
    return replace(case, closed_at=alarm.at), {"outcome": case.outcome.value if case.outcome else None}, ()


def _of_danger(case: Case, alarm: Alarm, world: World) -> Recorded:
    after, again = danger.reminded(case, alarm.at, world), case.danger_reminded
    notices = danger_reminders(after, alarm.at, world, again=again)
    return after, {"told": [notice.person for notice in notices]}, notices


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _presence(case: Case, alarm: Alarm, world: World) -> Recorded:
    return attendance.recorded(case, Change(alarm.at, alarm.kind, alarm.errand), world)


def _warned(case: Case, alarm: Alarm, notices: tuple[Notice, ...]) -> Case:
    told = tuple(notice.person for notice in notices)
    return replace(case, warned=alarm.kind is AlarmKind.STAGE_WARNING, warned_people=case.warned_people + told)


def _told_of_handover(case: Case, alarm: Alarm) -> Case:
    letter = case.letter(alarm.letter or "")
    assert letter is not None, "the alarm was computed from this case's letters"
    return case.with_letter(replace(letter, task_overdue_told=True))


def _alarms(case: Case, world: World) -> Iterator[Alarm]:
    if not case.open:
        return
    if not case.considered:
        yield from _message_alarms(case, world)
    for change in attendance.changes(case, world):
        yield Alarm(change.at, change.kind, case.entry, errand=change.errand)
    if case.stage in TIMED_STAGES:
        yield from _stage_alarms(case, world)
    if (due_at := first_reaction.next_overdue(case)) is not None:
        yield Alarm(due_at, AlarmKind.FIRST_REACTION_OVERDUE, case.entry)
    for letter in case.letters:
        if letter.state is LetterState.TASK and letter.task_due_at is not None and not letter.task_overdue_told:
            yield Alarm(letter.task_due_at, AlarmKind.HANDOVER_OVERDUE, case.entry, letter.id)
    yield from _errand_alarms(case)
    if case.danger_undecided:
        since = _known_since(case, case.entered_at)
        at = next_morning(case.organisation, max(case.danger_told_at or since, since), world)
        yield Alarm(at, AlarmKind.DANGER_REMINDER, case.entry)
    yield from _endings(case, world)


def _endings(case: Case, world: World) -> Iterator[Alarm]:
    """How what was decided ends: with its last letter or, of an answer, with its rating; never over a suggestion of danger
    that nobody has decided on. Source: G-28, G-45, G-49.
    """
    wanted = any(letter.open for letter in case.letters) or any(one.open and one.outlives for one in case.errands)
    if wanted or case.stage not in {Stage.DELIVERY, Stage.RATING}:
        return
    at, rated_until = closing_at(case, world), rating.until(case, world)
    if case.stage is Stage.DELIVERY and rated_until is not None and rated_until > at:
        yield Alarm(at, AlarmKind.RATING_BEGINS, case.entry)
    elif not case.danger_undecided:
        kind = AlarmKind.RATING_OVER if case.stage is Stage.RATING else AlarmKind.BOUNCE_DAYS_OVER
        yield Alarm(max(at, rated_until or at), kind, case.entry)


def _errand_alarms(case: Case) -> Iterator[Alarm]:
    """Of each that is waited for: whoever is asked is reminded once, and of its due everybody concerned is told."""
    for one in case.errands:
        if one.open and one.remind_at is not None:
            yield Alarm(max(one.remind_at, one.asked_at), AlarmKind.ERRAND_REMINDER, case.entry, errand=one.id)
        if one.open and not one.overdue_told:
            yield Alarm(max(one.due_at, one.asked_at), AlarmKind.ERRAND_OVERDUE, case.entry, errand=one.id)


def _of_errand(case: Case, alarm: Alarm, world: World) -> Recorded:
    errand = case.errand(alarm.errand or "")
    assert errand is not None, "the alarm was computed from this case's errands"
    reminds = alarm.kind is AlarmKind.ERRAND_REMINDER
    told = replace(errand, remind_at=None) if reminds else replace(errand, overdue_told=True)
    facts: dict[str, object] = {"errand": errand.id, "kind": errand.kind.value}
    return case.with_errand(told), facts, errand_notices(case, errand, alarm.kind, alarm.at, world)


def _stage_alarms(case: Case, world: World) -> Iterator[Alarm]:
    if case.stage_due_at is None or case.linked_to is not None:
        return  # what waits for another's answer has the term of its own alone
    if not case.warned:
        at = _warned_at(case, world)
        yield Alarm(at, AlarmKind.STAGE_WARNING, case.entry)
        ahead = min((told_at for told_at, _ in _warnings(case, world)), default=at)
        if ahead < at:
            yield Alarm(ahead, AlarmKind.STAGE_WARNING_AHEAD, case.entry)
    if not case.stage_overdue:
        yield Alarm(case.stage_due_at, AlarmKind.STAGE_OVERDUE, case.entry)


def _warned_at(case: Case, world: World) -> datetime:
    """The moment of the warning itself; not before the decision that brought it about."""
    assert case.stage_due_at is not None, "a stage without a due date has no warning"
    at = warning_at(case.entered_at, case.stage_due_at, world.regulation.settings.warn_left_percent)
    return max(at, _known_since(case, at))


def _warnings(case: Case, world: World) -> Iterator[tuple[datetime, Notice]]:
    """Who is still to be warned in this entry, and when each."""
    return warnings(case, _warned_at(case, world), _known_since(case, case.entered_at), world)


def _message_alarms(case: Case, world: World) -> Iterator[Alarm]:
    if not case.message_overdue:
        yield Alarm(case.due_at, AlarmKind.MESSAGE_OVERDUE, case.entry)
        return
    calendar = world.directory.organisations[case.organisation].calendar
    after = max(case.due_at, case.reminded_at or case.due_at, _known_since(case, case.due_at))
    at = calendar.next_daily(after, time(world.regulation.settings.reminder_hour))
    yield Alarm(at, AlarmKind.OVERDUE_REMINDER, case.entry)


def closing_at(case: Case, world: World) -> datetime:
    """When the case may close: every letter has its outcome, what went by mail has had its days to bounce, what goes on after
    the answer is settled, and a person has decided on danger that was suggested. Source: G-41, G-45, G-49.
    """
    bounce = timedelta(days=world.regulation.settings.bounce_days)
    letters = (_rests_at(letter, bounce) for letter in case.letters if not letter.given_up)
    errands = (one.settled_at for one in case.errands if one.outlives and one.settled_at is not None)
    return max(case.entered_at, _danger_rests_at(case, world), *letters, *errands)


def _danger_rests_at(case: Case, world: World) -> datetime:
    """When nothing is to be done about danger any more: it was dismissed, or those who were told have had as long to read and act
    as there is for the first reaction to any message.
    """
    if case.danger_decided_at is None:
        return case.entered_at
    acts = case.danger is Danger.CONFIRMED and case.danger_since_answer
    length = world.day.hours(world.regulation.settings.first_reaction_hours) if acts else timedelta()
    return case.danger_decided_at + length


def _rests_at(letter: LetterFact, bounce: timedelta) -> datetime:
    assert letter.settled_at is not None, "a letter that is not open has been settled"
    mailed = letter.way is LetterWay.EMAIL and letter.state is LetterState.SENT
    return letter.settled_at + bounce if mailed else letter.settled_at
