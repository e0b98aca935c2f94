"""Starts the servers, interleaves the rounds, prints medians. Numbers of one run belong together; machines are noisy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from temporalio.client import Client

from bench.bare import BareLoad
from bench.figures import DECISIONS, Sample, deviation, disk, median
from bench.product import ProductLoad, populate
from domain.vocabulary import workflow_id
from embedded.mail_server import MailCatcher
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import Postgres
from embedded.program import Program
from embedded.temporal_server import TemporalServer
from storage.engine import make_engine
from storage.key_file import create_key_file
from storage.migrating import migrate
from temporal.client import connect
from temporal.namespace import ensure

AT_ONCE = 20
LETTERS_SECONDS = 3
"""After so long the last lifecycle's answer has gone out, and its events are in the history."""
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Servers:
    """What runs for the benchmark."""

    temporal: str
    dsn: str
    api_port: int
    people: dict[str, int]
    folder: Path


@dataclass
class Rounds:
    """All rounds of one kind."""

    crowd: list[Sample] = field(default_factory=list)
    alone: list[Sample] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        """Median lifecycles a second with twenty at once."""
        return median([sample.throughput for sample in self.crowd])

    @property
    def p50(self) -> float:
        """Median of the rounds' medians, one at a time, ms."""
        return median([sample.p50 for sample in self.alone])

    @property
    def p99(self) -> float:
        """Median of the rounds' 99th percentiles, one at a time, ms."""
        return median([sample.p99 for sample in self.alone])


def main(*, rounds: int, lifecycles: int, say: Callable[[str], None]) -> int:
    """Prints the report; its last line is for programs."""
    with _servers(say) as servers:
        asyncio.run(_measure(servers, rounds, lifecycles, say))
    return 0


async def _measure(servers: Servers, rounds: int, lifecycles: int, say: Callable[[str], None]) -> None:
    client = await Client.connect(servers.temporal, namespace="otklik")
    bare, product = BareLoad(client, servers.dsn), ProductLoad(servers.api_port, servers.people)
    say("прогрев")
    warming = min(lifecycles, AT_ONCE)
    await bare.round(warming, AT_ONCE)
    await product.round(warming, AT_ONCE)
    say(f"диск: {disk(servers.folder):.1f} мс, чтобы сохранить страницу; решение ждёт этого дважды")
    kept = {"bare": Rounds(), "product": Rounds()}
    unwritten: list[Sample] = []
    quiet = lifecycles
    for number in range(1, rounds + 1):
        unwritten.append(await product.round(lifecycles, AT_ONCE, None))
        for name, load in (("bare", bare), ("product", product)):
            kept[name].crowd.append(await load.round(lifecycles, AT_ONCE))
            kept[name].alone.append(await load.round(quiet, 1))
        say(f"круг {number}: " + ", ".join(f"{name} {_short(found)}" for name, found in kept.items()))
    await asyncio.sleep(LETTERS_SECONDS)
    history = await client.get_workflow_handle(workflow_id(product.last)).fetch_history()
    silent = await product.round(quiet, 1, "silent-{}@example.org")
    without_letters(kept["bare"], unwritten, say)
    report(kept["bare"], kept["product"], silent, len(history.events), say)


def _short(found: Rounds) -> str:
    return f"{found.crowd[-1].throughput:.1f}/с p50 {found.alone[-1].p50:.1f} мс"


def without_letters(bare: Rounds, unwritten: list[Sample], say: Callable[[str], None]) -> None:
    """Says what the throughput is where applicants read on a portal, so that no letter goes by mail; all else is on."""
    ratios = [mine.throughput / theirs.throughput for mine, theirs in zip(unwritten, bare.crowd, strict=True)]
    say(f"без писем по почте: throughput_ratio={median(ratios):.3f} sd={deviation(ratios):.3f}")


def report(bare: Rounds, product: Rounds, silent: Sample, events: int, say: Callable[[str], None]) -> None:
    """Says what the rounds measured. `sd`: of the throughput ratio, round by round."""
    for name, found in (("bare", bare), ("product", product)):
        say(
            f"{name:8} {found.throughput:6.1f} дел/с ({found.throughput * DECISIONS:.0f} решений/с) по {AT_ONCE} сразу; "
            f"по одному: p50 {found.p50:.1f} мс, p99 {found.p99:.1f} мс"
        )
    say(f"с молчащим почтовым сервером: p50 {silent.p50:.1f} мс, p99 {silent.p99:.1f} мс")
    ratios = [mine.throughput / theirs.throughput for mine, theirs in zip(product.crowd, bare.crowd, strict=True)]
    say(
        f"throughput_ratio={median(ratios):.3f} p50_ratio={product.p50 / bare.p50:.2f} p99_ms={product.p99:.1f} "
        f"events={events} sd={deviation(ratios):.3f} cores={os.cpu_count()}"
    )


@contextlib.contextmanager
def _servers(say: Callable[[str], None]) -> Iterator[Servers]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-bench-")))
        say("поднимаются серверы")
        postgres = stack.enter_context(Postgres.temporary(sync=True))
        temporal = stack.enter_context(TemporalServer(folder, free_port()))
        mail = stack.enter_context(MailCatcher(folder, free_port(), free_port()))
        migrate(postgres.url("otklik_owner"), "otklik_app")
        create_key_file(folder / "keys.toml")
        asyncio.run(_namespace(temporal.address))
        people = populate(make_engine(postgres.url("otklik_app"), pool=1))
        api_port, metrics_port = free_port(), free_port()
        variables = {
            "OTKLIK_DATABASE_URL": postgres.url("otklik_app"),
            "OTKLIK_KEYS_FILE": str(folder / "keys.toml"),
            "OTKLIK_FILES_DIR": str(folder / "files"),
            "OTKLIK_TEMPORAL_ADDRESS": temporal.address,
            "OTKLIK_SMTP_PORT": str(mail.smtp_port),
            "OTKLIK_SMTP_TLS": "none",
            "OTKLIK_API_PORT": str(api_port),
        }
        metrics = {"OTKLIK_METRICS_PORT": str(metrics_port)}
        worker = Program(folder, CHECKOUT, "worker", ["worker"], variables | metrics, (metrics_port, "/metrics"))
        worker.stop_seconds = 2.0  # it would give a mail server that is silent its 30 seconds
        stack.enter_context(worker)
        stack.enter_context(Program(folder, CHECKOUT, "api", ["web"], variables, (api_port, "/health/ready")))
        dsn = sa.make_url(postgres.url("otklik_app")).set(drivername="postgresql").render_as_string(hide_password=False)
        stack.enter_context(_bare_worker(temporal.address, dsn))
        yield Servers(f"{LOOPBACK}:{temporal.port}", dsn, api_port, people, folder)


async def _namespace(address: str) -> None:
    await ensure(await connect(address, "otklik"))


@contextlib.contextmanager
def _bare_worker(address: str, dsn: str) -> Iterator[None]:
    environment = os.environ | {"BENCH_TEMPORAL": address, "BENCH_NAMESPACE": "otklik", "BENCH_DSN": dsn}
    command = [sys.executable, "-m", "bench.bare"]
    with subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE) as worker:  # noqa: S603  # ours
        assert worker.stdout is not None
        worker.stdout.readline()
        try:
            yield
        finally:
            worker.terminate()
