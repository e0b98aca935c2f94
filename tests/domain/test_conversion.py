"""A message that is a complaint under 210-ФЗ: it ends with the number of that, whose errand goes on. Source: G-41."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alarms import next_alarm
from domain.directory import Grant
from domain.vocabulary import (
    Action,
    AlarmKind,
    Danger,
    ErrandKind,
    ErrandState,
    LetterKind,
    NoticeKind,
    Outcome,
    Role,
    Stage,
)
from tests.domain.builders import (
    APPLICANT,
    COORDINATOR,
    DISMISSED,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    MINISTRY,
    REGION,
    desk,
    directory,
    world,
)

REGION_HEAD = 52


@pytest.mark.parametrize(("action", "person"), [(Action.CONVERT, COORDINATOR), (Action.CHOOSE_LAW, APPLICANT)])
def test_message_ends_with_the_number_of_the_complaint_and_an_errand_of_its_official(
    action: Action, person: int
) -> None:
    at_desk = desk(Stage.APPROVAL, world(**{MINISTRY: {"complaints_official": HEAD2}}))

    at_desk.decide(action, person)

    case = at_desk.case
    assert (case.stage, case.outcome, case.draft) == (Stage.DELIVERY, Outcome.CONVERTED, None)
    [errand] = case.errands
    assert (errand.kind, errand.person, errand.state) == (ErrandKind.COMPLAINT_210, HEAD2, ErrandState.OPEN)
    calendar = at_desk.world.directory.organisations[MINISTRY].calendar
    assert errand.due_at == calendar.add_working_days(at_desk.at, 15)
    assert at_desk.facts[-1].facts["complaint"] == "П-1-Ж"
    assert {one.kind for one in at_desk.letters} == {LetterKind.CONVERTED}


def test_coordinator_decides_on_a_withdrawal_first_and_the_applicant_may_change_his_mind() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.ASK_WITHDRAWAL)

    assert at_desk.refuse(Action.CONVERT).code == "withdrawal_open"
    at_desk.decide(Action.CHOOSE_LAW)
    assert at_desk.case.outcome is Outcome.CONVERTED


@pytest.mark.parametrize("official", [None, DISMISSED])
def test_without_an_official_at_work_the_heads_have_it(official: int | None) -> None:
    at_desk = desk(Stage.COORDINATION, world(**{MINISTRY: {"complaints_official": official}}))

    at_desk.decide(Action.CONVERT)

    [errand] = at_desk.case.errands
    assert (errand.person, errand.pool) == (None, Role.HEAD)


@pytest.mark.parametrize("about", [EXECUTOR2, HEAD])
def test_complaint_is_not_considered_by_whom_it_is_about(about: int) -> None:
    only_head = world(
        Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD2, HEAD3), **{MINISTRY: {"complaints_official": EXECUTOR2}}
    )
    at_desk = desk(Stage.EXECUTION, only_head)
    at_desk.case = replace(at_desk.case, complained_of_person=about)
    if about == HEAD:
        at_desk.world = replace(
            only_head, directory=directory(Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD2, HEAD3))
        )

    at_desk.decide(Action.CONVERT)

    [errand] = at_desk.case.errands
    judge = REGION_HEAD if about == HEAD else HEAD
    assert at_desk.told(judge) == ["errand_arrived"]
    assert judge in at_desk.case.participants
    at_desk.decide(Action.SETTLE_COMPLAINT, judge, errand=errand.id)


def test_heads_have_the_complaint_of_an_official_who_left() -> None:
    where = world(**{MINISTRY: {"complaints_official": EXECUTOR2}})
    at_desk = desk(Stage.COORDINATION, where)
    at_desk.decide(Action.CONVERT)
    [errand] = at_desk.case.errands
    assert at_desk.refuse(Action.SETTLE_COMPLAINT, HEAD, errand=errand.id).code == "action_forbidden"
    gone = {EXECUTOR2: replace(where.directory.people[EXECUTOR2], active=False)}
    at_desk.world = replace(where, directory=replace(where.directory, people={**where.directory.people, **gone}))

    at_desk.until(errand.due_at)

    assert "errand_overdue" in at_desk.told(HEAD)
    at_desk.decide(Action.SETTLE_COMPLAINT, HEAD, errand=errand.id)


def test_complaint_that_the_applicant_was_promised_is_not_cancelled() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CONVERT)

    refusal = at_desk.refuse(Action.CANCEL_ERRAND, COORDINATOR, errand=at_desk.case.errands[0].id)

    assert refusal.code == "action_not_allowed"


def test_errand_outlives_the_answer_and_the_message_closes_after_it() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CONVERT)
    [errand] = at_desk.case.errands

    waiting = next_alarm(at_desk.case, at_desk.world)
    at_desk.at += timedelta(days=20)
    at_desk.decide(Action.SETTLE_COMPLAINT, HEAD, errand=errand.id)
    after = next_alarm(at_desk.case, at_desk.world)

    assert waiting is not None
    assert waiting.kind is not AlarmKind.BOUNCE_DAYS_OVER
    assert at_desk.case.errands[0].state is ErrandState.DONE
    assert after is not None
    assert (after.kind, after.at) == (AlarmKind.BOUNCE_DAYS_OVER, at_desk.at)


@pytest.mark.parametrize("action", [Action.CONVERT, Action.CHOOSE_LAW])
def test_appeal_is_honestly_refused_and_the_message_goes_on(action: Action) -> None:
    at_desk = desk(Stage.EXECUTION)

    refusal = at_desk.refuse(action, law="59-fz")

    assert (refusal.code, refusal.field) == ("law_not_here", "law")
    assert "на личном приёме" in refusal.detail
    assert at_desk.case.outcome is None
    assert at_desk.refuse(action, law="44-fz").code == "law_unknown"


def test_danger_to_life_goes_before_any_law() -> None:
    at_desk = desk(Stage.EXECUTION, danger=Danger.CONFIRMED)

    assert at_desk.refuse(Action.CONVERT).code == "danger_open"
    assert at_desk.refuse(Action.CONVERT, EXECUTOR).code == "action_forbidden"


def test_complaint_that_turns_out_to_be_about_its_official_is_for_the_heads() -> None:
    at_desk = desk(Stage.EXECUTION, world(**{MINISTRY: {"complaints_official": EXECUTOR2}}))
    at_desk.decide(Action.CONVERT)
    [given] = at_desk.case.errands

    corrected = at_desk.decide(Action.CORRECT_CARD, complained_of_person=EXECUTOR2)

    [passed] = at_desk.case.errands
    assert (given.person, passed.person, passed.pool) == (EXECUTOR2, None, Role.HEAD)
    told = {(one.person, one.kind) for one in corrected.notices}
    assert {(HEAD, NoticeKind.ERRAND_ARRIVED), (EXECUTOR2, NoticeKind.ERRAND_PASSED)} <= told
