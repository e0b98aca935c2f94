"""A decision and its deadline meet in both orders, with the worker down, with Temporal not told, and with neither.

Lateness is judged by `decided_at` against the stored due date; which branch of a wait woke first says nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.vocabulary import Action
from embedded.mail_server import MailCatcher
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from storage import inbox
from storage.inbox import Request
from storage.reference import Reference
from tests.conftest import Database
from tests.process.clock import Clock, until
from tests.process.running import api_and_clock, keyed_database
from tests.process.walk import Walk
from tests.product import Product, working

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
Stand = tuple[Product, Clock, Database]


@pytest.fixture(scope="module")
async def stand(
    postgres: Postgres,
    temporal: TemporalServer,
    mail: MailCatcher,
    tmp_path_factory: pytest.TempPathFactory,
    anyio_backend: str,
) -> AsyncIterator[Stand]:
    """The API without a worker: a test runs one when it wants to."""
    folder = tmp_path_factory.mktemp("product")
    with keyed_database(postgres, folder) as database:
        async with api_and_clock(database, folder, temporal, mail) as (product, clock):
            yield product, clock, database


async def before_the_deadline(stand: Stand) -> Walk:
    """In coordination, a minute before the stage is overdue; the worker has gone."""
    product, clock, database = stand
    async with working(product.settings, database):
        walk = await Walk.begin(product, clock)
        await walk.accept()
        await clock.to(walk.message, walk.case["stage_due_at"] - MINUTE)
    assert "StageOverdue" not in walk.events()
    return walk


def in_the_inbox(walk: Walk) -> None:
    """`assign` is decided and committed, and Temporal is not told."""
    product = walk.product
    parameters: dict[str, Any] = {"executor": walk.person("executor")}
    request = Request(
        walk.message, walk.person("coordinator"), Action.ASSIGN, walk.case["version"], parameters, str(uuid4())
    )
    inbox.decide(product.engine, Reference(), request)


async def rung(walk: Walk) -> None:
    """`assign` is decided over HTTP; nobody is there to judge it, so it is 202."""
    answer = await walk.product.try_to("coordinator", walk.message, "assign", executor=walk.person("executor"))
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("told", [True, False], ids=["worker down", "Temporal not told"])
async def test_decision_before_its_deadline_is_in_time_however_late_it_is_judged(stand: Stand, told: bool) -> None:
    walk = await before_the_deadline(stand)
    product, clock, database = stand

    if told:
        await rung(walk)
    else:
        in_the_inbox(walk)
    clock.shift(2 * MINUTE)  # the deadline passes with nobody there
    async with working(product.settings, database):
        await clock.join(walk.message)
        await until(lambda: walk.case["stage"] == "execution")

    assert "StageOverdue" not in walk.events()
    (assigned,) = walk.at("ExecutorAssigned")
    due = product.journal(walk.message)[2]["facts"]["term"]["due_at"]
    assert assigned.isoformat() < due


@pytest.mark.parametrize("told", [True, False], ids=["worker down", "Temporal not told"])
async def test_decision_after_its_deadline_is_late_though_its_bell_is_heard_first(stand: Stand, told: bool) -> None:
    walk = await before_the_deadline(stand)
    product, clock, database = stand
    due = walk.case["stage_due_at"]

    clock.shift(2 * MINUTE)
    if told:
        await rung(walk)
    else:
        in_the_inbox(walk)
    async with working(product.settings, database):
        await clock.join(walk.message)
        await until(lambda: walk.case["stage"] == "execution")

    assert walk.at("StageOverdue") == [due]
    assert walk.events().index("StageOverdue") < walk.events().index("ExecutorAssigned")
    (assigned,) = walk.at("ExecutorAssigned")
    assert assigned > due


async def test_decision_in_time_and_its_deadline_with_everybody_there(stand: Stand) -> None:
    walk = await before_the_deadline(stand)
    product, clock, database = stand

    async with working(product.settings, database):
        await walk.do("coordinator", "assign", executor=walk.person("executor"))
        await clock.advance(walk.message, 2 * MINUTE)

    assert "StageOverdue" not in walk.events()


async def test_deadline_and_then_the_decision_with_everybody_there(stand: Stand) -> None:
    walk = await before_the_deadline(stand)
    product, clock, database = stand
    due = walk.case["stage_due_at"]

    async with working(product.settings, database):
        await clock.advance(walk.message, 2 * MINUTE)
        await walk.do("coordinator", "assign", executor=walk.person("executor"))

    assert walk.at("StageOverdue") == [due]


async def test_clock_of_the_record_behind_the_run_asks_again_and_records_nothing_early(stand: Stand) -> None:
    """An alarm of which `otklik_now()` knows nothing yet is armed again for a second, not in a spin."""
    walk = await before_the_deadline(stand)
    product, clock, database = stand
    due = walk.case["stage_due_at"]

    async with working(product.settings, database):
        before = await markers(walk)
        await clock.run_alone(walk.message, MINUTE + timedelta(seconds=10))
        assert "StageOverdue" not in walk.events()
        assert await markers(walk) - before <= 15
        await clock.advance(walk.message, 2 * MINUTE)
        await until(lambda: walk.at("StageOverdue"))  # the timer that was armed again wakes the run within a second

    assert walk.at("StageOverdue") == [due]


async def markers(walk: Walk) -> int:
    """How often the run has judged so far."""
    history = await walk.clock.handle(walk.message).fetch_history()
    return sum(event.HasField("marker_recorded_event_attributes") for event in history.events)
