"""What pages read: is a case visible, where does it stand."""

from __future__ import annotations

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t
from storage.reference import Reference, moment
from storage.sight import visible


def may_see(connection: sa.Connection, reference: Reference, case_id: str, person: PersonId) -> bool:
    """Whether the case exists and the person may see it; for everybody else both are the same."""
    at = moment(connection)
    condition = visible(person, reference.directory(connection, at), at.now)
    joined = t.message_case.join(t.message, t.message.c.id == t.message_case.c.id)
    found = connection.execute(
        sa.select(sa.literal(1)).select_from(joined).where(t.message_case.c.id == case_id, condition)
    ).scalar_one_or_none()
    return found is not None
