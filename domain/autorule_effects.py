"""What an auto-rule does to a message that has arrived. Source: S0-23; G-40.

Pure: the dry run over past messages and the real application ask the same functions. A rule has no rights of its own: what it
does goes through the rules of coordination, and what they refuse is not done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.autorules import AutoRule, EffectKind, Effects, Line, MessageFacts
from domain.case import Case, Decision
from domain.directory import Place
from domain.rules import first_reaction
from domain.rules.base import Decide
from domain.rules.card import due_earlier, new_term
from domain.rules.coordination import assign, refused_target, transfer_to_subordinate
from domain.rules.errands import moved_along
from domain.rules.people import unit_of
from domain.verdict import Accepted, Fact, Notice, Refusal, World
from domain.vocabulary import Action, Event, NoticeKind, PersonId, Role, Stage

_NO_PERSON: PersonId = -1
"""In whose place the rules of coordination are asked. No staff number is negative; it never leaves this module."""


@dataclass(frozen=True, slots=True)
class Application:
    """What one rule did to a message: `done` and `refused` by effect; the case and the journal rows that follow."""

    rule: AutoRule
    verdict: Accepted
    done: tuple[EffectKind, ...] = ()
    refused: Mapping[EffectKind, Refusal] = field(default_factory=dict)
    redirect: str | None = None
    """Where the draft redirect goes that waits for a coordinator."""


Load = Callable[[Collection[PersonId]], Mapping[PersonId, int]]
"""Open messages with each of these people now."""


def followed(
    arrived: Case,
    lines: Mapping[str, Line],
    facts: MessageFacts,
    at: datetime,
    world: World,
    load: Load,
    before: Collection[int] = (),
) -> tuple[Application, ...]:
    """What the rules make of the message that has arrived, also where they pass it on to; each sees what those before it have set.

    `before`: rules that were applied in this stage entry. None is applied twice in one, so nothing goes round.
    """
    found: list[Application] = []
    case, came = arrived, None
    while case.stage is Stage.COORDINATION and case.organisation != came:
        came = case.organisation
        line = lines.get(came, Line())
        for rule in line.rules:
            if not rule.conditions.hold(case, facts):
                continue
            if rule.id not in before:
                found.append(applied(case, rule, at, world, load))
                case = found[-1].verdict.case
            if not line.every:
                break
    return tuple(found)


def applied(case: Case, rule: AutoRule, at: datetime, world: World, load: Load) -> Application:
    """The case after the rule, whose conditions hold. What cannot be done is told and changes nothing."""
    found = Application(rule, Accepted(case, ()))
    effects = rule.effects
    if effects.priority and case.unprioritised:
        found = _refused(found, EffectKind.PRIORITY, TAKEN_OFF)
    elif effects.priority:
        found = _marked(found, EffectKind.PRIORITY, prioritised=True)
    if effects.tag in case.tags_off:
        found = _refused(found, EffectKind.TAG, TAKEN_OFF)
    elif effects.tag is not None:
        tags = tuple(dict.fromkeys((*case.tags, effects.tag)))
        found = _marked(found, EffectKind.TAG, tags=tags)
    if effects.template is not None:
        found = _marked(found, EffectKind.TEMPLATE, template=effects.template)
    if effects.days is not None:
        found = _shortened(found, effects.days, at, world)
    found = _moved(found, at, world, load)
    told = Fact(
        Event.AUTO_RULE_APPLIED,
        at,
        None,
        {
            "rule": rule.id,
            "revision": rule.revision,
            "done": [kind.value for kind in found.done],
            "refused": {kind.value: refusal.code for kind, refusal in found.refused.items()},
        },
    )
    blocked = any(refusal not in (ALREADY_MOVED, TAKEN_OFF) for refusal in found.refused.values())
    notices = _told(case, at, world) if blocked else ()
    verdict = replace(found.verdict, facts=(told, *found.verdict.facts), notices=notices)
    return replace(found, verdict=verdict)


def _marked(found: Application, kind: EffectKind, **marks: Any) -> Application:
    verdict = replace(found.verdict, case=replace(found.verdict.case, **marks))
    return replace(found, verdict=verdict, done=(*found.done, kind))


def _shortened(found: Application, days: int, at: datetime, world: World) -> Application:
    """The term counts from the arrival, as every term; where it would not become shorter nothing happens."""
    case = found.verdict.case
    due_at = case.received_at + world.day.days(days)
    if due_at <= at:
        return _refused(found, EffectKind.TERM, TERM_OVER)
    shorter = due_earlier(case, due_at, world)
    if shorter is case:
        return found
    fact = Fact(Event.CARD_CORRECTED, at, None, {"fields": ["due_at"]} | _by(found.rule) | new_term(case, shorter))
    return _with(found, EffectKind.TERM, Accepted(shorter, (fact,)))


def _moved(found: Application, at: datetime, world: World, load: Load) -> Application:
    """The one effect, if any, that says who works on the message."""
    effects, case = found.rule.effects, found.verdict.case
    if case.stage is not Stage.COORDINATION or case.organisation != found.rule.organisation:
        return _refused(found, _kind_of(effects), ALREADY_MOVED)
    if effects.executor is not None:
        return _decided(
            found, EffectKind.ASSIGN, assign, _decision(Action.ASSIGN, at, executor=effects.executor), world
        )
    if effects.unit is not None:
        person = _least_loaded(case, effects.unit, at, world, load)
        if person is None:
            return _refused(found, EffectKind.ASSIGN, NOBODY_IN_UNIT)
        return _decided(found, EffectKind.ASSIGN, assign, _decision(Action.ASSIGN, at, executor=person), world)
    if effects.transfer is not None:
        decision = _decision(Action.TRANSFER_TO_SUBORDINATE, at, organisation=effects.transfer)
        return _decided(found, EffectKind.TRANSFER, transfer_to_subordinate, decision, world)
    if effects.redirect is not None:
        refusal = refused_target(case, effects.redirect, at, world)
        if refusal is not None:
            return _refused(found, EffectKind.REDIRECT, refusal)
        return replace(found, done=(*found.done, EffectKind.REDIRECT), redirect=effects.redirect)
    return found


TERM_OVER = Refusal("term_over", "Срок, который задаёт автоправило, у этого сообщения уже прошёл.", "G-37")

ALREADY_MOVED = Refusal("already_moved", "Другое автоправило уже определило, кто работает с сообщением.")

TAKEN_OFF = Refusal("taken_off", "Отметку снял сотрудник: автоправило её не возвращает.", "G-40")

NOBODY_IN_UNIT = Refusal(
    "nobody_in_unit", "В подразделении нет исполнителя, который вправе работать с этой категорией.", "S2, 3.2 а", "unit"
)


def _decided(found: Application, kind: EffectKind, decide: Decide, decision: Decision, world: World) -> Application:
    """What the rule of coordination answers, with what follows when a coordinator decides: the clock of the first reaction
    hears of it, and what a role is asked for goes along.
    """
    before = found.verdict.case
    verdict = decide(before, decision, world)
    if isinstance(verdict, Refusal):
        return _refused(found, kind, verdict)
    verdict = first_reaction.followed(before, verdict, decision, world, by_rule=True)
    facts = tuple(Fact(one.event, one.at, None, {**one.facts, **_by(found.rule)}) for one in verdict.facts)
    after = moved_along(replace(verdict.case, coordinator=None))
    return _with(found, kind, replace(verdict, case=after, facts=facts))


def _with(found: Application, kind: EffectKind, step: Accepted) -> Application:
    facts = (*found.verdict.facts, *step.facts)
    letters = (*found.verdict.letters, *step.letters)
    return replace(found, verdict=replace(step, facts=facts, letters=letters), done=(*found.done, kind))


def _refused(found: Application, kind: EffectKind | None, refusal: Refusal) -> Application:
    return replace(found, refused={**found.refused, kind: refusal}) if kind is not None else found


def _kind_of(effects: Effects) -> EffectKind | None:
    if effects.executor is not None or effects.unit is not None:
        return EffectKind.ASSIGN
    if effects.transfer is not None:
        return EffectKind.TRANSFER
    return EffectKind.REDIRECT if effects.redirect is not None else None


def _least_loaded(case: Case, unit: str, at: datetime, world: World, load: Load) -> PersonId | None:
    """Of those present who work in the unit and may execute this message; of several alike the one with the lowest number."""
    place = Place(case.organisation, None, case.category, case.subcategory)
    executors = world.directory.holders(Role.EXECUTOR, place, at)
    fit = [
        person
        for person in executors
        if unit_of(person, case.organisation, world) == unit and not world.directory.is_away(person, at)
    ]
    if not fit:
        return None
    held = load(fit)
    return min(fit, key=lambda person: (held.get(person, 0), person))


def _told(case: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """The coordinators of the organisation whose rule could not be applied."""
    place = Place(case.organisation, case.unit, case.category, case.subcategory)
    return tuple(
        Notice(one, NoticeKind.AUTO_RULE_REFUSED) for one in world.directory.holders(Role.COORDINATOR, place, at)
    )


def _decision(action: Action, at: datetime, **parameters: Any) -> Decision:
    return Decision("", action, _NO_PERSON, at, 0, parameters)


def _by(rule: AutoRule) -> dict[str, int]:
    return {"rule": rule.id, "revision": rule.revision}
