"""Sign-in: passwords, sessions, and who a token belongs to."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t
from storage.changes import SEEN
from storage.engine import now as clock

SESSION_LIFETIME = timedelta(hours=12)
"""A working day: whoever comes back tomorrow signs in again."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session it is. `one_time`: the password came from an administrator and is to be changed before anything else."""

    person: PersonId
    one_time: bool
    seen: str
    """What of the record was to be seen when it was asked for: whatever is read for him afterwards shows as much or more."""


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


def about(connection: sa.Connection, person: PersonId) -> sa.RowMapping:
    """Name, organisation and unit of somebody who is known, with their titles."""
    table = t.person
    return (
        connection.execute(
            sa.select(
                table.c.name,
                table.c.organisation,
                t.organisation.c.title.label("organisation_title"),
                table.c.unit,
                t.unit.c.title.label("unit_title"),
            )
            .join(t.organisation, t.organisation.c.id == table.c.organisation)
            .outerjoin(t.unit, t.unit.c.id == table.c.unit)
            .where(table.c.id == person)
        )
        .mappings()
        .one()
    )


def open_session(connection: sa.Connection, person: PersonId) -> tuple[str, datetime]:
    """A new token, of which the record keeps only a hash, and until when it is good."""
    token = secrets.token_urlsafe(32)
    created = clock(connection)
    expires = created + SESSION_LIFETIME
    connection.execute(
        sa.insert(t.session).values(token_hash=_hash(token), person=person, created_at=created, expires_at=expires)
    )
    return token, expires


_SIGNED_IN = (
    sa.select(t.session.c.person, t.person.c.password_one_time, SEEN.label("seen"))
    .join(t.person, t.person.c.id == t.session.c.person)
    .where(
        t.session.c.token_hash == sa.bindparam("token"),
        t.session.c.revoked_at.is_(None),
        t.session.c.expires_at > sa.func.otklik_now(),
        t.person.c.active,
    )
)
"""Built once: it is asked with every request."""


def signed_in(connection: sa.Connection, token: str) -> SignedIn | None:
    """Whose token this is, while it is good and the person active."""
    row = connection.execute(_SIGNED_IN, {"token": _hash(token)}).one_or_none()
    return SignedIn(row.person, row.password_one_time, row.seen) if row else None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is not over. `id` names it to its owner; with it nobody can sign in."""

    id: str
    created_at: datetime
    expires_at: datetime
    present: bool
    """The one that asks."""


def open_sessions(connection: sa.Connection, person: PersonId, token: str) -> list[OpenSession]:
    """The person's sessions, newest first. `token`: of the one that asks."""
    table = t.session
    rows = connection.execute(
        sa.select(table)
        .where(table.c.person == person, table.c.revoked_at.is_(None), table.c.expires_at > sa.func.otklik_now())
        .order_by(table.c.created_at.desc(), table.c.token_hash)
    )
    present = _hash(token)
    return [
        OpenSession(_name(row.token_hash), row.created_at, row.expires_at, row.token_hash == present) for row in rows
    ]


def close_session_of(connection: sa.Connection, person: PersonId, session_id: str) -> bool:
    """The person's session of this name is over. False when he has none of that name; repeating is harmless."""
    table = t.session
    found = next(
        (
            row.token_hash
            for row in connection.execute(sa.select(table.c.token_hash).where(table.c.person == person))
            if _name(row.token_hash) == session_id
        ),
        None,
    )
    if found is None:
        return False
    connection.execute(
        sa.update(table)
        .where(table.c.token_hash == found, table.c.revoked_at.is_(None))
        .values(revoked_at=sa.func.otklik_now())
    )
    return True


def formerly_signed_in(connection: sa.Connection, token: str) -> PersonId | None:
    """Whose token this is or was, however it ended; None for one that was never given out or is long forgotten."""
    query = sa.select(t.session.c.person).where(t.session.c.token_hash == _hash(token))
    found: PersonId | None = connection.execute(query).scalar_one_or_none()
    return found


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


def _name(token_hash: bytes) -> str:
    """What a session is called: a digest again, so that not even what the record keeps is shown."""
    return hashlib.sha256(token_hash).hexdigest()[:32]
