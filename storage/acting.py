"""A role that the head above gives for a while: checked under the case's lock, given and logged like any other. G-20, G-21."""

from __future__ import annotations

import sqlalchemy as sa

from domain import acting
from domain.acting import Named
from domain.verdict import Refusal, World
from storage import cases, staff
from storage import tables as t
from storage.administration import Change, Refused
from storage.reference import Reference, moment
from storage.sight import visible


def appoint(change: Change, reference: Reference, case_id: str, named: Named, basis: str) -> str:
    """The number of the role that is given. Raises Refused."""
    record = cases.lock(change.connection, case_id, letters=False)
    if record is None or not _sees(change, case_id):
        raise Refused("not_found", "Такого сообщения нет.")
    regulation = reference.regulation(change.connection, record.regulation, record.revision)
    world = World(change.scope.directory, regulation, moment(change.connection).day)
    grant = acting.acting(record.case, change.person, named, world, change.at)
    if isinstance(grant, Refusal):
        raise Refused(grant.code, grant.detail, grant.field)
    values = {
        "role": grant.role.value,
        "organisation": grant.organisation,
        "subtree": False,
        "categories": sorted(grant.categories),
        "valid_from": grant.valid_from,
        "valid_until": grant.valid_until,
        "basis": basis,
    }
    return staff.give(change, grant.person, values)


def _sees(change: Change, case_id: str) -> bool:
    """By the directory of the change: what a process keeps of a version must not be read before the change is whole."""
    seen = visible(change.person, change.scope.directory, change.at)
    query = sa.select(t.message_case.c.id).where(t.message_case.c.id == case_id, seen)
    return change.connection.execute(query).one_or_none() is not None
