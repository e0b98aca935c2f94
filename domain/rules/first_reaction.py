"""The one-day rule: within 24 hours of its arrival at an organisation a message is opened and decided on. Source: S0, п. 5; G-01.

A clock of its own beside the stage's: each organisation to which a message comes has its own day. It binds where the category
says so; another switch of the category makes the whole answer due within one day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.case_parts import CategoryTerms, FirstReaction
from domain.rules.base import letters
from domain.verdict import Accepted, LetterOrder, World
from domain.vocabulary import Action, LetterKind, LetterWay, OneDay, Stage

CLAUSE = "S0, п. 5; G-01"

REACTIONS = frozenset(
    {
        Action.ASSIGN,
        Action.TAKE,
        Action.TRANSFER_TO_SUBORDINATE,
        Action.PROPOSE_REDIRECT,
        Action.RETURN_TO_SUPERIOR,
        Action.LINK,
        Action.START_WORK,
        Action.SUBMIT_ANSWER,
        Action.RETURN_TO_COORDINATION,
        Action.REASSIGN,
        Action.RECALL,
    }
)
"""The five ways of coordination, and one answer to two messages: each is a decision on what has come. Source: S2, 3.2; G-45.

What an auto-rule has assigned nobody has opened yet: there the first decision about the work on it is the reaction.
"""


def followed(before: Case, verdict: Accepted, decision: Decision, world: World, *, by_rule: bool = False) -> Accepted:
    """The verdict with what it means for the clock: it stops with a person's reaction, it starts anew with each arrival."""
    case, at = verdict.case, decision.decided_at
    facts: dict[str, Any] = {}
    orders: tuple[LetterOrder, ...] = ()
    known = case.first_reaction
    if known is not None and known.reacted_at is None and decision.action in REACTIONS and not by_rule:
        case = replace(case, first_reaction=replace(known, reacted_at=at))
        if known.due_at is not None:
            facts["first_reaction"] = _receipt(known, world) | {
                "reacted_at": at.isoformat(),
                "in_time": at <= known.due_at,
            }
            orders = _taken_up(case)
    if _arrived(before, case):
        case = replace(case, first_reaction=FirstReaction(at, _due_at(case, at, world)))
    elif case.first_reaction is not None and case.first_reaction.reacted_at is None:
        due_at = _due_at(case, case.first_reaction.arrived_at, world)
        case = replace(case, first_reaction=replace(case.first_reaction, due_at=due_at))
    if case.first_reaction != known and case.first_reaction is not None and case.first_reaction.waits:
        facts["first_reaction_due"] = _receipt(case.first_reaction, world)
    if _arrived(before, case) or case.category != before.category or case.subcategory != before.subcategory:
        facts |= whole_answer(world.terms_of(case))
    if not facts and case == verdict.case:
        return verdict
    first, *others = verdict.facts
    row = replace(first, facts={**first.facts, **facts})
    return replace(verdict, case=case, facts=(row, *others), letters=verdict.letters + orders)


def begun(case: Case, at: datetime, world: World) -> tuple[Case, dict[str, Any]]:
    """The case with the clock begun anew at the instant, and the journal's facts."""
    clock = FirstReaction(at, _due_at(case, at, world))
    facts = {"first_reaction_due": _receipt(clock, world)} if clock.waits else {}
    return replace(case, first_reaction=clock), facts


def whole_answer(of_category: CategoryTerms) -> dict[str, Any]:
    """For the journal: that the message's own term is one day, and why; nothing where it is not."""
    if of_category.one_day is OneDay.WHOLE_ANSWER:
        return {"one_day": OneDay.WHOLE_ANSWER.value, "one_day_clause": CLAUSE}
    return {}


_WAITING = frozenset({Stage.COORDINATION, Stage.EXECUTION})


def next_overdue(case: Case) -> datetime | None:
    """When the first reaction falls due, while it is waited for and nobody has been told."""
    known = case.first_reaction
    if known is None or case.stage not in _WAITING or not known.waits or known.told:
        return None
    return known.due_at


def overdue(case: Case) -> Case:
    """The case once people have been told that nobody reacted."""
    return replace(case, first_reaction=replace(_clock(case), told=True))


def overdue_facts(case: Case) -> dict[str, Any]:
    """When it came and until when somebody had to react, for the journal."""
    clock = _clock(case)
    return {
        "arrived_at": clock.arrived_at.isoformat(),
        "reaction_due_at": clock.due_at.isoformat() if clock.due_at else None,
    }


def _clock(case: Case) -> FirstReaction:
    assert case.first_reaction is not None, "the alarm was computed from this clock"
    return case.first_reaction


def _arrived(before: Case, after: Case) -> bool:
    """Whether the message has come to the coordinators of an organisation from elsewhere; back from its own people is not that.

    One that no longer waits for the answer to another has come anew.
    """
    from_elsewhere = (
        before.stage in {Stage.MODERATION, Stage.DELIVERY, Stage.RATING} or before.organisation != after.organisation
    )
    waited = before.linked_to is not None and after.linked_to is None
    return after.stage is Stage.COORDINATION and (from_elsewhere or waited)


def _due_at(case: Case, arrived_at: datetime, world: World) -> datetime | None:
    if world.terms_of(case).one_day is not OneDay.FIRST_REACTION:
        return None
    return arrived_at + world.day.hours(world.regulation.settings.first_reaction_hours)


def _receipt(clock: FirstReaction, world: World) -> dict[str, Any]:
    """Every number that the date came from."""
    assert clock.due_at is not None, "a clock that runs has its due date"
    hours = world.regulation.settings.first_reaction_hours
    return {
        "clause": CLAUSE,
        "arrived_at": clock.arrived_at.isoformat(),
        "hours": hours,
        "seconds": int(world.day.hours(hours).total_seconds()),
        "due_at": clock.due_at.isoformat(),
    }


def _taken_up(case: Case) -> tuple[LetterOrder, ...]:
    """The applicant is told that it is in work, where that costs nobody a task."""
    if case.stage is not Stage.EXECUTION:
        return ()
    return tuple(order for order in letters(case, LetterKind.IN_WORK) if order.way is not LetterWay.HANDOVER)
