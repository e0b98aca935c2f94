"""Requests that must not overtake one another take turns."""

from __future__ import annotations

import sqlalchemy as sa

from domain.vocabulary import PersonId

_KEYS = 7061002
"""First half of the advisory locks of idempotency keys."""


def hold_key(connection: sa.Connection, person: PersonId, key: str) -> None:
    """Of requests at once with one Idempotency-Key the others wait here until the first has committed: then they find its work.

    Call it before `storage.repeats.recall_key`. Decisions take their turns by the case's lock.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_KEYS, sa.func.hashtext(f"{person} {key}"))))
