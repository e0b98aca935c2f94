"""The applicant withdraws his message; a person decides whether work on it ends. The clock runs on till then. Source: G-45.

To decide is an errand of the coordinators where the message lies, in moderation of the moderators; it goes where the message goes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.concerned import place_of, working_on_it
from domain.directory import Place
from domain.rules.base import (
    Rule,
    by_applicant,
    either,
    enter,
    fact,
    holds,
    is_holder,
    letters,
    moderates,
    needs_text,
    unless_identified,
)
from domain.rules.errands import leading_pool, new_errand, term_facts, term_of
from domain.verdict import Accepted, Notice, Refusal, Verdict, World
from domain.vocabulary import (
    TIMED_STAGES,
    Action,
    ErrandKind,
    ErrandState,
    Event,
    LetterKind,
    NoticeKind,
    Outcome,
    PersonId,
    Role,
    Stage,
)

_CLAUSE = "G-45"
_STAGES = frozenset(TIMED_STAGES)


def _takes_in(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """An intake operator wherever: applicants call whom they know, and are asked first whose message it is."""
    grants = world.directory.grants_of(person)
    known = world.directory.people.get(person)
    active = known is not None and known.active and not known.system
    return active and any(grant.role is Role.INTAKE_OPERATOR and grant.is_valid(at) for grant in grants)


def ask(case: Case, decision: Decision, world: World) -> Verdict:
    """The applicant no longer wants an answer. Whoever decides on that is told; nothing stops by itself."""
    term = term_of(case, decision, world, world.regulation.settings.withdrawal_days, _CLAUSE)
    assert not isinstance(term, Refusal), "no day was named"
    errand = new_errand(case, decision, ErrandKind.WITHDRAWAL, term, pool=leading_pool(case))
    errand = replace(errand, remind_at=decision.decided_at + (term.due_at - decision.decided_at) / 2)
    asked = replace(case.with_errand(errand), withdrawal_at=decision.decided_at)
    place = place_of(case)
    decide = working_on_it(case, decision.decided_at, world) + _coordinators(place, decision.decided_at, world)
    told = tuple(Notice(one, NoticeKind.WITHDRAWAL_ASKED) for one in dict.fromkeys(decide) if one != decision.person)
    row = fact(Event.WITHDRAWAL_ASKED, decision, errands=[errand.id], **term_facts(term))
    return Accepted(asked, (row,), told)


def _decided(case: Case, decision: Decision) -> tuple[Case, str | None]:
    """The case with what was to be decided decided, and the id of that errand."""
    open_ones = (one for one in case.errands if one.open and one.kind is ErrandKind.WITHDRAWAL)
    if (errand := next(open_ones, None)) is None:
        return case, None
    at = decision.decided_at
    return case.with_errand(
        replace(errand, state=ErrandState.DONE, settled_at=at, settled_in=decision.id, remind_at=None)
    ), errand.id


def write_down(case: Case, decision: Decision, world: World) -> Verdict:
    """The same, as an intake operator hears it from a caller whose message it surely is."""
    return unless_identified(decision, _CLAUSE) or ask(case, decision, world)


def _coordinators(place: Place, at: datetime, world: World) -> tuple[PersonId, ...]:
    return world.directory.holders(Role.COORDINATOR, place, at)


def confirm(case: Case, decision: Decision, world: World) -> Verdict:
    """Work on the message ends as the applicant wished, and he is told. What was written stays in the record."""
    if case.urgent:
        return Refusal(
            "danger_open", "Сначала решите об угрозе жизни: пока она не отклонена, работа не прекращается.", _CLAUSE
        )
    decided, errand = _decided(case, decision)
    ended = replace(decided, draft=None, outcome=Outcome.WITHDRAWN, answered_at=decision.decided_at)
    ended, entry = enter(ended, Stage.DELIVERY, decision.decided_at)
    in_time = decision.decided_at <= case.due_at
    row = fact(Event.MESSAGE_WITHDRAWN, decision, errand=errand, in_time=in_time, **entry)
    return Accepted(ended, (row,), letters=letters(ended, LetterKind.WITHDRAWN))


def keep_on(case: Case, decision: Decision, world: World) -> Verdict:
    """Work goes on all the same, for a reason that the applicant is told: danger, the interest of others."""
    if refusal := needs_text(decision, "reason", "почему рассмотрение продолжается", _CLAUSE):
        return refusal
    decided, errand = _decided(case, decision)
    kept = replace(decided, withdrawal_at=None)
    row = fact(Event.CONSIDERATION_CONTINUED, decision, errand=errand)
    return Accepted(kept, (row,), letters=letters(kept, LetterKind.CONTINUED))


def _may_be_asked(case: Case) -> bool:
    return case.withdrawal_at is None and not case.considered


def _asked(case: Case) -> bool:
    return case.withdrawal_at is not None and not case.considered


def _executes(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    return case.stage is Stage.EXECUTION and is_holder(case, person, world, at)


_DECIDES = either(holds(Role.COORDINATOR), moderates, _executes)
_WHO = "координатор, исполнитель, на модерации модератор"

RULES = (
    Rule(
        Action.ASK_WITHDRAWAL,
        "Отозвать сообщение",
        _STAGES,
        by_applicant,
        ask,
        _CLAUSE,
        "заявитель",
        TIMED_STAGES,
        _may_be_asked,
        beside=True,
    ),
    Rule(
        Action.RECORD_WITHDRAWAL,
        "Записать отзыв со слов заявителя",
        _STAGES,
        _takes_in,
        write_down,
        _CLAUSE,
        "оператор приёма",
        TIMED_STAGES,
        _may_be_asked,
        beside=True,
    ),
    Rule(
        Action.CONFIRM_WITHDRAWAL,
        "Прекратить рассмотрение по отзыву",
        _STAGES,
        _DECIDES,
        confirm,
        _CLAUSE,
        _WHO,
        (Stage.DELIVERY,),
        _asked,
    ),
    Rule(
        Action.CONTINUE_CONSIDERATION,
        "Продолжить рассмотрение несмотря на отзыв",
        _STAGES,
        _DECIDES,
        keep_on,
        _CLAUSE,
        _WHO,
        TIMED_STAGES,
        _asked,
        beside=True,
    ),
)
