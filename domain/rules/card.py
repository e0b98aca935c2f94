"""Corrections of the card while the case is open. Old values stay in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision, whole_seconds
from domain.case_parts import Contact
from domain.rules import marks
from domain.rules.base import Rule, audience_of, changes, check_fact, either, fact, holds, moderates, plan_of
from domain.rules.complained import complained_of_person, out_of_conflict
from domain.rules.people import has_coordinator
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import TIMED_STAGES, Action, Event, Role, Stage

_CLAUSE = "S2, 3.1"
_COMPLAINED_OF = ("complained_of", "complained_of_person", "complained_of_title")
_FIELDS = ("category", "subcategory", "fact", "contacts", *_COMPLAINED_OF, "audience")

_TOLD = ("category", "subcategory", "fact", "complained_of", "complained_of_person", "audience", *marks.MARKS)


def correct_card(case: Case, decision: Decision, world: World) -> Verdict:
    """The card has the corrected values; the term moves only earlier, and never moves the message itself.

    The running stage is then due at the earlier of its own and the message's due; when the latter lies before the entry,
    it has none. Later entries divide the shorter term. Source: S2, 3.1; architecture «Terms».
    """
    given = decision.parameters
    changed = [*(name for name in _FIELDS if given.get(name) is not None), *marks.asked(given)]
    if not changed:
        return Refusal("nothing_to_correct", "Не указано, что исправить.", _CLAUSE)
    corrected = case
    for step in (_recategorised, _with_fact, _with_organisation, complained_of_person, marks.remarked, _with_applicant):
        found = step(corrected, decision, world)
        if isinstance(found, Refusal):
            return found
        corrected = found
    facts = changes(case, corrected, *_TOLD) | new_term(case, corrected)
    corrected, entry, notices = out_of_conflict(case, corrected, decision, world)
    return Accepted(corrected, (fact(Event.CARD_CORRECTED, decision, fields=changed, **facts, **entry),), notices)


def _recategorised(case: Case, decision: Decision, world: World) -> Case | Refusal:
    """The case about the other subcategory, if one is given, with its term if that is shorter."""
    if all(decision.parameters.get(name) is None for name in ("category", "subcategory")):
        return case
    if case.considered or case.stage not in TIMED_STAGES or case.stage is Stage.MODERATION:
        return Refusal("category_fixed", "Категорию меняют между принятием сообщения и ответом.", _CLAUSE, "category")
    category, subcategory = decision.text("category"), decision.text("subcategory")
    if (category, subcategory) == (case.category, case.subcategory):
        return case
    if not world.directory.is_subcategory(subcategory, category):
        return Refusal("category_unknown", "Такой подкатегории в этой категории нет.", _CLAUSE, "subcategory")
    fact_stays = case.fact if subcategory == case.subcategory else None
    of_category = world.category_terms(category, subcategory)
    found = replace(case, category=category, subcategory=subcategory, fact=fact_stays, terms=of_category)
    if not has_coordinator(case.organisation, found, world, decision.decided_at):
        return Refusal(
            "category_without_coordinator",
            "По этой категории в организации нет действующего координатора: сообщению некому достаться.",
            _CLAUSE,
            "subcategory",
        )
    due_at = case.counted_from + world.day.days(of_category.days)
    return found if case.postponements else due_earlier(found, due_at, world)


def _with_fact(case: Case, decision: Decision, world: World) -> Case | Refusal:
    fact_ = decision.text("fact")
    if decision.parameters.get("fact") is None:
        return case
    return check_fact(fact_, case.subcategory or "", world) or replace(case, fact=fact_)


def _with_organisation(case: Case, decision: Decision, world: World) -> Case | Refusal:
    if decision.parameters.get("complained_of") is None:
        return case
    if decision.text("complained_of") not in world.directory.organisations:
        return Refusal("organisation_unknown", "Такой организации нет.", _CLAUSE, "complained_of")
    return replace(case, complained_of=decision.text("complained_of"))


def _with_applicant(case: Case, decision: Decision, world: World) -> Case | Refusal:
    """Of whom it is, and how its applicant is reached."""
    contacts = decision.parameters.get("contacts")
    reached = Contact(portal=case.contact.portal, email=bool(contacts.get("email"))) if contacts is not None else None
    return replace(case, audience=audience_of(decision) or case.audience, contact=reached or case.contact)


def due_earlier(case: Case, due_at: datetime, world: World) -> Case:
    """The case due at the instant, unless it is due before it anyhow."""
    if due_at >= case.due_at:
        return case
    stage_due_at = min(case.stage_due_at, due_at) if case.stage_due_at and due_at > case.entered_at else None
    plan = plan_of(due_at - case.counted_from, case.organisation, world)
    return replace(case, due_at=due_at, stage_due_at=stage_due_at, plan=plan)


def new_term(case: Case, corrected: Case) -> dict[str, Any]:
    """The numbers from which the date can be told again; nothing when it stayed."""
    if corrected.due_at == case.due_at:
        return {}
    return {
        "received_at": case.counted_from.isoformat(),
        "term_seconds": whole_seconds(corrected.plan.total),
        "due_at": corrected.due_at.isoformat(),
        "due_was": case.due_at.isoformat(),
        "stage_due_at": corrected.stage_due_at.isoformat() if corrected.stage_due_at else None,
    }


RULES = (
    Rule(
        Action.CORRECT_CARD,
        "Исправить карточку",
        frozenset(Stage),
        either(holds(Role.COORDINATOR), holds(Role.INTAKE_OPERATOR), moderates),
        correct_card,
        _CLAUSE,
        "координатор, оператор приёма, на модерации модератор",
        tuple(Stage),
    ),
)
