"""The applicant takes part: he is asked, answers, and adds facts of his own accord. Beside the stage. Source: S3, 5.2; G-43."""

from __future__ import annotations

from dataclasses import replace

from domain.case import Case, Decision
from domain.concerned import working_on_it
from domain.rules.base import Rule, by_applicant, either, fact, holds, letters, needs_text, unless_identified
from domain.rules.errands import AFTER_MODERATION, ASKS, given, has_open, named, new_errand, settled, term_of, waiting
from domain.verdict import Accepted, Notice, Refusal, Verdict, World
from domain.vocabulary import (
    APPLICANT,
    TIMED_STAGES,
    Action,
    ErrandKind,
    Event,
    LetterKind,
    NoticeKind,
    Role,
    Stage,
)

_CLAUSE = "S3, 5.2; G-43"


def ask(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant is asked and told of it by his ways; the clock of the stage runs on. Source: G-42, G-43."""
    if refusal := needs_text(decision, "text", "вопрос заявителю", _CLAUSE):
        return refusal
    most = world.regulation.settings.questions_at_once
    if sum(one.open and one.kind is ErrandKind.QUESTION for one in case.errands) >= most:
        detail = f"Ответа уже ждёт столько вопросов, сколько можно ({most}): дождитесь его."
        return Refusal("too_many_questions", detail, _CLAUSE, "text")
    term = term_of(case, decision, world, world.regulation.settings.question_days, _CLAUSE)
    if isinstance(term, Refusal):
        return term
    question = new_errand(case, decision, ErrandKind.QUESTION, term, person=APPLICANT)
    return replace(given(case, decision, world, term, question), letters=letters(case, LetterKind.QUESTION))


def answer(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant answers, himself or through an operator to whom he speaks; also after the day that was asked for."""
    errand = named(case, decision, ErrandKind.QUESTION)
    if isinstance(errand, Refusal):
        return errand
    if refusal := needs_text(decision, "text", "ответ на вопрос", _CLAUSE) or unless_identified(decision, _CLAUSE):
        return refusal
    told = waiting(case, errand, decision.decided_at, world, NoticeKind.APPLICANT_WROTE)
    files = len(decision.parameters.get("own_files") or ()) or None
    late = True if decision.decided_at > errand.due_at else None
    return settled(case, errand, decision, world, Event.ERRAND_DONE, *told, files=files, late=late)


def add_facts(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant adds to his message; whoever works on it is told. The clock runs on."""
    if refusal := needs_text(decision, "text", "что вы хотите добавить", _CLAUSE):
        return refusal
    told = working_on_it(case, decision.decided_at, world)
    files = len(decision.parameters.get("own_files") or ()) or None
    return Accepted(
        case,
        (fact(Event.FACTS_ADDED, decision, files=files),),
        tuple(Notice(one, NoticeKind.APPLICANT_WROTE) for one in told),
    )


RULES = (
    Rule(
        Action.ASK_APPLICANT,
        "Спросить заявителя",
        AFTER_MODERATION,
        ASKS,
        ask,
        _CLAUSE,
        "исполнитель, координатор",
        tuple(stage for stage in Stage if stage in AFTER_MODERATION),
        beside=True,
    ),
    Rule(
        Action.ANSWER_QUESTION,
        "Ответить на вопрос",
        frozenset(Stage),
        either(by_applicant, holds(Role.INTAKE_OPERATOR)),
        answer,
        _CLAUSE,
        "заявитель, оператор приёма с его слов",
        tuple(Stage),
        has_open(ErrandKind.QUESTION),
        beside=True,
    ),
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
