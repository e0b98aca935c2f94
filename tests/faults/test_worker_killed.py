"""A worker dies with a decision in its hands: the verdict arrives by itself."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import Worker, at_work, office, until
from tests.faults.record import events, somebody_waits, verdicts, verdicts_held
from tests.product import Product

pytestmark = pytest.mark.anyio

GOAL_SECONDS = 6
LIMIT_SECONDS = 20
"""The goal is for a machine of its own; tests share theirs."""


async def decide_and_kill(running: Product, database: Database, message: str, victim: Worker) -> float:
    """A decision is committed and being judged when the worker dies; when that was."""
    with verdicts_held(database):
        request = asyncio.create_task(
            running.try_to("coordinator", message, "assign", executor=running.people["executor"])
        )
        await until(lambda: somebody_waits(database))
        killed_at = victim.kill()
    assert (await request).status_code in {200, 202}
    return killed_at


@pytest.mark.parametrize("second", [True, False], ids=["second worker running", "restarted at once"])
async def test_verdict_arrives_by_itself_after_its_worker_was_killed(
    database: Database, temporal: TemporalServer, tmp_path: Path, second: bool
) -> None:
    async with office(database, temporal, tmp_path) as running, at_work(running, tmp_path, "victim") as victim:
        message = await running.accepted()
        with Worker(running.settings, tmp_path, "other") if second else nullcontext() as other:
            if other is not None:
                await other.begun(running.client)
            killed_at = await decide_and_kill(running, database, message, victim)
            with nullcontext() if second else Worker(running.settings, tmp_path, "other"):
                await until(lambda: verdicts(running, message)[-1] == ("assign", "accepted"))
                seconds = time.monotonic() - killed_at

        other_worker = "a second one runs" if second else "it is restarted at once"
        print(f"\nverdict {seconds:.1f} s after SIGKILL of its worker, {other_worker}; goal {GOAL_SECONDS} s")
        assert seconds < LIMIT_SECONDS
        assert events(running, message) == ["MessageRegistered", "MessageAccepted", "ExecutorAssigned"]
