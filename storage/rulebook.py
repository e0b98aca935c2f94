"""Regulations as the record has them: what is in force, and how a published revision is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage import annexes
from storage import tables as t
from storage.administration import Change, Refused
from storage.reference import moment


@dataclass(frozen=True, slots=True)
class Revision:
    """A published revision, as it is stored. `in_force`: new messages begin under it today; one taken back never is."""

    code: str
    revision: str
    valid_from: date
    hash: str
    body: Mapping[str, Any]
    in_force: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """What is true of this database as a whole."""

    title: str
    day_seconds: int


def revisions(connection: sa.Connection, code: str | None = None) -> list[Revision]:
    """All revisions (of one act), the newest of each first."""
    table, organisation = t.regulation_revision, t.organisation
    today = sa.select(sa.func.otklik_now().op("AT TIME ZONE")(organisation.c.time_zone).cast(sa.Date)).where(
        organisation.c.parent.is_(None)
    )
    on = connection.execute(today).scalar_one_or_none() or moment(connection).now.date()
    latest = table.c.valid_from.desc(), table.c.published_at.desc(), table.c.revision.desc()
    query = sa.select(table, annexes.not_taken_back(table).label("stands")).order_by(table.c.code, *latest)
    if code is not None:
        query = query.where(table.c.code == code)
    found: list[Revision] = []
    for row in connection.execute(query):
        overtaken = any(known.code == row.code and known.in_force for known in found)
        in_force = row.stands and row.valid_from <= on and not overtaken
        found.append(Revision(row.code, row.revision, row.valid_from, row.hash, row.body, in_force))
    return found


def installation(connection: sa.Connection) -> Installation:
    """Whose installation this is, and how long its days are."""
    table = t.organisation
    title = connection.execute(sa.select(table.c.title).where(table.c.parent.is_(None))).scalar_one_or_none()
    return Installation(title or "", connection.execute(sa.select(t.installation.c.day_seconds)).scalar_one())


def keep(change: Change, row: Any, valid_from: date) -> None:
    """Messages that begin from the day on are judged by it, and keep it."""
    revision = row.body["revision"]
    values = {"code": row.act, "revision": revision, "body": row.body, "hash": row.hash, "valid_from": valid_from}
    try:
        with change.connection.begin_nested():
            change.connection.execute(sa.insert(t.regulation_revision).values(values))
    except sa.exc.IntegrityError:
        raise Refused("already_exists", f"Редакция {revision} уже была: назовите новую иначе (revision).") from None
