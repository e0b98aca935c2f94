"""Errands beside the stage: asked, answered, cancelled; what is common to all kinds. Source: G-42.

Each kind is asked by a rule of its own; whoever appends one uses `given` and `settled`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.concerned import asked_people, working_on_it
from domain.errand_terms import ErrandTerm, in_days, on_day
from domain.errands import OF_EXECUTOR, PROMISED, ErrandFact, errand_id
from domain.rules.base import Rule, Who, either, fact, holds, needs_text
from domain.verdict import Accepted, Fact, Notice, Refusal, Verdict, World
from domain.vocabulary import (
    APPLICANT,
    TIMED_STAGES,
    Action,
    ErrandKind,
    ErrandState,
    Event,
    LetterKind,
    LetterState,
    NoticeKind,
    PersonId,
    Role,
    Stage,
)

CLAUSE = "G-42"
MOST_DAYS = 366
"""How far ahead the due of an errand may lie."""
_OF_LEADERS = OF_EXECUTOR | {ErrandKind.WITHDRAWAL}
OF_ERRAND = frozenset({Event.ERRAND_DONE, Event.CALL_ATTEMPTED})
"""What comes of whoever is asked."""
AFTER_MODERATION = frozenset(TIMED_STAGES) - {Stage.MODERATION}


def given(
    case: Case, decision: Decision, world: World, term: ErrandTerm, *errands: ErrandFact, **facts: Any
) -> Accepted:
    """The case with these errands of one term: whoever is asked may read it from now on, and is told."""
    after = case
    told: list[Notice] = []
    for errand in errands:
        asked = asked_people(case, errand, decision.decided_at, world)
        after = after.with_errand(errand).joined_by(*([] if errand.pool else asked))
        told += [Notice(one, NoticeKind.ERRAND_ARRIVED) for one in asked if one != decision.person]
    first = errands[0]
    row = fact(
        Event.ERRAND_GIVEN,
        decision,
        kind=first.kind.value,
        errands=[one.id for one in errands],
        asked=[one.person for one in errands if one.person],
        pool=first.pool.value if first.pool else None,
        **term_facts(term),
        **facts,
    )
    return Accepted(after, (row,), tuple(dict.fromkeys(told)))


def term_facts(term: ErrandTerm) -> dict[str, Any]:
    """The due of an errand and what it came from, for the journal."""
    return {"errand_due_at": term.due_at.isoformat(), "errand_term": dict(term.facts)}


def settled(
    case: Case, errand: ErrandFact, decision: Decision, world: World, event: Event, *told: Notice, **facts: Any
) -> Accepted:
    """The case with the errand done, or cancelled; who waited for it is told."""
    state = ErrandState.CANCELLED if event is Event.ERRAND_CANCELLED else ErrandState.DONE
    done = replace(errand, state=state, settled_at=decision.decided_at, settled_in=decision.id, remind_at=None)
    row = fact(event, decision, kind=errand.kind.value, errand=errand.id, **in_whose_place(errand, decision), **facts)
    return Accepted(case.with_errand(done), (row,), tuple(dict.fromkeys(told)))


def in_whose_place(errand: ErrandFact, decision: Decision) -> dict[str, PersonId]:
    """For the journal: for whom a substitute did what was asked. Source: G-20."""
    if errand.acting_for is None or decision.person != errand.person:
        return {}
    return {"acting_for": errand.acting_for}


def waiting(case: Case, errand: ErrandFact, at: datetime, world: World, kind: NoticeKind) -> tuple[Notice, ...]:
    """Who asked and who works on the message are told."""
    people = (*([errand.asked_by] if errand.asked_by else []), *working_on_it(case, at, world))
    return tuple(Notice(one, kind) for one in dict.fromkeys(people))


def handed_on(before: Case, after: Case) -> Case:
    """The case with what the executor was asked for as such with the next one, else with the coordinators."""
    if before.executor is None or before.executor == after.executor:
        return after
    pool = Role.COORDINATOR if after.executor is None else None
    for one in after.errands:
        if one.open and one.kind in OF_EXECUTOR and one.person == before.executor:
            after = after.with_errand(replace(one, person=after.executor, pool=pool, acting_for=None))
    return after


def leading_pool(case: Case) -> Role:
    """Who leads a message that nobody executes: the moderators until it is accepted, then the coordinators."""
    return Role.MODERATOR if case.stage is Stage.MODERATION else Role.COORDINATOR


def moved_along(case: Case) -> Case:
    """The case with what a role is asked for with that role where it lies now; what its leaders are, with those who lead there."""
    for one in case.errands:
        if one.open and one.pool is not None and not one.outlives:
            pool = leading_pool(case) if one.kind in _OF_LEADERS else one.pool
            case = case.with_errand(replace(one, organisation=case.organisation, pool=pool))
    return case


def tidied(case: Case, at: datetime) -> Case:
    """The case without what nobody waits for: errands once the answer has been given, tasks to hand a settled question over."""
    after = case
    for one in case.errands:
        if case.considered and one.open and not one.outlives:
            after = after.with_errand(replace(one, state=ErrandState.EXPIRED, settled_at=at, remind_at=None))
    if not any(one.open and one.kind is ErrandKind.QUESTION for one in after.errands):
        for letter in case.letters:
            if letter.kind is LetterKind.QUESTION and letter.state is LetterState.TASK:
                after = after.with_letter(replace(letter, state=LetterState.NOT_NEEDED, settled_at=at, recorded=True))
    return after


def with_expired(before: Case, after: Case, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The journal says of which errands the decision left nobody to wait for."""
    waited = {one.id for one in before.errands if one.open}
    expired = [one.id for one in after.errands if one.id in waited and one.state is ErrandState.EXPIRED]
    return (replace(facts[0], facts={**facts[0].facts, "errands_expired": expired}), *facts[1:]) if expired else facts


