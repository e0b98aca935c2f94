"""What becomes of letters: an outcome is recorded, a refused one becomes a task for a person. Source: G-19, G-49."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case
from domain.case_parts import LetterFact
from domain.concerned import operators
from domain.rules.delivery import handover_due_at
from domain.verdict import Accepted, Fact, LetterOrder, Notice, World
from domain.vocabulary import ErrandKind, Event, LetterKind, LetterState, LetterWay, NoticeKind


def written(case: Case, letter_id: str, order: LetterOrder, at: datetime, world: World) -> LetterFact:
    """The letter as it begins: published at once on the portal, waiting for the mail, or a task for a person."""
    letter = LetterFact(letter_id, order.kind, order.way, LetterState.PENDING)
    match order.way:
        case LetterWay.PORTAL:
            return replace(letter, state=LetterState.DELIVERED, settled_at=at, recorded=True)
        case LetterWay.HANDOVER:
            return replace(letter, state=LetterState.TASK, task_due_at=handover_due_at(case, at, world), recorded=True)
        case LetterWay.EMAIL:
            return letter


def news(case: Case) -> LetterFact | None:
    """A letter whose outcome the journal does not have yet."""
    return next((one for one in case.letters if one.state in _OUTCOMES and not one.recorded), None)


_OUTCOMES = {LetterState.SENT, LetterState.REFUSED}


def absorb(case: Case, letter: LetterFact, at: datetime, world: World) -> Accepted:
    """The outcome is in the journal; what was refused waits for an intake operator with a due date of its own."""
    facts: dict[str, object] = {"letter": letter.id, "kind": letter.kind.value}
    if letter.state is LetterState.SENT:
        sent = Fact(Event.LETTER_SENT, letter.settled_at or at, None, facts | {"doubtful": letter.doubtful})
        return Accepted(case.with_letter(replace(letter, recorded=True)), (sent,))
    if letter.courtesy:
        return Accepted(
            case.with_letter(replace(letter, recorded=True)), (Fact(Event.LETTER_REFUSED, at, None, facts),)
        )
    if letter.kind is LetterKind.QUESTION and not any(
        one.open and one.kind is ErrandKind.QUESTION for one in case.errands
    ):
        settled = replace(letter, state=LetterState.NOT_NEEDED, settled_at=at, recorded=True)
        return Accepted(case.with_letter(settled), (Fact(Event.LETTER_REFUSED, at, None, facts),))
    due_at = handover_due_at(case, at, world)
    task = replace(letter, state=LetterState.TASK, task_due_at=due_at, task_overdue_told=False, recorded=True)
    refused = Fact(Event.LETTER_REFUSED, at, None, facts | {"task_due_at": due_at.isoformat()})
    return Accepted(case.with_letter(task), (refused,), handover_notices(case, at, world))


def handover_notices(case: Case, at: datetime, world: World) -> tuple[Notice, ...]:
    """Whoever hands answers over in the organisation learns of a letter."""
    return tuple(Notice(person, NoticeKind.HANDOVER_ARRIVED) for person in operators(case, at, world))
