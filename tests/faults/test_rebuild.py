"""Temporal loses a run, or everything: the record rebuilds it, and the work goes on."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from embedded.temporal_server import TemporalServer
from temporal.bell import is_running
from temporal.namespace import ensure
from tests.conftest import Database
from tests.faults.processes import Worker, at_work, office, until
from tests.faults.record import events, verdicts
from tests.product import Product

pytestmark = pytest.mark.anyio

CASES = 50
ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def decide(running: Product, login: str, message: str, action: str, **fields: Any) -> None:
    """A decision that is accepted, now or when its run has been rebuilt."""
    answer = await running.try_to(login, message, action, version=None, **fields)
    assert answer.status_code in {200, 202}, answer.text
    await until(lambda: verdicts(running, message)[-1] == (action, "accepted"))


async def test_case_whose_run_was_terminated_by_hand_is_finished(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path) as running, at_work(running, tmp_path):
        message = await running.accepted()
        await running.run(message).terminate("by hand")

        await decide(running, "coordinator", message, "assign", executor=running.people["executor"])
        await decide(running, "executor", message, "start_work")
        await decide(
            running,
            "executor",
            message,
            "submit_answer",
            type="solved",
            text="Добавлена вторая линия телефона.",
            endorsers=[running.people["head"]],
            approver=running.people["head2"],
        )
        await decide(running, "head", message, "endorse")
        await decide(running, "head2", message, "approve")

        assert events(running, message)[-5:] == [
            "ExecutorAssigned",
            "WorkStarted",
            "AnswerSubmitted",
            "DraftEndorsed",
            "AnswerApproved",
        ]
        assert running.case(message)["stage"] == "delivery"
        described = await running.run(message).describe()
        assert described.status is WorkflowExecutionStatus.RUNNING


async def test_temporal_emptied_under_open_cases_is_filled_again(
    database: Database, own_temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, own_temporal, tmp_path) as running:
        async with at_work(running, tmp_path):
            messages = [await running.register() for _ in range(CASES)]
            decided = messages[: CASES // 10]
            own_temporal.stop()
        for file in own_temporal.database.parent.glob("temporal.db*"):
            file.unlink()
        await asyncio.gather(
            *(running.try_to("moderator", message, "accept", version=0, **ABOUT) for message in decided)
        )
        own_temporal.start()
        await asyncio.to_thread(own_temporal.wait_ready)
        await ensure(running.client)  # as each start of the whole does

        with Worker(running.settings, tmp_path, "after"):
            await until(lambda: all(verdicts(running, one) == [("accept", "accepted")] for one in decided))
            for message in messages:
                await until(partial(is_running, running.client, message))
            await decide(running, "moderator", messages[-1], "accept", **ABOUT)
        for message in (*decided, messages[-1]):
            assert events(running, message) == ["MessageRegistered", "MessageAccepted"]
