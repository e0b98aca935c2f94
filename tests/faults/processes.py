"""Real processes of the product for a test to kill: `python -m worker` and `python -m api` over the test's settings."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

from pydantic import SecretStr
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.vocabulary import QUEUE_DELIVERY, QUEUE_PROCESS
from embedded.processes import bound_to_parent
from embedded.temporal_server import TemporalServer
from settings import Settings
from temporal.client import connect
from temporal.namespace import ensure
from tests.conftest import Database
from tests.product import Product, api, settings_of

ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.02


class Process:
    """One process of the product. `kill` is SIGKILL: nothing in it runs any more, not even a `finally`."""

    def __init__(self, module: str, settings: Settings, log: Path) -> None:
        self._module, self._settings, self._log = module, settings, log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._child is not None, f"{self._module} was not started"
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """The process begins to start."""
        assert not self.alive
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=ROOT,
                env={"PATH": os.environ.get("PATH", os.defpath)} | environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=bound_to_parent(signal.SIGKILL),
            )

    def kill(self) -> float:
        """The process is gone; when, by the monotonic clock."""
        assert self._child is not None
        self._child.kill()
        at = time.monotonic()
        self._child.wait()
        return at

    def stop(self) -> None:
        """The process was asked to end and has."""
        if self.alive:
            assert self._child is not None
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self) -> str:
        """Its log."""
        return self._log.read_text() if self._log.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.alive:
            self.kill()
        if error is not None:
            print(f"--- log of {self._module}:\n{self.said()[-4000:]}")


class Worker(Process):
    """A worker process of the settings."""

    def __init__(self, settings: Settings, folder: Path, name: str = "worker") -> None:
        super().__init__("worker", settings, folder / f"{name}.log")

    async def begun(self, client: Client) -> None:
        """Returns when it asks for work on both queues."""

        async def polls() -> bool:
            assert self.alive, f"the worker ended:\n{self.said()[-4000:]}"
            process = await pollers(client, QUEUE_PROCESS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
            delivery = await pollers(client, QUEUE_DELIVERY, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
            return self.pid in process and self.pid in delivery

        await until(polls)


@contextmanager
def serving(settings: Settings, folder: Path) -> Iterator[Process]:
    """An API process that answers."""
    with Process("web", settings, folder / "api.log") as process:
        address, end = f"http://127.0.0.1:{settings.api_port}/health/live", time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(URLError, ConnectionError), urlopen(address, timeout=1):
                break
            time.sleep(_POLL_SECONDS)
        yield process


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process reads them."""
    found = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value is not None:
            found[f"OTKLIK_{name.upper()}"] = str(value)
    return found


async def pollers(client: Client, queue: str, kind: TaskQueueType.ValueType) -> set[int]:
    """Pids of the processes that ask for work on the queue."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request)
    except RPCError:
        return set()
    return {int(poller.identity.partition("@")[0]) for poller in answer.pollers}


async def until(check: Callable[[], object], seconds: float = 30) -> None:
    """Returns when the check, which may be asynchronous, finds something. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s")
        await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def office(database: Database, temporal: TemporalServer, folder: Path, **more: Any) -> AsyncIterator[Product]:
    """The API over the servers, in this process, with nobody to judge: workers are the test's own. `more`: settings.

    The namespace is the test's own too: no worker meets the runs of another test.
    """
    own = {"temporal_namespace": f"faults-{uuid4()}"} | more
    settings = settings_of(database, folder, temporal.address, None).model_copy(update=own)
    client = await connect(temporal.address, settings.temporal_namespace, lazy=True)
    await ensure(client)
    async with api(settings, database, client) as running:
        yield running


@asynccontextmanager
async def at_work(running: Product, folder: Path, name: str = "worker") -> AsyncIterator[Worker]:
    """A worker process that asks for work; gone afterwards."""
    with Worker(running.settings, folder, name) as worker:
        await worker.begun(running.client)
        yield worker
