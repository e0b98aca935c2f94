"""The applicant takes part: what he adds to his message of his own accord. Beside the stage. Source: S3, 5.2; G-43."""

from __future__ import annotations

from domain.case import Case, Decision
from domain.notices import working_on_it
from domain.rules.base import Rule, by_applicant, fact, needs_text
from domain.verdict import Accepted, Notice, Verdict, World
from domain.vocabulary import TIMED_STAGES, Action, Event, NoticeKind

_CLAUSE = "S3, 5.2"


def add_facts(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant adds to his message; whoever works on it is told. The clock runs on."""
    if refusal := needs_text(decision, "text", "что вы хотите добавить", _CLAUSE):
        return refusal
    told = working_on_it(case, decision.decided_at, world)
    return Accepted(
        case, (fact(Event.FACTS_ADDED, decision),), tuple(Notice(one, NoticeKind.APPLICANT_WROTE) for one in told)
    )


RULES = (
    Rule(
        Action.ADD_FACTS,
        "Дополнить сообщение",
        frozenset(TIMED_STAGES),
        by_applicant,
        add_facts,
        _CLAUSE,
        "заявитель",
        TIMED_STAGES,
        beside=True,
    ),
)
