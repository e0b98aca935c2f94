"""What decisions replaced on a card: the values before, which nothing else keeps. For those of full sight. Source: S2, 3.1."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa

from storage import tables as t

_PLACE = ("location",)
_OFFICIAL = ("complained_of_title",)
Former = dict[str, Mapping[str, str | None]]


def places(connection: sa.Connection, case_id: str) -> Former:
    """The place before each decision that replaced it, by decision."""
    found = {
        decision: {name: old[name] for name in _PLACE if name in old} for decision, old in _all(connection, case_id)
    }
    return {decision: old for decision, old in found.items() if old}


def contacts(connection: sa.Connection, case_id: str) -> Former:
    """The contacts before each decision that replaced them, by decision, oldest first."""
    found = {
        decision: {name: old[name] for name in old if name not in (*_PLACE, *_OFFICIAL)}
        for decision, old in _all(connection, case_id)
    }
    return {decision: old for decision, old in found.items() if old}


def _all(connection: sa.Connection, case_id: str) -> list[tuple[str, Mapping[str, str | None]]]:
    table = t.card_version
    query = sa.select(table.c.decision, table.c.old).where(table.c.case_id == case_id).order_by(table.c.replaced_at)
    return [(row.decision, json.loads(row.old)) for row in connection.execute(query)]
