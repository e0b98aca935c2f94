"""What is told before an absence is entered is what then comes of it: one rule for both. Source: G-20, G-21."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import attendance
from domain.case import Case
from domain.directory_records import Absence
from domain.foreseen import Passing, Prospect, presence_to_come, prospects
from domain.vocabulary import Action, ErrandKind, Flag, PersonId, Role, Stage
from tests.domain.builders import (
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOUR,
    OUTSIDER,
    RECEIVED,
    Desk,
    desk,
)
from tests.domain.test_absences import MIDNIGHT, away, with_absences
from tests.domain.test_absences_anywhere import HORIZON, absences

BACK = MIDNIGHT + 7 * DAY


def told(at_desk: Desk, person: PersonId, *entered: Absence) -> list[Prospect]:
    return list(prospects(at_desk.case, person, with_absences(*entered), MIDNIGHT, BACK))


@pytest.mark.parametrize(
    ("stage", "person", "substitute"),
    [(Stage.EXECUTION, EXECUTOR, EXECUTOR2), (Stage.ENDORSEMENT, HEAD2, HEAD), (Stage.APPROVAL, HEAD, HEAD2)],
)
def test_message_is_told_with_who_gets_it_and_when(stage: Stage, person: PersonId, substitute: PersonId) -> None:
    at_desk = desk(stage)

    [found] = [one for one in told(at_desk, person, away(person, substitute)) if not one.later]

    assert (found.what, found.due_at, found.unattended) == (stage, at_desk.case.stage_due_at, False)
    assert found.passings == (Passing(MIDNIGHT, substitute),)


def test_message_that_nobody_may_take_is_told_as_such_until_somebody_is_back() -> None:
    at_desk = desk(Stage.APPROVAL)

    [found] = told(at_desk, HEAD, away(HEAD, OUTSIDER, HEAD2), away(HEAD2, days=2))

    assert found.unattended
    assert found.passings == (Passing(MIDNIGHT, None), Passing(MIDNIGHT + 2 * DAY, HEAD2))


def test_work_that_a_substitute_takes_is_not_nobodys_for_want_of_an_approver() -> None:
    """Whom it is about is every head there is: that is told each morning, whoever works on the answer."""
    at_desk = desk(Stage.EXECUTION)
    at_desk.case = replace(at_desk.case, complained_of_person=HEAD)
    where = with_absences(away(EXECUTOR, EXECUTOR2))
    heads = tuple(one for one in where.directory.grants if one.role is not Role.HEAD or one.person == HEAD)
    where = replace(where, directory=replace(where.directory, grants=heads))

    [work] = prospects(at_desk.case, EXECUTOR, where, MIDNIGHT, BACK)

    assert work.passings == (Passing(MIDNIGHT, EXECUTOR2),)


def test_errands_are_told_and_those_that_go_with_the_work() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SET_FLAG, flag=Flag.LANGUAGE.value)

    work, errand = told(at_desk, EXECUTOR, away(EXECUTOR, EXECUTOR2))

    assert (work.what, errand.what) == (Stage.EXECUTION, ErrandKind.LANGUAGE)
    assert work.passings == errand.passings == (Passing(MIDNIGHT, EXECUTOR2),)


def test_turns_that_will_come_to_the_person_are_told_too() -> None:
    at_desk = desk(Stage.ENDORSEMENT)

    found = {
        person: [(one.what, one.passings[0].to, one.later) for one in told(at_desk, person, away(person, to))]
        for person, to in ((HEAD3, OUTSIDER), (HEAD, HEAD3), (EXECUTOR, EXECUTOR2))
    }

    assert found == {
        HEAD3: [(Stage.ENDORSEMENT, None, True)],
        HEAD: [(Stage.APPROVAL, HEAD3, True)],
        EXECUTOR: [(Stage.EXECUTION, EXECUTOR2, True)],
    }


def test_what_a_substitute_gives_back_before_he_goes_is_not_told_as_his() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2, since=RECEIVED, days=1))).until(RECEIVED + 5 * HOUR)
    assert at_desk.case.holder.person == HEAD2

    assert told(at_desk, HEAD2, away(HEAD, HEAD2, since=RECEIVED, days=1), away(HEAD2)) == []


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*Stage][:5]), st.lists(absences(), max_size=6), absences())
def test_what_was_told_before_is_what_comes(stage: Stage, known: list[Absence], entered: Absence) -> None:
    at_desk = desk(stage, with_absences(*known))
    if stage is Stage.EXECUTION:
        at_desk.decide(Action.ASK_CO_EXECUTORS, people=[HEAD2])
        at_desk.decide(Action.SET_FLAG, flag=Flag.LANGUAGE.value)
    at_desk.until(at_desk.at)
    begins_at = max(at_desk.at, entered.begins_at)
    at_desk.world = with_absences(*known, replace(entered, begins_at=begins_at, ends_at=None))

    foreseen = list(presence_to_come(at_desk.case, at_desk.world, HORIZON))
    before = at_desk.case
    at_desk.alarms.clear()
    at_desk.until(HORIZON - HOUR / 3600)

    came = [(one.at, one.kind, one.errand) for one in at_desk.alarms if one.kind in attendance.KINDS]
    assert [(change.at, change.kind, change.errand) for change, _ in foreseen] == came
    last = foreseen[-1][1] if foreseen else before
    assert whose(last) == whose(at_desk.case)


def whose(case: Case) -> object:
    return (
        case.holder,
        case.acting_for,
        case.called,
        [(one.person, one.pool, one.unattended_at) for one in case.errands],
    )
