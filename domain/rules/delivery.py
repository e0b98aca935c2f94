"""Delivery by people: «Передать ответ» and news of a failed delivery. Source: S2, 2.1 ж; G-49."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.concerned import operators
from domain.rules.base import Rule, fact, needs_text
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import Action, Event, LetterState, PersonId, Stage

_CLAUSE = "S2, 2.1 ж; G-49"


def confirm_delivery(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant has it: how, when and to whom it was handed over is on record. Source: G-49."""
    letter = case.letter(decision.text("letter"))
    if letter is None or letter.state is not LetterState.TASK:
        return Refusal("letter_not_waiting", "Такого задания на передачу ответа нет.", _CLAUSE, "letter")
    for name, what in (("way", "способ передачи"), ("recipient", "кому передано")):
        if refusal := needs_text(decision, name, what, _CLAUSE):
            return refusal
    handed_over_at = decision.instant("handed_over_at")
    if handed_over_at is None or not case.received_at <= handed_over_at <= decision.decided_at:
        return Refusal(
            "date_impossible", "Время передачи не может быть в будущем или раньше сообщения.", _CLAUSE, "handed_over_at"
        )
    done = replace(letter, state=LetterState.DELIVERED, settled_at=decision.decided_at, recorded=True)
    return Accepted(
        case.with_letter(done),
        (
            fact(
                Event.DELIVERY_CONFIRMED,
                decision,
                letter=letter.id,
                kind=letter.kind.value,
                way=decision.text("way"),
                handed_over_at=handed_over_at.isoformat(),
            ),
        ),
    )


def report_delivery_failure(case: Case, decision: Decision, world: World) -> Verdict:
    """A letter that was sent came back: it becomes a task with a due date of its own. Source: G-49."""
    letter = case.letter(decision.text("letter"))
    if letter is None or not letter.may_come_back:
        return Refusal("letter_not_sent", "Такого отправленного письма нет.", _CLAUSE, "letter")
    if refusal := needs_text(decision, "reason", "что случилось с письмом", _CLAUSE):
        return refusal
    due_at = handover_due_at(case, decision.decided_at, world)
    task = replace(
        letter, state=LetterState.TASK, settled_at=None, task_due_at=due_at, task_overdue_told=False, recorded=True
    )
    return Accepted(
        case.with_letter(task),
        (
            fact(
                Event.DELIVERY_FAILURE_REPORTED,
                decision,
                letter=letter.id,
                kind=letter.kind.value,
                task_due_at=due_at.isoformat(),
            ),
        ),
    )


def handover_due_at(case: Case, at: datetime, world: World) -> datetime:
    """Until when a person hands a letter over: working days of the organisation. UTC. Source: G-49."""
    calendar = world.directory.organisations[case.organisation].calendar
    return calendar.add_working_days(at, world.regulation.settings.handover_working_days)


def _has_task(case: Case) -> bool:
    return any(letter.state is LetterState.TASK for letter in case.letters)


def _has_sent_mail(case: Case) -> bool:
    return any(letter.may_come_back for letter in case.letters)


def _hands_over(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    return person in operators(case, at, world)


RULES = (
    Rule(
        Action.CONFIRM_DELIVERY,
        "Передать ответ",
        frozenset(Stage),
        _hands_over,
        confirm_delivery,
        _CLAUSE,
        "оператор приёма",
        tuple(Stage),
        _has_task,
    ),
    Rule(
        Action.REPORT_DELIVERY_FAILURE,
        "Сообщить о недоставке",
        frozenset(Stage),
        _hands_over,
        report_delivery_failure,
        _CLAUSE,
        "оператор приёма",
        tuple(Stage),
        _has_sent_mail,
    ),
)
