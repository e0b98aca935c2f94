"""The loops together, as the worker runs them, beside the worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

import worker
from domain.vocabulary import Action, workflow_id
from embedded.mail_server import MailCatcher
from embedded.ports import free_port
from embedded.temporal_server import TemporalServer
from relay import loops
from relay.loops import Relay, endless
from settings import Settings
from storage.files import FileStore
from storage.keys import KeyRing
from storage.witness import Witness
from temporal import bell
from temporal.client import connect
from temporal.namespace import ensure
from tests.conftest import Database
from tests.product import settings_of
from tests.relay.builders import Desk, Post
from tests.relay.test_reconcile import ACCEPT, until, verdicts, working

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def relaying(desk: Desk, client: Client, settings: Settings) -> AsyncIterator[None]:
    """The loops, cancelled at the end as the worker cancels them."""
    server = worker.mail_server(settings)
    files = FileStore(settings.files_dir, KeyRing.load(settings.keys_file))
    relay = Relay(desk.engine, client, server, settings.mail_from, settings, files)
    tasks = [asyncio.create_task(loop) for loop in relay.loops()]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        began = time.monotonic()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - began < 3


async def test_loops_mend_a_wiped_temporal_and_lost_bells_by_themselves(
    database: Database, desk: Desk, mail: MailCatcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "LOOK_SECONDS", 0.3)
    port = free_port()
    with ExitStack() as servers:
        before = servers.enter_context(TemporalServer(tmp_path / "before", port))
        client = await connect(before.address, "otklik")
        await ensure(client)
        settings = settings_of(database, tmp_path, before.address, mail)
        async with working(client, desk), relaying(desk, client, settings):
            message, terminated = desk.register(), desk.register()
            await until(lambda: bell.is_running(client, message))
            await until(lambda: bell.is_running(client, terminated))

            await client.get_workflow_handle(workflow_id(terminated)).terminate("by hand")
            desk.pend("moderator", terminated, Action.ACCEPT, **ACCEPT)
            await until(lambda: verdicts(desk, terminated) == ["accepted"])

            before.stop()
            desk.pend("moderator", message, Action.ACCEPT, **ACCEPT)
            await asyncio.sleep(2)
            servers.enter_context(TemporalServer(tmp_path / "after", port))
            await until(lambda: verdicts(desk, message) == ["accepted"], 60)
            await until(lambda: bell.is_running(client, terminated))


async def test_loops_write_to_staff_and_seal(
    database: Database, desk: Desk, mail: MailCatcher, temporal: TemporalServer, tmp_path: Path
) -> None:
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.at("2026-12-07 14:31")
    client = await connect(temporal.address, "otklik")
    await ensure(client)
    settings = settings_of(database, tmp_path, temporal.address, mail)
    async with relaying(desk, client, settings):
        await until(lambda: bool(Post(desk, mail).to("coordinator")))
        await until(lambda: [seal.id for seal in Witness(settings.files_dir).seals()] == [1])


async def test_loops_live_through_a_mail_server_and_a_temporal_that_are_away(
    database: Database, desk: Desk, tmp_path: Path
) -> None:
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.at("2026-12-07 14:31")
    with TemporalServer(tmp_path / "temporal", free_port()) as server:
        client = await connect(server.address, "otklik")
    settings = settings_of(database, tmp_path, server.address, None)
    async with relaying(desk, client, settings):
        await until(lambda: bool(desk.rows("SELECT 1 FROM staff_mail WHERE failure = 'ConnectionRefusedError'")))
        await asyncio.sleep(2)


async def test_loop_goes_on_after_a_failing_round_and_logs_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    rounds: list[int] = []

    async def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("Щукина")

    task = asyncio.create_task(endless("test", work, pause=0.01, longest=0.02))
    await until(lambda: len(rounds) > 3, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    said = capsys.readouterr()
    assert "ValueError at test_loops.py" in said.out + said.err
    assert "Щукина" not in said.out + said.err
