"""Approval (утверждение): the answer goes out, the postponement begins, or the message moves. Source: S2, 3.8, 3.9 а."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.case_parts import Draft
from domain.rules.base import Rule, decides, draft_of, enter, fact, letters, moved_to, plan_of
from domain.rules.execution import check_postponement, check_self_approval, postponed_due_at
from domain.rules.people import check_approver, check_target, has_coordinator
from domain.verdict import Accepted, LetterOrder, Refusal, Verdict, World
from domain.vocabulary import Action, AnswerType, DraftKind, Event, LetterKind, LetterWay, Outcome, Stage


def approve(case: Case, decision: Decision, world: World) -> Verdict:
    """The answer goes to the applicant, the postponement begins, or the message moves. Source: S2, 3.9 а; G-09, G-47, G-48."""
    draft = draft_of(case)
    if refusal := check_approver(case, decision.person, world, decision.decided_at, "S2, 3.9 а", None):
        return refusal
    if draft.kind is DraftKind.REDIRECT:
        return _approve_redirect(case, draft, decision, world)
    if refusal := check_self_approval(case, draft.author, decision.person, decision.decided_at, world):
        return refusal
    if draft.answer_type is AnswerType.POSTPONED:
        return _approve_postponement(case, draft, decision, world)
    approved = replace(
        case,
        draft=None,
        outcome=Outcome.ANSWERED,
        answer_type=draft.answer_type,
        answered_at=decision.decided_at,
        approved_by=decision.person,
        rated=None,
        withdrawal_at=None,
    )
    approved, entry = enter(approved, Stage.DELIVERY, decision.decided_at)
    return Accepted(
        approved,
        (
            fact(
                Event.ANSWER_APPROVED,
                decision,
                type=draft.answer_type.value if draft.answer_type else None,
                text_digest=draft.digest,
                in_time=decision.decided_at <= case.due_at,
                by_executor=True if decision.person == draft.author else None,
                withdrawal_open=True if case.withdrawal_at else None,
                **entry,
            ),
        ),
        letters=letters(approved, LetterKind.ANSWER),
    )


def _approve_postponement(case: Case, draft: Draft, decision: Decision, world: World) -> Verdict:
    """The answer is due on the named date; a new plan over execution, endorsement and approval begins. Source: S2, 3.4 в."""
    until = draft.postponed_until
    assert until is not None, "a postponement has its date since it was submitted"
    if refusal := check_postponement(case, until, decision.decided_at, world):
        return refusal
    due_at = postponed_due_at(case, until, world)
    postponed = replace(
        case,
        draft=None,
        started=True,
        due_at=due_at,
        plan=plan_of(due_at - decision.decided_at, case.organisation, world, postponed=True),
        postponements=case.postponements + 1,
        postponed_until=until,
        message_overdue=False,
        reminded_at=None,
    )
    postponed, entry = enter(postponed, Stage.EXECUTION, decision.decided_at)
    return Accepted(
        postponed,
        (
            fact(
                Event.POSTPONEMENT_APPROVED,
                decision,
                postponed_until=until.isoformat(),
                due_at=due_at.isoformat(),
                due_was=case.due_at.isoformat(),
                text_digest=draft.digest,
                by_executor=True if decision.person == draft.author else None,
                **entry,
            ),
        ),
        letters=letters(postponed, LetterKind.POSTPONEMENT),
    )


def _approve_redirect(case: Case, draft: Draft, decision: Decision, world: World) -> Verdict:
    """The message moves, inside or outside, and the applicant is told. The due date goes with it. Source: S2, 3.9 а; G-47."""
    if draft.organisation is None:
        return _approve_forwarding(case, draft, decision)
    target = _redirect_target(case, draft.organisation, decision.decided_at, world)
    if check_target(target, case, world, decision.decided_at, "S2, 3.9 а"):
        return Refusal(
            "organisation_without_coordinator",
            f"Организация «{world.directory.called(target)}» больше не принимает сообщения: отклоните решение о перенаправлении.",
            "S2, 3.9 а",
        )
    moved = replace(
        moved_to(case, target, world),
        draft=None,
        executor=None,
        coordinator=None,
        transfers=(),
        sent_away=(*case.sent_away, case.organisation),
    )
    moved, entry = enter(moved, Stage.COORDINATION, decision.decided_at)
    return Accepted(
        moved,
        (
            fact(
                Event.REDIRECT_APPROVED,
                decision,
                organisation=target,
                organisation_was=case.organisation,
                organisation_proposed=draft.organisation if target != draft.organisation else None,
                **entry,
            ),
        ),
        letters=letters(moved, LetterKind.REDIRECT),
    )


def _redirect_target(case: Case, proposed: str, at: datetime, world: World) -> str:
    """Where a redirect really goes: back to one that sent it away means up to the lowest common superior. Source: G-47.

    Where nobody coordinates there, to the next one above.
    """
    if proposed not in case.sent_away or proposed not in world.directory.organisations:
        return proposed
    superior = world.directory.common_superior(proposed, case.organisation)
    upwards = reversed(world.directory.organisations[superior].path)
    return next((one for one in upwards if has_coordinator(one, case, world, at)), world.directory.root)


def _approve_forwarding(case: Case, draft: Draft, decision: Decision) -> Verdict:
    """An outside organisation gets the message by a letter with proof; the case ends as «Перенаправлено». Source: G-47."""
    forwarded = replace(case, draft=None, outcome=Outcome.REDIRECTED, answered_at=decision.decided_at)
    forwarded, entry = enter(forwarded, Stage.DELIVERY, decision.decided_at)
    # The whole message goes out with it: what is secret never by e-mail (G-50).
    way = LetterWay.EMAIL if draft.external_email and not case.secret else LetterWay.HANDOVER
    return Accepted(
        forwarded,
        (
            fact(
                Event.REDIRECT_APPROVED,
                decision,
                external=True,
                organisation_was=case.organisation,
                in_time=decision.decided_at <= case.due_at,
                **entry,
            ),
        ),
        letters=(*letters(forwarded, LetterKind.REDIRECT), LetterOrder(LetterKind.FORWARDED, way)),
    )


RULES = (
    Rule(
        Action.APPROVE,
        "Утвердить",
        frozenset({Stage.APPROVAL}),
        decides,
        approve,
        "S2, 3.9 а",
        "руководитель",
        (Stage.DELIVERY, Stage.EXECUTION, Stage.COORDINATION),
    ),
)
