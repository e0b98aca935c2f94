"""One running product for the tests of a module: each test makes messages of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from embedded.mail_server import MailCatcher
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from tests.conftest import Database, own_database
from tests.product import Product, product


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Asynchronous tests and fixtures of a module share one loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def shared_database(postgres: Postgres) -> Iterator[Database]:
    """A migrated database for all tests of the module."""
    with own_database(postgres) as made:
        yield made


@pytest.fixture(scope="module")
async def running(
    shared_database: Database,
    temporal: TemporalServer,
    mail: MailCatcher,
    tmp_path_factory: pytest.TempPathFactory,
    anyio_backend: str,
) -> AsyncIterator[Product]:
    """The whole product; its keys are the ones in use until the module ends."""
    folder = tmp_path_factory.mktemp("shared")
    async with product(shared_database, folder, temporal.address, mail) as made:
        yield made
