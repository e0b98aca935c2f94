"""Connections to PostgreSQL: bounded waits everywhere, and one clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

NOTIFY_CHANNEL = "otklik_verdict"


def make_engine(url: str, *, pool: int, statement_timeout_ms: int = 4000, lock_timeout_ms: int = 2000) -> sa.Engine:
    """An engine with at most `pool` connections.

    No statement, lock or dead peer may hold a thread longer than a few seconds: whoever waits for us has a deadline too.
    """
    return sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,  # a failing statement must not carry what a citizen wrote into a log
        connect_args={
            "connect_timeout": 2,
            "keepalives_idle": 30,
            "tcp_user_timeout": 5000,
            "application_name": "otklik",
            "options": (
                f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} -c timezone=UTC "
                "-c idle_in_transaction_session_timeout=60000"
            ),
        },
    )


def now(connection: sa.Connection) -> datetime:
    """The one clock, UTC. Read it under the case's lock when it dates a decision."""
    found: datetime = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
    return found


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent view for several queries of one page."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        yield connection
