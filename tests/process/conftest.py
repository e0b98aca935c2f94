"""One running product a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from embedded.mail_server import MailCatcher
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from temporal.client import connect
from temporal.namespace import ensure
from tests.process.clock import Clock
from tests.process.running import keyed_database, running_product
from tests.product import Product


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Asynchronous tests and fixtures of a module share one loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def remembered_runs() -> int:
    """How many runs the module's workers keep in memory between tasks."""
    return 1000


@pytest.fixture(scope="module")
async def running(
    postgres: Postgres,
    temporal: TemporalServer,
    mail: MailCatcher,
    tmp_path_factory: pytest.TempPathFactory,
    anyio_backend: str,
    remembered_runs: int,
) -> AsyncIterator[tuple[Product, Clock]]:
    """Workers and API, for all tests of the module."""
    folder = tmp_path_factory.mktemp("product")
    with keyed_database(postgres, folder) as database:
        product = running_product(database, folder, temporal, mail, max_cached_workflows=remembered_runs)
        async with product as found:
            yield found


@pytest.fixture
def product(running: tuple[Product, Clock]) -> Product:
    """The running product."""
    return running[0]


@pytest.fixture
def clock(running: tuple[Product, Clock]) -> Clock:
    """Its clock."""
    return running[1]


@pytest.fixture(scope="module")
async def client(temporal: TemporalServer, anyio_backend: str) -> Client:
    """A namespace of its own, so that no product's delivery worker is in the way."""
    found = await connect(temporal.address, "scripted")
    await ensure(found)
    return found
