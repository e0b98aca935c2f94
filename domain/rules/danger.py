"""Danger to somebody's life: suggested by words, confirmed or dismissed by a person, told at once. Source: G-45."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.concerned import deciding_on_danger, duty, place_of
from domain.rules.base import Rule, either, enter, fact, is_holder, needs_text
from domain.rules.linking import apart
from domain.verdict import Accepted, Verdict, World
from domain.vocabulary import Action, Danger, Event, PersonId, Role, Stage

_CLAUSE = "G-45"
_DECIDE = (Role.INTAKE_OPERATOR, Role.MODERATOR, Role.COORDINATOR)


def decides(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Who takes messages in, moderates or coordinates where it lies; an operator also of the organisation that was named."""
    directory, place = world.directory, place_of(case)
    if any(directory.may(person, role, place, at) for role in _DECIDE):
        return True
    named = case.declared_organisation if case.stage is Stage.MODERATION else None
    return named is not None and directory.may(
        person, Role.INTAKE_OPERATOR, replace(place, organisation=named, unit=None), at
    )


def confirm(case: Case, decision: Decision, world: World) -> Verdict:
    """The message goes before all others, and whoever is on duty is told at once, whoever suggested it.

    It waits for the answer to no other any more.
    """
    told = duty(case, decision.decided_at, world)
    confirmed = replace(
        case,
        danger=Danger.CONFIRMED,
        danger_since_answer=case.considered,
        danger_decided_at=decision.decided_at,
        alerted=told,
    ).joined_by(*told)
    facts: dict[str, Any] = {"danger_was": case.danger.value if case.danger else None, "told": list(told)}
    if case.linked_to is not None and not case.considered:
        confirmed, entry = enter(apart(confirmed), Stage.COORDINATION, decision.decided_at)
        facts |= {"main": case.linked_to, "number": case.linked_number, **entry}
    return Accepted(confirmed, (fact(Event.DANGER_CONFIRMED, decision, **facts),))


def dismiss(case: Case, decision: Decision, world: World) -> Verdict:
    """It was no danger, for a reason; the message takes its place by its term again."""
    if refusal := needs_text(decision, "reason", "почему угрозы жизни нет", _CLAUSE):
        return refusal
    was = case.danger.value if case.danger else None
    dismissed = replace(case, danger=Danger.DISMISSED, danger_decided_at=decision.decided_at, alerted=())
    return Accepted(dismissed, (fact(Event.DANGER_DISMISSED, decision, danger_was=was),))


def suggested(case: Case, at: datetime, world: World) -> Case:
    """The case when words suggest danger, as whoever is to decide on that is told now."""
    case = replace(case, danger=Danger.SUGGESTED, danger_since_answer=case.considered)
    return replace(case, alerted=deciding_on_danger(case, at, world), danger_told_at=at, danger_reminded=False)


def noticed(before: Case, accepted: Accepted, decision: Decision, world: World) -> Accepted:
    """What words of the applicant suggest, after each that he adds; unless it goes before all others for such words already."""
    known = before.urgent and before.danger_since_answer is before.considered
    if not decision.parameters.get("danger") or known:
        return accepted
    told = replace(accepted.facts[0], facts={**accepted.facts[0].facts, "danger": Danger.SUGGESTED.value})
    after = suggested(accepted.case, decision.decided_at, world)
    return replace(accepted, case=after, facts=(told, *accepted.facts[1:]))


def followed(before: Case, after: Case, at: datetime, world: World) -> Case:
    """The case with whom danger concerns where it lies now, when it has moved there undecided or confirmed.

    Who was to decide before it moved still may where he serves; a confirmed one is for those on duty where it is.
    """
    if after.organisation != before.organisation and after.danger_undecided:
        after = _told_anew(after, at, world)
    elif after.organisation != before.organisation and after.urgent:
        there = duty(after, at, world)
        after = replace(after, alerted=there).joined_by(*there)
    return replace(after, alerted=tuple(one for one in after.alerted if one != after.complained_of_person))


def reminded(case: Case, at: datetime, world: World) -> Case:
    """The case when whoever is to decide by now has been reminded that nobody has."""
    return replace(_told_anew(case, at, world), danger_told_at=at, danger_reminded=True)


def _told_anew(case: Case, at: datetime, world: World) -> Case:
    """Whoever was to decide and serves here still, and whoever is to by now."""
    still = (one for one in case.alerted if case.organisation in world.directory.served_by(one, at))
    return replace(case, alerted=tuple(dict.fromkeys((*still, *deciding_on_danger(case, at, world)))))


def is_alerted(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whoever was told of the danger, while he serves where the message lies or above."""
    return case.urgent and person in case.alerted and case.organisation in world.directory.served_by(person, at)


def _unconfirmed(case: Case) -> bool:
    return case.danger is not Danger.CONFIRMED and (case.urgent or not case.considered)


def _standing(case: Case) -> bool:
    return case.urgent


RULES = (
    Rule(
        Action.CONFIRM_DANGER,
        "Подтвердить угрозу жизни",
        frozenset(Stage),
        either(decides, is_holder, is_alerted),
        confirm,
        _CLAUSE,
        "оператор приёма, модератор, координатор, у кого сообщение, дежурные, которым сообщено",
        tuple(Stage),
        _unconfirmed,
        beside=True,
    ),
    Rule(
        Action.DISMISS_DANGER,
        "Угрозы жизни нет",
        frozenset(Stage),
        either(decides, is_alerted),
        dismiss,
        _CLAUSE,
        "оператор приёма, модератор, координатор, дежурные, которым сообщено",
        tuple(Stage),
        _standing,
        beside=True,
    ),
)
