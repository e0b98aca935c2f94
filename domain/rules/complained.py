"""Of whom a message complains, as the card has it, and what follows for the work that is under way. Source: G-06."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.case import Case, Decision
from domain.notices import errand_passed_notices
from domain.rules import conflict, conversion
from domain.rules.base import enter
from domain.verdict import Notice, Refusal, World
from domain.vocabulary import DraftKind, Stage


def complained_of_person(case: Case, decision: Decision, world: World) -> Case | Refusal:
    """The case with the person of whom it complains, if one is given; 0: nobody any more."""
    number = decision.parameters.get("complained_of_person")
    if number is None:
        return case
    if conflict.is_about(case, decision.person):
        detail = "Сообщение о вас: на кого жалоба, меняет другой сотрудник."
        return Refusal("conflict_of_interest", detail, conflict.CLAUSE, "complained_of_person")
    if number and number not in world.directory.people:
        return Refusal("person_unknown", "Такого сотрудника нет.", conflict.CLAUSE, "complained_of_person")
    person = int(number) or None
    overridden = case.conflict_overridden and person == case.complained_of_person
    called = tuple(one for one in case.called if one != person)
    return replace(case, complained_of_person=person, conflict_overridden=overridden, called=called)


def out_of_conflict(
    before: Case, case: Case, decision: Decision, world: World
) -> tuple[Case, dict[str, Any], tuple[Notice, ...]]:
    """What its executor or organisation may not work on any more goes back to the coordinators, also when it is prepared already;
    that he has endorsed it counts no more; where the answer waits for the person, somebody must pass his right on.

    With the journal's facts of a new entry, and whoever is told.
    """
    if case.complained_of_person in {before.complained_of_person, None}:
        return case, {}, ()
    here = conflict.is_about_head_of(case, case.organisation, decision.decided_at, world)
    if _is_their_work(case, here):
        back = replace(case, draft=None, executor=None, unit=None, started=False, returned=False)
        back, entry = enter(back, Stage.COORDINATION, decision.decided_at)
        return back, entry | {"executor_was": case.executor}, conflict.told(back, decision, world)
    passed = conversion.out_of_conflict(case, decision.decided_at, world)
    after, facts = _without_his_endorsement(passed)
    if (apart := conflict.unrelated(case, case.organisation, decision.decided_at, world)) is not None:
        facts |= {"unrelated_to": apart}
    changed = [one for one in case.errands if after.errand(one.id) != one]
    told = [notice for one in changed for notice in errand_passed_notices(one, after, decision.decided_at, world)]
    if here or facts or changed or _is_asked(case):
        told += conflict.told(after, decision, world)
    return after, facts, tuple(told)


def _is_their_work(case: Case, here: bool) -> bool:
    """Whether the person, or a body that he heads (`here`), prepares the answer; or he himself sends the message elsewhere."""
    by_him = here or case.executor == case.complained_of_person
    if case.stage is Stage.EXECUTION or case.draft is None:
        return by_him and case.stage is Stage.EXECUTION
    return case.draft.author == case.complained_of_person or (by_him and case.draft.kind is DraftKind.ANSWER)


def _without_his_endorsement(case: Case) -> tuple[Case, dict[str, Any]]:
    """The case as if he had not been asked to endorse what he has endorsed; and the journal's fact of it."""
    draft, person = case.draft, case.complained_of_person
    if draft is None or person not in draft.endorsers[: draft.position]:
        return case, {}
    left = tuple(one for one in draft.endorsers if one != person)
    kept = tuple(one for one in case.endorsements if one.person != person)
    after = replace(case, endorsements=kept, draft=replace(draft, endorsers=left, position=draft.position - 1))
    return after, {"endorser_was": person}


def _is_asked(case: Case) -> bool:
    """Whether the answer waits for the person of whom it complains, or will."""
    asked = (*case.draft.endorsers[case.draft.position :], case.draft.approver) if case.draft else ()
    return case.complained_of_person in asked
