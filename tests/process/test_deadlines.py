"""Time on the real run: what falls due is recorded at its exact instant, told to those concerned, and ends no wait.

Expected dates are computed here from the annex, never by the product's own functions.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from embedded.mail_server import MailCatcher
from tests.process.clock import MOSCOW, Clock
from tests.process.test_branches import attributes, coordinated, told
from tests.process.walk import DAY, PATHS, Walk
from tests.product import Product

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.mark.requirement("S2-52", "S2-61", "S2-62")
async def test_stages_of_a_message_of_thirty_days_are_due_by_the_annex(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)
    assert walk.case["due_at"] == walk.case["received_at"] + 30 * DAY
    assert allotted(walk) == 36 * HOUR  # 1 day 12 hours

    await walk.accept()
    assert allotted(walk) == 36 * HOUR
    await walk.assign()
    assert allotted(walk) == 19 * DAY + 12 * HOUR
    await walk.submit("head")
    assert allotted(walk) == 4 * DAY + 12 * HOUR
    await walk.do("head", "endorse")
    assert allotted(walk) == 3 * DAY


@pytest.mark.requirement("S2-52", "S2-61", "S2-63")
async def test_stages_of_a_message_of_ten_days_are_due_by_the_annex(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)

    await walk.accept(subcategory="medicine.vaccination")
    assert walk.case["due_at"] == walk.case["received_at"] + 10 * DAY
    assert allotted(walk) == 12 * HOUR
    await walk.assign()
    assert allotted(walk) == 6 * DAY + 12 * HOUR
    await walk.submit("head")
    assert allotted(walk) == DAY + 12 * HOUR
    await walk.do("head", "endorse")
    assert allotted(walk) == DAY


def allotted(walk: Walk) -> timedelta:
    """How long the present entry may last."""
    found: timedelta = walk.case["stage_due_at"] - walk.case["entered_at"]
    return found


@pytest.mark.requirement("S2-54", "S2-55")
async def test_stage_is_warned_and_overdue_at_the_stored_instants_and_goes_on(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    entered = walk.case["entered_at"]

    await clock.to(walk.message, entered + 27 * HOUR)  # a quarter of 36 hours is left
    assert walk.at("StageWarned") == [entered + 27 * HOUR]
    assert told(walk, "stage_warning") == {"coordinator", "curator"}
    assert walk.at("StageOverdue") == []
    await clock.to(walk.message, entered + 36 * HOUR)

    assert walk.at("StageOverdue") == [entered + 36 * HOUR]
    assert told(walk, "stage_overdue") == {"coordinator", "curator"}
    assert walk.case["stage"] == "coordination"
    await walk.assign()
    assert walk.case["stage"] == "execution"
    assert not walk.case["stage_overdue"]


@pytest.mark.requirement("S2-54", "S2-55")
async def test_executor_of_record_is_warned_while_a_head_holds_the_message(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    await walk.assign()
    await walk.submit("head")

    await walk.through_warning_and_overdue()

    for kind in ("stage_warning", "stage_overdue"):
        assert told(walk, kind) == {"head", "executor", "curator"}


@pytest.mark.requirement("S2-56")
async def test_message_is_overdue_at_its_due_date_and_reminded_each_morning(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    await walk.assign()
    due = walk.case["due_at"]

    await clock.to(walk.message, due - timedelta(minutes=1))
    assert walk.at("MessageOverdue") == []
    await clock.to(walk.message, due)
    assert walk.at("MessageOverdue") == [due]
    assert (await attributes(walk))["Overdue"] is True
    assert "executor" in told(walk, "message_overdue")
    for _ in range(3):
        await walk.later(DAY)

    mornings = [at.astimezone(MOSCOW) for at in walk.at("OverdueReminded")]
    assert [f"{at:%H:%M:%S}" for at in mornings] == ["09:00:00"] * 3
    first = due.astimezone(MOSCOW).date() + DAY
    assert [at.date() for at in mornings] == [first, first + DAY, first + 2 * DAY]
    await walk.submit()
    await walk.do("head2", "approve")
    assert (await attributes(walk))["Overdue"] is False
    assert product.journal(walk.message)[-2]["facts"]["in_time"] is False


async def test_months_without_anybody_are_recorded_each_at_its_own_instant(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)
    received = walk.case["received_at"]

    await clock.advance(walk.message, 40 * DAY)

    assert walk.at("StageWarned") == [received + 27 * HOUR]
    assert walk.at("StageOverdue") == [received + 36 * HOUR]
    assert walk.at("MessageOverdue") == [received + 30 * DAY]
    assert len(walk.at("OverdueReminded")) == 10
    assert walk.case["stage"] == "moderation"


async def test_warning_of_a_night_comes_before_it(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    await walk.assign()  # Monday 10:00, due after 19 days 12 hours; a quarter before that is a night
    warned = walk.case["entered_at"] + (19 * DAY + 12 * HOUR) * 3 / 4
    assert not 9 <= warned.astimezone(MOSCOW).hour < 18

    await clock.to(walk.message, warned)

    (ahead,) = walk.at("StageWarningSentAhead")
    assert f"{ahead.astimezone(MOSCOW):%H:%M}" == "17:30"
    assert ahead < warned
    assert walk.at("StageWarned") == [warned]


@pytest.mark.requirement("S2-34")
async def test_postponed_message_is_warned_and_overdue_by_its_new_plan(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    await walk.assign()
    until = (walk.case["due_at"].astimezone(MOSCOW) + 10 * DAY).date()
    await walk.submit(type="postponed", postponed_until=until.isoformat(), text="Ремонт идёт.")
    was = walk.case["due_at"]
    await walk.do("head2", "approve")
    entered = walk.case["entered_at"]
    whole = walk.case["due_at"] - entered

    await clock.to(walk.message, was)
    assert walk.at("MessageOverdue") == []
    await clock.to(walk.message, walk.case["stage_due_at"])
    await clock.to(walk.message, walk.case["due_at"])

    (overdue,) = walk.at("StageOverdue")
    assert overdue == entered + timedelta(seconds=whole // timedelta(seconds=1) * 75 // 100)
    assert walk.at("MessageOverdue") == [datetime.combine(until, datetime.min.time(), MOSCOW)]


async def test_hand_over_is_overdue_after_two_working_days(product: Product, clock: Clock) -> None:
    walk = await PATHS["handed_over"](product, clock)

    approved = walk.at("AnswerApproved")[0].astimezone(MOSCOW)  # a Monday
    late = [at.astimezone(MOSCOW) for at in walk.at("HandoverOverdue")]
    assert [(at.date() - approved.date()).days for at in late] == [2, 2]
    assert {f"{at:%H:%M}" for at in late} == {"18:00"}
    assert told(walk, "handover_overdue") == {"operator", "curator"}


async def test_overdue_path_ends_answered_late(product: Product, clock: Clock, mail: MailCatcher) -> None:
    walk = await PATHS["overdue"](product, clock)

    events = walk.events()
    assert events.count("StageOverdue") == 2
    assert events.index("MessageOverdue") < events.index("AnswerApproved")
    assert events[-1] == "CaseClosed"
