"""A commit that fails is answered with 5xx; nothing is stored, nothing is rung."""

from __future__ import annotations

from pathlib import Path

import httpx2 as httpx
import pytest

from embedded.temporal_server import TemporalServer
from tests.conftest import Database
from tests.faults.processes import office, until
from tests.faults.record import signals
from tests.product import Product
from tests.whole_record import changes, everything

pytestmark = pytest.mark.anyio

FAILURES = {
    "refused": ("RAISE EXCEPTION 'no room for %', NEW.id", 500, "internal"),
    "connection lost": ("PERFORM pg_terminate_backend(pg_backend_pid())", 503, "unavailable"),
}
ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


def fail_commits(database: Database, table: str, how: str) -> None:
    """Each commit of a new row fails, after everything else went well."""
    database.owner(
        f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {FAILURES[how][0]}; RETURN NULL; END $$"
    )
    database.owner(
        f"CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION fail()"
    )


def mend(database: Database) -> None:
    database.owner("DROP FUNCTION fail CASCADE")


async def runs(running: Product) -> int:
    """How many runs the namespace has ever had."""
    return (await running.client.count_workflows()).count


@pytest.mark.parametrize("how", FAILURES)
async def test_decision_whose_commit_fails_is_nowhere(
    database: Database, temporal: TemporalServer, tmp_path: Path, how: str
) -> None:
    async with office(database, temporal, tmp_path) as running:
        message = await running.register()
        await running.headers("moderator")
        before = everything(running.engine)
        fail_commits(database, "decision", how)

        answer = await running.try_to("moderator", message, "accept", key="one", version=0, **ABOUT)

        assert (answer.status_code, answer.json()["code"]) == FAILURES[how][1:]
        assert changes(before, everything(running.engine)) == {}
        assert await signals(running, message) == []
        mend(database)
        again = await running.try_to("moderator", message, "accept", key="one", version=0, **ABOUT)
        assert again.status_code == 202
        assert await signals(running, message) == ["accept"]


@pytest.mark.parametrize("how", FAILURES)
async def test_message_whose_commit_fails_is_nowhere(
    database: Database, temporal: TemporalServer, tmp_path: Path, how: str
) -> None:
    async with office(database, temporal, tmp_path) as running:
        headers = await running.headers("operator")
        before = everything(running.engine)
        fail_commits(database, "message", how)
        body = {"channel": "phone", "text": "Не могу дозвониться.", "applicant": {"name": "Иванова Мария"}}

        async def post() -> httpx.Response:
            return await running.http.post("/api/v1/messages", headers=headers, json=body)

        answer = await post()

        assert (answer.status_code, answer.json()["code"]) == FAILURES[how][1:]
        assert changes(before, everything(running.engine)) == {}
        mend(database)
        assert (await post()).status_code == 201
        assert len(running.rows("SELECT id FROM message")) == 1
        await until(lambda: runs(running))
        assert await runs(running) == 1  # the first try rang nothing
