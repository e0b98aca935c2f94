"""The applicant rates his answer, and once asks for a repeat consideration after a low rating. Source: S0, п. 2; G-28.

An answer waits for its rating for some days after its approval, whatever the rating is: whoever pressed the wrong number may
change it until then. The repeat runs through the same stages over a new term of its category, and another head approves it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.case_parts import Rated, Repeat
from domain.rules.base import Rule, by_applicant, enter, fact, needs_text, plan_of
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import Action, Event, Outcome, Stage

_CLAUSE = "S0, п. 2; G-28"
BEST = 5
_HERE = frozenset({Stage.DELIVERY, Stage.RATING})


def until(case: Case, world: World) -> datetime | None:
    """Until when the answer may be rated; None where there is no answer to rate."""
    if case.outcome is not Outcome.ANSWERED or case.answered_at is None:
        return None
    return case.answered_at + world.day.days(world.regulation.settings.rating_days)


def may_ask_repeat(case: Case, world: World) -> bool:
    """Whether the rating is low enough to offer a repeat consideration, which each message has once."""
    return case.repeat is None and case.rated is not None and case.rated.score <= world.regulation.settings.rating_low


def rate(case: Case, decision: Decision, world: World) -> Verdict:
    """The answer has its rating; a later one within the days takes its place. Source: G-28."""
    if refusal := _over(case, decision, world):
        return refusal
    score = int(decision.parameters.get("score") or 0)
    if not 1 <= score <= BEST:
        return Refusal("score_unknown", f"Поставьте оценку от 1 до {BEST}.", _CLAUSE, "score")
    rated = replace(case, rated=Rated(score, decision.decided_at))
    answer = 1 if case.repeat is None else 2
    was = case.rated.score if case.rated else None
    return Accepted(rated, (fact(Event.ANSWER_RATED, decision, score=score, score_was=was, answer=answer),))


def ask_repeat(case: Case, decision: Decision, world: World) -> Verdict:
    """The message is considered once more, from its coordination on, over a new term of its category. Source: S0, п. 2; G-28."""
    if refusal := _over(case, decision, world):
        return refusal
    if not may_ask_repeat(case, world):
        return Refusal(
            "repeat_not_offered",
            "Повторное рассмотрение предлагается один раз, после низкой оценки ответа.",
            _CLAUSE,
        )
    if refusal := needs_text(decision, "missing", "чего не хватает в ответе", _CLAUSE):
        return refusal
    days = world.terms_of(case).days
    again, entry = enter(_anew(case, decision.decided_at, days, world), Stage.COORDINATION, decision.decided_at)
    assert case.rated is not None, "a repeat follows a low rating"
    facts = {
        "score": case.rated.score,
        "term_days": days,
        "due_at": again.due_at.isoformat(),
        "received_at": decision.decided_at.isoformat(),
        "approved_by": case.approved_by,
        "main": case.linked_to,
    }
    return Accepted(again, (fact(Event.REPEAT_ASKED, decision, **facts, **entry),))


def _anew(case: Case, at: datetime, days: int, world: World) -> Case:
    """The case as if it came now to where it was answered; what was before is in the record."""
    assert case.rated is not None, "a repeat follows a low rating"
    assert case.answered_at is not None, "what was rated has been answered"
    total = world.day.days(days)
    return replace(
        case,
        plan=plan_of(total, case.organisation, world),
        due_at=at + total,
        unit=None,
        executor=None,
        coordinator=None,
        started=False,
        returned=False,
        draft=None,
        endorsements=(),
        postponements=0,
        postponed_until=None,
        outcome=None,
        answer_type=None,
        answered_at=None,
        message_overdue=False,
        reminded_at=None,
        rated=None,
        danger_since_answer=False,
        withdrawal_at=None,
        linked_to=None,
        linked_number=None,
        unapprovable_told=False,
        repeat=Repeat(at, case.approved_by, case.rated.score, case.answered_at, case.linked_to, case.linked_number),
    )


def _over(case: Case, decision: Decision, world: World) -> Refusal | None:
    last = until(case, world)
    if last is not None and decision.decided_at <= last:
        return None
    return Refusal("rating_over", "Срок, в который можно оценить ответ, закончился.", _CLAUSE)


RULES = (
    Rule(
        Action.RATE,
        "Оценить ответ",
        _HERE,
        by_applicant,
        rate,
        _CLAUSE,
        "заявитель",
        tuple(_HERE),
        lambda case: case.outcome is Outcome.ANSWERED,
        beside=True,
    ),
    Rule(
        Action.ASK_REPEAT,
        "Попросить рассмотреть повторно",
        _HERE,
        by_applicant,
        ask_repeat,
        _CLAUSE,
        "заявитель",
        (Stage.COORDINATION,),
        lambda case: case.outcome is Outcome.ANSWERED and case.rated is not None and case.repeat is None,
    ),
)
