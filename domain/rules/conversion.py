"""A message that is really a matter of another law: 210-ФЗ becomes a tracked errand here, 59-ФЗ is not received here yet. G-41.

By the applicant's own choice, or by a coordinator with a reason that the applicant reads. The message ends with the number
of the complaint; the errand goes on after it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.concerned import people_of
from domain.errand_terms import in_working_days
from domain.rules.base import Rule, by_applicant, enter, fact, holds, letters, needs_text
from domain.rules.conflict import is_about
from domain.rules.errands import AFTER_MODERATION, given, is_asked, named, new_errand, settled, term_facts
from domain.verdict import Refusal, Verdict, World
from domain.vocabulary import Action, ErrandKind, Event, Law, LetterKind, Outcome, PersonId, Role, Stage

_CLAUSE = "G-41"
NOT_HERE = (
    "Обращения по закону № 59-ФЗ здесь пока не регистрируют. Подайте обращение через Госуслуги, письменно или на личном "
    "приёме: адреса и часы — на странице организации. Это сообщение продолжают рассматривать."
)


def complaint_number(number: str) -> str:
    """The number of the complaint that a message became."""
    return f"{number}-Ж"


def convert(case: Case, decision: Decision, world: World) -> Verdict:
    """A coordinator hands the message over as a complaint, for a reason that the applicant reads."""
    if refusal := needs_text(decision, "reason", "почему это жалоба по другому закону", _CLAUSE):
        return refusal
    if case.withdrawal_at is not None:
        return Refusal(
            "withdrawal_open", "Сначала решите об отзыве: заявитель просил не рассматривать сообщение.", _CLAUSE
        )
    return choose(case, decision, world)


def choose(case: Case, decision: Decision, world: World) -> Verdict:
    """The message is the complaint that its applicant wishes it to be."""
    if decision.text("law") == Law.APPEAL_59:
        return Refusal("law_not_here", NOT_HERE, _CLAUSE, "law")
    if decision.text("law") != Law.COMPLAINT_210:
        return Refusal("law_unknown", "Выберите закон, по которому рассмотреть сообщение.", _CLAUSE, "law")
    if case.urgent:
        return Refusal(
            "danger_open", "Сначала решат об угрозе жизни: пока она не отклонена, работа идёт здесь.", _CLAUSE
        )
    organisation = world.directory.organisations[case.organisation]
    days = world.regulation.settings.complaint_working_days
    term = in_working_days(decision.decided_at, days, organisation.calendar)
    person, pool = considered_by(case, decision.decided_at, world)
    errand = new_errand(case, decision, ErrandKind.COMPLAINT_210, term, person=person, pool=pool)
    asked = given(case, decision, world, term, errand)
    heads = people_of(case, Role.HEAD, errand.organisation, decision.decided_at, world)  # who do not see it otherwise
    ended = replace(
        asked.case.joined_by(*heads), draft=None, outcome=Outcome.CONVERTED, answered_at=decision.decided_at
    )
    ended, entry = enter(ended, Stage.DELIVERY, decision.decided_at)
    row = fact(
        Event.MESSAGE_CONVERTED,
        decision,
        law=Law.COMPLAINT_210.value,
        complaint=complaint_number(case.number),
        errand=errand.id,
        **term_facts(term),
        in_time=decision.decided_at <= case.due_at,
        **entry,
    )
    return replace(asked, case=ended, facts=(row,), letters=letters(ended, LetterKind.CONVERTED))


def considered_by(case: Case, at: datetime, world: World) -> tuple[PersonId | None, Role | None]:
    """The official; without one at work, or when it is about him, the heads, if need be one of those above: a person or a role."""
    path = world.directory.organisations[case.organisation].path
    official = world.directory.people.get(world.directory.organisations[case.organisation].complaints_official or 0)
    if official is not None and official.active and not is_about(case, official.id):
        return official.id, None
    if people_of(case, Role.HEAD, case.organisation, at, world):
        return None, Role.HEAD
    above = (one for body in reversed(path) for one in people_of(case, Role.HEAD, body, at, world))
    return (one, None) if (one := next(above, None)) is not None else (None, Role.HEAD)


def out_of_conflict(case: Case, at: datetime, world: World) -> Case:
    """A complaint that turns out to be about whoever considers it is for whoever would have got it then. Source: G-06."""
    for one in case.errands:
        if one.open and one.kind is ErrandKind.COMPLAINT_210 and one.person and is_about(case, one.person):
            person, pool = considered_by(case, at, world)
            case = case.with_errand(replace(one, person=person, pool=pool, acting_for=None))
    return case


def settle(case: Case, decision: Decision, world: World) -> Verdict:
    """The complaint has been decided on and its applicant answered; what and when stands in the record."""
    errand = named(case, decision, ErrandKind.COMPLAINT_210)
    if isinstance(errand, Refusal):
        return errand
    if refusal := needs_text(decision, "text", "что решено и когда отвечено заявителю", _CLAUSE):
        return refusal
    late = True if decision.decided_at > errand.due_at else None
    return settled(case, errand, decision, world, Event.ERRAND_DONE, late=late)


def _unconsidered(case: Case) -> bool:
    return not case.considered


def _waits(case: Case) -> bool:
    return any(one.open and one.kind is ErrandKind.COMPLAINT_210 for one in case.errands)


RULES = (
    Rule(
        Action.CONVERT,
        "Передать как жалобу по 210-ФЗ",
        AFTER_MODERATION,
        holds(Role.COORDINATOR),
        convert,
        _CLAUSE,
        "координатор",
        (Stage.DELIVERY,),
        _unconsidered,
    ),
    Rule(
        Action.CHOOSE_LAW,
        "Рассмотреть по другому закону",
        AFTER_MODERATION,
        by_applicant,
        choose,
        _CLAUSE,
        "заявитель",
        (Stage.DELIVERY,),
        _unconsidered,
    ),
    Rule(
        Action.SETTLE_COMPLAINT,
        "Жалоба по 210-ФЗ рассмотрена",
        frozenset({Stage.DELIVERY}),
        is_asked(ErrandKind.COMPLAINT_210),
        settle,
        _CLAUSE,
        "ответственный за жалобы, без него руководители",
        (Stage.DELIVERY,),
        _waits,
        beside=True,
    ),
)
