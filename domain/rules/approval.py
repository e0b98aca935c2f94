"""Endorsement (согласование) and approval (утверждение). Source: S2, 3.6–3.9."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision, Draft, Endorsement
from domain.rules.base import (
    Rule,
    check_absence,
    check_head,
    check_target,
    either,
    enter,
    fact,
    has_coordinator,
    holds,
    is_holder,
    letters,
    moved_to,
    needs_text,
    plan_of,
)
from domain.rules.execution import check_postponement, check_self_approval, postponed_due_at
from domain.verdict import Accepted, LetterOrder, Refusal, Verdict, World
from domain.vocabulary import (
    Action,
    AnswerType,
    DraftKind,
    Event,
    LetterKind,
    LetterWay,
    Outcome,
    PersonId,
    Role,
    Stage,
)


def _draft(case: Case) -> Draft:
    assert case.draft is not None, "nothing is on its way through endorsement and approval"
    return case.draft


def endorse(case: Case, decision: Decision, world: World) -> Verdict:
    """The next endorser is asked, or the approver when all have endorsed. Source: S2, 3.7 а; G-22.

    Skipped is who endorsed this very text before: an edit may have brought it back.
    """
    draft = _draft(case)
    if refusal := check_head(case, decision.person, world, decision.decided_at, "S2, 3.7 а", None):
        return refusal
    own = Endorsement(decision.person, draft.digest)
    endorsed = case if own in case.endorsements else replace(case, endorsements=(*case.endorsements, own))
    position = draft.position + 1
    while position < len(draft.endorsers) and endorsed.has_endorsed(draft.endorsers[position], draft.digest):
        position += 1
    nxt = replace(draft, position=position, endorsed_here=draft.endorsed_here + 1)
    endorsed = replace(endorsed, draft=nxt)
    entry: dict[str, object] = {}
    if nxt.endorser is None:
        endorsed, entry = enter(endorsed, Stage.APPROVAL, decision.decided_at)
    return Accepted(
        endorsed, (fact(Event.DRAFT_ENDORSED, decision, kind=draft.kind.value, text_digest=draft.digest, **entry),)
    )


def approve(case: Case, decision: Decision, world: World) -> Verdict:
    """The answer goes to the applicant, the postponement begins, or the message moves. Source: S2, 3.9 а; G-09, G-47, G-48."""
    draft = _draft(case)
    if refusal := check_head(case, decision.person, world, decision.decided_at, "S2, 3.9 а", None):
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
            f"Организация «{target}» больше не принимает сообщения: отклоните решение о перенаправлении.",
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


def reject(case: Case, decision: Decision, world: World) -> Verdict:
    """An answer goes back to its executor for rework, a redirect to the coordinators. Source: S2, 3.7 б, 3.9 б."""
    clause = "S2, 3.7 б" if case.stage is Stage.ENDORSEMENT else "S2, 3.9 б"
    if refusal := needs_text(decision, "reason", "мотивированную причину отклонения", clause):
        return refusal
    draft = _draft(case)
    if draft.kind is DraftKind.ANSWER:
        back, to = replace(case, draft=None, started=True, returned=True), Stage.EXECUTION
    else:
        back, to = replace(case, draft=None, returned=True), Stage.COORDINATION
    back, entry = enter(back, to, decision.decided_at)
    return Accepted(
        back, (fact(Event.DRAFT_REJECTED, decision, kind=draft.kind.value, text_digest=draft.digest, **entry),)
    )


def delegate(case: Case, decision: Decision, world: World) -> Verdict:
    """Another head with the authority decides instead; the running entry goes on. Source: S2, 3.7 в, 3.9 в; G-20, G-21, G-48."""
    endorsing = case.stage is Stage.ENDORSEMENT
    clause = "S2, 3.7 в" if endorsing else "S2, 3.9 в"
    if refusal := needs_text(decision, "reason", "мотивированную причину передачи права", clause):
        return refusal
    absence = decision.text("absence")
    if decision.person != case.holder.person and not absence:
        return Refusal("absence_missing", "Укажите причину отсутствия руководителя.", clause, "absence")
    if refusal := check_absence(absence, clause):
        return refusal
    head = int(decision.parameters["head"])
    if refusal := check_head(case, head, world, decision.decided_at, clause, "head"):
        return refusal
    if refusal := _check_new_head(case, head, clause, decision, world):
        return refusal
    draft = _draft(case)
    if endorsing:
        at = draft.position
        changed = replace(draft, endorsers=(*draft.endorsers[:at], head, *draft.endorsers[at + 1 :]))
    else:
        changed = replace(draft, approver=head)
    return Accepted(
        replace(case, draft=changed).joined_by(head),
        (
            fact(
                Event.RIGHT_DELEGATED,
                decision,
                head=head,
                head_was=case.holder.person,
                absence=absence or None,
                right="endorsement" if endorsing else "approval",
            ),
        ),
    )


def _check_new_head(case: Case, head: PersonId, clause: str, decision: Decision, world: World) -> Refusal | None:
    draft = _draft(case)
    if head == case.holder.person:
        return Refusal("head_same", "Решение уже за этим руководителем.", clause, "head")
    if case.stage is Stage.APPROVAL:
        if draft.kind is DraftKind.REDIRECT:
            return None
        return check_self_approval(case, draft.author, head, decision.decided_at, world)
    if draft.kind is DraftKind.ANSWER and head == draft.author:
        return Refusal("endorser_is_author", "Автор ответа не согласует его сам.", clause, "head")
    if head in draft.endorsers or case.has_endorsed(head, draft.digest):
        return Refusal("endorser_twice", "Этот руководитель уже есть среди согласующих этот текст.", clause, "head")
    return None


def edit_answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The text has a new version; the old one stays, its endorsements too, and all concerned see the difference.

    Source: S2, 3.7 а, 3.9 а; G-22.
    """
    if refusal := needs_text(decision, "text", "новый текст ответа", "S2, 3.7 а"):
        return refusal
    draft, digest = _draft(case), decision.text("text_digest")
    if digest == draft.digest:
        return Refusal("text_unchanged", "Текст не изменился.", "S2, 3.7 а", "text")
    return Accepted(
        replace(case, draft=replace(draft, digest=digest)),
        (fact(Event.ANSWER_EDITED, decision, text_digest=digest, text_digest_was=draft.digest),),
    )


