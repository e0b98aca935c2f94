"""The rule of docs/patches.md on runs that live through a deployment: not yet there, inside, came round again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from domain.standing import Closing, Standing, Start
from domain.vocabulary import WORKFLOW_PLATFORM_MESSAGE, Stage
from temporal.client import CONVERTER
from tests.process.clock import until
from tests.process.scripted import FIRST, Record, Run, workers
from tests.replay.variants import Gated, GatedOnce, Ungated
from tests.shape.fingerprint import commands
from workflows.platform_message import PlatformMessage

pytestmark = pytest.mark.anyio

MODERATION = FIRST
COORDINATION = replace(FIRST, stage=Stage.COORDINATION.value, entry=2, version=1)
EXECUTION = replace(FIRST, stage=Stage.EXECUTION.value, entry=3, version=2)
AGAIN = replace(COORDINATION, entry=4, version=3)
CLOSED = replace(AGAIN, stage=Stage.DELIVERY.value, entry=5, version=4, closed=True, outcome="answered")
LIFE = [MODERATION, COORDINATION, EXECUTION, AGAIN, CLOSED]

PAUSE = "wait: Пауза"


@dataclass
class Life:
    """One run, led from standing to standing under the release that happens to be deployed."""

    run: Run
    client: Client
    queue: str

    @contextlib.asynccontextmanager
    async def deployed(self, release: type[PlatformMessage]) -> AsyncIterator[None]:
        """The release works; each of its tasks replays the run from the beginning."""
        async with workers(self.client, self.run.record, self.queue, release, max_cached_workflows=0):
            yield

    async def lead_to(self, standing: Standing) -> None:
        """One bell a standing."""
        while self.run.record.calls <= LIFE.index(standing):
            calls = self.run.record.calls
            if calls:
                await self.run.ring()
            await self.pass_pauses()
            await until(lambda calls=calls: self.run.record.calls > calls)
            await self.settle()

    async def pass_pauses(self) -> None:
        """A minute passes."""
        skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))
        with contextlib.suppress(Exception):
            await skipper.fast_forward(self.run.handle, timedelta(minutes=2))

    async def settle(self) -> None:
        """Until the run waits for a bell."""
        await self.run.idle()

    async def commands(self) -> list[str]:
        """What its code did."""
        return commands(await self.run.history())


async def begun(client: Client) -> Life:
    """A run that has not done anything yet."""
    name = str(uuid4())
    handle = await client.start_workflow(
        WORKFLOW_PLATFORM_MESSAGE,
        Start(name, "2026-1", "S2", MODERATION),
        id=f"message-{name}",
        task_queue=name,
        result_type=Closing,
    )
    return Life(Run(client, handle, Record(list(LIFE))), client, name)


@pytest.mark.parametrize(
    ("deployed_at", "pauses"),
    [(MODERATION, 2), (COORDINATION, 1), (EXECUTION, 1)],
    ids=["not yet there", "inside", "came round again"],
)
async def test_gated_change_holds_for_entries_that_begin_under_it(
    client: Client, deployed_at: Standing, pauses: int
) -> None:
    life = await begun(client)
    async with life.deployed(PlatformMessage):
        await life.lead_to(deployed_at)
    async with life.deployed(Gated):
        await life.lead_to(CLOSED)
        assert await life.run.handle.result() == Closing("answered", 4)

    history = await life.run.history()
    assert commands(history).count(PAUSE) == pauses
    assert not broken(history)
    await Replayer(workflows=[Gated], data_converter=CONVERTER).replay_workflow(history)


def broken(history: WorkflowHistory) -> list[str]:
    """Tasks that failed, but for a return that a late bell overtook: the server asks for that one again."""
    causes = [
        WorkflowTaskFailedCause.Name(event.workflow_task_failed_event_attributes.cause)
        for event in history.events
        if event.HasField("workflow_task_failed_event_attributes")
    ]
    return [cause for cause in causes if cause != "WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND"]


async def test_gate_without_the_entry_never_opens_for_a_run_that_was_inside(client: Client) -> None:
    life = await begun(client)
    async with life.deployed(PlatformMessage):
        await life.lead_to(COORDINATION)
    async with life.deployed(GatedOnce):
        await life.lead_to(CLOSED)

    assert (await life.commands()).count(PAUSE) == 0


async def test_change_without_a_gate_breaks_the_run_that_is_inside(client: Client) -> None:
    life = await begun(client)
    async with life.deployed(PlatformMessage):
        await life.lead_to(EXECUTION)

    history = await life.run.history()
    await life.run.handle.terminate()
    with pytest.raises(NondeterminismError):
        await Replayer(workflows=[Ungated], data_converter=CONVERTER).replay_workflow(history)
