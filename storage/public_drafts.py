"""A message that nobody has confirmed yet: sealed, known to its key alone, gone after a day. Source: S2, 1.2 д, 3.1."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from storage import tables as t
from storage.files import FileStore

LIFETIME = timedelta(hours=24)
CODE_LIFETIME = timedelta(minutes=15)
WRONG_CODES = 5
"""Tries at one code. With the codes that a draft may have, one guess in twenty thousand succeeds."""
CODES = 10
CODE_PAUSE = timedelta(minutes=1)
"""Between two codes: mail takes its time, and each new code voids the one before."""

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is at the instant `at`. `content`: None once it was confirmed and became `message`; `written_by`: the mark of
    the opened page whose text it is.
    """

    id: str
    content: Mapping[str, Any] | None
    written_by: str
    files: tuple[str, ...]
    created_at: datetime
    code_issue: int
    code_ordered_at: datetime | None
    code_sent_to: str | None
    wrong_codes: int
    message: str | None
    at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it is gone."""
        return self.created_at + LIFETIME

    @property
    def code_until(self) -> datetime | None:
        """Until when the present code is good; None when there is none, or too much was tried against it."""
        if self.code_ordered_at is None or self.wrong_codes >= WRONG_CODES:
            return None
        until = self.code_ordered_at + CODE_LIFETIME
        return until if self.at < until else None

    @property
    def next_code_at(self) -> datetime | None:
        """From when another code may be ordered; None when there were enough."""
        if self.code_issue >= CODES:
            return None
        return self.at if self.code_ordered_at is None else max(self.at, self.code_ordered_at + CODE_PAUSE)


def begin(connection: sa.Connection, content: Mapping[str, Any]) -> str:
    """A new draft; its key, of which the record keeps only a hash."""
    key = secrets.token_urlsafe(32)
    values = {"id": str(uuid4()), "key_hash": _hash(key), "content": _json(content)}
    connection.execute(sa.insert(t.public_draft).values(values))
    return key


def find(connection: sa.Connection, key: str, *, lock: bool = False) -> Draft | None:
    """The draft that this key opens; None when there is none any more. `lock`: nobody else changes it until the commit."""
    table, now = t.public_draft, sa.func.otklik_now()
    letter = t.short_letter
    present = sa.and_(letter.c.draft == table.c.id, letter.c.issue == table.c.code_issue)
    sent_to = sa.select(letter.c.recipient).where(present).scalar_subquery()
    query = sa.select(table, now.label("at"), sent_to.label("code_sent_to")).where(
        table.c.key_hash == _hash(key), table.c.created_at > now - LIFETIME
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Draft(
        id=row.id,
        content=json.loads(row.content) if row.content is not None else None,
        written_by=row.written_by,
        files=tuple(row.files),
        created_at=row.created_at,
        code_issue=row.code_issue,
        code_ordered_at=row.code_ordered_at,
        code_sent_to=row.code_sent_to,
        wrong_codes=row.wrong_codes,
        message=row.message,
        at=row.at,
    )


def write(connection: sa.Connection, draft: Draft, content: Mapping[str, Any], page: str) -> None:
    """The form says this now, as it was typed on the page of this mark."""
    _update(connection, draft, content=_json(content), written_by=page)


def set_files(connection: sa.Connection, draft: Draft, files: tuple[str, ...]) -> None:
    """These files go with the draft."""
    _update(connection, draft, files=list(files))


def order_code(connection: sa.Connection, draft: Draft, recipient: str) -> None:
    """A new code is on its way to the recipient, and the one before is void."""
    issue = draft.code_issue + 1
    _update(connection, draft, code_issue=issue, code_ordered_at=draft.at, wrong_codes=0)
    values = {"kind": "confirmation", "draft": draft.id, "issue": issue, "recipient": recipient}
    connection.execute(sa.insert(t.short_letter).values(id=str(uuid4()), **values))


def note_wrong_code(connection: sa.Connection, draft: Draft) -> None:
    """One more code was tried in vain."""
    _update(connection, draft, wrong_codes=draft.wrong_codes + 1)


def become(connection: sa.Connection, draft: Draft, message: str) -> None:
    """The draft is a message now, which its key still leads to for the rest of the day; what was typed is gone from here."""
    _update(connection, draft, content=None, message=message)


def discard(connection: sa.Connection, files: FileStore, drafts: Mapping[str, Collection[str]]) -> None:
    """The drafts (id to files) are gone, contents first: after a crash the rows are there to begin again with."""
    attachment = t.attachment
    named = [file for some in drafts.values() for file in some]
    unused = sa.select(attachment.c.id).where(attachment.c.id.in_(named), attachment.c.role == "unused")
    discard_files(connection, files, connection.execute(unused.with_for_update()).scalars().all())
    connection.execute(sa.delete(t.public_draft).where(t.public_draft.c.id.in_(drafts)))


def discard_files(connection: sa.Connection, files: FileStore, unused: Collection[str]) -> None:
    """Files that belong to nothing but a draft are gone."""
    for file in unused:
        files.delete(UUID(file))
    connection.execute(sa.delete(t.attachment).where(t.attachment.c.id.in_(unused), t.attachment.c.role == "unused"))


def tidy_drafts(engine: sa.Engine, files: FileStore) -> int:
    """Drafts whose day is over are gone with their files; how many. Safe to repeat, and for several workers."""
    table, gone = t.public_draft, 0
    old = (
        sa.select(table.c.id, table.c.files)
        .where(table.c.created_at < sa.func.otklik_now() - LIFETIME)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    while True:
        with engine.begin() as connection:
            some = {row.id: row.files for row in connection.execute(old)}
            discard(connection, files, some)
        if not some:
            return gone
        gone += len(some)


def _update(connection: sa.Connection, draft: Draft, **values: object) -> None:
    connection.execute(sa.update(t.public_draft).where(t.public_draft.c.id == draft.id).values(**values))


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _hash(key: str) -> bytes:
    """A key has 256 random bits: one round is enough."""
    return hashlib.sha256(key.encode()).digest()
