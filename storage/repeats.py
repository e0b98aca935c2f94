"""Requests under an Idempotency-Key: what was made once is not made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.vocabulary import PersonId
from storage import tables as t
from storage.reference import MOMENT, Moment, moment_of
from storage.types import keys_in_use

KEY_LIFETIME = timedelta(hours=24)
"""How long an Idempotency-Key is remembered."""

_of_key = sa.and_(
    t.idempotency_key.c.person == sa.bindparam("whose"),
    t.idempotency_key.c.key == sa.bindparam("which"),
    t.idempotency_key.c.created_at > sa.func.otklik_now() - KEY_LIFETIME,
)
_RECALL = sa.select(
    *MOMENT, t.idempotency_key.c.kind, t.idempotency_key.c.request_hash, t.idempotency_key.c.made
).select_from(t.installation.outerjoin(t.idempotency_key, _of_key))

_new_key = insert(t.idempotency_key)

KEEP = (
    _new_key.values({column.name: sa.bindparam(f"key_{column.name}") for column in t.idempotency_key.c})
    .on_conflict_do_update(
        index_elements=[t.idempotency_key.c.person, t.idempotency_key.c.key],
        set_={name: _new_key.excluded[name] for name in ("kind", "request_hash", "made", "created_at")},
        where=t.idempotency_key.c.created_at <= _new_key.excluded.created_at - KEY_LIFETIME,
    )
    .returning(t.idempotency_key.c.key)
)
"""The key stands for what was made, if a row comes back; else it is in use. May go with the statement that makes it, see `kept`.

What is there has expired, or came from a request that did not take its turn behind the same lock: a decision of another
message. That one stays.
"""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A write under its Idempotency-Key: whose the key is, what kind of thing it makes, and the digest of what was sent."""

    person: PersonId
    key: str
    kind: str
    digest: bytes


class KeyReused(Exception):
    """The Idempotency-Key came with another body before."""


class KeyInUse(Exception):
    """A request with this Idempotency-Key was committed while this one was under way: repeating this one finds it."""


def request_hash(body: Mapping[str, Any]) -> bytes:
    """What tells one request's body from another's, and nothing to whoever lacks the keys: a body may hold contact data."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)
    return keys_in_use().blind_index(text, "idempotency_key.request_hash")


def keyed(person: PersonId, key: str, kind: str, body: Mapping[str, Any]) -> Keyed:
    """The write that asks for this body."""
    return Keyed(person, key, kind, request_hash(body))


def recall_key(connection: sa.Connection, write: Keyed) -> str | None:
    """What was made under the key within its lifetime. Raises KeyReused for another body."""
    return recall_at(connection, write)[1]


def key_known(connection: sa.Connection, person: PersonId, key: str) -> bool:
    """Whether the person came with the key before, whatever for."""
    table = t.idempotency_key
    query = sa.select(table.c.key).where(table.c.person == person, table.c.key == key)
    return connection.execute(query).first() is not None


def recall_at(connection: sa.Connection, write: Keyed) -> tuple[Moment, str | None]:
    """The same with the moment, in one statement. Take the case's lock first when the instant dates something."""
    row = connection.execute(_RECALL, {"whose": write.person, "which": write.key}).one()
    if row.made is not None and (row.kind != write.kind or bytes(row.request_hash) != write.digest):
        raise KeyReused
    return moment_of(row), row.made


def keep_key(connection: sa.Connection, write: Keyed, made: str, at: datetime) -> None:
    """The key stands for what was made; the caller recalled nothing. Raises KeyInUse."""
    if connection.execute(KEEP, kept(write, made, at)).one_or_none() is None:
        raise KeyInUse


def kept(write: Keyed, made: str, at: datetime) -> dict[str, Any]:
    """The values of `KEEP`."""
    return {
        "key_person": write.person,
        "key_key": write.key,
        "key_kind": write.kind,
        "key_request_hash": write.digest,
        "key_made": made,
        "key_created_at": at,
    }
