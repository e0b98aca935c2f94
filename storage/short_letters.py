"""The outbox of letters outside of any verdict: codes, summaries of calls. Ordered by the API, sent by the relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import sqlalchemy as sa

from storage import tables as t
from storage import tracking_codes
from storage.public_drafts import CODE_LIFETIME
from storage.reference import Reference

NEVER = datetime.max.replace(tzinfo=UTC)
"""`next_try_at` of what will not be sent."""


class Kind(StrEnum):
    """What the letter brings."""

    CONFIRMATION = "confirmation"
    TRACKING_CODE = "tracking_code"
    CALL_SUMMARY = "call_summary"


@dataclass(frozen=True, slots=True)
class ShortLetter:
    """A letter in the outbox, claimed."""

    id: str
    kind: Kind
    recipient: str
    draft: str | None
    issue: int | None
    number: str | None
    message: str | None
    call: str | None
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
        id=row.id,
        kind=Kind(row.kind),
        recipient=row.recipient,
        draft=row.draft,
        issue=row.issue,
        number=row.number,
        message=row.message,
        call=row.call,
        created_at=row.created_at,
        attempts=attempts,
        failure=row.failure,
    )


def ask_for_tracking_code(connection: sa.Connection, number: str, email: str) -> None:
    """Somebody says that he has lost the code of this message. Whether there is one is looked up when the letter is due."""
    values = {"kind": Kind.TRACKING_CODE.value, "number": number, "recipient": email}
    connection.execute(sa.insert(t.short_letter).values(id=str(uuid4()), **values))


def message_of(connection: sa.Connection, reference: Reference, letter: ShortLetter) -> str | None:
    """The message whose new code the letter brings: looked up once, and once only given a new code. None when there is none."""
    if letter.message is None and letter.number is not None:
        found = tracking_codes.issue_to_applicant(connection, reference, letter.number, letter.recipient)
        _update(connection, letter.id, message=found)
        return found
    return letter.message


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
    """The server took it; the call whose summary it was knows."""
    _update(connection, letter.id, sent_at=sa.func.otklik_now(), failure=None)
    if letter.call is not None:
        calls = t.call
        connection.execute(
            sa.update(calls).where(calls.c.id == letter.call).values(summary_sent_at=sa.func.otklik_now())
        )


def later(connection: sa.Connection, letter: ShortLetter, code: str, wait: timedelta) -> None:
    """It is tried again after a while. `code` names no person."""
    _update(connection, letter.id, failure=code, next_try_at=sa.func.otklik_now() + wait)


def give_up(connection: sa.Connection, letter: ShortLetter, code: str) -> None:
    """It is not sent any more."""
    _update(connection, letter.id, failure=code, next_try_at=NEVER)


def _update(connection: sa.Connection, letter_id: str, **values: object) -> None:
    connection.execute(sa.update(t.short_letter).where(t.short_letter.c.id == letter_id).values(**values))
