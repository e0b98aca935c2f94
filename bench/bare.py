"""Bare Temporal: the least that a durable decision can cost. A client here, a worker in a process of its own.

A lifecycle is a workflow that takes six signals. Each signal is sent after the no-op local activity of the one before reported
over PostgreSQL's NOTIFY: the same question-and-answer that a person's decision is, with nothing of a product in it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from bench.figures import DECISIONS, Sample, Timer

QUEUE = "bench-bare"
CHANNEL = "bench_bare"


@workflow.defn(name="Bare")
class Bare:
    """Six signals, a no-op local activity after each."""

    def __init__(self) -> None:
        self._rung = 0

    @workflow.signal
    def ring(self) -> None:
        """One more."""
        self._rung += 1

    @workflow.run
    async def run(self, name: str) -> None:
        """Returns after the sixth."""
        for done in range(DECISIONS):
            await workflow.wait_condition(lambda done=done: self._rung > done)  # type: ignore[misc]  # a default argument
            await workflow.execute_local_activity(
                "report", name, start_to_close_timeout=timedelta(seconds=5), result_type=type(None)
            )


def main() -> None:
    """The bare worker process: address, namespace and DSN from its environment."""
    asyncio.run(_work(os.environ["BENCH_TEMPORAL"], os.environ["BENCH_NAMESPACE"], os.environ["BENCH_DSN"]))


async def _work(address: str, namespace: str, dsn: str) -> None:
    client = await Client.connect(address, namespace=namespace)
    local = threading.local()

    @activity.defn(name="report")
    def report(name: str) -> None:
        if not hasattr(local, "connection"):
            local.connection = _autocommit(dsn)
        with local.connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", (CHANNEL, name))

    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[Bare],
        activities=[report],
        activity_executor=ThreadPoolExecutor(8),
        max_concurrent_activities=8,
        max_concurrent_local_activities=8,
    ):
        print("ready", flush=True)  # noqa: T201  # the parent waits for this line
        await asyncio.Event().wait()


class BareLoad:
    """Drives bare lifecycles and times each signal until its report."""

    def __init__(self, client: Client, dsn: str) -> None:
        self._client = client
        self._connection = _autocommit(dsn)
        self._heard: dict[str, asyncio.Event] = {}
        with self._connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        asyncio.get_running_loop().add_reader(self._connection.fileno(), self._hear)

    async def round(self, lifecycles: int, at_once: int) -> Sample:
        """So many lifecycles, so many at a time."""
        timer = Timer()
        gate = asyncio.Semaphore(at_once)
        await asyncio.gather(*(self._lifecycle(gate, timer) for _ in range(lifecycles)))
        return timer.sample(lifecycles)

    async def _lifecycle(self, gate: asyncio.Semaphore, timer: Timer) -> None:
        async with gate:
            name = f"bare-{uuid4()}"
            heard = self._heard[name] = asyncio.Event()
            handle = await self._client.start_workflow("Bare", name, id=name, task_queue=QUEUE)
            for _ in range(DECISIONS):
                heard.clear()
                with timer.one():
                    await handle.signal("ring")
                    await heard.wait()
            del self._heard[name]

    def _hear(self) -> None:
        self._connection.poll()
        for notify in self._connection.notifies:
            if event := self._heard.get(notify.payload):
                event.set()
        self._connection.notifies.clear()


def _autocommit(dsn: str) -> Connection:
    connection = psycopg2.connect(dsn)
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    return connection


if __name__ == "__main__":
    main()
