"""Co-executors (соисполнители): others propose, the executor answers alone. Source: S4, 4.3; G-34."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.case import Case, Decision
from domain.directory_records import Answerer
from domain.errand_terms import ErrandTerm, in_days, share_of
from domain.errands import ErrandFact
from domain.rules.base import Rule, needs_text
from domain.rules.conflict import is_about, refusal_of
from domain.rules.errands import AFTER_MODERATION, ASKS, given, has_open, is_asked, named, new_errand, settled, waiting
from domain.verdict import Refusal, Verdict, World
from domain.vocabulary import Action, ErrandKind, Event, NoticeKind, PersonId, Role, Stage

_CLAUSE = "S4, 4.3; G-34"
_ROLES = frozenset({Role.EXECUTOR, Role.HEAD, Role.COORDINATOR})
_BEFORE_ANSWER = frozenset({Stage.COORDINATION, Stage.EXECUTION})


def ask_co_executors(case: Case, decision: Decision, world: World) -> Verdict:
    """Each is asked for proposals within a share of what the executor has left; nothing waits for them. Source: CLK17."""
    people = tuple(dict.fromkeys(decision.people("people")))
    if not people:
        return Refusal("people_missing", "Назовите хотя бы одного соисполнителя.", _CLAUSE, "people")
    for person in people:
        if refusal := check_co_executor(case, person, world, decision.decided_at):
            return refusal
    if refusal := needs_text(decision, "text", "что нужно от соисполнителей", _CLAUSE):
        return refusal
    term = _term_of(case, decision.decided_at, world)
    time = term.due_at - decision.decided_at
    errands = [
        replace(
            new_errand(case, decision, ErrandKind.CONTRIBUTION, term, person=person, place=place),
            remind_at=decision.decided_at + time * 3 / 4,
        )
        for place, person in enumerate(people)
    ]
    return given(case, decision, world, term, *errands)


def _term_of(case: Case, at: datetime, world: World) -> ErrandTerm:
    """Until when they have: a share of what the executor has left; where his time is over, days of their own."""
    until = case.stage_due_at if case.stage is Stage.EXECUTION and case.stage_due_at else case.due_at
    left, settings = until - at, world.regulation.settings
    calendar = world.directory.organisations[case.organisation].calendar
    if left < timedelta(minutes=1):
        return in_days(at, settings.late_co_executor_days, world.day, calendar)
    return share_of(at, left, settings.co_executor_percent, calendar)


def check_co_executor(case: Case, person: PersonId, world: World, at: datetime) -> Refusal | None:
    """A refusal of whoever cannot be asked for proposals."""
    if is_about(case, person):
        return refusal_of("people")
    if not may_contribute(case, person, world, at):
        detail = (
            f"Сотрудник № {person} не может быть соисполнителем: выберите того, кто работает в этой системе органов "
            "или у тех, кто назван приказом."
        )
        return Refusal("person_without_authority", detail, _CLAUSE, "people")
    if person == case.executor:
        return Refusal("co_executor_is_executor", "Исполнитель готовит ответ сам.", _CLAUSE, "people")
    asked = (one for one in case.errands if one.open and one.kind is ErrandKind.CONTRIBUTION)
    if any(person in {one.person, one.acting_for} for one in asked):
        return Refusal("co_executor_twice", f"Уже спросили: сотрудник № {person}.", _CLAUSE, "people")
    return None


def may_contribute(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whether he works, in a role that answers, for this organisation, one below it or one above it, or for whoever the order
    names beside it. Source: G-05.
    """
    known = world.directory.people.get(person)
    if known is None or not known.active:
        return False
    home, here = (
        world.directory.organisations[known.organisation].path,
        world.directory.organisations[case.organisation].path,
    )
    related = home[: len(here)] == here or here[: len(home)] == home
    listed = any(known.organisation in one.organisations or known.unit in one.units for one in also_named(case, world))
    answers = any(one.role in _ROLES and one.is_valid(at) for one in world.directory.grants_of(person))
    return answers and (related or listed)


def also_named(case: Case, world: World) -> tuple[Answerer, ...]:
    """Whoever the order names for the subcategory beside the organisation where the message lies and others of its kind."""
    directory = world.directory
    named = (directory.answerers.get(code) for code in directory.responsible.get(case.subcategory or "", ()))
    return tuple(one for one in named if one is not None and case.organisation not in one.organisations)


def contribute(case: Case, decision: Decision, world: World) -> Verdict:
    """Proposals, or «предложений нет»; whoever asked is told. The answer stays one and the executor's. Source: S4, 4.3."""
    errand = _own(case, decision)
    if isinstance(errand, Refusal):
        return errand
    nothing = bool(decision.parameters.get("nothing"))
    if not nothing and (refusal := needs_text(decision, "text", "предложения, или отметьте, что их нет", _CLAUSE)):
        return refusal
    if nothing and decision.text("text"):
        return Refusal("contribution_unclear", "Либо предложения, либо отметка, что их нет.", _CLAUSE, "nothing")
    done = replace(errand, details={**errand.details, "nothing": nothing})
    told = waiting(case, errand, decision.decided_at, world, NoticeKind.ERRAND_DONE)
    late = True if decision.decided_at > errand.due_at else None
    return settled(case, done, decision, world, Event.ERRAND_DONE, *told, nothing=nothing or None, late=late)


def _own(case: Case, decision: Decision) -> Refusal | ErrandFact:
    """What this person was asked for; he need not name it, since he is asked once at a time."""
    if decision.text("errand"):
        found = named(case, decision, ErrandKind.CONTRIBUTION)
        if isinstance(found, Refusal) or found.person == decision.person:
            return found
        return Refusal("errand_not_yours", "Это поручение дано другому.", _CLAUSE, "errand")
    mine = (one for one in case.errands if one.open and one.kind is ErrandKind.CONTRIBUTION)
    return next(one for one in mine if one.person == decision.person)


RULES = (
    Rule(
        Action.ASK_CO_EXECUTORS,
        "Спросить соисполнителей",
        _BEFORE_ANSWER,
        ASKS,
        ask_co_executors,
        _CLAUSE,
        "исполнитель, координатор",
        tuple(stage for stage in Stage if stage in _BEFORE_ANSWER),
        beside=True,
    ),
    Rule(
        Action.CONTRIBUTE,
        "Ответить исполнителю",
        AFTER_MODERATION,
        is_asked(ErrandKind.CONTRIBUTION),
        contribute,
        _CLAUSE,
        "соисполнитель",
        tuple(stage for stage in Stage if stage in AFTER_MODERATION),
        has_open(ErrandKind.CONTRIBUTION),
        beside=True,
    ),
)
