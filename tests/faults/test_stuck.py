"""A rule that raises is a bug: the decision is marked and told, nothing overtakes it, and mended it gets its verdict."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest

from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import at_work, office, until
from tests.faults.record import verdicts

ABOUT: dict[str, Any] = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
pytestmark = pytest.mark.anyio


async def test_decision_that_cannot_be_judged_is_stuck_until_it_is_mended(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path) as running:
        message = await running.register()
        first = asyncio.create_task(running.try_to("moderator", message, "accept", **ABOUT))
        await until(lambda: verdicts(running, message) == [("accept", "pending")])
        second = await running.try_to("moderator", message, "decline", ground="no_essence", reason="Не ясно.")
        answer = await first
        database.owner("UPDATE decision SET parameters = jsonb_build_array(parameters) WHERE seq = 1")

        async with at_work(running, tmp_path):
            began = time.monotonic()
            path = answer.headers["Location"].removeprefix("/api/v1")
            await until(lambda: running.rows("SELECT 1 FROM decision WHERE incident IS NOT NULL"), 60)
            print(f"\nmarked stuck after {time.monotonic() - began:.0f} s")
            shown = (await running.get("moderator", path)).json()
            assert shown["state"] == "stuck"
            (incident,) = running.rows("SELECT * FROM incident")
            assert (incident["id"], str(incident["case_id"])) == (shown["incident"], message)
            assert re.fullmatch(r"\w+Error at \w+\.py:\d+", incident["what"])
            told = running.rows("SELECT person, urgent, email FROM notice WHERE kind = 'decision_stuck'")
            assert told == [{"person": running.people["administrator"], "urgent": True, "email": True}]
            assert second.status_code == 202
            assert verdicts(running, message) == [("accept", "pending"), ("decline", "pending")]

            database.owner("UPDATE decision SET parameters = parameters -> 0 WHERE seq = 1")

            await until(lambda: verdicts(running, message) == [("accept", "accepted"), ("decline", "refused")], 60)
            shown = (await running.get("moderator", path)).json()
            assert (shown["state"], shown.get("incident")) == ("accepted", None)
            assert running.case(message)["stage"] == "coordination"
