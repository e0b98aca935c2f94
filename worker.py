"""Composition root of the worker process: the process queue, the delivery queue, the relay's loops."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.beating import BEAT
from activities.deliver import Delivering, MailServer
from activities.failures import ForeignFailures
from activities.judge import Judging
from activities.writing import LetterWriter
from collector import spare_what_is_loaded
from domain.standing import Standing
from domain.vocabulary import ACTIVITY_DELIVER_LETTER, ACTIVITY_JUDGE, QUEUE_DELIVERY, QUEUE_PROCESS
from logs import configure
from relay.loops import Relay
from settings import Settings, SettingsWrong, from_environment
from storage.day import DatabaseUnfit, day_seconds_of
from storage.engine import make_engine
from storage.files import FileStore
from storage.keys import KeyRing
from storage.reference import Reference
from storage.types import use_keys
from temporal.client import connect
from temporal.namespace import ensure
from workflows.platform_message import PlatformMessage

JUDGES = 8
POSTMEN = 4
RELAY = 8
"""Connections that the relay's loops may hold together."""
STICKY = timedelta(seconds=2)
"""How long a run's next task waits for the worker that remembers it: a killed one costs two seconds, not ten."""
GRACE = timedelta(seconds=30)


def process_worker(client: Client, judging: Judging, *, max_cached_workflows: int = 1000) -> Worker:
    """The worker of the process queue: workflows and verdicts."""

    @activity.defn(name=ACTIVITY_JUDGE, no_thread_cancel_exception=True)
    def judge(case_id: str) -> Standing:
        return judging.judge(case_id)

    return Worker(
        client,
        task_queue=QUEUE_PROCESS,
        workflows=[PlatformMessage],
        workflow_runner=UnsandboxedWorkflowRunner(),  # the tests replay every history in the strict sandbox
        activities=[judge],
        activity_executor=ThreadPoolExecutor(JUDGES, "judge"),
        max_concurrent_activities=JUDGES,
        max_concurrent_local_activities=JUDGES,
        max_cached_workflows=max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=GRACE,
        interceptors=[ForeignFailures(judging.engine)],
    )


def delivery_worker(client: Client, delivering: Delivering) -> Worker:
    """The worker of the delivery queue: a silent mail server never delays a verdict."""

    @activity.defn(name=ACTIVITY_DELIVER_LETTER, no_thread_cancel_exception=True)
    def deliver_letter(letter_id: str) -> str:
        return delivering.deliver(letter_id, activity.heartbeat)

    return Worker(
        client,
        task_queue=QUEUE_DELIVERY,
        activities=[deliver_letter],
        activity_executor=ThreadPoolExecutor(POSTMEN, "postman"),
        max_concurrent_activities=POSTMEN,
        max_heartbeat_throttle_interval=BEAT,
        graceful_shutdown_timeout=GRACE,
        interceptors=[ForeignFailures(delivering.engine)],
    )


def mail_server(settings: Settings) -> MailServer:
    """The mail server of the settings."""
    password = settings.smtp_password
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_login,
        password.get_secret_value() if password else None,
        settings.smtp_timeout,
    )


async def run(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT, then finishes what it has begun. A fatal error of a worker ends the process."""
    keys = KeyRing.load(settings.keys_file)
    use_keys(keys)
    url = settings.database_url.get_secret_value()
    engine, mail_engine = make_engine(url, pool=JUDGES + 2), make_engine(url, pool=2 * POSTMEN + RELAY)
    client = await connect(settings.temporal_address, settings.temporal_namespace, runtime=_runtime(settings))
    await _ensure_namespace(client)
    files = FileStore(settings.files_dir, keys)
    writer = LetterWriter(files, keys, settings.public_url)
    delivering = Delivering(mail_engine, mail_server(settings), settings.mail_from, writer)
    relay = Relay(
        engine=mail_engine,
        client=client,
        server=delivering.server,
        sender=settings.mail_from,
        settings=settings,
        files=files,
    )

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        process_worker(client, Judging(engine, Reference())),
        delivery_worker(client, delivering),
        asyncio.TaskGroup() as tasks,
    ):
        loops = [tasks.create_task(loop) for loop in relay.loops()]
        await stop.wait()
        for task in loops:
            task.cancel()


async def _ensure_namespace(client: Client) -> None:
    """A Temporal that lost its database gets its namespace back; a worker without that right relies on `otklik temporal-setup`."""
    try:
        await ensure(client)
    except RPCError as error:
        if error.status is not RPCStatusCode.PERMISSION_DENIED:
            raise


def _runtime(settings: Settings) -> Runtime:
    """The SDK's metrics on the settings' port; 0 shows none. They carry names of queues and types, never of people."""
    if not settings.metrics_port:
        return Runtime.default()
    return Runtime(
        telemetry=TelemetryConfig(
            metrics=PrometheusConfig(
                bind_address=f"127.0.0.1:{settings.metrics_port}",
                counters_total_suffix=True,
                unit_suffix=True,
                durations_as_seconds=True,
            )
        )
    )


def main() -> None:
    """The worker process."""
    try:
        settings = from_environment()
        configure(settings.log_level)
        day_seconds_of(settings.database_url.get_secret_value(), embedded=settings.embedded)
    except (SettingsWrong, DatabaseUnfit) as error:
        raise SystemExit(str(error)) from None
    spare_what_is_loaded()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(settings))


if __name__ == "__main__":
    main()
