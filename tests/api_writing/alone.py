"""The API over real PostgreSQL with nobody at Temporal's address: what is written waits for its verdict."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from temporal.client import connect
from tests.conftest import Database
from tests.product import Product, api, settings_of

NOON = datetime(2027, 3, 9, 12, tzinfo=ZoneInfo("Europe/Moscow"))
"""A Tuesday, hours from midnight: what speaks of days asks for it, to see the same ones whenever it runs."""


@contextlib.asynccontextmanager
async def alone(database: Database, folder: Path, **more: Any) -> AsyncIterator[Product]:
    """The API alone. Port 9 is nobody's."""
    settings = settings_of(database, folder, "127.0.0.1:9", None, **more)
    client = await connect(settings.temporal_address, settings.temporal_namespace, lazy=True)
    async with api(settings, database, client) as running:
        yield running
