"""How often of late something was tried: what is guessed is throttled. A keyed digest stands for each login, number, address."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from storage import tables as t
from storage.types import keys_in_use

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)


class Tried(StrEnum):
    """What is counted, each by itself."""

    LOGIN = "login"
    LOGIN_ADDRESS = "login_address"
    PASSWORD = "password"  # noqa: S105  # a name
    INVITATION_ADDRESS = "invitation_address"
    SUPPORT = "support"
    TRACKING = "tracking"
    TRACKING_ADDRESS = "tracking_address"
    DRAFT_ADDRESS = "draft_address"
    DRAFT = "draft"
    UPLOAD_ADDRESS = "upload_address"
    UPLOAD_ADDRESS_DAY = "upload_address_day"
    UPLOAD_MESSAGE = "upload_message"
    CODE_EMAIL = "code_email"
    CODE_ADDRESS = "code_address"
    CODE = "code"
    LOST_CODE = "lost_code"
    LOST_CODE_ADDRESS = "lost_code_address"
    IDENTITY = "identity"
    APPLICANT = "applicant"
    EXPORT = "export"


_now = sa.func.otklik_now()
_WINDOWS = dict.fromkeys((Tried.CODE_EMAIL, Tried.LOST_CODE, Tried.IDENTITY, Tried.UPLOAD_ADDRESS_DAY), DAY)
"""Of what may happen fewer times in a day than there are quarters of an hour. The others: `WINDOW`."""


def counted(connection: sa.Connection, tried: Tried, value: str) -> int:
    """How many attempts with this value were counted in the running window."""
    query = sa.select(t.attempt.c.count).where(_with(tried, value), ~_over(tried))
    return connection.execute(query).scalar_one_or_none() or 0


def count(connection: sa.Connection, tried: Tried, value: str, by: int = 1) -> int:
    """How many attempts with this value fell into the running window, this one included. `by`: as how many it counts.

    The window begins with the first of them: one by the clock on the wall would give twice the attempts to whoever waits for
    its end.
    """
    table, new = t.attempt, insert(t.attempt).values(scope=tried, key=_key(tried, value), window_at=_now, count=by)
    more = {
        "count": sa.case((_over(tried), by), else_=table.c.count + by),
        "window_at": sa.case((_over(tried), new.excluded.window_at), else_=table.c.window_at),
    }
    statement = new.on_conflict_do_update(index_elements=[table.c.scope, table.c.key], set_=more)
    found: int = connection.execute(statement.returning(table.c.count)).scalar_one()
    return found


def left(connection: sa.Connection, tried: Tried, value: str) -> timedelta:
    """How long the running window still lasts; nothing where none does."""
    query = sa.select(t.attempt.c.window_at + _window_of(tried) - _now).where(_with(tried, value), ~_over(tried))
    return connection.execute(query).scalar_one_or_none() or timedelta()


def forget(connection: sa.Connection, tried: Tried, value: str) -> None:
    """Whoever got in may fail again."""
    connection.execute(sa.delete(t.attempt).where(_with(tried, value)))


def _with(tried: Tried, value: str) -> sa.ColumnElement[bool]:
    return sa.and_(t.attempt.c.scope == tried.value, t.attempt.c.key == _key(tried, value))


def _key(tried: Tried, value: str) -> bytes:
    return hashlib.sha256(keys_in_use().blind_index(value, f"attempt.{tried.value}")).digest()


def _over(tried: Tried) -> sa.ColumnElement[bool]:
    return t.attempt.c.window_at <= _now - _window_of(tried)


def _window_of(tried: Tried) -> timedelta:
    return _WINDOWS.get(tried, WINDOW)
