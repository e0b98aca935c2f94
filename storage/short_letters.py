"""The outbox of letters outside of any verdict: one-time codes. Ordered by the API, sent by the relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from storage import tables as t
from storage.public_drafts import CODE_LIFETIME

NEVER = datetime.max.replace(tzinfo=UTC)
"""`next_try_at` of what will not be sent."""


class Kind(StrEnum):
    """What the letter brings."""

    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class ShortLetter:
    """A letter in the outbox, claimed."""

    id: str
    kind: Kind
    recipient: str
    draft: str | None
    issue: int | None
    created_at: datetime
    attempts: int
    failure: str | None


def claim(connection: sa.Connection, lease: timedelta) -> ShortLetter | None:
    """The next letter that is due, ours for `lease`: whoever else looks skips it. None when there is none."""
    table, now = t.short_letter, sa.func.otklik_now()
    query = (
        sa.select(table)
        .where(table.c.sent_at.is_(None), table.c.next_try_at <= now)
        .order_by(table.c.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    _update(connection, row.id, attempts=attempts, next_try_at=now + lease)
    return ShortLetter(
        row.id, Kind(row.kind), row.recipient, row.draft, row.issue, row.created_at, attempts, row.failure
    )


def code_is_wanted(connection: sa.Connection, letter: ShortLetter) -> bool:
    """Whether the draft still waits for this very code, and it is good for a while."""
    table = t.public_draft
    wanted = sa.select(sa.literal(1)).where(
        table.c.id == letter.draft,
        table.c.code_issue == letter.issue,
        table.c.message.is_(None),
        table.c.code_ordered_at > sa.func.otklik_now() - CODE_LIFETIME,
    )
    return connection.execute(wanted).first() is not None


def organisation_title(connection: sa.Connection) -> str:
    """Who writes: the organisation whose installation this is."""
    table = t.organisation
    return str(connection.execute(sa.select(table.c.title).where(table.c.parent.is_(None))).scalar_one())


def sent(connection: sa.Connection, letter: ShortLetter) -> None:
    """The server took it."""
    _update(connection, letter.id, sent_at=sa.func.otklik_now(), failure=None)


def later(connection: sa.Connection, letter: ShortLetter, code: str, wait: timedelta) -> None:
    """It is tried again after a while. `code` names no person."""
    _update(connection, letter.id, failure=code, next_try_at=sa.func.otklik_now() + wait)


def give_up(connection: sa.Connection, letter: ShortLetter, code: str) -> None:
    """It is not sent any more."""
    _update(connection, letter.id, failure=code, next_try_at=NEVER)


def _update(connection: sa.Connection, letter_id: str, **values: object) -> None:
    connection.execute(sa.update(t.short_letter).where(t.short_letter.c.id == letter_id).values(**values))
