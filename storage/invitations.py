"""Invitations: a link by mail with which somebody sets his own password, once and for some days. Source: S3-24."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import people, staff_mail
from storage import tables as t
from storage.types import keys_in_use

LIFETIME = timedelta(days=7)
"""A week of leave does not cost a second invitation."""

table = t.invitation
_OPEN = sa.and_(table.c.ended_at.is_(None), table.c.expires_at > sa.func.otklik_now())


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that works, and whom it lets in."""

    id: str
    person: PersonId
    expires_at: datetime
    login: str
    name: str
    organisation_title: str

    @property
    def token(self) -> str:
        """What the link carries. Made anew each time: the record keeps only its digest."""
        return _token(self.id)


def put(connection: sa.Connection, person: PersonId, by: PersonId, at: datetime) -> str:
    """A new invitation is in the outbox, and whatever link the person had works no more; its id."""
    end(connection, person)
    mail = staff_mail.put_single(connection, person, staff_mail.INVITATION, at)
    made = str(uuid4())
    values = {"id": made, "person": person, "token_hash": _digest(_token(made)), "mail": mail}
    times = {"created_at": at, "created_by": by, "expires_at": at + LIFETIME}
    connection.execute(sa.insert(table).values(values | times))
    return made


def end(connection: sa.Connection, person: PersonId) -> None:
    """No link of the person works any more."""
    where = sa.and_(table.c.person == person, table.c.ended_at.is_(None))
    connection.execute(sa.update(table).where(where).values(ended_at=sa.func.otklik_now()))


def by_token(connection: sa.Connection, token: str) -> Invitation | None:
    """The invitation of this link, while it works."""
    return _one(connection, table.c.token_hash == _digest(token))


def of_mail(connection: sa.Connection, mail_id: int) -> Invitation | None:
    """The invitation that a mail carries, while its link works."""
    return _one(connection, table.c.mail == mail_id)


def accept(connection: sa.Connection, found: Invitation, hashed: str) -> bool:
    """The password is the person's and nobody else is signed in as him; False when the link was used meanwhile."""
    query = sa.update(table).where(table.c.id == found.id, _OPEN).values(ended_at=sa.func.otklik_now())
    if connection.execute(query).rowcount == 0:
        return False
    people.set_password(connection, found.person, hashed, one_time=False)
    people.close_all_sessions(connection, found.person)
    return True


def open_until(connection: sa.Connection, numbers: Sequence[PersonId]) -> dict[PersonId, datetime]:
    """Until when the links of these people work, of those who have one."""
    query = sa.select(table.c.person, table.c.expires_at).where(table.c.person.in_(numbers), _OPEN)
    return {row.person: row.expires_at for row in connection.execute(query)}


def _one(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Invitation | None:
    query = (
        sa.select(
            table.c.id,
            table.c.person,
            table.c.expires_at,
            t.person.c.login,
            t.person.c.name,
            t.organisation.c.title,
        )
        .join(t.person, t.person.c.id == table.c.person)
        .join(t.organisation, t.organisation.c.id == t.person.c.organisation)
        .where(where, _OPEN, t.person.c.active)
    )
    row = connection.execute(query).one_or_none()
    return Invitation(*row) if row else None


def _token(invitation_id: str) -> str:
    """256 bits that nobody can make without the key file."""
    return urlsafe_b64encode(keys_in_use().blind_index(invitation_id, "invitation.token")).decode().rstrip("=")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
