"""Moderation: accept a message or decline it. Source: S2, 3.1."""

from __future__ import annotations

from dataclasses import replace

from domain.case import Case, Decision
from domain.rules import conflict
from domain.rules.base import Rule, audience_of, changes, check_fact, enter, fact, holds, letters, needs_text, plan_of
from domain.rules.complained import complained_of_person
from domain.rules.people import check_target
from domain.verdict import Accepted, LetterOrder, Refusal, Verdict, World
from domain.vocabulary import Action, Event, LetterKind, Outcome, Role, Stage

_CLAUSE = "S2, 3.1"


def accept(case: Case, decision: Decision, world: World) -> Verdict:
    """The message goes to the coordinators of the organisation that must answer; its term is fixed. Source: S2, 3.1, 3.10."""
    category, subcategory = decision.text("category"), decision.text("subcategory")
    if not world.directory.is_subcategory(subcategory, category):
        return Refusal("category_unknown", "Такой подкатегории в этой категории нет.", _CLAUSE, "subcategory")
    if refusal := check_fact(decision.text("fact"), subcategory, world):
        return refusal
    about = replace(case, category=category, subcategory=subcategory, fact=decision.text("fact") or None)
    if refusal := check_target(decision.text("organisation"), about, world, decision.decided_at, _CLAUSE):
        return refusal
    complained_of = decision.text("complained_of")
    if complained_of and complained_of not in world.directory.organisations:
        return Refusal("organisation_unknown", "Такой организации нет.", _CLAUSE, "complained_of")

    complained = complained_of_person(about, decision, world)
    if isinstance(complained, Refusal):
        return complained
    organisation = decision.text("organisation")
    if refusal := (
        conflict.refused_target(complained, organisation, decision.decided_at, world)
        or conflict.unexplained(complained, organisation, decision, world)
    ):
        return refusal
    return _into_work(case, complained, decision, world)


def _into_work(case: Case, about: Case, decision: Decision, world: World) -> Accepted:
    """`about`: the case with what the moderator says of it. The journal row keeps what was said before."""
    accepted, entry = enter(_fixed(about, decision, world), Stage.COORDINATION, decision.decided_at)
    named = ("category", "subcategory", "fact", "complained_of")
    facts = {name: getattr(accepted, name) for name in ("organisation", *named)}
    facts |= changes(case, accepted, *named, "audience", "complained_of_person")
    moved = accepted.due_at != case.due_at
    about_head_of = conflict.headed(accepted, accepted.organisation, decision.decided_at, world)
    unrelated_to = conflict.unrelated(accepted, accepted.organisation, decision.decided_at, world)
    told = fact(
        Event.MESSAGE_ACCEPTED,
        decision,
        **facts,
        secret=accepted.secret if accepted.secret != case.secret else None,
        term_days=world.terms_of(accepted).days,
        received_at=case.received_at.isoformat(),
        due_at=accepted.due_at.isoformat(),
        due_was=case.due_at.isoformat() if moved else None,
        about_head_of=about_head_of,
        unrelated_to=unrelated_to,
        **entry,
    )
    notices = conflict.told(accepted, decision, world) if about_head_of or unrelated_to else ()
    return Accepted(accepted, (told,), notices, letters(accepted, LetterKind.TERM_MOVED) if moved else ())


def _fixed(about: Case, decision: Decision, world: World) -> Case:
    """The case with whom the moderator says, its term fixed from its arrival."""
    organisation, secret = decision.text("organisation"), decision.parameters.get("secret")
    of_category = world.category_terms(about.category, about.subcategory)
    total = world.day.days(of_category.days)
    due_at = about.received_at + total
    return replace(
        about,
        organisation=organisation,
        complained_of=decision.text("complained_of") or about.complained_of,
        audience=audience_of(decision) or about.audience,
        secret=about.secret if secret is None else bool(secret),
        due_at=due_at,
        terms=of_category,
        plan=plan_of(total, organisation, world),
        message_overdue=about.message_overdue and due_at <= about.due_at,
    )


def decline(case: Case, decision: Decision, world: World) -> Verdict:
    """The message is declined for a reason of the submission rules and the applicant is told. Source: S2, 1.2 д, 3.1."""
    ground = decision.text("ground")
    if not world.regulation.knows_ground(ground):
        return Refusal("ground_unknown", "Такой причины в правилах подачи сообщения нет.", _CLAUSE, "ground")
    if refusal := needs_text(decision, "reason", "мотивированную причину отклонения", _CLAUSE):
        return refusal
    if case.urgent:
        return Refusal(
            "danger_open", "Сначала решите об угрозе жизни: пока она не отклонена, сообщение не отклоняют.", "G-45"
        )
    declined = replace(case, outcome=Outcome.DECLINED, answered_at=decision.decided_at)
    declined, entry = enter(declined, Stage.DELIVERY, decision.decided_at)
    told: tuple[LetterOrder, ...] = letters(declined, LetterKind.DECLINE)
    return Accepted(declined, (fact(Event.MESSAGE_DECLINED, decision, ground=ground, **entry),), letters=told)


RULES = (
    Rule(
        Action.ACCEPT,
        "Принять в работу",
        frozenset({Stage.MODERATION}),
        holds(Role.MODERATOR),
        accept,
        _CLAUSE,
        "модератор",
        (Stage.COORDINATION,),
    ),
    Rule(
        Action.DECLINE,
        "Отклонить сообщение",
        frozenset({Stage.MODERATION}),
        holds(Role.MODERATOR),
        decline,
        _CLAUSE,
        "модератор",
        (Stage.DELIVERY,),
    ),
)
