"""Corrections of the card while the case is open. Old values stay in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Contact, Decision, whole_seconds
from domain.rules.base import Rule, either, fact, has_coordinator, holds, plan_of
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import TIMED_STAGES, Action, Event, Role, Stage

_CLAUSE = "S2, 3.1"


def correct_card(case: Case, decision: Decision, world: World) -> Verdict:
    """The card has the corrected values; the term moves only earlier, and never moves the message itself.

    The running stage is then due at the earlier of its own and the message's due; when the latter lies before the entry,
    it has none. Later entries divide the shorter term. Source: S2, 3.1; architecture «Terms».
    """
    given = decision.parameters
    changed = [name for name in ("category", "subcategory", "contacts", "complained_of") if given.get(name) is not None]
    if not changed:
        return Refusal("nothing_to_correct", "Не указано, что исправить.", _CLAUSE)
    corrected, due_at = case, case.due_at
    if {"category", "subcategory"} & set(changed):
        found = _new_due_at(case, decision, world)
        if isinstance(found, Refusal):
            return found
        due_at = found
        corrected = replace(case, category=decision.text("category"), subcategory=decision.text("subcategory"))
        if not has_coordinator(case.organisation, corrected, world, decision.decided_at):
            return Refusal(
                "category_without_coordinator",
                "По этой категории в организации нет действующего координатора: сообщению некому достаться.",
                _CLAUSE,
                "subcategory",
            )
    if "complained_of" in changed:
        if decision.text("complained_of") not in world.directory.organisations:
            return Refusal("organisation_unknown", "Такой организации нет.", _CLAUSE, "complained_of")
        corrected = replace(corrected, complained_of=decision.text("complained_of"))
    if "contacts" in changed:
        email = bool((given.get("contacts") or {}).get("email"))
        corrected = replace(corrected, contact=Contact(portal=case.contact.portal, email=email))
    stage_due_at, plan, moved = case.stage_due_at, case.plan, due_at != case.due_at
    if moved:
        stage_due_at = min(stage_due_at, due_at) if stage_due_at and due_at > case.entered_at else None
        plan = plan_of(due_at - case.received_at, case.organisation, world)
    return Accepted(
        replace(corrected, due_at=due_at, stage_due_at=stage_due_at, plan=plan),
        (
            fact(
                Event.CARD_CORRECTED,
                decision,
                fields=changed,
                category=corrected.category if corrected.category != case.category else None,
                category_was=case.category if corrected.category != case.category else None,
                subcategory=corrected.subcategory if corrected.subcategory != case.subcategory else None,
                subcategory_was=case.subcategory if corrected.subcategory != case.subcategory else None,
                complained_of=corrected.complained_of if corrected.complained_of != case.complained_of else None,
                complained_of_was=case.complained_of if corrected.complained_of != case.complained_of else None,
                received_at=case.received_at.isoformat() if moved else None,
                term_seconds=whole_seconds(plan.total) if moved else None,
                due_at=due_at.isoformat() if moved else None,
                due_was=case.due_at.isoformat() if moved else None,
                stage_due_at=stage_due_at.isoformat() if moved and stage_due_at else None,
            ),
        ),
    )


def _new_due_at(case: Case, decision: Decision, world: World) -> datetime | Refusal:
    if case.considered or case.stage not in TIMED_STAGES or case.stage is Stage.MODERATION:
        return Refusal("category_fixed", "Категорию меняют между принятием сообщения и ответом.", _CLAUSE, "category")
    category, subcategory = decision.text("category"), decision.text("subcategory")
    if not world.directory.is_subcategory(subcategory, category):
        return Refusal("category_unknown", "Такой подкатегории в этой категории нет.", _CLAUSE, "subcategory")
    if case.postponements:
        return case.due_at
    days = world.directory.term_days(category, subcategory, world.regulation.settings.default_days)
    return min(case.due_at, case.received_at + world.day.days(days))


RULES = (
    Rule(
        Action.CORRECT_CARD,
        "Исправить карточку",
        frozenset(Stage),
        either(holds(Role.COORDINATOR), holds(Role.INTAKE_OPERATOR)),
        correct_card,
        _CLAUSE,
        "координатор, оператор приёма",
        tuple(Stage),
    ),
)
