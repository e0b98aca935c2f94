"""A mail server that takes letters and never replies delays no decision."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from embedded.temporal_server import TemporalServer
from tests.activities.scripted_smtp import ScriptedSmtp
from tests.conftest import Database
from tests.faults.processes import office, until
from tests.product import working
from worker import POSTMEN

pytestmark = pytest.mark.anyio


async def test_decisions_get_their_verdicts_while_every_postman_waits(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    with ScriptedSmtp() as smtp:
        pauses = [smtp.pause("stored") for _ in range(3 * POSTMEN)]
        async with (
            office(database, temporal, tmp_path, smtp_port=smtp.port, smtp_timeout_seconds=60) as running,
            working(running.settings, database),
        ):
            for _ in range(POSTMEN):
                await running.register()
            await until(lambda: sum(pause.holds() for pause in pauses) == POSTMEN)

            began = time.monotonic()
            message = await running.submitted()
            await running.decide("head", message, "endorse")
            last = await running.decide("head2", message, "approve")
            seconds = time.monotonic() - began

            print(f"\nsix decisions in {seconds:.1f} s while the mail server kept silent")
            assert last["stage"] == "delivery"
            assert running.rows("SELECT 1 FROM letter WHERE state = 'sent'") == []
            for pause in pauses:
                pause.let_go()
