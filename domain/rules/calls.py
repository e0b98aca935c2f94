"""Calls (обзвон): the applicant is called at different hours when an answer needs facts from him. Source: S0, п. 2, 4; G-42."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.calendar import Calendar
from domain.calls import next_attempt, part_of_day
from domain.case import Case, Decision
from domain.concerned import people_of, place_of
from domain.errands import ErrandFact
from domain.rules.base import Rule, fact, letters, needs_text
from domain.rules.conflict import is_about, refusal_of
from domain.rules.errands import (
    AFTER_MODERATION,
    ASKS,
    given,
    has_open,
    in_whose_place,
    is_asked,
    named,
    new_errand,
    settled,
    term_of,
    waiting,
)
from domain.verdict import Accepted, LetterOrder, Refusal, Verdict, World
from domain.vocabulary import (
    Action,
    CallResult,
    ErrandKind,
    Event,
    LetterKind,
    LetterWay,
    NoticeKind,
    PersonId,
    Role,
    Stage,
)

_CLAUSE = "S0, п. 2, 4"
_AGAIN = frozenset({CallResult.NO_ANSWER, CallResult.BUSY})
MISSED = _AGAIN | {CallResult.WRONG_NUMBER}
"""Nobody could speak to the applicant."""
CALLERS = (Role.INTAKE_OPERATOR, Role.EXECUTOR, Role.COORDINATOR)
"""Who may be asked to call: whoever talks to applicants or answers them."""


def ask_for_call(case: Case, decision: Decision, world: World) -> Verdict:
    """Somebody calls the applicant: the one who is named, or the intake operators. The clock of the stage runs on."""
    if refusal := needs_text(decision, "text", "что узнать у заявителя", _CLAUSE):
        return refusal
    if any(one.open and one.kind is ErrandKind.CALL for one in case.errands):
        return Refusal("call_waiting", "Звонок заявителю уже поручен: дождитесь его или отмените.", _CLAUSE, "text")
    settings = world.regulation.settings
    term = term_of(case, decision, world, settings.question_days, _CLAUSE, calls=settings.call_attempts)
    if isinstance(term, Refusal):
        return term
    caller = decision.parameters.get("caller")
    if refusal := _check_caller(case, caller, world, decision.decided_at):
        return refusal
    asked: dict[str, Any] = {"person": int(caller)} if caller is not None else {"pool": Role.INTAKE_OPERATOR}
    return given(case, decision, world, term, new_errand(case, decision, ErrandKind.CALL, term, **asked))


def _check_caller(case: Case, caller: PersonId | None, world: World, at: datetime) -> Refusal | None:
    if caller is None:
        if people_of(case, Role.INTAKE_OPERATOR, case.organisation, at, world):
            return None
        return Refusal(
            "person_without_authority", "Операторов приёма здесь нет: назовите, кто позвонит.", _CLAUSE, "caller"
        )
    if is_about(case, int(caller)):
        return refusal_of("caller")
    if may_call(case, int(caller), world, at):
        return None
    return Refusal(
        "person_without_authority", f"Сотрудник № {caller} не работает с этим сообщением.", _CLAUSE, "caller"
    )


def may_call(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whether he talks to applicants or answers them where the message lies."""
    known, place = world.directory.people.get(person), place_of(case, unit=False)
    speaks = known is not None and not known.system
    return speaks and any(world.directory.may(person, role, place, at) for role in CALLERS)


def record_attempt(case: Case, decision: Decision, world: World) -> Verdict:
    """What came of a call: an end, or the time of the next one, which is in another part of the day.

    A call in the same part of the day as the one before is recorded, and does not count. After the last that counts the
    applicant is asked by letter to get in touch, where he can be written to.
    """
    errand = named(case, decision, ErrandKind.CALL)
    if isinstance(errand, Refusal):
        return errand
    if decision.text("result") not in set(CallResult):
        return Refusal("result_unknown", "Такого результата звонка нет.", _CLAUSE, "result")
    result = CallResult(decision.text("result"))
    if result is CallResult.REACHED and (refusal := needs_text(decision, "text", "что сказал заявитель", _CLAUSE)):
        return refusal
    calendar = world.directory.organisations[case.organisation].calendar
    tried = _with_attempt(errand, decision, result, calendar)
    counted = sum(one["counted"] for one in tried.details["attempts"])
    if result in _AGAIN and counted < world.regulation.settings.call_attempts:
        return _once_more(case, tried, decision, result, calendar)
    told = waiting(case, errand, decision.decided_at, world, NoticeKind.ERRAND_DONE)
    done = settled(
        case,
        tried,
        decision,
        world,
        Event.ERRAND_DONE,
        *told,
        result=result.value,
        attempts=len(tried.details["attempts"]),
    )
    return replace(done, letters=_asked_to_write(case)) if result in MISSED else done


def _with_attempt(errand: ErrandFact, decision: Decision, result: CallResult, calendar: Calendar) -> ErrandFact:
    at = decision.decided_at
    before: list[dict[str, Any]] = list(errand.details.get("attempts") or ())
    last = next((one["part"] for one in reversed(before) if one["counted"]), None)
    part = part_of_day(at, calendar)
    attempt = {
        "at": at.isoformat(),
        "result": result.value,
        "person": decision.person,
        "decision": decision.id,
        "part": part,
        "counted": calendar.is_working_time(at) and part != last,
    }
    return replace(errand, details={**errand.details, "attempts": [*before, attempt]})


def _once_more(case: Case, errand: ErrandFact, decision: Decision, result: CallResult, calendar: Calendar) -> Accepted:
    attempts = errand.details["attempts"]
    last = next((one["part"] for one in reversed(attempts) if one["counted"]), None)
    next_at = next_attempt(decision.decided_at, last, calendar)
    row = fact(
        Event.CALL_ATTEMPTED,
        decision,
        kind=errand.kind.value,
        errand=errand.id,
        result=result.value,
        counted=attempts[-1]["counted"],
        next_at=next_at.isoformat(),
        **in_whose_place(errand, decision),
    )
    return Accepted(case.with_errand(replace(errand, remind_at=next_at)), (row,))


def _asked_to_write(case: Case) -> tuple[LetterOrder, ...]:
    """Where he can be written to: what nobody could say to him by telephone is not given to a person once more."""
    return tuple(one for one in letters(case, LetterKind.CALL_MISSED) if one.way is not LetterWay.HANDOVER)


RULES = (
    Rule(
        Action.ASK_FOR_CALL,
        "Поручить звонок заявителю",
        AFTER_MODERATION,
        ASKS,
        ask_for_call,
        _CLAUSE,
        "исполнитель, координатор",
        tuple(stage for stage in Stage if stage in AFTER_MODERATION),
        beside=True,
    ),
    Rule(
        Action.RECORD_ATTEMPT,
        "Записать звонок",
        AFTER_MODERATION,
        is_asked(ErrandKind.CALL),
        record_attempt,
        _CLAUSE,
        "кому поручен звонок",
        tuple(stage for stage in Stage if stage in AFTER_MODERATION),
        has_open(ErrandKind.CALL),
        beside=True,
    ),
)
