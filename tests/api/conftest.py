"""One running product for the tests of a module: each test makes messages of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa

from embedded.mail_server import MailCatcher
from embedded.postgres import SUPERUSER, Postgres
from embedded.temporal_server import TemporalServer
from storage.engine import make_engine
from tests.conftest import Database
from tests.product import Product, product


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Asynchronous tests and fixtures of a module share one loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def shared_database(postgres: Postgres) -> Iterator[Database]:
    """A migrated database for all tests of the module."""
    name = f"shared_{uuid4().hex[:12]}"
    with postgres.engine(SUPERUSER, "postgres").connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} OWNER otklik_owner TEMPLATE otklik_template"))
    engine = make_engine(postgres.url("otklik_app", name), pool=12)
    yield Database(name, postgres.url("otklik_app", name), postgres.url("otklik_owner", name), engine)
    engine.dispose()
    with postgres.engine(SUPERUSER, "postgres").connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


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
