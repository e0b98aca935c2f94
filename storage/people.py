"""Sign-in: passwords, sessions, and who a token belongs to."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t

SESSION_LIFETIME = timedelta(hours=12)
"""A working day: whoever comes back tomorrow signs in again."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session it is. `one_time`: the password came from an administrator and is to be changed before anything else."""

    person: PersonId
    one_time: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Who may try to sign in."""

    person: PersonId
    password_hash: str | None
    active: bool


def account(connection: sa.Connection, login: str) -> Account | None:
    """The account of a login; None if there is none."""
    table = t.person
    row = connection.execute(
        sa.select(table.c.id, table.c.password_hash, table.c.active).where(table.c.login == login)
    ).one_or_none()
    return Account(row.id, row.password_hash, row.active) if row else None


def open_session(connection: sa.Connection, person: PersonId) -> tuple[str, datetime]:
    """A new token, of which the record keeps only a hash, and until when it is good."""
    token = secrets.token_urlsafe(32)
    created = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
    expires = created + SESSION_LIFETIME
    connection.execute(
        sa.insert(t.session).values(token_hash=_hash(token), person=person, created_at=created, expires_at=expires)
    )
    return token, expires


def signed_in(connection: sa.Connection, token: str) -> SignedIn | None:
    """Whose token this is, while it is good and the person active."""
    row = connection.execute(
        sa.select(t.session.c.person, t.person.c.password_one_time)
        .join(t.person, t.person.c.id == t.session.c.person)
        .where(
            t.session.c.token_hash == _hash(token),
            t.session.c.revoked_at.is_(None),
            t.session.c.expires_at > sa.func.otklik_now(),
            t.person.c.active,
        )
    ).one_or_none()
    return SignedIn(row.person, row.password_one_time) if row else None


def close_session(connection: sa.Connection, token: str) -> None:
    """The token is good for nothing any more."""
    connection.execute(
        sa.update(t.session)
        .where(t.session.c.token_hash == _hash(token), t.session.c.revoked_at.is_(None))
        .values(revoked_at=sa.func.otklik_now())
    )


def close_all_sessions(connection: sa.Connection, person: PersonId, *, but: str = "") -> None:
    """Everybody who uses a token of this person, except `but`, is signed out: a dismissed employee's access ends at once."""
    table = t.session
    connection.execute(
        sa.update(table)
        .where(table.c.person == person, table.c.revoked_at.is_(None), table.c.token_hash != _hash(but))
        .values(revoked_at=sa.func.otklik_now())
    )


def password_hash(connection: sa.Connection, person: PersonId) -> str | None:
    """What the record keeps of the person's password."""
    found: str | None = connection.execute(
        sa.select(t.person.c.password_hash).where(t.person.c.id == person)
    ).scalar_one_or_none()
    return found


def set_password(connection: sa.Connection, person: PersonId, hashed: str, *, one_time: bool) -> None:
    """From now on this password is the person's."""
    values = {"password_hash": hashed, "password_one_time": one_time}
    connection.execute(sa.update(t.person).where(t.person.c.id == person).values(values))


def _hash(token: str) -> bytes:
    """A token has 256 random bits: one round is enough."""
    return hashlib.sha256(token.encode()).digest()
