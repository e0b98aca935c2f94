"""Revisions of annexes, to be read: which there are, and which of them are in force today."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from storage import annexes
from storage import tables as t
from storage.reference import moment

annex = t.annex_revision


def today(connection: sa.Connection) -> date:
    """The day by the clock of the root organisation."""
    return annexes.today(connection, moment(connection).now)


def all_of(connection: sa.Connection) -> list[dict[str, Any]]:
    """By kind and act: drafts, then from the latest day on; each with whether it is in force."""
    order = annex.c.act, annex.c.kind, annex.c.valid_from.desc().nulls_first(), annex.c.id.desc()
    return _with_force(connection, sa.select(annex).order_by(*order))


def one(connection: sa.Connection, id_: int) -> dict[str, Any] | None:
    """The revision with whether it is in force."""
    return next(iter(_with_force(connection, sa.select(annex).where(annex.c.id == id_))), None)


def row_of(connection: sa.Connection, id_: int) -> Any:
    """The row as it is."""
    return connection.execute(sa.select(annex).where(annex.c.id == id_)).one_or_none()


def _with_force(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    valid = {row.id for row in connection.execute(annexes.latest(today(connection)))}
    return [dict(row) | {"in_force": row["id"] in valid} for row in connection.execute(query).mappings()]
