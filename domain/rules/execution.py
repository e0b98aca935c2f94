"""Execution: the executor works, gives the message back or on, or submits an answer. Source: S2, 3.3–3.5."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.answering import as_facts, suggested, waits_for_somebody
from domain.case import Case, Decision
from domain.case_parts import Draft
from domain.rules import conflict
from domain.rules.base import Rule, either, enter, fact, holds, is_holder, needs_text
from domain.rules.people import approvers, check_absence, check_executor, is_called, unit_of
from domain.rules.routes import check_route, sent_round
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import Action, AnswerType, DraftKind, Event, PersonId, Role, Stage


def start_work(case: Case, decision: Decision, world: World) -> Verdict:
    """The executor has it in work. Source: S2, 3.3 а."""
    return Accepted(replace(case, started=True), (fact(Event.WORK_STARTED, decision),))


def return_to_coordination(case: Case, decision: Decision, world: World) -> Verdict:
    """Assigned by mistake: the coordinators get it back with the reason. Source: S2, 3.3 б."""
    if refusal := needs_text(decision, "reason", "мотивированную причину возврата", "S2, 3.3 б"):
        return refusal
    return _back_to_coordination(case, decision, Event.MESSAGE_RETURNED_TO_COORDINATION)


def recall(case: Case, decision: Decision, world: World) -> Verdict:
    """A coordinator takes an assignment back, so that no message waits with a person who does nothing."""
    if refusal := needs_text(decision, "reason", "причину отзыва назначения", "S2, 3.2"):
        return refusal
    return _back_to_coordination(case, decision, Event.ASSIGNMENT_RECALLED)


def _back_to_coordination(case: Case, decision: Decision, event: Event) -> Verdict:
    back = replace(case, executor=None, unit=None, started=False, returned=False)
    back, entry = enter(back, Stage.COORDINATION, decision.decided_at)
    return Accepted(back, (fact(event, decision, executor_was=case.executor, **entry),))


def reassign(case: Case, decision: Decision, world: World) -> Verdict:
    """Another executor gets it with the reason; the running entry goes on. Source: S2, 3.3 в; G-20.

    Of what is handed on from who answers no more the journal tells the suggestion, as of any choice (G-05).
    """
    clause = "S2, 3.3 в"
    if refusal := needs_text(decision, "reason", "мотивированную причину переназначения", clause):
        return refusal
    absence = decision.text("absence")
    if decision.person == case.executor and not absence:
        return Refusal(
            "absence_missing", "Укажите причину отсутствия: отпуск, болезнь, увольнение, иное.", clause, "absence"
        )
    if refusal := check_absence(absence, clause):
        return refusal
    executor = int(decision.parameters["executor"])
    if executor == case.executor:
        return Refusal("executor_same", "Сообщение уже у этого исполнителя.", clause, "executor")
    if refusal := check_executor(case, executor, world, decision.decided_at, clause, "executor"):
        return refusal
    exception = conflict.exception(case, case.organisation, executor, decision, world)
    if isinstance(exception, Refusal):
        return exception
    moved = replace(case, executor=executor, unit=unit_of(executor, case.organisation, world), started=False)
    facts: dict[str, Any] = {"executor": executor, "executor_was": case.executor, "absence": absence or None}
    if waits_for_somebody(case, world.directory):
        facts |= as_facts(suggested(case, world.directory, decision.decided_at), case.organisation, moved.unit)
    accepted = Accepted(moved.joined_by(executor), (fact(Event.EXECUTOR_REASSIGNED, decision, **facts),))
    return conflict.excepted(accepted, decision, world) if exception else accepted


def submit_answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The prepared answer goes to those who endorse, in order, then to the one who approves. Source: S2, 3.4–3.6; G-22.

    Whoever has endorsed the identical text before is not asked again. A secret answer makes the card secret (G-50).
    """
    answer_type = AnswerType(decision.text("type"))
    if refusal := needs_text(decision, "text", "текст ответа", "S2, 3.5 а"):
        return refusal
    if refusal := _check_type(case, answer_type, decision, world):
        return refusal
    endorsers, approver = decision.people("endorsers"), int(decision.parameters["approver"])
    if refusal := _check_answer_route(case, endorsers, approver, decision, world):
        return refusal

    draft = Draft(
        kind=DraftKind.ANSWER,
        author=decision.person,
        endorsers=endorsers,
        approver=approver,
        digest=decision.text("text_digest"),
        answer_type=answer_type,
        postponed_until=decision.day("postponed_until") if answer_type is AnswerType.POSTPONED else None,
    )
    secret = case.secret or bool(decision.parameters.get("secret"))
    submitted, way = sent_round(replace(case, secret=secret), draft, decision.decided_at)
    facts = {
        "type": answer_type.value,
        "ground": decision.text("ground") or None,
        "postponed_until": draft.postponed_until.isoformat() if draft.postponed_until else None,
        "secret": True if secret != case.secret else None,
        "template": decision.text("template") or None,
        "locked_changed": decision.parameters.get("locked_changed"),
    } | way
    return Accepted(submitted, (fact(Event.ANSWER_SUBMITTED, decision, **facts),))


