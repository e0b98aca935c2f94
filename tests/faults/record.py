"""What a test does to the record behind the product's back, and what it sees there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from temporalio.api.enums.v1 import EventType

from tests.conftest import Database
from tests.product import Product


@contextmanager
def verdicts_held(database: Database) -> Iterator[sa.Connection]:
    """No verdict can be written while the block lasts: whoever judges waits at the journal, up to its lock timeout."""
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE journal IN SHARE MODE"))
        yield connection


def somebody_waits(database: Database) -> bool:
    """Whether a connection of the application to this database waits for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.engine.connect() as connection:
        return bool(connection.execute(sa.text(query)).scalar_one())


def verdicts(running: Product, message: str) -> list[tuple[str, str]]:
    """Actions and verdicts of the message's decisions, in order."""
    rows = running.rows("SELECT action, verdict FROM decision WHERE case_id = :id ORDER BY seq", id=message)
    return [(row["action"], row["verdict"]) for row in rows]


def events(running: Product, message: str) -> list[str]:
    """The message's journal by its events, without letters."""
    return [row["event"] for row in running.journal(message) if not row["event"].startswith("Letter")]


def pending(running: Product) -> int:
    """Decisions without a verdict in the whole record."""
    return int(running.rows("SELECT count(*) AS n FROM decision WHERE verdict = 'pending'")[0]["n"])


async def signals(running: Product, message: str) -> list[str]:
    """Names of the signals that the message's run has had."""
    history = await running.run(message).fetch_history()
    kind = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    found = [one for one in history.events if one.event_type == kind]
    return [one.workflow_execution_signaled_event_attributes.signal_name for one in found]
