"""What pages read: is a case visible, where does it stand."""

from __future__ import annotations

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import cases
from storage import tables as t
from storage.reference import Moment, Reference, moment
from storage.sight import Sight, sight_of, visible


def may_see(connection: sa.Connection, reference: Reference, case_id: str, person: PersonId) -> bool:
    """Whether the case exists and the person may see it; for everybody else both are the same."""
    return sees(connection, reference, moment(connection), case_id, person)


def sight(connection: sa.Connection, reference: Reference, case_id: str, person: PersonId) -> Sight | None:
    """How much of the case the person sees now; None when he sees none of it, or there is none."""
    at = moment(connection)
    if not sees(connection, reference, at, case_id, person) or (record := cases.read(connection, case_id)) is None:
        return None
    created_by = connection.execute(sa.select(t.message.c.created_by).where(t.message.c.id == case_id)).scalar_one()
    return sight_of(record.case, created_by, person, reference.directory(connection, at), at.now)


def last_decided_by(connection: sa.Connection, case_id: str) -> PersonId | None:
    """Whose decision was accepted last; None before the first one. The caller has asked whether the case may be seen."""
    record = cases.read(connection, case_id)
    return record.case.last.person if record and record.case.last else None


def sees(connection: sa.Connection, reference: Reference, at: Moment, case_id: str, person: PersonId) -> bool:
    """The same at a moment that has been looked at."""
    directory = reference.directory(connection, at)
    lasting = all(grant.valid_from is None and grant.valid_until is None for grant in directory.grants_of(person))
    known = "may_see", person, at.reference_version
    kept = reference.derived.get(known) if lasting else None
    if kept is None or kept[0] is not directory:  # at a midnight another directory is in force, of the same version
        case = t.message_case
        seen = visible(person, directory, at.now)
        query = sa.select(sa.literal(1)).select_from(case).where(case.c.id == sa.bindparam("case"), seen)
        kept = directory, query
        if lasting:
            reference.derived[known] = kept
    return connection.execute(kept[1], {"case": case_id}).scalar_one_or_none() is not None
