"""What a person has written and not sent yet: kept for him alone, a page that closes or a session that ends loses nothing.

One a person, message and action, sealed whole: half a correction of a card is contact data. It goes when his decision is
accepted, and with the case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.vocabulary import Action, PersonId
from storage import tables as t
from storage.attachments import named_in

table = t.unsent_draft
_NEXT = sa.text("nextval('unsent_draft_version_seq')")

MOST_CHARACTERS = 200_000
"""Of the parameters as JSON: a longest text with all that belongs to it, though its every sign be escaped."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose draft of what."""

    person: PersonId
    case_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class Unsent:
    """A draft as it was kept last. No `version` comes twice, so that of two pages none overwrites the other unseen."""

    version: int
    saved_at: datetime
    parameters: Mapping[str, Any]


class TooLong(Exception):
    """The draft is longer than anything that could be sent."""


class Stale(Exception):
    """Another page kept, or threw away, what this one has not seen."""


def read(connection: sa.Connection, whose: Whose) -> Unsent | None:
    """What is kept; None if nothing is."""
    row = connection.execute(sa.select(table).where(_is(whose))).one_or_none()
    return Unsent(row.version, row.saved_at, json.loads(row.parameters)) if row else None


def keep(connection: sa.Connection, whose: Whose, seen: int, parameters: Mapping[str, Any]) -> Unsent:
    """The draft is as given, if nobody changed it since version `seen` (0: there was none). Raises Stale and TooLong.

    Giving what is kept already changes nothing, so a request may be repeated.
    """
    text = json.dumps(dict(parameters), ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    files = [file for file, _ in named_in(parameters)]
    values = {"version": _NEXT, "parameters": text, "files": files, "saved_at": sa.func.otklik_now()}
    statement: Any
    if seen:
        statement = sa.update(table).where(_is(whose), table.c.version == seen).values(values)
    else:
        key = {"person": whose.person, "case_id": whose.case_id, "action": whose.action.value}
        statement = insert(table).values(key | values).on_conflict_do_nothing()
    row = connection.execute(statement.returning(table.c.version, table.c.saved_at)).one_or_none()
    if row is not None:
        return Unsent(row.version, row.saved_at, parameters)
    now = read(connection, whose)
    if now is None or now.parameters != parameters:
        raise Stale
    return now


def discard(connection: sa.Connection, whose: Whose, seen: int) -> None:
    """Nothing is kept any more, if nobody changed it since version `seen`. Raises Stale."""
    connection.execute(sa.delete(table).where(_is(whose), table.c.version == seen))
    if read(connection, whose) is not None:
        raise Stale


SENT = sa.delete(table).where(
    table.c.person == sa.bindparam("drafted_by"),
    table.c.case_id == sa.bindparam("drafted_for"),
    table.c.action == sa.bindparam("drafted"),
)
"""The decision was accepted: its draft has served. Goes with the statement that says so, see `sent`."""


def sent(whose: Whose) -> dict[str, Any]:
    """The values of `SENT`."""
    return {"drafted_by": whose.person, "drafted_for": whose.case_id, "drafted": whose.action.value}


def closed(connection: sa.Connection, case_id: str) -> None:
    """Nobody will decide about the case any more."""
    connection.execute(sa.delete(table).where(table.c.case_id == case_id))


def orphans() -> sa.Delete:
    """Drafts that were kept in the moment in which their case closed."""
    over = sa.exists().where(t.message_case.c.id == table.c.case_id, t.message_case.c.closed_at.is_not(None))
    return sa.delete(table).where(over)


def _is(whose: Whose) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.person == whose.person, table.c.case_id == whose.case_id, table.c.action == whose.action.value
    )
