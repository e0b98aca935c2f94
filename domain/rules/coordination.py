"""Coordination: exactly one of five ways for each message. Source: S2, 3.2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.answering import as_facts, suggested, waits_for_somebody
from domain.case import Case, Decision
from domain.case_parts import Draft
from domain.rules import conflict
from domain.rules.base import Decide, Rule, always, enter, fact, holds, moved_to, needs_text
from domain.rules.people import check_executor, check_target, unit_of
from domain.rules.routes import check_route, sent_round
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import Action, DraftKind, Event, PersonId, Role, Stage


def assign(case: Case, decision: Decision, world: World) -> Verdict:
    """An executor of this organisation prepares the answer. Source: S2, 3.2 а."""
    executor = int(decision.parameters["executor"])
    if refusal := check_executor(case, executor, world, decision.decided_at, "S2, 3.2 а", "executor"):
        return refusal
    exception = conflict.exception(case, case.organisation, executor, decision, world)
    if isinstance(exception, Refusal):
        return exception
    assigned = replace(
        case,
        executor=executor,
        unit=unit_of(executor, case.organisation, world),
        coordinator=decision.person,
        started=False,
        returned=False,
    ).joined_by(executor)
    assigned, entry = enter(assigned, Stage.EXECUTION, decision.decided_at)
    choice = as_facts(suggested(case, world.directory, decision.decided_at), case.organisation, assigned.unit)
    accepted = Accepted(assigned, (fact(Event.EXECUTOR_ASSIGNED, decision, executor=executor, **choice, **entry),))
    return conflict.excepted(accepted, decision, world) if exception else accepted


def take(case: Case, decision: Decision, world: World) -> Verdict:
    """The coordinator acts as executor himself; the message is in work at once. Source: S2, 3.2 б."""
    exception = conflict.exception(case, case.organisation, decision.person, decision, world)
    if isinstance(exception, Refusal):
        return exception
    taken = replace(
        case,
        executor=decision.person,
        unit=unit_of(decision.person, case.organisation, world),
        coordinator=decision.person,
        started=True,
        returned=False,
    )
    taken, entry = enter(taken, Stage.EXECUTION, decision.decided_at)
    choice = as_facts(suggested(case, world.directory, decision.decided_at), case.organisation, taken.unit)
    accepted = Accepted(taken, (fact(Event.MESSAGE_TAKEN, decision, executor=decision.person, **choice, **entry),))
    return conflict.excepted(accepted, decision, world) if exception else accepted


def transfer_to_subordinate(case: Case, decision: Decision, world: World) -> Verdict:
    """A subordinate organisation's coordinators get it, without approval; the running entry goes on. Source: S2, 3.2 в.

    What lies with an executor who answers no more by an order enters coordination again there.
    """
    target = decision.text("organisation")
    if not world.directory.is_below(target, case.organisation):
        return Refusal(
            "organisation_not_subordinate", "Эта организация не подведомственна вашей.", "S2, 3.2 в", "organisation"
        )
    if refusal := check_target(target, case, world, decision.decided_at, "S2, 3.2 в"):
        return refusal
    exception = conflict.exception(case, target, None, decision, world)
    if isinstance(exception, Refusal):
        return replace(exception, field=exception.field and "organisation")
    moved = replace(
        moved_to(case, target, world),
        transfers=(*case.transfers, case.organisation),
        coordinator=decision.person,
        returned=False,
    )
    facts: dict[str, Any] = {"organisation": target, "organisation_was": case.organisation}
    if case.stage is Stage.EXECUTION:
        moved, entry = enter(replace(moved, executor=None, started=False), Stage.COORDINATION, decision.decided_at)
        facts |= {"executor_was": case.executor, **entry}
    facts |= as_facts(suggested(case, world.directory, decision.decided_at), target)
    accepted = Accepted(moved, (fact(Event.MESSAGE_TRANSFERRED, decision, **facts),))
    return conflict.excepted(accepted, decision, world) if exception else accepted


def _passes_down(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """A coordinator; of what somebody works on already, where whoever it was given to answers no more by an order."""
    return waits_for_somebody(case, world.directory) and holds(Role.COORDINATOR)(case, person, world, at)


def propose_redirect(case: Case, decision: Decision, world: World) -> Verdict:
    """A redirect to a non-subordinate organisation goes to the heads named. Source: S2, 3.2 г; G-22, G-47.

    Its digest covers target and grounds; whoever has endorsed the identical proposal before is not asked again.
    """
    clause = "S2, 3.2 г"
    target = decision.text("organisation") or None
    external = decision.text("external_name")
    if bool(target) == bool(external):
        return Refusal(
            "redirect_target_missing",
            "Укажите либо организацию системы, либо наименование внешней организации.",
            clause,
            "organisation",
        )
    if target is not None and (refusal := refused_target(case, target, decision.decided_at, world)):
        return refusal
    endorsers, approver = decision.people("endorsers"), int(decision.parameters["approver"])
    if refusal := check_route(case, endorsers, approver, decision, world, clause):
        return refusal
    draft = Draft(
        kind=DraftKind.REDIRECT,
        author=decision.person,
        endorsers=endorsers,
        approver=approver,
        digest=decision.text("text_digest"),
        organisation=target,
        external=target is None,
        external_email=bool(decision.text("external_email")),
    )
    proposed, way = sent_round(replace(case, coordinator=decision.person), draft, decision.decided_at)
    facts = {"organisation": target, "external": draft.external or None} | way
    facts |= as_facts(suggested(case, world.directory, decision.decided_at), target)
    return Accepted(proposed, (fact(Event.REDIRECT_PROPOSED, decision, **facts),))


def refused_target(case: Case, target: str, at: datetime, world: World) -> Refusal | None:
    """A refusal unless the message may be redirected to this organisation. Source: S2, 3.2 г."""
    if target == case.organisation:
        return Refusal("redirect_to_itself", "Сообщение уже находится в этой организации.", "S2, 3.2 г", "organisation")
    if world.directory.is_below(target, case.organisation):
        return Refusal(
            "organisation_subordinate",
            "Эта организация подведомственна вашей: передайте сообщение без согласования.",
            "S2, 3.2 в",
            "organisation",
        )
    return check_target(target, case, world, at, "S2, 3.2 г") or conflict.refused_target(case, target, at, world)


def return_to_superior(case: Case, decision: Decision, world: World) -> Verdict:
    """The organisation that passed the message down gets it back, one step; the running entry goes on. Source: S2, 3.2 д; G-47.

    Where that is superior no more, the nearest that passed it down and still is; where none is, the body next above. A message
    about the head goes to the superior body that considers it, whoever sent it. Source: G-04, G-06.
    """
    if refusal := needs_text(decision, "reason", "мотивированную причину возврата", "S2, 3.2 д"):
        return refusal
    superior = _back_to(case, world)
    if conflict.is_about_head_of(case, case.organisation, decision.decided_at, world):
        superior = conflict.considering(case, case.organisation, decision.decided_at, world)
    if superior in {None, case.organisation}:
        return Refusal("superior_unknown", "Вышестоящего органа, которому это вернуть, нет.", "S2, 3.2 д", "reason")
    if refusal := check_target(superior, case, world, decision.decided_at, "S2, 3.2 д"):
        return refusal
    kept = tuple(one for one in case.transfers if world.directory.is_below(superior, one))
    given_back = tuple(dict.fromkeys((*case.given_back, case.organisation)))
    returned = replace(
        moved_to(case, superior, world), transfers=kept, given_back=given_back, coordinator=decision.person
    )
    return Accepted(
        returned,
        (
            fact(
                Event.MESSAGE_RETURNED_TO_SUPERIOR,
                decision,
                organisation=superior,
                organisation_was=case.organisation,
            ),
        ),
    )


def _back_to(case: Case, world: World) -> str | None:
    directory = world.directory
    above = (one for one in reversed(case.transfers) if directory.is_below(case.organisation, one))
    return next(above, directory.organisations[case.organisation].superior if case.transfers else None)


def _rule(
    action: Action,
    title: str,
    decide: Decide,
    clause: str,
    *leads_to: Stage,
    applies: Callable[[Case], bool] = always,
) -> Rule:
    here = frozenset({Stage.COORDINATION})
    return Rule(action, title, here, holds(Role.COORDINATOR), decide, clause, "координатор", leads_to, applies)


RULES = (
    _rule(Action.ASSIGN, "Назначить исполнителя", assign, "S2, 3.2 а", Stage.EXECUTION),
    _rule(Action.TAKE, "Взять в работу", take, "S2, 3.2 б", Stage.EXECUTION),
    Rule(
        Action.TRANSFER_TO_SUBORDINATE,
        "Передать в подведомственную организацию",
        frozenset({Stage.COORDINATION, Stage.EXECUTION}),
        _passes_down,
        transfer_to_subordinate,
        "S2, 3.2 в",
        "координатор; у исполнителя, который по приказу больше не отвечает, тоже",
        (Stage.COORDINATION,),
    ),
    _rule(
        Action.PROPOSE_REDIRECT,
        "Предложить перенаправление",
        propose_redirect,
        "S2, 3.2 г",
        Stage.ENDORSEMENT,
        Stage.APPROVAL,
    ),
    _rule(
        Action.RETURN_TO_SUPERIOR,
        "Вернуть в вышестоящий орган",
        return_to_superior,
        "S2, 3.2 д",
        Stage.COORDINATION,
        applies=lambda case: bool(case.transfers) or case.complained_of_person is not None,
    ),
)
