"""Many people decide at once, and the same person twice: each case takes one of them, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest

from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import office, until
from tests.faults.record import pending
from tests.product import Product, working

pytestmark = pytest.mark.anyio

CASES = 25
ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def insist(running: Product, message: str, organisation: str) -> httpx.Response:
    """An acceptance against version 0; where the service is too busy it is sent again with the same key."""
    key, about = str(uuid4()), ABOUT | {"organisation": organisation}
    while True:
        answer = await running.try_to("moderator", message, "accept", version=0, key=key, **about)
        if answer.status_code != 503:
            return answer


async def test_of_two_decisions_against_one_version_each_case_takes_one(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path, database_pool=3) as running, working(running.settings, database):
        await running.headers("moderator")
        messages = [await running.register() for _ in range(CASES)]

        answers = await asyncio.gather(
            *(insist(running, message, target) for message in messages for target in ("polyclinic", "transport"))
        )

        await until(lambda: pending(running) == 0)
        assert {answer.status_code for answer in answers} <= {200, 202, 409}
        accepted = running.rows("SELECT case_id FROM decision WHERE verdict = 'accepted'")
        assert Counter(str(row["case_id"]) for row in accepted) == dict.fromkeys(messages, 1)
        recorded = running.rows("SELECT case_id FROM journal WHERE event = 'MessageAccepted'")
        assert Counter(str(row["case_id"]) for row in recorded) == dict.fromkeys(messages, 1)
        refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
        assert refused <= {"version_stale"}


async def test_same_key_twice_at_once_is_one_decision_and_one_message(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path) as running:
        headers = await running.headers("operator", "same")
        body = {"channel": "phone", "text": "Не могу дозвониться.", "applicant": {"name": "Иванова Мария"}}

        registered = await asyncio.gather(
            *(running.http.post("/api/v1/messages", headers=headers, json=body) for _ in range(4))
        )
        message = registered[0].json()["id"]
        decided = await asyncio.gather(
            *(running.try_to("moderator", message, "accept", version=0, key="same", **ABOUT) for _ in range(4))
        )

        assert {answer.status_code for answer in registered} == {201}
        assert {answer.json()["id"] for answer in registered} == {message}
        assert {answer.status_code for answer in decided} == {202}
        assert len({answer.json()["id"] for answer in decided}) == 1
        counts = [running.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in ("message", "decision")]
        assert counts == [1, 1]


async def test_exhausted_pool_is_told_and_stores_nothing(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path, database_pool=1) as running:
        message = await running.register()
        await running.headers("moderator")
        with running.app.state.resources.engine.connect():
            answer = await running.try_to("moderator", message, "accept", version=0, key="one", **ABOUT)

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert pending(running) == 0
        again = await running.try_to("moderator", message, "accept", version=0, key="one", **ABOUT)
        assert again.status_code == 202
