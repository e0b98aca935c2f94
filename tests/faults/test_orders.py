"""A decision and its deadline in both orders, whatever is away when they happen: lateness compares stored instants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from storage.keys import KeyRing
from storage.migrating import migrate
from tests.conftest import Database, own_database
from tests.faults.processes import Worker, at_work, office, until
from tests.faults.record import verdicts
from tests.product import Product

pytestmark = pytest.mark.anyio

DAY_SECONDS = 4
"""Moderation has 5 % of 30 days: 6 seconds."""
ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


@pytest.fixture
def short_days(postgres: Postgres, keys: KeyRing) -> Iterator[Database]:
    """A database where each day of a term lasts seconds."""
    with own_database(postgres, "otklik") as made:
        migrate(made.owner_url, "otklik_app", DAY_SECONDS)
        yield made


@asynccontextmanager
async def away(what: str, worker: Worker, temporal: TemporalServer, running: Product) -> AsyncIterator[None]:
    """The part is away while the block lasts."""
    if what == "worker":
        worker.kill()
    if what == "temporal":
        temporal.stop()
    yield
    if what == "worker":
        worker.start()
        await worker.begun(running.client)
    if what == "temporal":
        temporal.start()
        await asyncio.to_thread(temporal.wait_ready)


def moderation(running: Product, message: str) -> list[dict[str, Any]]:
    """What happened in the first stage and how it ended."""
    rows = [row for row in running.journal(message) if not row["event"].startswith("Letter")]
    end = [row["event"] for row in rows].index("MessageAccepted")
    return rows[1 : end + 1]


def overdue(running: Product, message: str) -> bool:
    query = "SELECT otklik_now() > stage_due_at AS late FROM message_case WHERE id = :id"
    return bool(running.rows(query, id=message)[0]["late"])


@pytest.mark.parametrize("what", ["worker", "temporal", "nothing"])
@pytest.mark.requirement("S2-55")
async def test_decision_before_its_deadline_is_in_time_and_after_it_is_late(
    short_days: Database, own_temporal: TemporalServer, tmp_path: Path, what: str
) -> None:
    async with (
        office(short_days, own_temporal, tmp_path, embedded=True) as running,
        at_work(running, tmp_path) as worker,
    ):
        await running.headers("moderator")
        early, late = await running.register(), await running.register()
        due_at = running.case(late)["stage_due_at"]

        async with away(what, worker, own_temporal, running):
            in_time = await running.try_to("moderator", early, "accept", version=0, **ABOUT)
            await until(lambda: overdue(running, late))
            too_late = await running.try_to("moderator", late, "accept", version=0, **ABOUT)
        await until(lambda: all(verdicts(running, one) == [("accept", "accepted")] for one in (early, late)))

        expected = {200} if what == "nothing" else {202}
        assert {in_time.status_code, too_late.status_code} == expected
        assert "StageOverdue" not in [row["event"] for row in moderation(running, early)]
        *alarms, accepted = moderation(running, late)
        assert [row["event"] for row in alarms if row["event"] != "StageWarningSentAhead"] == [
            "StageWarned",
            "StageOverdue",
        ]
        assert alarms[-1]["at"] == due_at
        assert timedelta() < accepted["at"] - due_at < timedelta(seconds=5)
