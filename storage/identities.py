"""Whose message it is that an intake operator speaks about: made sure of in a call."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from domain.calls import Identity
from domain.vocabulary import PersonId
from storage import tables as t

REMEMBERED = timedelta(hours=12)
"""A working day at most: what the caller asked for is written down while it is known who he was."""


def identified(connection: sa.Connection, operator: PersonId, case_id: str) -> bool:
    """Whether the operator has lately made sure, in a call, that the message is the caller's."""
    table = t.call
    query = sa.select(sa.literal(1)).where(
        table.c.case_id == case_id,
        table.c.operator == operator,
        table.c.identity.in_([Identity.CONFIRMED.value, Identity.TAKEN_IN.value]),
        table.c.begun_at > sa.func.otklik_now() - REMEMBERED,
    )
    return connection.execute(query).first() is not None
