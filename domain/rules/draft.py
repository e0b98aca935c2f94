"""What becomes of a draft on its way, at endorsement and approval alike, beside going on. Source: S2, 3.7 б–в, 3.9 б–в; G-22."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.rules.base import Rule, decides, draft_of, either, enter, fact, holds, needs_text
from domain.rules.execution import check_self_approval
from domain.rules.people import check_absence, check_approver, check_head, is_called
from domain.rules.routes import sent_round
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import Action, DraftKind, Event, PersonId, Role, Stage


def reject(case: Case, decision: Decision, world: World) -> Verdict:
    """An answer goes back to its executor for rework; to the coordinators a redirect, and an answer of whom it was not for.

    Source: S2, 3.7 б, 3.9 б; G-24.
    """
    clause = "S2, 3.7 б" if case.stage is Stage.ENDORSEMENT else "S2, 3.9 б"
    if refusal := needs_text(decision, "reason", "мотивированную причину отклонения", clause):
        return refusal
    draft = draft_of(case)
    facts: dict[str, Any] = {"kind": draft.kind.value, "text_digest": draft.digest}
    back, to = replace(case, draft=None, returned=True), Stage.COORDINATION
    if draft.kind is DraftKind.ANSWER and decision.parameters.get("wrong_addressee"):
        back = replace(back, executor=None, unit=None, started=False)
        facts |= {"wrong_addressee": True, "executor_was": case.executor}
    elif draft.kind is DraftKind.ANSWER:
        back, to = replace(back, started=True), Stage.EXECUTION
    back, entry = enter(back, to, decision.decided_at)
    return Accepted(back, (fact(Event.DRAFT_REJECTED, decision, **facts, **entry),))


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
    check = check_head if endorsing else check_approver
    if refusal := check(case, head, world, decision.decided_at, clause, "head"):
        return refusal
    if refusal := check_new_head(case, head, clause, decision.decided_at, world):
        return refusal
    draft = draft_of(case)
    if endorsing:
        at = draft.position
        endorsers = (*draft.endorsers[:at], head, *draft.endorsers[at + 1 :])
        changed = replace(draft, endorsers=endorsers, acting_for=None)
    else:
        changed = replace(draft, approver=head, acting_for=None)
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


def check_new_head(case: Case, head: PersonId, clause: str, at: datetime, world: World) -> Refusal | None:
    """A refusal when the head, whatever his authority, cannot decide in the place of the one whose turn it is."""
    draft = draft_of(case)
    if head == case.holder.person:
        return Refusal("head_same", "Решение уже за этим руководителем.", clause, "head")
    if case.stage is Stage.APPROVAL:
        if draft.kind is DraftKind.REDIRECT:
            return None
        return check_self_approval(case, draft.author, head, at, world)
    if draft.kind is DraftKind.ANSWER and head == draft.author:
        return Refusal("endorser_is_author", "Автор ответа не согласует его сам.", clause, "head")
    if head in draft.endorsers or case.has_endorsed(head, draft.digest):
        return Refusal("endorser_twice", "Этот руководитель уже есть среди согласующих этот текст.", clause, "head")
    return None


def edit_answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The text has a new version; the old one stays, its endorsements too, and all concerned see the difference.

    Where locked words of a template were changed, those who had endorsed are asked again. Source: S2, 3.7 а, 3.9 а; G-22.
    """
    if refusal := needs_text(decision, "text", "новый текст ответа", "S2, 3.7 а"):
        return refusal
    draft, digest = draft_of(case), decision.text("text_digest")
    if digest == draft.digest:
        return Refusal("text_unchanged", "Текст не изменился.", "S2, 3.7 а", "text")
    edited = replace(case, draft=replace(draft, digest=digest))
    facts: dict[str, Any] = {"text_digest": digest}
    if decision.parameters.get("locked_changed"):
        facts["locked_changed"] = True
        if draft.endorsed_here and world.regulation.settings.endorse_again:
            again = replace(draft, digest=digest, position=0, endorsed_here=0)
            edited, way = sent_round(case, again, decision.decided_at)
            facts |= way
    return Accepted(edited, (fact(Event.ANSWER_EDITED, decision, text_digest_was=draft.digest, **facts),))


def withdraw_answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The executor takes his answer back to improve it, until somebody has endorsed it."""
    back = replace(case, draft=None, started=True)
    back, entry = enter(back, Stage.EXECUTION, decision.decided_at)
    return Accepted(back, (fact(Event.ANSWER_WITHDRAWN, decision, **entry),))


def _administers(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """An administrator, unless the message is about himself: he does not choose who decides. Source: G-06."""
    return person != case.complained_of_person and holds(Role.ADMINISTRATOR)(case, person, world, at)


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
        Action.REJECT,
        "Отклонить",
        _BOTH,
        decides,
        reject,
        "S2, 3.7 б, 3.9 б; G-24",
        _HEAD,
        (Stage.EXECUTION, Stage.COORDINATION),
    ),
    Rule(
        Action.DELEGATE,
        "Передать право",
        _BOTH,
        either(decides, _administers, is_called),
        delegate,
        "S2, 3.7 в, 3.9 в",
        "руководитель, администратор; когда решать некому, руководитель вышестоящего органа",
        (Stage.ENDORSEMENT, Stage.APPROVAL),
    ),
    Rule(
        Action.EDIT_ANSWER,
        "Изменить ответ",
        _BOTH,
        decides,
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
