"""What has served its time is deleted: counters, keys, sessions, codes sent, drafts of closed cases, who had a card open."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from storage import tables as t
from storage import unsent
from storage.presence import PRESENT_FOR
from storage.repeats import KEY_LIFETIME

SESSIONS_KEPT = timedelta(days=30)
"""Who was signed in when is asked for after an incident, not after months."""

ATTEMPTS_KEPT = timedelta(days=2)
"""Longer than the longest window."""

SHORT_LETTERS_KEPT = timedelta(days=2)


def tidy(engine: sa.Engine) -> int:
    """How many rows went. Safe to repeat, and for several workers at once."""
    now = sa.func.otklik_now()
    statements = (
        sa.delete(t.attempt).where(t.attempt.c.window_at < now - ATTEMPTS_KEPT),
        sa.delete(t.idempotency_key).where(t.idempotency_key.c.created_at < now - KEY_LIFETIME),
        sa.delete(t.session).where(t.session.c.expires_at < now - SESSIONS_KEPT),
        unsent.orphans(),
        sa.delete(t.presence).where(t.presence.c.seen_at < now - PRESENT_FOR),
        sa.delete(t.short_letter).where(t.short_letter.c.created_at < now - SHORT_LETTERS_KEPT),
    )
    with engine.begin() as connection:
        return sum(connection.execute(statement).rowcount for statement in statements)
