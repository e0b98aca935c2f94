"""A rule that raises is a bug: the decision is marked and told, nothing overtakes it, and mended it gets its verdict."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest

from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import at_work, office, until
from tests.faults.record import verdicts

pytestmark = pytest.mark.anyio


async def test_decision_whose_rule_raises_is_stuck_until_it_is_mended(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with office(database, temporal, tmp_path, temporal_namespace=f"stuck-{uuid4()}") as running:
        async with at_work(running, tmp_path):
            message = await running.accepted()
        executor, other = running.people["executor"], running.people["executor2"]
        answer = await running.try_to("coordinator", message, "assign", executor=executor)
        second = await running.try_to("coordinator", message, "assign", executor=other)
        database.owner('UPDATE decision SET parameters = \'{"executor": "nobody"}\' WHERE seq = 2')

        async with at_work(running, tmp_path, "later"):
            began = time.monotonic()
            path = answer.headers["Location"].removeprefix("/api/v1")
            await until(lambda: running.rows("SELECT 1 FROM decision WHERE incident IS NOT NULL"), 60)
            print(f"\nmarked stuck after {time.monotonic() - began:.0f} s")
            shown = (await running.get("coordinator", path)).json()
            assert shown["state"] == "stuck"
            (incident,) = running.rows("SELECT * FROM incident")
            assert (incident["id"], str(incident["case_id"])) == (shown["incident"], message)
            assert incident["what"].startswith("ValueError at ")
            told = running.rows("SELECT person, urgent, email FROM notice WHERE kind = 'decision_stuck'")
            assert told == [{"person": running.people["administrator"], "urgent": True, "email": True}]
            assert second.status_code == 202
            assert verdicts(running, message)[1:] == [("assign", "pending"), ("assign", "pending")]

            database.owner(f"UPDATE decision SET parameters = '{{\"executor\": {executor}}}' WHERE seq = 2")

            await until(lambda: verdicts(running, message)[1:] == [("assign", "accepted"), ("assign", "refused")], 60)
            shown = (await running.get("coordinator", path)).json()
            assert (shown["state"], shown.get("incident")) == ("accepted", None)
            assert running.case(message)["holder"] == executor
