"""What has served its time goes, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from storage import attempts, people
from storage.attempts import Tried
from storage.tidying import tidy
from tests.conftest import Database
from tests.product import populate


def test_old_counters_keys_and_sessions_go_and_new_ones_stay(database: Database) -> None:
    numbers = populate(database.engine)
    with database.engine.begin() as connection:
        attempts.count(connection, Tried.LOGIN, "head")
        people.open_session(connection, numbers["head"])
        connection.execute(
            sa.text(
                "INSERT INTO idempotency_key (person, key, kind, request_hash, made, created_at) "
                "VALUES (:person, 'k', 'message', '', 'x', otklik_now())"
            ),
            {"person": numbers["operator"]},
        )

    assert tidy(database.engine) == 0
    database.shift_clock(25 * 3600)
    assert tidy(database.engine) == 1  # the key
    database.shift_clock(73 * 3600)
    assert tidy(database.engine) == 1  # the counter
    database.shift_clock(40 * 86_400)
    assert tidy(database.engine) == 1
