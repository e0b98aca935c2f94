"""A product for a whole module of tests: its clock only goes forward, and each test brings messages of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import sqlalchemy as sa

from domain.vocabulary import Role
from embedded.mail_server import MailCatcher
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from storage import tables as t
from storage.key_file import create_key_file
from storage.keys import KeyRing
from storage.reference import touch
from storage.types import use_keys
from temporal.client import connect
from temporal.namespace import ensure
from tests.conftest import Database, own_database
from tests.process.clock import Clock
from tests.product import Product, api, settings_of, working


@contextlib.contextmanager
def keyed_database(postgres: Postgres, folder: Path) -> Iterator[Database]:
    """A migrated database, and keys in the folder that are in use from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "keys.toml").exists():
        create_key_file(folder / "keys.toml")
    use_keys(KeyRing.load(folder / "keys.toml"))
    with own_database(postgres) as made:
        yield made


@contextlib.asynccontextmanager
async def running_product(
    database: Database,
    folder: Path,
    temporal: TemporalServer,
    mail: MailCatcher | None,
    *,
    max_cached_workflows: int = 1000,
) -> AsyncIterator[tuple[Product, Clock]]:
    """Workers and API over the servers, with a clock."""
    async with (
        api_and_clock(database, folder, temporal, mail) as (product, clock),
        working(product.settings, database, max_cached_workflows=max_cached_workflows),
    ):
        yield product, clock


@contextlib.asynccontextmanager
async def api_and_clock(
    database: Database, folder: Path, temporal: TemporalServer, mail: MailCatcher | None
) -> AsyncIterator[tuple[Product, Clock]]:
    """The API alone, with a clock: a test starts the worker when it wants one."""
    settings = settings_of(database, folder, temporal.address, mail)
    client = await connect(settings.temporal_address, settings.temporal_namespace)
    await ensure(client)
    async with api(settings, database, client) as product:
        with database.engine.begin() as connection:
            # executor2 is a head too (S2, 2.2), so that three heads of this category can be asked one after another
            row = {"person": product.people["executor2"], "role": Role.HEAD.value, "organisation": "polyclinic"}
            connection.execute(sa.insert(t.grant).values(row))
            touch(connection)
        yield product, Clock(database, client)
