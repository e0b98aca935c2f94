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
from storage.types import keys_in_use

KEY_LIFETIME = timedelta(hours=24)
"""How long an Idempotency-Key is remembered."""

_KEY = sa.select(t.idempotency_key.c.kind, t.idempotency_key.c.request_hash, t.idempotency_key.c.made).where(
    t.idempotency_key.c.person == sa.bindparam("whose"),
    t.idempotency_key.c.key == sa.bindparam("which"),
    t.idempotency_key.c.created_at > sa.func.otklik_now() - KEY_LIFETIME,
)

_new_key = insert(t.idempotency_key)

_KEEP = _new_key.on_conflict_do_update(
    index_elements=[t.idempotency_key.c.person, t.idempotency_key.c.key],
    set_={name: _new_key.excluded[name] for name in ("kind", "request_hash", "made", "created_at")},
    where=t.idempotency_key.c.created_at <= _new_key.excluded.created_at - KEY_LIFETIME,
)


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
    row = connection.execute(_KEY, {"whose": write.person, "which": write.key}).one_or_none()
    if row is None:
        return None
    if row.kind != write.kind or bytes(row.request_hash) != write.digest:
        raise KeyReused
    return str(row.made)


def keep_key(connection: sa.Connection, write: Keyed, made: str, at: datetime) -> None:
    """The key stands for what was made; the caller recalled nothing. Raises KeyInUse.

    What is there has expired, or came from a request that did not take its turn behind the same lock: a decision of another
    message. That one stays.
    """
    values = {"person": write.person, "key": write.key, "kind": write.kind, "request_hash": write.digest}
    values |= {"made": made, "created_at": at}
    if connection.execute(_KEEP, values).rowcount == 0:
        raise KeyInUse
