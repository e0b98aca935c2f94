"""Connections: what a glance takes, and gives back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from storage.engine import glance, make_engine
from tests.conftest import Database

TRANSACTION = sa.text("SELECT pg_current_xact_id()::text")


@pytest.fixture
def engine(database: Database) -> Iterator[sa.Engine]:
    """With one connection, so that each question has the one of the question before."""
    made = make_engine(database.url, pool=1)
    yield made
    made.dispose()


def test_glance_has_no_transaction_and_what_follows_has_one(engine: sa.Engine) -> None:
    with glance(engine) as connection:
        alone = {connection.execute(TRANSACTION).scalar_one() for _ in range(2)}
    with engine.begin() as connection:
        together = {connection.execute(TRANSACTION).scalar_one() for _ in range(2)}

    assert (len(alone), len(together)) == (2, 1)


def test_glance_at_a_server_that_hangs_up_says_so_and_the_next_one_answers(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.OperationalError), glance(engine) as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with glance(engine) as connection:
        answer = connection.execute(sa.text("SELECT 1")).scalar_one()

    assert answer == 1
