"""A worker is killed at each point of a sending: the letter arrives at most twice, and twice only where it is marked. G-49."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.vocabulary import SIGNAL_RING
from embedded.temporal_server import TemporalServer
from temporal import bell
from tests.activities.scripted_smtp import ANYBODY, Pause, ScriptedSmtp
from tests.conftest import Database
from tests.faults.processes import Worker, at_work, office, until
from tests.faults.record import somebody_waits
from tests.product import Product

pytestmark = pytest.mark.anyio

NOTICED = 50.0
"""Seconds within which the death is noticed, by Temporal and by whoever looks at the row, and the letter sent again."""

OUTCOMES = {
    # point of the sending: letters that arrived, beginnings, marked
    "connect": (1, 1, False),  # nothing was said yet
    "rcpt": (1, 1, False),  # the recipient was named
    "data": (1, 2, True),  # «begun» is committed, nothing of the letter has left
    "content": (1, 2, True),  # it has left, the server drops it with the connection
    "stored": (2, 2, True),  # the server has it, its word never came
    "replied": (2, 2, True),  # its word came and was not committed
    "quit": (1, 1, False),  # the outcome is committed
}


def letter(running: Product, message: str) -> dict[str, Any]:
    (found,) = running.rows("SELECT * FROM letter WHERE case_id = :id", id=message)
    return found


async def held_at(point: str, running: Product, smtp: ScriptedSmtp) -> tuple[str, Pause]:
    """A message whose letter's conversation is held at the point."""
    stage = "stored" if point == "replied" else point
    pause = smtp.pause(stage, ANYBODY if point == "connect" else f"{point}@letters.example")
    applicant = {"name": "Иванова Мария Петровна", "email": f"{point}@letters.example"}
    message = await running.register(applicant=applicant)
    await until(pause.holds)
    return message, pause


async def kill_between_word_and_commit(database: Database, message: str, pause: Pause, worker: Worker) -> None:
    """The server's word reaches the worker, whose commit waits for the row; there it dies."""
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT 1 FROM letter WHERE case_id = :id FOR UPDATE"), {"id": message})
        pause.let_go()
        await until(lambda: somebody_waits(database))
        worker.kill()


async def heard_of(running: Product, message: str) -> None:
    """The letter has an outcome, and its case has heard of it at a bell."""
    await until(lambda: letter(running, message)["state"] == "sent", NOTICED)
    await bell.ring(running.client, message, SIGNAL_RING, request_id=str(uuid4()))
    await until(lambda: letter(running, message)["recorded"])


async def test_letter_arrives_at_most_twice_wherever_its_worker_dies(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    with ScriptedSmtp() as smtp:
        async with office(database, temporal, tmp_path, smtp_port=smtp.port, smtp_timeout_seconds=30) as running:
            async with at_work(running, tmp_path, "first") as first:
                held = {point: await held_at(point, running, smtp) for point in ("rcpt", "data", "content", "quit")}
                first.kill()
            async with at_work(running, tmp_path, "second") as second:
                held |= {point: await held_at(point, running, smtp) for point in ("stored", "replied", "connect")}
                await kill_between_word_and_commit(database, *held["replied"], second)
            messages = {point: message for point, (message, _) in held.items()}
            async with at_work(running, tmp_path, "third"):
                for message in messages.values():
                    await heard_of(running, message)

            for point, message in messages.items():
                row, arrived = letter(running, message), smtp.letters(f"{point}@letters.example")
                assert (len(arrived), row["attempts"], row["doubtful"]) == OUTCOMES[point], point
                assert len({one["Message-ID"] for one in arrived}) == 1
                assert [one["event"] for one in running.journal(message)].count("LetterSent") == 1
