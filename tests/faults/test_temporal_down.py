"""Temporal is away: messages and decisions are taken, and it is told when it is back, once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from embedded.ports import free_port
from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import at_work, office, serving, until
from tests.faults.record import events, signals, verdicts
from tests.product import Product

pytestmark = pytest.mark.anyio

ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def send_and_forget(running: Product, port: int, message: str) -> None:
    """A decision is on its way to the API process; nobody waits for the answer."""
    headers = await running.headers("moderator")
    body = json.dumps({"action": "accept", "version": 0, "parameters": ABOUT}).encode()
    head = [f"POST /api/v1/messages/{message}/decisions HTTP/1.1", "Host: test", f"Content-Length: {len(body)}"]
    head += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in headers.items())]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    await writer.drain()


async def test_message_and_decision_taken_without_temporal_are_delivered_once(
    database: Database, own_temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, own_temporal, tmp_path) as running, at_work(running, tmp_path):
        before = await running.accepted()
        own_temporal.stop()

        assigning = running.try_to("coordinator", before, "assign", executor=running.people["executor"])
        assigned, message = await asyncio.gather(assigning, running.register())
        accepted = await running.try_to("moderator", message, "accept", version=0, **ABOUT)
        own_temporal.start()
        own_temporal.wait_ready()

        assert (assigned.status_code, accepted.status_code) == (202, 202)
        await until(lambda: verdicts(running, before)[-1] == ("assign", "accepted"))
        await until(lambda: verdicts(running, message) == [("accept", "accepted")])
        assert events(running, before) == ["MessageRegistered", "MessageAccepted", "ExecutorAssigned"]
        assert events(running, message) == ["MessageRegistered", "MessageAccepted"]
        assert (await signals(running, before)).count("assign") == 1
        location = assigned.headers["Location"].removeprefix("/api/v1")
        assert (await running.get("coordinator", location)).json()["state"] == "accepted"


async def test_decision_of_an_api_process_killed_before_its_bell_gets_its_verdict(
    database: Database, own_temporal: TemporalServer, tmp_path: Path
) -> None:
    """The decision is committed and Temporal does not answer; there the API dies."""
    port = free_port()
    async with office(database, own_temporal, tmp_path, api_port=port) as running, at_work(running, tmp_path):
        message = await running.register()
        with serving(running.settings, tmp_path) as process:
            os.kill(own_temporal.pid, signal.SIGSTOP)
            await send_and_forget(running, port, message)
            await until(lambda: verdicts(running, message) == [("accept", "pending")])
            process.kill()
            os.kill(own_temporal.pid, signal.SIGCONT)

        await until(lambda: verdicts(running, message) == [("accept", "accepted")])
        assert events(running, message) == ["MessageRegistered", "MessageAccepted"]
