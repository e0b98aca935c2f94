"""Danger to somebody's life: suggested by words, confirmed or dismissed by a person, told at once. Source: G-45."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.notices import duty
from domain.rules.base import Rule, either, enter, fact, is_holder, needs_text, place_of
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
    confirmed = replace(case, danger=Danger.CONFIRMED).joined_by(*told)
    facts: dict[str, Any] = {"danger_was": case.danger.value if case.danger else None, "told": list(told)}
    if case.linked_to is not None and not case.considered:
        confirmed = replace(confirmed, linked_to=None, linked_number=None)
        confirmed, entry = enter(confirmed, Stage.COORDINATION, decision.decided_at)
        facts |= {"main": case.linked_to, "number": case.linked_number, **entry}
    return Accepted(confirmed, (fact(Event.DANGER_CONFIRMED, decision, **facts),))


def dismiss(case: Case, decision: Decision, world: World) -> Verdict:
    """It was no danger, for a reason; the message takes its place by its term again."""
    if refusal := needs_text(decision, "reason", "почему угрозы жизни нет", _CLAUSE):
        return refusal
    was = case.danger.value if case.danger else None
    return Accepted(replace(case, danger=Danger.DISMISSED), (fact(Event.DANGER_DISMISSED, decision, danger_was=was),))


def noticed(before: Case, accepted: Accepted, decision: Decision, world: World) -> Accepted:
    """What words of the applicant suggest, after each that he adds; unless it goes before all others already.

    After the answer nobody works on the message: those on duty are told too, and may read it.
    """
    if not decision.parameters.get("danger") or before.urgent:
        return accepted
    told = replace(accepted.facts[0], facts={**accepted.facts[0].facts, "danger": Danger.SUGGESTED.value})
    after = replace(accepted.case, danger=Danger.SUGGESTED, danger_since_answer=accepted.case.considered)
    if after.considered:
        after = after.joined_by(*duty(after, decision.decided_at, world))
    return replace(accepted, case=after, facts=(told, *accepted.facts[1:]))


def followed(before: Case, after: Case, at: datetime, world: World) -> Case:
    """The case with the people on duty where it lies now, when a confirmed danger has moved there."""
    if after.danger is not Danger.CONFIRMED or after.organisation == before.organisation or after.considered:
        return after
    return after.joined_by(*duty(after, at, world))


def _unconfirmed(case: Case) -> bool:
    return case.danger is not Danger.CONFIRMED and (case.urgent or not case.considered)


def _standing(case: Case) -> bool:
    return case.urgent


RULES = (
    Rule(
        Action.CONFIRM_DANGER,
        "Подтвердить угрозу жизни",
        frozenset(Stage),
        either(decides, is_holder),
        confirm,
        _CLAUSE,
        "оператор приёма, модератор, координатор, у кого сообщение",
        tuple(Stage),
        _unconfirmed,
        beside=True,
    ),
    Rule(
        Action.DISMISS_DANGER,
        "Угрозы жизни нет",
        frozenset(Stage),
        decides,
        dismiss,
        _CLAUSE,
        "оператор приёма, модератор, координатор",
        tuple(Stage),
        _standing,
        beside=True,
    ),
)
