"""Nobody decides about a message on himself, and no organisation about one on its own head. Source: S0, annex 2; G-06.

A message about an organisation goes where the order says. What is guarded here concerns people. A coordinator may make an exception
for the work on an answer, with a reason that the curators read; nobody may for its endorsement and approval.

The head is whoever holds that role over the whole body, his deputies too: those who would prepare the answer answer to them as
well, and a citizen is served better by an answer from above than by a line between first and second. Heads of single
categories or units are guarded as persons alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.concerned import place_of
from domain.rules.people import has_coordinator
from domain.verdict import Accepted, Notice, Refusal, World
from domain.vocabulary import NoticeKind, PersonId, Role, Stage

CLAUSE = "G-06"
REASON = "conflict_reason"
"""The parameter in which an exception is founded."""


def is_about(case: Case, person: PersonId) -> bool:
    """Whether the message complains of this person."""
    return case.complained_of_person is not None and case.complained_of_person == person


def is_barred(case: Case, person: PersonId) -> bool:
    """Whether the person decides nothing here, as the message is about him; the work that an exception gave him he may do."""
    excepted = case.conflict_overridden and case.stage is Stage.EXECUTION and person == case.executor
    return is_about(case, person) and not excepted


def headed(case: Case, organisation: str, at: datetime, world: World) -> str | None:
    """This organisation or the nearest above it whose head the message complains of; None: of no such head."""
    return world.directory.headed_by(case.complained_of_person, organisation, at)


def is_about_head_of(case: Case, organisation: str, at: datetime, world: World) -> bool:
    """Whether the message complains of the head of this organisation, or of one above it."""
    return headed(case, organisation, at, world) is not None


def considering(case: Case, organisation: str, at: datetime, world: World) -> str | None:
    """Who considers a message that is meant for this organisation: the nearest from it upwards whose head it is not about.

    Where nobody but the head's own bodies coordinates such messages, the highest of them: there the work on it is an exception.
    None: nobody coordinates them there at all.
    """
    known = world.directory.organisations.get(organisation)
    upwards = [one for one in reversed(known.path if known else ()) if has_coordinator(one, case, world, at)]
    others = (one for one in upwards if not is_about_head_of(case, one, at, world))
    return next(others, upwards[-1] if upwards else None)


def refused_target(case: Case, organisation: str, at: datetime, world: World) -> Refusal | None:
    """A refusal of an organisation in whose place another considers a message about its head."""
    if not is_about_head_of(case, organisation, at, world):
        return None
    where = considering(case, organisation, at, world)
    if where is None or where == organisation:
        return None
    detail = f"{_about_head(case, organisation, at, world)}: его рассматривает «{world.directory.called(where)}»."
    return Refusal("conflict_of_organisation", detail, CLAUSE, "organisation")


def unrelated(case: Case, organisation: str, at: datetime, world: World) -> str | None:
    """A body whose head the message is about, where the organisation lies neither above it nor below; None: no such."""
    bodies = world.directory.bodies_headed_by(case.complained_of_person, at)
    paths = [known.path for one in bodies if (known := world.directory.organisations.get(one))]
    above = any(organisation in path for path in paths)
    return None if above or is_about_head_of(case, organisation, at, world) else min(bodies, default=None)


def unexplained(case: Case, organisation: str, decision: Decision, world: World) -> Refusal | None:
    """A refusal of an organisation that has no say over the head, unless it is told why it answers."""
    at = decision.decided_at
    body = unrelated(case, organisation, at, world)
    if body is None or decision.text(REASON):
        return None
    called, where = world.directory.called, considering(case, body, at, world)
    usual = f": его рассматривает «{called(where)}»" if where else ""
    detail = (
        f"Сообщение о руководителе организации «{called(body)}»{usual}. «{called(organisation)}» ей не вышестоящая: "
        "выберите другую или обоснуйте, почему отвечает она."
    )
    return Refusal("conflict_of_organisation", detail, CLAUSE, REASON)


def refusal_of(name: str | None) -> Refusal:
    """Why this person may not have a part in the answer."""
    detail = "Сообщение о действиях этого сотрудника: ответ на него готовит, согласует и утверждает другой. Выберите другого."
    return Refusal("conflict_of_interest", detail, CLAUSE, name)


def exception(
    case: Case, organisation: str, executor: PersonId | None, decision: Decision, world: World
) -> Refusal | bool:
    """Whether the work on the answer is an exception from the guard, here and by this executor; or why it may not be done."""
    about_executor = executor is not None and is_about(case, executor)
    about_head = is_about_head_of(case, organisation, decision.decided_at, world)
    if not (about_executor or about_head):
        return False
    if is_about(case, decision.person):
        return Refusal("conflict_of_interest", "Сообщение о вас: решит другой координатор.", CLAUSE, None)
    if decision.text(REASON):
        return True
    return refusal_of("executor") if about_executor else _elsewhere(case, organisation, decision.decided_at, world)


def excepted(accepted: Accepted, decision: Decision, world: World) -> Accepted:
    """The verdict on a decision that is an exception: recorded as such, and told to the curators."""
    facts = tuple(replace(one, facts={**one.facts, "conflict_overridden": True}) for one in accepted.facts)
    case = replace(accepted.case, conflict_overridden=True)
    return replace(accepted, case=case, facts=facts, notices=(*accepted.notices, *told(case, decision, world)))


def told(case: Case, decision: Decision, world: World) -> tuple[Notice, ...]:
    """The curators, and where a head is to decide the administrators, who can pass his right on."""
    roles = [Role.CURATOR] + ([Role.ADMINISTRATOR] if case.stage in {Stage.ENDORSEMENT, Stage.APPROVAL} else [])
    people = dict.fromkeys(
        person for role in roles for person in world.directory.holders(role, place_of(case), decision.decided_at)
    )
    return tuple(
        Notice(one, NoticeKind.CONFLICT) for one in people if one != decision.person and not is_about(case, one)
    )


def _elsewhere(case: Case, organisation: str, at: datetime, world: World) -> Refusal:
    """The way out of an organisation whose head it is about."""
    where = considering(case, organisation, at, world)
    if where is None or where == organisation:
        way = "Выше такие сообщения никто не координирует: рассматривайте его здесь и обоснуйте исключение"
    elif where == case.organisation:
        way = "Рассматривайте его здесь или обоснуйте исключение"
    else:
        told = world.directory.called(where)
        way = f"Его рассматривает «{told}»: верните сообщение туда или обоснуйте исключение"
    detail = f"{_about_head(case, organisation, at, world)}. {way}."
    return Refusal("conflict_of_organisation", detail, CLAUSE, REASON)


def _about_head(case: Case, organisation: str, at: datetime, world: World) -> str:
    """Of which body's head it is, for a refusal."""
    body = headed(case, organisation, at, world) or organisation
    return f"Сообщение о руководителе организации «{world.directory.called(body)}»"
