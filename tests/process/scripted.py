"""A run over a scripted record: what `judge` answers is written in the test, call by call."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import temporalio.api.common.v1 as common
import temporalio.api.workflowservice.v1 as service
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.worker import Worker

from domain.standing import Closing, Standing, Start
from domain.vocabulary import (
    ACTIVITY_DELIVER_LETTER,
    ACTIVITY_JUDGE,
    QUEUE_DELIVERY,
    SIGNAL_RING,
    WORKFLOW_PLATFORM_MESSAGE,
    Stage,
)
from tests.process.clock import until
from workflows.platform_message import PlatformMessage

FIRST = Standing(Stage.MODERATION.value, 1, holder="pool-moderator", organisation="ministry")
NEXT = replace(FIRST, stage=Stage.COORDINATION.value, entry=2, version=1)
CLOSED = replace(NEXT, closed=True, outcome="declined", version=2)

Answer = Standing | Callable[[], Standing]


@dataclass
class Record:
    """What `judge` answers, call by call; the last answer stands for all later ones."""

    answers: list[Answer]
    calls: int = 0
    letters: list[str] = field(default_factory=list)
    deliver: Callable[[str], str] = lambda letter: "sent"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self) -> Standing:
        """The next answer."""
        with self._lock:
            answer = self.answers[min(self.calls, len(self.answers) - 1)]
            self.calls += 1
        return answer if isinstance(answer, Standing) else answer()

    def send(self, letter: str) -> str:
        """One more letter."""
        self.letters.append(letter)
        return self.deliver(letter)


@dataclass(frozen=True)
class Run:
    """A run over a scripted record."""

    client: Client
    handle: WorkflowHandle[PlatformMessage, Closing]
    record: Record

    async def ring(self, name: str = SIGNAL_RING, payloads: Sequence[common.Payload] = ()) -> None:
        """A raw signal, as any client can send it."""
        await self.client.workflow_service.signal_workflow_execution(
            service.SignalWorkflowExecutionRequest(
                namespace=self.client.namespace,
                workflow_execution=common.WorkflowExecution(workflow_id=self.handle.id),
                signal_name=name,
                input=common.Payloads(payloads=payloads),
                request_id=str(uuid4()),
            )
        )

    async def idle(self) -> None:
        """It waits, and nothing is under way."""

        async def is_idle() -> bool:
            found = (await self.handle.describe()).raw_description
            return not (found.HasField("pending_workflow_task") or found.pending_activities)

        await until(is_idle)

    async def status(self) -> WorkflowExecutionStatus | None:
        """How the present run is."""
        return (await self.client.get_workflow_handle(self.handle.id).describe()).status

    async def history(self) -> WorkflowHistory:
        """The present run's events."""
        return await self.client.get_workflow_handle(self.handle.id).fetch_history()


@contextlib.asynccontextmanager
async def started(client: Client, *answers: Answer, **more: Any) -> AsyncIterator[Run]:
    """A run with workers, which has judged once."""
    record = Record(list(answers), **more)
    name = str(uuid4())
    async with workers(client, record, name):
        handle: WorkflowHandle[PlatformMessage, Closing] = await client.start_workflow(
            WORKFLOW_PLATFORM_MESSAGE,
            Start(name, "2026-1", "S2", FIRST),
            id=f"message-{name}",
            task_queue=name,
            result_type=Closing,
        )
        run = Run(client, handle, record)
        await until(lambda: record.calls)
        yield run
        with contextlib.suppress(Exception):
            await client.get_workflow_handle(handle.id).terminate()


@contextlib.asynccontextmanager
async def workers(
    client: Client,
    record: Record,
    queue: str,
    workflow: type[PlatformMessage] = PlatformMessage,
    *,
    max_cached_workflows: int = 1000,
) -> AsyncIterator[None]:
    """Both queues over the scripted record."""

    @activity.defn(name=ACTIVITY_JUDGE, no_thread_cancel_exception=True)
    def judge(case_id: str) -> Standing:
        return record.judge()

    @activity.defn(name=ACTIVITY_DELIVER_LETTER)
    def deliver(letter: str) -> str:
        return record.send(letter)

    with ThreadPoolExecutor(8) as pool:
        async with (
            Worker(
                client,
                task_queue=queue,
                workflows=[workflow],
                activities=[judge],
                activity_executor=pool,
                max_cached_workflows=max_cached_workflows,
            ),
            Worker(client, task_queue=QUEUE_DELIVERY, activities=[deliver], activity_executor=pool),
        ):
            yield
