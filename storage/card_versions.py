"""What decisions replaced on a card: the values before, which nothing else keeps. Source: S2, 3.1."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa

from storage import tables as t


def replaced(connection: sa.Connection, case_id: str) -> dict[str, Mapping[str, str | None]]:
    """The values of contacts and place before each decision that replaced them, by decision. For those of full sight alone."""
    table = t.card_version
    query = sa.select(table.c.decision, table.c.old).where(table.c.case_id == case_id)
    return {row.decision: json.loads(row.old) for row in connection.execute(query)}