def named(case: Case, decision: Decision, *kinds: ErrandKind) -> ErrandFact | Refusal:
    """The open errand that the decision names; of one of these kinds, where they are given."""
    errand = case.errand(decision.text("errand"))
    if errand is None or not errand.open or (kinds and errand.kind not in kinds):
        return Refusal("errand_not_waiting", "Такого поручения нет, или оно уже выполнено.", CLAUSE, "errand")
    return errand


def new_errand(case: Case, decision: Decision, kind: ErrandKind, term: ErrandTerm, **asked: Any) -> ErrandFact:
    """An errand that this decision gives where the case lies. `asked`: `person` or `pool`, and what else the kind has."""
    place = asked.pop("place", 0)
    return ErrandFact(
        id=errand_id(decision.id, place),
        kind=kind,
        organisation=case.organisation,
        asked_at=decision.decided_at,
        due_at=term.due_at,
        asked_by=decision.person if decision.person != APPLICANT else None,
        asked_in=decision.id,
        **asked,
    )


def term_of(
    case: Case, decision: Decision, world: World, days: int, clause: str, calls: int = 0
) -> ErrandTerm | Refusal:
    """Until when: the day that was named, to its end; else so many days, in which there is time for so many calls.

    Neither is beyond the answer's due.
    """
    at, on, calendar = (
        decision.decided_at,
        decision.day("due_on"),
        world.directory.organisations[case.organisation].calendar,
    )
    if on is None:
        if decision.parameters.get("due_on"):
            return Refusal("date_impossible", "Такого дня нет.", clause, "due_on")
        return in_days(at, days, world.day, calendar, case.due_at, calls)
    if not 0 <= (on - calendar.local(at).date()).days <= MOST_DAYS:
        return Refusal("date_impossible", "Этот день уже прошёл или слишком далеко.", clause, "due_on")
    if case.due_at > at and on > calendar.local(case.due_at).date():
        return Refusal("date_impossible", "Этот день позже срока ответа заявителю.", clause, "due_on")
    return on_day(at, on, calendar, case.due_at)


def is_executor(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """The executor of record, while active."""
    known = world.directory.people.get(person)
    return case.executor == person and known is not None and known.active


def has_open(*kinds: ErrandKind) -> Any:
    """Whether one of these kinds is waited for; of any kind where none is named."""

    def applies(case: Case) -> bool:
        return any(one.open and (not kinds or one.kind in kinds) for one in case.errands)

    return applies


def is_asked(*kinds: ErrandKind) -> Who:
    """Whoever is asked in an open errand of one of these kinds."""

    def who(case: Case, person: PersonId, world: World, at: datetime) -> bool:
        known = world.directory.people.get(person)
        return (
            known is not None
            and known.active
            and any(
                one.open and one.kind in kinds and person in asked_people(case, one, at, world) for one in case.errands
            )
        )

    return who


def cancel(case: Case, decision: Decision, world: World) -> Verdict:
    """Nobody waits for it any more; whoever was asked is told."""
    errand = named(case, decision, *CANCELLED)
    if isinstance(errand, Refusal):
        return errand
    if refusal := needs_text(decision, "reason", "почему поручение больше не нужно", CLAUSE):
        return refusal
    asked = asked_people(case, errand, decision.decided_at, world)
    told = (Notice(one, NoticeKind.ERRAND_CANCELLED) for one in asked if one != decision.person)
    return settled(case, errand, decision, world, Event.ERRAND_CANCELLED, *told)


CANCELLED = tuple(kind for kind in ErrandKind if kind not in PROMISED)
"""What may be taken back."""

ASKS = either(is_executor, holds(Role.COORDINATOR))
"""Who may ask somebody for something beside the stage."""

RULES = (
    Rule(
        Action.CANCEL_ERRAND,
        "Отменить поручение",
        frozenset(Stage),
        ASKS,
        cancel,
        CLAUSE,
        "исполнитель, координатор",
        tuple(Stage),
        has_open(*CANCELLED),
        beside=True,
    ),
)
