"""Connections to PostgreSQL: bounded waits everywhere, and one clock."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

RESTED_SECONDS = 1.0
"""After so long a pooled connection is not trusted any more."""


def make_engine(url: str, *, pool: int, statement_timeout_ms: int = 4000, lock_timeout_ms: int = 2000) -> sa.Engine:
    """An engine with at most `pool` connections.

    No statement, lock or dead peer may hold a thread longer than a few seconds: whoever waits for us has a deadline too.
    """
    engine = sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=1800,
        hide_parameters=True,  # a failing statement must not carry what a citizen wrote into a log
        connect_args={
            "connect_timeout": 2,
            "keepalives_idle": 30,
            "tcp_user_timeout": 5000,
            "application_name": "otklik",
            "options": (
                f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} -c timezone=UTC "
                "-c idle_in_transaction_session_timeout=60000 "
                # a page takes milliseconds: to start workers or a compiler for it costs more than they save
                "-c max_parallel_workers_per_gather=0 -c jit=off"
            ),
        },
    )
    sa.event.listen(engine, "checkin", _rested)
    sa.event.listen(engine, "checkout", _alive)
    return engine


def _rested(_: object, record: ConnectionPoolEntry) -> None:
    """When the connection came back to the pool."""
    record.info["since"] = time.monotonic()


def _alive(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
    """A connection that rested is asked whether it is still there: the pool opens another if not.

    Asking each time, as `pool_pre_ping` does, was a tenth of the questions of a decision.
    """
    if time.monotonic() - record.info.get("since", time.monotonic()) < RESTED_SECONDS:
        return
    try:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg2.Error as error:
        raise sa.exc.DisconnectionError from error


def now(connection: sa.Connection) -> datetime:
    """The one clock, UTC. Read it under the case's lock when it dates a decision."""
    found: datetime = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
    return found


@contextmanager
def glance(engine: sa.Engine) -> Iterator[sa.Connection]:
    """For one question, or several whose answers need not agree. Writes nothing.

    Without a transaction: BEGIN and ROLLBACK around a single question are a quarter of what it costs.
    """
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.autocommit = True
        try:
            yield connection
        finally:
            if not raw.closed:  # the pool takes nothing else back
                raw.autocommit = False


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent view for several queries of one page."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        yield connection