def _check_type(case: Case, answer_type: AnswerType, decision: Decision, world: World) -> Refusal | None:
    match answer_type:
        case AnswerType.DECLINED:
            if not world.regulation.knows_ground(decision.text("ground")):
                return Refusal(
                    "ground_unknown", "Такой причины в правилах подачи сообщения нет.", "S2, 3.4 г", "ground"
                )
            return None
        case AnswerType.POSTPONED:
            until = decision.day("postponed_until")
            if until is None:
                return Refusal(
                    "date_missing", "Укажите дату, до которой отложено рассмотрение.", "S2, 3.4 в", "postponed_until"
                )
            return check_postponement(case, until, decision.decided_at, world)
        case AnswerType.SOLVED | AnswerType.NOT_SOLVED:
            return None


def check_postponement(case: Case, until: date, at: datetime, world: World) -> Refusal | None:
    """A refusal unless the consideration may be postponed to the local date, as things stand at the instant.

    Source: S2, 3.4 в; G-09. Asked when the answer is submitted and again when it is approved.
    """
    clause, name = "S2, 3.4 в", "postponed_until"
    settings = world.regulation.settings
    if world.day.shortened:
        return Refusal(
            "postponement_shortened_day",
            "В этой базе день срока укорочен для показа, а дата отложения настоящая: «Отложено» здесь недоступно.",
            clause,
            name,
        )
    if case.postponements >= settings.postponements:
        return Refusal("postponed_already", "Рассмотрение уже откладывалось; второй раз нельзя.", clause, name)
    due_on = world.directory.organisations[case.organisation].calendar.local(case.due_at).date()
    days = world.terms_of(case).postponement_days
    longest = timedelta(days=days)
    # Clamped first: a date at the edge of the calendar (year 1, year 9999) has no instant, and an exception here sticks.
    due_at = postponed_due_at(case, max(due_on, min(until, due_on + longest + timedelta(days=2))), world)
    if due_at <= at or due_at <= case.due_at:
        return Refusal("date_too_early", "Дата должна быть позже нынешнего срока ответа.", clause, name)
    if due_at > case.due_at + longest:
        return Refusal(
            "date_too_late",
            f"Отложить можно не более чем на {days} дней после срока.",
            clause,
            name,
        )
    return None


def postponed_due_at(case: Case, until: date, world: World) -> datetime:
    """The instant at which the local date begins where the message lies. UTC."""
    return world.directory.organisations[case.organisation].calendar.instant(until)


def _check_answer_route(
    case: Case, endorsers: tuple[PersonId, ...], approver: PersonId, decision: Decision, world: World
) -> Refusal | None:
    if refusal := check_route(case, endorsers, approver, decision, world, "S2, 3.5 д, е"):
        return refusal
    if decision.person in endorsers:
        return Refusal("endorser_is_author", "Автор ответа не согласует его сам.", "S2, 3.5 д", "endorsers")
    return check_self_approval(case, decision.person, approver, decision.decided_at, world)


def check_self_approval(case: Case, author: PersonId, approver: PersonId, at: datetime, world: World) -> Refusal | None:
    """A refusal when an author would approve his own answer though the organisation does not allow it and another head is there.

    Heads who may not approve it are no others. Source: G-48.
    """
    if approver != author or world.directory.organisations[case.organisation].self_approval:
        return None
    heads = approvers(case, world, at)
    if all(head == author or world.directory.is_away(head, at) for head in heads):
        return None
    return Refusal(
        "self_approval",
        "Утвердить собственный ответ нельзя: есть другой руководитель с полномочиями.",
        "G-48",
        "approver",
    )


_HERE = frozenset({Stage.EXECUTION})
_HOLDER = "исполнитель"
_COORDINATOR = holds(Role.COORDINATOR)

RULES = (
    Rule(
        Action.START_WORK,
        "Взять в работу",
        _HERE,
        is_holder,
        start_work,
        "S2, 3.3 а",
        _HOLDER,
        (Stage.EXECUTION,),
        lambda case: not case.started,
    ),
    Rule(
        Action.SUBMIT_ANSWER,
        "Подготовить ответ",
        _HERE,
        is_holder,
        submit_answer,
        "S2, 3.4",
        _HOLDER,
        (Stage.ENDORSEMENT, Stage.APPROVAL),
        lambda case: case.started,
    ),
    Rule(
        Action.RETURN_TO_COORDINATION,
        "Вернуть на координацию",
        _HERE,
        is_holder,
        return_to_coordination,
        "S2, 3.3 б",
        _HOLDER,
        (Stage.COORDINATION,),
    ),
    Rule(
        Action.REASSIGN,
        "Переназначить исполнителя",
        _HERE,
        either(is_holder, _COORDINATOR, is_called),
        reassign,
        "S2, 3.3 в",
        "исполнитель, координатор; когда решать некому, руководитель вышестоящего органа",
        (Stage.EXECUTION,),
    ),
    Rule(
        Action.RECALL,
        "Отозвать назначение",
        _HERE,
        _COORDINATOR,
        recall,
        "S2, 3.2",
        "координатор",
        (Stage.COORDINATION,),
    ),
)
