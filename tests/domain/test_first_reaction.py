"""The one-day rule: a clock of the first reaction in each organisation, or the whole answer. Source: S0, п. 5; G-01."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.case_parts import Contact
from domain.deliveries import absorb
from domain.regulation import DayLength
from domain.rules.linking import Main, followed
from domain.verdict import World
from domain.vocabulary import (
    Action,
    AlarmKind,
    Event,
    LetterKind,
    LetterState,
    LetterWay,
    OneDay,
    Outcome,
    PersonId,
    Stage,
)
from tests.domain.builders import (
    CATEGORIES,
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    HEAD,
    HOSPITAL_COORDINATOR,
    HOSPITAL_EXECUTOR,
    HOSPITAL_HEAD,
    HOUR,
    ROADS,
    Desk,
    desk,
    kinds,
    letter,
    world,
)

OVERDUE = AlarmKind.FIRST_REACTION_OVERDUE


def switched(rule: OneDay | None = OneDay.FIRST_REACTION, *, day: DayLength | None = None, **below: OneDay) -> World:
    """The region where messages about roads are under the rule; `below`: what single subcategories say themselves."""
    where = world(day=day)
    rules = {"roads": rule} | below
    known = {code: replace(one, one_day=rules.get(code)) for code, one in CATEGORIES.items()}
    return replace(where, directory=replace(where.directory, categories=known))


def arrived(where: World | None = None) -> Desk:
    """A message that has just come to the ministry."""
    return desk(Stage.COORDINATION, where or switched())


def last(at_desk: Desk) -> dict[str, Any]:
    return dict(at_desk.facts[-1].facts)


@pytest.mark.requirement("S0-14")
def test_first_reaction_is_due_24_hours_after_arrival_at_the_organisation() -> None:
    at_desk = arrived()
    clock = at_desk.case.first_reaction

    assert clock is not None
    assert (clock.arrived_at, clock.due_at) == (at_desk.at, at_desk.at + 24 * HOUR)
    assert last(at_desk)["first_reaction_due"] == {
        "clause": "S0, п. 5; G-01",
        "arrived_at": at_desk.at.isoformat(),
        "hours": 24,
        "seconds": 86_400,
        "due_at": (at_desk.at + DAY).isoformat(),
    }


def test_first_reaction_of_a_shortened_day_is_as_short() -> None:
    clock = arrived(switched(day=DayLength(60))).case.first_reaction

    assert clock is not None
    assert clock.due_at == clock.arrived_at + timedelta(seconds=60)


@pytest.mark.requirement("S0-14")
@pytest.mark.parametrize(("late", "in_time"), [(timedelta(0), True), (timedelta(seconds=1), False)])
@pytest.mark.parametrize(
    "action", [Action.ASSIGN, Action.TAKE, Action.TRANSFER_TO_SUBORDINATE, Action.PROPOSE_REDIRECT]
)
def test_first_decision_is_in_time_or_late_by_stored_instants(action: Action, late: timedelta, in_time: bool) -> None:
    at_desk = arrived().later(DAY + late)

    facts = at_desk.decide(action).facts[0].facts

    assert facts["first_reaction"]["in_time"] is in_time
    assert facts["first_reaction"]["reacted_at"] == at_desk.at.isoformat()


@pytest.mark.requirement("S0-14")
def test_overdue_first_reaction_tells_coordinators_heads_and_curators_once() -> None:
    at_desk = arrived()
    due_at = at_desk.at + DAY
    at_desk.notices = []

    at_desk.later(3 * DAY)

    assert [alarm.at for alarm in at_desk.alarms if alarm.kind is OVERDUE] == [due_at]
    told = {one.person for one in at_desk.notices if one.kind.value == "first_reaction_overdue"}
    assert {COORDINATOR, COORDINATOR2, HEAD, CURATOR} <= told
    assert EXECUTOR not in told
    (row,) = [one for one in at_desk.facts if one.event is Event.FIRST_REACTION_OVERDUE]
    assert row.facts["reaction_due_at"] == due_at.isoformat()


def test_reaction_in_time_is_not_reported_overdue() -> None:
    at_desk = arrived().later(HOUR)

    at_desk.decide(Action.ASSIGN)
    at_desk.later(5 * DAY)

    assert OVERDUE not in {alarm.kind for alarm in at_desk.alarms}


@pytest.mark.requirement("S0-14")
def test_each_organisation_has_24_hours_of_its_own() -> None:
    at_desk = arrived().later(20 * HOUR)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    clock = at_desk.case.first_reaction
    assert clock is not None
    assert (clock.arrived_at, clock.due_at) == (at_desk.at, at_desk.at + DAY)

    at_desk.later(DAY + HOUR)

    assert [alarm.at for alarm in at_desk.alarms if alarm.kind is OVERDUE] == [clock.due_at]
    told = {one.person for one in at_desk.notices if one.kind.value == "first_reaction_overdue"}
    assert told == {HOSPITAL_COORDINATOR, HOSPITAL_HEAD, CURATOR}


def test_redirect_starts_the_clock_anew() -> None:
    at_desk = arrived().later(HOUR)
    at_desk.decide(Action.PROPOSE_REDIRECT)
    at_desk.later(30 * HOUR)

    at_desk.decide(Action.APPROVE)

    clock = at_desk.case.first_reaction
    assert (at_desk.case.organisation, clock.arrived_at if clock else None) == (ROADS, at_desk.at)


def test_message_back_from_its_own_executor_needs_no_second_first_reaction() -> None:
    at_desk = arrived().later(HOUR)
    at_desk.decide(Action.ASSIGN)
    reacted = at_desk.case.first_reaction

    at_desk.later(HOUR).decide(Action.START_WORK)
    at_desk.later(HOUR).decide(Action.RETURN_TO_COORDINATION)

    assert at_desk.case.first_reaction == reacted


def test_correction_of_the_category_switches_the_clock_by_the_arrival() -> None:
    at_desk = desk(Stage.COORDINATION, switched(OneDay.NONE, queue=OneDay.FIRST_REACTION))
    came = at_desk.at
    assert at_desk.case.first_reaction is not None
    assert at_desk.case.first_reaction.due_at is None

    at_desk.later(HOUR).decide(Action.CORRECT_CARD, category="medicine", subcategory="queue")

    assert at_desk.case.first_reaction.due_at == came + DAY
    assert last(at_desk)["first_reaction_due"]["arrived_at"] == came.isoformat()


@pytest.mark.parametrize(
    ("of_category", "of_subcategory", "found"),
    [
        (None, None, OneDay.NONE),
        (OneDay.FIRST_REACTION, None, OneDay.FIRST_REACTION),
        (OneDay.FIRST_REACTION, OneDay.NONE, OneDay.NONE),
        (None, OneDay.WHOLE_ANSWER, OneDay.WHOLE_ANSWER),
    ],
)
def test_subcategory_inherits_the_switch_unless_it_has_its_own(
    of_category: OneDay | None, of_subcategory: OneDay | None, found: OneDay
) -> None:
    known = CATEGORIES | {
        "roads": replace(CATEGORIES["roads"], one_day=of_category),
        "potholes": replace(CATEGORIES["potholes"], one_day=of_subcategory),
    }

    assert replace(world().directory, categories=known).one_day("roads", "potholes") is found


@pytest.mark.requirement("S0-14")
def test_whole_answer_within_a_day_makes_the_term_one_day_with_all_its_stages() -> None:
    at_desk = arrived(switched(OneDay.WHOLE_ANSWER))
    case = at_desk.case

    assert case.due_at == case.received_at + DAY
    assert case.plan.total == DAY
    assert (last(at_desk)["term_days"], last(at_desk)["one_day"]) == (1, "whole_answer")
    assert case.stage_due_at == datetime.fromisoformat(last(at_desk)["term"]["entered_at"]) + DAY * 5 / 100
    assert case.first_reaction is not None
    assert case.first_reaction.due_at is None


def taken(contact: Contact, by: PersonId = HOSPITAL_EXECUTOR) -> list[tuple[str, str]]:
    at_desk = arrived()
    at_desk.case = replace(at_desk.case, contact=contact)
    at_desk.later(HOUR).decide(Action.ASSIGN)
    return [(order.kind.value, order.way.value) for order in at_desk.letters]


@pytest.mark.requirement("S0-14")
def test_applicant_is_told_that_it_was_taken_up_but_never_by_hand() -> None:
    assert taken(Contact(portal=True, email=True)) == [("in_work", "portal"), ("in_work", "email")]
    assert taken(Contact(portal=False, email=False)) == []


def test_letter_about_taking_up_that_mail_refuses_is_no_task_and_holds_nothing_open() -> None:
    at_desk = desk(Stage.DELIVERY, switched())
    answer = letter(LetterKind.ANSWER, LetterWay.PORTAL, LetterState.DELIVERED, id="answer", settled_at=at_desk.at)
    refused = letter(LetterKind.IN_WORK, LetterWay.EMAIL, LetterState.REFUSED)
    at_desk.mail(answer, refused)

    heard = absorb(at_desk.case, refused, at_desk.at, at_desk.world)
    at_desk.case = heard.case
    at_desk.later(timedelta(seconds=1))

    assert heard.notices == ()
    assert at_desk.case.stage is Stage.RATING


def test_message_that_waits_for_another_answer_is_no_unanswered_arrival() -> None:
    at_desk = arrived()

    at_desk.later(HOUR).decide(Action.LINK)
    at_desk.later(2 * DAY)

    assert OVERDUE not in kinds(at_desk.alarms)


@pytest.mark.parametrize("action", [Action.UNLINK, Action.CONFIRM_DANGER])
def test_message_that_waits_no_more_has_a_day_of_its_own_for_the_first_reaction(action: Action) -> None:
    at_desk = arrived()
    at_desk.later(HOUR).decide(Action.LINK)

    at_desk.later(2 * DAY).decide(action)

    clock = at_desk.case.first_reaction
    assert clock is not None
    assert (clock.due_at, clock.waits) == (at_desk.at + DAY, True)
    later = at_desk.later(DAY + HOUR).case.first_reaction
    assert later is not None
    assert later.told


def test_message_whose_main_one_was_not_answered_has_a_day_of_its_own_again() -> None:
    at_desk = arrived()
    at_desk.later(HOUR).decide(Action.LINK)
    gone = Main("main", "П-0", Outcome.WITHDRAWN, None, secret=False, sent_away=False)

    verdict = followed(at_desk.case, gone, at_desk.at + DAY, at_desk.world)

    assert verdict is not None
    clock = verdict.case.first_reaction
    assert clock is not None
    assert (clock.due_at, clock.waits) == (at_desk.at + 2 * DAY, True)
    assert verdict.facts[0].facts["first_reaction_due"]["due_at"] == clock.due_at.isoformat()
