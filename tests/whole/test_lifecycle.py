"""A message through the whole product, as its people work."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.mail_server import MailCatcher
from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.product import product

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S2-16")
async def test_message_passes_five_stages_to_its_answer(
    database: Database, temporal: TemporalServer, mail: MailCatcher, tmp_path: Path
) -> None:
    async with product(database, tmp_path, temporal.address, mail) as running:
        message = await running.submitted()

        await running.decide("head", message, "endorse")
        last = await running.decide("head2", message, "approve")

        assert (last["stage"], last["version"]) == ("delivery", 6)
        stages = [row["facts"]["stage"] for row in running.journal(message) if "stage" in row["facts"]]
        assert stages[:6] == ["moderation", "coordination", "execution", "endorsement", "approval", "delivery"]
