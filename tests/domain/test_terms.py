"""Terms: the annex's table to the second, and what the formula promises whatever has happened before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import terms
from domain.rules import base
from domain.vocabulary import TIMED_STAGES, Action, Stage
from tests.domain.builders import (
    DAY,
    HOUR,
    MINISTRY,
    RECEIVED,
    ROADS,
    SHARES,
    Desk,
    desk,
    new_case,
    world,
)

SECOND = timedelta(seconds=1)

ANNEX_30 = {
    Stage.MODERATION: DAY + 12 * HOUR,
    Stage.COORDINATION: DAY + 12 * HOUR,
    Stage.EXECUTION: 19 * DAY + 12 * HOUR,
    Stage.ENDORSEMENT: 4 * DAY + 12 * HOUR,
    Stage.APPROVAL: 3 * DAY,
}
ANNEX_10 = {
    Stage.MODERATION: 12 * HOUR,
    Stage.COORDINATION: 12 * HOUR,
    Stage.EXECUTION: 6 * DAY + 12 * HOUR,
    Stage.ENDORSEMENT: DAY + 12 * HOUR,
    Stage.APPROVAL: DAY,
}

lengths = st.integers(min_value=1, max_value=60 * 86_400).map(lambda seconds: seconds * SECOND)
stages = st.sampled_from(TIMED_STAGES)
moments = st.integers(min_value=-5 * 86_400, max_value=70 * 86_400).map(lambda seconds: RECEIVED + seconds * SECOND)
splits = st.lists(st.integers(min_value=0, max_value=100), min_size=4, max_size=4).map(
    lambda cuts: [b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 100], strict=True)]
)
plans = st.builds(
    lambda total, split, floor: terms.plan(total, dict(zip(TIMED_STAGES, split, strict=True)), floor),
    lengths,
    splits,
    st.integers(min_value=0, max_value=5),
)


@pytest.mark.parametrize(
    ("days", "annex"),
    [
        pytest.param(30, ANNEX_30, marks=pytest.mark.requirement("S2-61", "S2-62")),
        pytest.param(10, ANNEX_10, marks=pytest.mark.requirement("S2-61", "S2-63")),
    ],
)
def test_stage_dues_on_schedule_are_the_annex_to_the_second(days: int, annex: dict[Stage, timedelta]) -> None:
    plan = terms.plan(days * DAY, SHARES, 1)
    due_at, entered_at = RECEIVED + days * DAY, RECEIVED

    for stage in TIMED_STAGES:
        receipt = terms.receipt(plan, stage, entered_at, due_at)
        assert receipt.due_at == entered_at + annex[stage], stage
        entered_at = receipt.due_at

    assert entered_at == due_at


@pytest.mark.requirement("S2-62", "S2-63", "S2-52")
@pytest.mark.parametrize(
    ("category", "subcategory", "annex"), [("roads", "potholes", ANNEX_30), ("medicine", "queue", ANNEX_10)]
)
def test_each_stage_of_a_message_is_due_by_the_annex_of_its_category(
    category: str, subcategory: str, annex: dict[Stage, timedelta]
) -> None:
    at_desk = Desk(case=new_case(days=30 if annex is ANNEX_30 else 10))
    seen = {Stage.MODERATION: at_desk.case.stage_due_at - at_desk.case.entered_at}

    for action, given_ in (
        (Action.ACCEPT, {"category": category, "subcategory": subcategory}),
        (Action.ASSIGN, {}),
        (Action.SUBMIT_ANSWER, {}),
        (Action.ENDORSE, {}),
    ):
        at_desk.until(at_desk.case.stage_due_at)
        if action is Action.SUBMIT_ANSWER:
            at_desk.decide(Action.START_WORK)
            given_ = {"endorsers": [6]}
        at_desk.decide(action, **given_)
        seen[at_desk.case.stage] = at_desk.case.stage_due_at - at_desk.case.entered_at

    assert seen == annex
    assert at_desk.case.stage_due_at == at_desk.case.due_at


@given(plans, stages, moments, lengths)
def test_stage_due_lies_between_entry_and_message_due_while_that_lies_ahead(
    plan: terms.Plan, stage: Stage, entered_at: datetime, term: timedelta
) -> None:
    message_due_at = RECEIVED + term

    due_at = terms.receipt(plan, stage, entered_at, message_due_at).due_at

    if message_due_at - entered_at < SECOND:
        assert due_at is None
    else:
        assert due_at is not None
        assert entered_at <= due_at <= message_due_at


@given(plans, stages, moments, lengths)
def test_nobody_gets_more_than_the_annex_or_the_floor(
    plan: terms.Plan, stage: Stage, entered_at: datetime, term: timedelta
) -> None:
    due_at = terms.receipt(plan, stage, entered_at, RECEIVED + term).due_at

    if due_at is not None:
        assert due_at - entered_at <= max(plan.total * plan.shares[stage] / 100, plan.floor)


@given(plans, stages, moments, lengths)
def test_behind_schedule_the_rest_shrinks_in_proportion_but_not_below_the_floor(
    plan: terms.Plan, stage: Stage, entered_at: datetime, term: timedelta
) -> None:
    message_due_at = RECEIVED + term
    remaining = message_due_at - entered_at
    from_here = sum(plan.shares[later] for later in TIMED_STAGES[TIMED_STAGES.index(stage) :])

    due_at = terms.receipt(plan, stage, entered_at, message_due_at).due_at

    if due_at is None or not from_here:
        return
    fair = min(plan.total * plan.shares[stage] / 100, remaining * plan.shares[stage] / from_here)
    least = min(plan.floor, remaining)
    assert abs((due_at - entered_at) - max(fair, least)) < SECOND


@given(plans, stages, moments, lengths)
def test_due_date_is_recomputed_from_the_facts_of_its_receipt(
    plan: terms.Plan, stage: Stage, entered_at: datetime, term: timedelta
) -> None:
    receipt = terms.receipt(plan, stage, entered_at, RECEIVED + term)

    assert terms.due_of(receipt.as_facts()) == receipt.due_at


@given(splits, lengths, st.sets(stages.filter(lambda stage: stage is not Stage.EXECUTION)))
def test_stage_switched_off_gives_its_share_to_execution(split: list[int], total: timedelta, off: set[Stage]) -> None:
    shares = dict(zip(TIMED_STAGES, split, strict=True))

    plan = terms.plan(total, shares, 1, frozenset(off))

    assert plan.shares[Stage.EXECUTION] == shares[Stage.EXECUTION] + sum(shares[stage] for stage in off)
    assert all(plan.shares[stage] == 0 for stage in off)
    assert sum(plan.shares.values()) == 100


def test_plan_whose_shares_miss_a_percent_is_an_impossibility() -> None:
    with pytest.raises(ValueError, match="99"):
        terms.plan(DAY, {**SHARES, Stage.APPROVAL: 9}, 1)


def test_floor_is_one_percent_of_the_term_in_whole_seconds_rounded_down() -> None:
    assert terms.plan(timedelta(seconds=599), SHARES, 1).floor == 5 * SECOND
    assert terms.plan(30 * DAY, SHARES, 1).floor == 25_920 * SECOND


def test_stage_entered_just_before_the_end_has_all_that_remains() -> None:
    plan, due_at = terms.plan(30 * DAY, SHARES, 1), RECEIVED + 30 * DAY

    assert terms.receipt(plan, Stage.EXECUTION, due_at - HOUR, due_at).due_at == due_at


def test_stage_entered_at_or_after_the_message_due_has_no_due_of_its_own() -> None:
    plan, due_at = terms.plan(30 * DAY, SHARES, 1), RECEIVED + 30 * DAY

    assert terms.receipt(plan, Stage.EXECUTION, due_at, due_at).due_at is None
    assert terms.receipt(plan, Stage.EXECUTION, due_at + DAY, due_at).due_at is None


def test_instants_with_fractions_keep_the_stage_within_the_message() -> None:
    plan, due_at = terms.plan(10 * DAY, SHARES, 1), RECEIVED + 10 * DAY
    entered_at = due_at - timedelta(seconds=1, microseconds=1)

    receipt = terms.receipt(plan, Stage.APPROVAL, entered_at, due_at)

    assert receipt.due_at == entered_at + SECOND
    assert receipt.due_at < due_at


def test_warning_comes_when_the_given_percent_of_the_stage_is_left() -> None:
    assert terms.warning_at(RECEIVED, RECEIVED + 100 * SECOND, 25) == RECEIVED + 75 * SECOND
    assert terms.warning_at(RECEIVED, RECEIVED + 4 * DAY, 25) == RECEIVED + 3 * DAY
    assert terms.warning_at(RECEIVED, RECEIVED + SECOND, 25) == RECEIVED + SECOND


# --- Terms as the rules apply them


@pytest.mark.requirement("S2-52")
def test_accept_fixes_the_term_of_the_category_from_receipt() -> None:
    at_desk = desk().later(5 * HOUR)

    at_desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")

    assert at_desk.case.due_at == RECEIVED + 10 * DAY
    assert at_desk.case.plan.total == 10 * DAY


def test_organisation_without_endorsement_gives_execution_its_share() -> None:
    at_desk = desk(Stage.EXECUTION, world(ministry={"endorsement": False}))

    assert at_desk.case.plan.shares[Stage.EXECUTION] == 80
    assert at_desk.case.stage_due_at == at_desk.case.entered_at + 24 * DAY


def test_transfer_to_an_organisation_without_endorsement_gives_its_execution_the_share() -> None:
    at_desk = desk(Stage.COORDINATION, world(hospital={"endorsement": False}))
    due_before = at_desk.case.stage_due_at

    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)

    assert at_desk.case.stage_due_at == due_before
    assert at_desk.case.plan.shares[Stage.EXECUTION] == 80


def test_return_to_an_organisation_with_endorsement_gives_endorsement_its_share_again() -> None:
    at_desk = desk(Stage.COORDINATION, world(hospital={"endorsement": False}))
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)

    at_desk.decide(Action.RETURN_TO_SUPERIOR)

    assert at_desk.case.plan.shares == SHARES


def test_redirect_takes_the_due_date_along_and_divides_it_by_the_stages_there() -> None:
    at_desk = desk(Stage.COORDINATION, world(roads={"endorsement": False}))
    due_at = at_desk.case.due_at
    at_desk.decide(Action.PROPOSE_REDIRECT)

    at_desk.later(DAY).decide(Action.APPROVE)

    assert at_desk.case.organisation == ROADS
    assert at_desk.case.due_at == due_at
    assert at_desk.case.plan.shares[Stage.ENDORSEMENT] == 0


def test_postponed_message_where_endorsement_is_not_used_gives_execution_its_share() -> None:
    where = world(ministry={"endorsement": False})

    plan = base.plan_of(20 * DAY, MINISTRY, where, postponed=True)

    assert plan.shares[Stage.EXECUTION] == 90
    assert plan.shares[Stage.ENDORSEMENT] == 0


def test_shortened_day_shrinks_term_shares_and_floor_alike() -> None:
    plan = terms.plan(timedelta(seconds=60 * 30), SHARES, 1)
    at = datetime(2026, 1, 1, tzinfo=UTC)

    receipt = terms.receipt(plan, Stage.EXECUTION, at, at + timedelta(seconds=1800))

    assert receipt.due_at == at + timedelta(seconds=1170)
    assert plan.floor == 18 * SECOND
