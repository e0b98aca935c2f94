"""Others propose by the middle of what the executor has left; the answer is one. Source: S4, 4.3; G-34."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.directory_records import Answerer
from domain.vocabulary import Action, AlarmKind, ErrandState, Stage
from tests.domain.builders import (
    COORDINATOR,
    EXECUTOR,
    EXECUTOR2,
    HEAD2,
    HOSPITAL_HEAD,
    HOUR,
    OPERATOR,
    ROADS,
    ROADS_HEAD,
    Desk,
    desk,
    kinds,
)


def asked(*people: int) -> Desk:
    at_desk = desk(Stage.EXECUTION)
    at_desk.later(HOUR).decide(Action.ASK_CO_EXECUTORS, people=list(people or [EXECUTOR2, HOSPITAL_HEAD]))
    return at_desk


def test_each_is_asked_with_half_of_what_the_executor_has_left() -> None:
    at_desk = asked()
    assert at_desk.case.stage_due_at is not None
    left = at_desk.case.stage_due_at - at_desk.at

    first, second = at_desk.case.errands

    assert {first.person, second.person} == {EXECUTOR2, HOSPITAL_HEAD}
    assert first.due_at == second.due_at
    assert abs((first.due_at - at_desk.at) * 2 - left).total_seconds() < 2
    assert at_desk.told(EXECUTOR2) == ["errand_arrived"]
    assert {EXECUTOR2, HOSPITAL_HEAD} <= set(at_desk.case.participants)


@pytest.mark.parametrize("person", [OPERATOR, ROADS_HEAD, EXECUTOR, 777])
def test_who_cannot_answer_here_is_not_asked(person: int) -> None:
    refusal = desk(Stage.EXECUTION).refuse(Action.ASK_CO_EXECUTORS, people=[person])

    assert refusal.field == "people"


def test_whoever_the_order_names_beside_this_organisation_may_be_asked_wherever_he_works() -> None:
    at_desk = desk(Stage.EXECUTION)
    here = at_desk.case.organisation
    answerers = {
        "roads": Answerer("roads", "Дороги", organisations=(ROADS,)),
        "own": Answerer("own", "Мы", (), (here,)),
    }
    responsible = {str(at_desk.case.subcategory): ("own", "roads")}
    directory = replace(at_desk.world.directory, responsible=responsible, answerers=answerers)
    at_desk.world = replace(at_desk.world, directory=directory)

    at_desk.decide(Action.ASK_CO_EXECUTORS, people=[ROADS_HEAD])

    assert [one.person for one in at_desk.case.errands] == [ROADS_HEAD]


def test_nobody_is_asked_twice_at_a_time() -> None:
    assert asked(EXECUTOR2).refuse(Action.ASK_CO_EXECUTORS, people=[EXECUTOR2]).code == "co_executor_twice"


def test_co_executor_proposes_or_says_that_he_has_nothing() -> None:
    at_desk = asked(EXECUTOR2, HEAD2)

    assert at_desk.refuse(Action.CONTRIBUTE, EXECUTOR2, text="").code == "reason_missing"
    assert at_desk.refuse(Action.CONTRIBUTE, EXECUTOR2, nothing=True).code == "contribution_unclear"
    at_desk.decide(Action.CONTRIBUTE, EXECUTOR2)
    at_desk.decide(Action.CONTRIBUTE, HEAD2, text="", nothing=True)

    assert [one.state for one in at_desk.case.errands] == [ErrandState.DONE, ErrandState.DONE]
    assert [bool(one.details.get("nothing")) for one in at_desk.case.errands] == [False, True]
    assert at_desk.told(EXECUTOR) == ["errand_done"]


def test_one_does_not_answer_for_another() -> None:
    at_desk = asked(EXECUTOR2, HEAD2)
    other = next(one for one in at_desk.case.errands if one.person == HEAD2)

    assert at_desk.refuse(Action.CONTRIBUTE, EXECUTOR2, errand=other.id).code == "errand_not_yours"
    assert at_desk.refuse(Action.CONTRIBUTE, COORDINATOR).code == "action_forbidden"


def test_reminder_comes_before_the_due_and_silence_is_told() -> None:
    at_desk = asked(EXECUTOR2)
    errand = at_desk.case.errands[0]

    at_desk.until(errand.due_at)

    assert [
        kind for kind in kinds(at_desk.alarms) if kind in {AlarmKind.ERRAND_REMINDER, AlarmKind.ERRAND_OVERDUE}
    ] == [
        AlarmKind.ERRAND_REMINDER,
        AlarmKind.ERRAND_OVERDUE,
    ]
    assert at_desk.told(EXECUTOR) == ["errand_overdue"]


def test_answer_does_not_wait_for_co_executors_and_stays_one() -> None:
    at_desk = asked(EXECUTOR2)

    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[])
    at_desk.later(HOUR).decide(Action.APPROVE)

    assert at_desk.case.errands[0].state is ErrandState.EXPIRED
    assert at_desk.refuse(Action.CONTRIBUTE, EXECUTOR2).code == "action_not_allowed"


def test_whoever_the_message_complains_of_is_not_asked() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.case = replace(at_desk.case, complained_of_person=EXECUTOR2)

    assert at_desk.refuse(Action.ASK_CO_EXECUTORS, people=[EXECUTOR2]).code == "conflict_of_interest"
