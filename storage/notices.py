"""What a person was told, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t

LOOKED_AT = 1000
"""Unread ones are counted among the latest so many: who has more has stopped counting."""


def of_person(connection: sa.Connection, person: PersonId, before: int | None, limit: int) -> list[Mapping[str, Any]]:
    """The person's notices older than `before`; one more than `limit`, if there are more."""
    table = t.notice
    query = (
        sa.select(table, t.message.c.number)
        .join(t.message, t.message.c.id == table.c.case_id)
        .where(table.c.person == person)
        .order_by(table.c.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(table.c.id < before)
    return [dict(row) for row in connection.execute(query).mappings()]


def unread(connection: sa.Connection, person: PersonId) -> int:
    """How many of the latest are unread."""
    table = t.notice
    latest = (
        sa.select(table.c.read_at).where(table.c.person == person).order_by(table.c.id.desc()).limit(LOOKED_AT)
    ).subquery()
    counted = sa.select(sa.func.count()).select_from(latest).where(latest.c.read_at.is_(None))
    return int(connection.execute(counted).scalar_one())


def mark_read(connection: sa.Connection, person: PersonId, until: int) -> int:
    """The person's notices up to this one have been read; how many had not. Repeating it changes nothing."""
    table = t.notice
    changed = connection.execute(
        sa.update(table)
        .where(table.c.person == person, table.c.id <= until, table.c.read_at.is_(None))
        .values(read_at=sa.func.otklik_now())
    )
    return changed.rowcount
