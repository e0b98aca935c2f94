"""What time does to lists: a database whose clock can be moved, without a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embedded.temporal_server import TemporalServer
from temporal.client import connect
from tests.conftest import Database
from tests.product import Product, api, settings_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reading(database: Database, temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Product]:
    settings = settings_of(database, tmp_path, temporal.address, None)
    client = await connect(temporal.address, settings.temporal_namespace)
    async with api(settings, database, client) as running:
        yield running


async def sections(running: Product, login: str) -> dict[str, int]:
    found = (await running.get(login, "/sections")).json()["sections"]
    return {section["code"]: section["count"] for section in found}


async def test_message_nears_its_terms_and_passes_them(reading: Product, database: Database) -> None:
    arrived = datetime.now(UTC) - timedelta(hours=20)
    await reading.register(received_at=arrived.isoformat())

    async def now() -> dict[str, int]:
        found = await sections(reading, "moderator")
        return {code: found[code] for code in ("due_soon", "due_today", "overdue")}

    assert await now() == {"due_soon": 1, "due_today": 0, "overdue": 0}  # moderation has 36 hours, 16 are left
    reading.tokens.clear()
    database.shift_clock(30 * 86_400 - 22 * 3600)
    assert (await now())["overdue"] == 0
    reading.tokens.clear()
    database.shift_clock(30 * 86_400)
    assert await now() == {"due_soon": 0, "due_today": 0, "overdue": 1}
    row = (await reading.get("moderator", "/messages", overdue=True)).json()["messages"][0]
    assert (row["overdue"], row["stage_overdue"]) == (True, True)


async def test_answer_is_due_today_until_the_day_ends_where_the_person_works(
    reading: Product, database: Database
) -> None:
    message = await reading.register()
    due_at = reading.case(message)["due_at"]
    day_began = (due_at + timedelta(hours=3)).replace(hour=0, minute=0, second=0) - timedelta(hours=3)  # Moscow
    to_day = (day_began - datetime.now(UTC)).total_seconds()

    for shift, expected in ((to_day - 3600, 0), (to_day + 60, 1)):
        reading.tokens.clear()
        database.shift_clock(shift)
        assert (await sections(reading, "moderator"))["due_today"] == expected