def withdraw_answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The executor takes his answer back to improve it, until somebody has endorsed it."""
    back = replace(case, draft=None, started=True)
    back, entry = enter(back, Stage.EXECUTION, decision.decided_at)
    return Accepted(back, (fact(Event.ANSWER_WITHDRAWN, decision, **entry),))


def _is_executor(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    known = world.directory.people.get(person)
    return case.executor == person and known is not None and known.active


def _is_answer(case: Case) -> bool:
    return case.draft is not None and case.draft.kind is DraftKind.ANSWER


def _untouched_answer(case: Case) -> bool:
    return case.draft is not None and case.draft.kind is DraftKind.ANSWER and case.draft.endorsed_here == 0


_BOTH = frozenset({Stage.ENDORSEMENT, Stage.APPROVAL})
_HEAD = "руководитель"

RULES = (
    Rule(
        Action.ENDORSE,
        "Согласовать",
        frozenset({Stage.ENDORSEMENT}),
        is_holder,
        endorse,
        "S2, 3.7 а",
        _HEAD,
        (Stage.ENDORSEMENT, Stage.APPROVAL),
    ),
    Rule(
        Action.APPROVE,
        "Утвердить",
        frozenset({Stage.APPROVAL}),
        is_holder,
        approve,
        "S2, 3.9 а",
        _HEAD,
        (Stage.DELIVERY, Stage.EXECUTION, Stage.COORDINATION),
    ),
    Rule(
        Action.REJECT,
        "Отклонить",
        _BOTH,
        is_holder,
        reject,
        "S2, 3.7 б, 3.9 б",
        _HEAD,
        (Stage.EXECUTION, Stage.COORDINATION),
    ),
    Rule(
        Action.DELEGATE,
        "Передать право",
        _BOTH,
        either(is_holder, holds(Role.ADMINISTRATOR)),
        delegate,
        "S2, 3.7 в, 3.9 в",
        "руководитель, администратор",
        (Stage.ENDORSEMENT, Stage.APPROVAL),
    ),
    Rule(
        Action.EDIT_ANSWER,
        "Изменить ответ",
        _BOTH,
        is_holder,
        edit_answer,
        "S2, 3.7 а, 3.9 а",
        _HEAD,
        (Stage.ENDORSEMENT, Stage.APPROVAL),
        _is_answer,
    ),
    Rule(
        Action.WITHDRAW_ANSWER,
        "Отозвать ответ",
        _BOTH,
        _is_executor,
        withdraw_answer,
        "S2, 3.6",
        "исполнитель",
        (Stage.EXECUTION,),
        _untouched_answer,
    ),
)
