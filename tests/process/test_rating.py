"""The days of a rating on the real run, by clocks that are moved. Source: S0, п. 2; G-28."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from tests.api.test_rating import decided
from tests.api.test_tracking import tracked
from tests.process.clock import Clock
from tests.process.walk import DAY, Walk
from tests.product import Product

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def answered(product: Product, clock: Clock) -> Walk:
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    await walk.submit()
    await walk.do("head2", "approve")
    return walk


@pytest.mark.requirement("S0-08")
async def test_rating_is_taken_a_minute_before_its_days_are_over_and_not_a_minute_after(
    product: Product, clock: Clock
) -> None:
    walk = await answered(product, clock)
    until = walk.case["answered_at"] + 14 * DAY

    await clock.to(walk.message, until - MINUTE)
    before = (await tracked(product, walk.message))["rating"]
    early = await decided(product, walk.message, "rate", score=2)
    await clock.to(walk.message, until + MINUTE)
    after = (await tracked(product, walk.message))["rating"]
    late = await decided(product, walk.message, "ask_repeat", missing="Когда откроют регистратуру?")

    assert (before["open"], early.status_code) == (True, 200)
    assert (after["open"], after["repeat"]) == (False, False)
    assert (late.status_code, late.json()["code"]) == (409, "case_closed")
    assert walk.case["closed_at"] == until


async def test_danger_in_a_rating_of_the_last_minute_keeps_its_run_open_until_a_person_decides(
    product: Product, clock: Clock
) -> None:
    walk = await answered(product, clock)
    until = walk.case["answered_at"] + 14 * DAY
    await clock.to(walk.message, until - MINUTE)
    await decided(product, walk.message, "rate", score=1, words="Сосед угрожает ножом!")

    await clock.to(walk.message, until + MINUTE)
    waiting, looked = walk.case, await looks(clock, walk)
    await clock.advance(walk.message, 30 * DAY)
    looked_later = await looks(clock, walk)
    await walk.do("coordinator", "dismiss_danger", reason="Сосед уехал.")
    (dismissed_at,) = walk.at("DangerDismissed")

    assert (waiting["closed_at"], waiting["stage"], waiting["precedence"]) == (None, "rating", 2)
    reminded = walk.events().count("DangerReminded")
    assert 15 < reminded < 30, "each working morning"
    assert looked_later - looked <= reminded + 1, "and no timer between"
    assert walk.case["closed_at"] == dismissed_at


async def looks(clock: Clock, walk: Walk) -> int:
    """How often its run has asked the record for a verdict."""
    history = await clock.handle(walk.message).fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED for event in history.events)


@pytest.mark.requirement("S0-08")
async def test_repeat_asked_on_the_last_day_runs_through_all_stages_once_more(product: Product, clock: Clock) -> None:
    walk = await answered(product, clock)
    await clock.to(walk.message, walk.case["answered_at"] + 14 * DAY - MINUTE)
    await decided(product, walk.message, "rate", score=1)
    await decided(product, walk.message, "ask_repeat", missing="Когда откроют регистратуру?")
    await clock.settle(walk.message)
    (asked_at,) = walk.at("RepeatAsked")

    assert walk.case["stage"] == "coordination"
    assert walk.case["due_at"] == asked_at + 30 * DAY
    await walk.assign()
    await walk.submit(approver="head")
    await walk.do("head", "approve")
    await decided(product, walk.message, "rate", score=5)
    await walk.later(14 * DAY + MINUTE)

    assert walk.case["closed_at"] is not None
    assert walk.events().count("AnswerApproved") == 2
