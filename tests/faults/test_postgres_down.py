"""PostgreSQL dies with a verdict half written: the verdict comes after it is back, once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from embedded.errors import StackError
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from storage.engine import make_engine
from storage.keys import KeyRing
from storage.migrating import migrate
from tests.conftest import Database
from tests.faults.processes import at_work, office, until
from tests.faults.record import events, somebody_waits, verdicts, verdicts_held

pytestmark = pytest.mark.anyio


@pytest.fixture
def own_postgres(keys: KeyRing) -> Iterator[tuple[Postgres, Database]]:
    """A PostgreSQL of this test alone, with the record."""
    with Postgres.temporary() as server:
        url, owner_url = server.url("otklik_app"), server.url("otklik_owner")
        migrate(owner_url, "otklik_app")
        engine = make_engine(url, pool=12)
        yield server, Database("otklik", url, owner_url, engine)
        engine.dispose()


def restart(server: Postgres) -> None:
    """The server runs again; its last children may need a moment to notice that the first one is dead."""
    for attempt in range(20):
        server.start()
        try:
            server.wait_ready()
        except StackError:
            if attempt == 19:
                raise
        else:
            return


async def test_verdict_interrupted_by_the_database_comes_when_it_is_back(
    own_postgres: tuple[Postgres, Database], temporal: TemporalServer, tmp_path: Path
) -> None:
    server, database = own_postgres
    async with office(database, temporal, tmp_path) as running, at_work(running, tmp_path):
        message = await running.accepted()
        given: dict[str, Any] = {"version": 1, "key": "one", "executor": running.people["executor"]}
        with suppress(OperationalError), verdicts_held(database):
            request = asyncio.create_task(running.try_to("coordinator", message, "assign", **given))
            await until(lambda: somebody_waits(database))
            os.kill(server.pid, signal.SIGKILL)
            await until(lambda: not server.alive())
            answer = await request
        await asyncio.to_thread(restart, server)
        # 503 asks to repeat with the same key, which is what happens below
        assert answer.status_code in {202, 503}

        await until(lambda: verdicts(running, message) == [("accept", "accepted"), ("assign", "accepted")])
        assert events(running, message) == ["MessageRegistered", "MessageAccepted", "ExecutorAssigned"]
        assert running.rows("SELECT 1 FROM decision WHERE incident IS NOT NULL") == []
        again = await running.try_to("coordinator", message, "assign", **given)
        assert (again.status_code, again.json()["state"]) == (200, "accepted")
        assert len(verdicts(running, message)) == 2
