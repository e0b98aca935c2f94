"""What the rules of all stages share: the shape of a rule, whose it is, stage entries, letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain import terms
from domain.case import Case, Decision
from domain.case_parts import Draft
from domain.concerned import place_of
from domain.verdict import Fact, LetterOrder, Refusal, Verdict, World
from domain.vocabulary import (
    APPLICANT,
    TIMED_STAGES,
    Action,
    Audience,
    Event,
    LetterKind,
    LetterWay,
    PersonId,
    Role,
    Stage,
)

Who = Callable[[Case, PersonId, World, datetime], bool]

Decide = Callable[[Case, Decision, World], Verdict]


def always(_: Case) -> bool:
    """The action needs nothing of the case but its stage."""
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One action: where it is possible, for whom, what it does. `leads_to`: the stages that may follow, for the docs.

    `beside`: it neither needs the version that its author saw nor raises it, so it makes no other decision stale.
    """

    action: Action
    title: str
    stages: frozenset[Stage]
    who: Who
    decide: Decide
    clause: str
    role: str
    leads_to: tuple[Stage | None, ...]
    applies: Callable[[Case], bool] = always
    beside: bool = False


def holds(role: Role) -> Who:
    """Whoever has the role over the organisation with which the case lies."""

    def who(case: Case, person: PersonId, world: World, at: datetime) -> bool:
        return world.directory.may(person, role, place_of(case), at)

    return who


def moderates(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """A moderator there, until the message is accepted."""
    return case.stage is Stage.MODERATION and holds(Role.MODERATOR)(case, person, world, at)


def by_applicant(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whoever sent the message, and nobody of the staff."""
    return person == APPLICANT


def is_holder(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """The person with whom the message lies, while active."""
    known = world.directory.people.get(person)
    return case.holder.person == person and known is not None and known.active


def decides(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """The holder, unless the message is about himself. Source: G-06."""
    return is_holder(case, person, world, at) and person != case.complained_of_person


def either(*choices: Who) -> Who:
    """Any of these people."""

    def who(case: Case, person: PersonId, world: World, at: datetime) -> bool:
        return any(choice(case, person, world, at) for choice in choices)

    return who


def draft_of(case: Case) -> Draft:
    """What is on its way through endorsement and approval."""
    assert case.draft is not None, "nothing is on its way through endorsement and approval"
    return case.draft


def audience_of(decision: Decision) -> Audience | None:
    """Of whom the message is, by the decision; None where it does not say."""
    given = decision.text("audience")
    return Audience(given) if given else None


def needs_text(decision: Decision, name: str, what: str, clause: str) -> Refusal | None:
    """A refusal unless the text parameter says something."""
    if decision.text(name):
        return None
    return Refusal("reason_missing", f"Укажите: {what}.", clause, name)


HEARD = frozenset({Action.RECORD_WITHDRAWAL, Action.ANSWER_QUESTION})
"""What an intake operator writes down as the applicant tells it, who was made sure of in a call."""

OF_APPLICANT = HEARD | {Action.RECORD_ATTEMPT}
"""What staff write down of his words."""


def unless_identified(decision: Decision, clause: str) -> Refusal | None:
    """A refusal when staff write down words of an applicant of whom nobody made sure in a call that the message is his."""
    if decision.person == APPLICANT or decision.parameters.get("identified"):
        return None
    return Refusal(
        "identity_not_confirmed",
        "Сначала начните разговор и подтвердите, что сообщение принадлежит звонящему.",
        clause,
    )


def enter(case: Case, stage: Stage, at: datetime) -> tuple[Case, dict[str, Any]]:
    """The case as it enters a stage at the instant, and the deadline receipt for the journal. Source: S2, annex; G-10.

    Each entry has its own warning and its own overdue.
    """
    entered = replace(
        case,
        stage=stage,
        entry=case.entry + 1,
        entered_at=at,
        stage_due_at=None,
        warned_people=(),
        warned=False,
        stage_overdue=False,
    )
    if stage not in TIMED_STAGES:
        return entered, {"stage": stage.value, "entry": entered.entry}
    receipt = terms.receipt(case.plan, stage, at, case.due_at)
    return replace(entered, stage_due_at=receipt.due_at), {
        "stage": stage.value,
        "entry": entered.entry,
        "term": receipt.as_facts(),
    }


def fact(event: Event, decision: Decision, **facts: Any) -> Fact:
    """The one journal row of an accepted decision. What the applicant did has an event of its own and no number."""
    person = decision.person if decision.person != APPLICANT else None
    return Fact(event, decision.decided_at, person, {key: value for key, value in facts.items() if value is not None})


def changes(before: Case, after: Case, *names: str) -> dict[str, Any]:
    """What a decision put in place of what, for the journal: `category` and `category_was`; nothing of what stayed."""
    changed = [name for name in names if getattr(after, name) != getattr(before, name)]
    were = {f"{name}_was": getattr(before, name) for name in changed}
    return {name: getattr(after, name) for name in changed} | were


_WRITTEN_BY_PEOPLE = frozenset(
    {
        LetterKind.ANSWER,
        LetterKind.POSTPONEMENT,
        LetterKind.DECLINE,
        LetterKind.CONTINUED,
        LetterKind.CONVERTED,
        LetterKind.QUESTION,
    }
)
"""The letters that carry a text of ours about the matter; the others are made of number, dates and names of bodies."""


def letters(case: Case, kind: LetterKind) -> tuple[LetterOrder, ...]:
    """How the applicant is told: portal record and e-mail, else by hand. Source: S2, 3.9 а; G-19, G-49, G-50.

    What people wrote about a secret matter never goes by e-mail; e-mail then says only that an answer is ready, and of a
    question nothing: an operator asks it.
    """
    found: list[LetterOrder] = []
    by_email = case.contact.email and not (case.secret and kind in _WRITTEN_BY_PEOPLE)
    if case.contact.portal:
        found.append(LetterOrder(kind, LetterWay.PORTAL))
    if by_email:
        found.append(LetterOrder(kind, LetterWay.EMAIL))
    if not found:
        found.append(LetterOrder(kind, LetterWay.HANDOVER))
    if case.contact.email and not by_email and kind is not LetterKind.QUESTION:
        found.append(LetterOrder(LetterKind.ANSWER_READY, LetterWay.EMAIL))
    return tuple(found)


def plan_of(total: timedelta, organisation: str, world: World, *, postponed: bool = False) -> terms.Plan:
    """The plan over `total` in this organisation: where endorsement is not used, execution has its share. Source: G-10."""
    settings = world.regulation.settings
    shares = settings.postponed_shares if postponed else world.regulation.shares
    used = world.directory.organisations[organisation].endorsement
    return terms.plan(total, shares, settings.floor_percent, frozenset() if used else frozenset({Stage.ENDORSEMENT}))


def moved_to(case: Case, organisation: str, world: World) -> Case:
    """The case in the hands of another organisation, whose own stages divide the same term from the next entry on."""
    plan = plan_of(case.plan.total, organisation, world, postponed=case.postponements > 0)
    return replace(case, organisation=organisation, unit=None, plan=plan)


def check_fact(code: str, subcategory: str, world: World) -> Refusal | None:
    """A refusal of a fact that the subcategory does not have; none need be named."""
    if not code or world.directory.is_fact(code, subcategory):
        return None
    return Refusal("fact_unknown", "Такого факта в этой подкатегории нет.", "S2, 3.1", "fact")
