"""Flags of a message: a child writes, another language. Words suggest them, people set and drop them; nothing is declined. G-45."""

from __future__ import annotations

from dataclasses import replace

from domain.case import Case, Decision
from domain.rules.base import Rule, either, fact, is_holder, needs_text
from domain.rules.danger import decides
from domain.rules.errands import given, is_asked, leading_pool, named, new_errand, settled, term_of, waiting
from domain.verdict import Accepted, Refusal, Verdict, World
from domain.vocabulary import TIMED_STAGES, Action, ErrandKind, ErrandState, Event, Flag, NoticeKind

_CLAUSE = "G-45"
KINDS: dict[Flag, ErrandKind] = {Flag.MINOR: ErrandKind.MINOR, Flag.LANGUAGE: ErrandKind.LANGUAGE}
"""What a flag asks somebody to do."""


def _flag(decision: Decision) -> Flag | Refusal:
    code = decision.text("flag")
    return Flag(code) if code in set(Flag) else Refusal("flag_unknown", "Такой отметки нет.", _CLAUSE, "flag")


def set_flag(case: Case, decision: Decision, world: World) -> Verdict:
    """The message has the flag, and somebody the errand that goes with it: the executor, else whoever leads it."""
    flag = _flag(decision)
    if isinstance(flag, Refusal):
        return flag
    if flag in case.flags:
        return Refusal("flag_set", "Эта отметка уже стоит.", _CLAUSE, "flag")
    term = term_of(case, decision, world, world.regulation.settings.flag_days, _CLAUSE)
    if isinstance(term, Refusal):
        return term
    executor = case.executor
    errand = (
        new_errand(case, decision, KINDS[flag], term, person=executor)
        if executor is not None
        else new_errand(case, decision, KINDS[flag], term, pool=leading_pool(case))
    )
    flagged = replace(case, flags=(*case.flags, flag), flags_suggested=_without(case.flags_suggested, flag))
    return given(flagged, decision, world, term, errand, flag=flag.value)


def drop_flag(case: Case, decision: Decision, world: World) -> Verdict:
    """The flag, or the suggestion of it, was wrong; nobody waits for what it asked for."""
    flag = _flag(decision)
    if isinstance(flag, Refusal):
        return flag
    if flag not in {*case.flags, *case.flags_suggested}:
        return Refusal("flag_not_set", "Такой отметки у сообщения нет.", _CLAUSE, "flag")
    if refusal := needs_text(decision, "reason", "почему отметка не нужна", _CLAUSE):
        return refusal
    after = replace(case, flags=_without(case.flags, flag), flags_suggested=_without(case.flags_suggested, flag))
    for one in case.errands:
        if one.open and one.kind is KINDS[flag]:
            after = after.with_errand(
                replace(one, state=ErrandState.CANCELLED, settled_at=decision.decided_at, settled_in=decision.id)
            )
    return Accepted(after, (fact(Event.FLAG_DROPPED, decision, flag=flag.value),))


def settle_flag(case: Case, decision: Decision, world: World) -> Verdict:
    """What the flag asked for has been done: the representative made sure of, the text translated. The flag stays."""
    errand = named(case, decision, *KINDS.values())
    if isinstance(errand, Refusal):
        return errand
    if refusal := needs_text(decision, "text", "что сделано", _CLAUSE):
        return refusal
    told = waiting(case, errand, decision.decided_at, world, NoticeKind.ERRAND_DONE)
    others = (one for one in told if one.person != decision.person)
    return settled(case, errand, decision, world, Event.ERRAND_DONE, *others)


def _without(flags: tuple[Flag, ...], dropped: Flag) -> tuple[Flag, ...]:
    return tuple(flag for flag in flags if flag is not dropped)


def _lacks_one(case: Case) -> bool:
    return not case.considered and set(case.flags) != set(Flag)


def _has_one(case: Case) -> bool:
    return not case.considered and bool(case.flags or case.flags_suggested)


def _waits(case: Case) -> bool:
    return any(one.open and one.kind in KINDS.values() for one in case.errands)


_WHO = either(decides, is_holder)
_TOLD = "оператор приёма, модератор, координатор, у кого сообщение"

RULES = (
    Rule(
        Action.SET_FLAG,
        "Поставить отметку",
        frozenset(TIMED_STAGES),
        _WHO,
        set_flag,
        _CLAUSE,
        _TOLD,
        TIMED_STAGES,
        _lacks_one,
        beside=True,
    ),
    Rule(
        Action.DROP_FLAG,
        "Снять отметку",
        frozenset(TIMED_STAGES),
        _WHO,
        drop_flag,
        _CLAUSE,
        _TOLD,
        TIMED_STAGES,
        _has_one,
        beside=True,
    ),
    Rule(
        Action.SETTLE_FLAG,
        "Выполнено по отметке",
        frozenset(TIMED_STAGES),
        either(is_asked(*KINDS.values()), is_holder),
        settle_flag,
        _CLAUSE,
        "кому поручено, у кого сообщение",
        TIMED_STAGES,
        _waits,
        beside=True,
    ),
)
