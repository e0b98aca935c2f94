"""Incidents: what ops look up by the id that people are shown."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

import regulations
from domain.vocabulary import NoticeKind, PersonId, Role
from storage import annexes, inbox, structures
from storage import tables as t
from storage.engine import now as clock

SAME_FOR = timedelta(days=1)
"""The same failure of the same case is one incident for so long, however often it is retried."""


def note(engine: sa.Engine, incident: str, what: str, case_id: str | None = None) -> None:
    """The incident is in the record. `what`: exception type and place, no words of anybody."""
    with engine.begin() as connection:
        _note(connection, incident, what, case_id)


def stuck(engine: sa.Engine, case_id: str, incident: str, what: str) -> None:
    """The case's oldest pending decision is marked; its person sees the incident, and the administrators are told.

    Repeating changes nothing. Where no decision waits, time itself cannot be recorded: ops see the incident once a day.
    """
    with engine.begin() as connection:
        marked = inbox.mark_stuck(connection, case_id, incident)
        if marked is not None or not _known(connection, case_id, what):
            _note(connection, incident, what, case_id)
        if marked is not None:
            _tell_administrators(connection, case_id)


def _note(connection: sa.Connection, incident: str, what: str, case_id: str | None) -> None:
    connection.execute(sa.insert(t.incident).values(id=incident, what=what[:500], case_id=case_id))


def _known(connection: sa.Connection, case_id: str, what: str) -> bool:
    table = t.incident
    recent = (
        table.c.case_id == case_id,
        table.c.what == what[:500],
        table.c.at > sa.func.otklik_now() - SAME_FOR,
    )
    return connection.execute(sa.select(table.c.id).where(*recent).limit(1)).first() is not None


def _tell_administrators(connection: sa.Connection, case_id: str) -> None:
    case = connection.execute(sa.select(t.message_case).where(t.message_case.c.id == case_id)).one()
    now = clock(connection)
    rows = [
        {
            "person": person,
            "case_id": case_id,
            "kind": NoticeKind.DECISION_STUCK.value,
            "urgent": True,
            "email": True,
            "created_at": now,
            "at": now,
            "stage": case.stage,
            "due_at": case.due_at,
            "stage_due_at": case.stage_due_at,
        }
        for person in administrators(connection, case.organisation, now)
    ]
    if rows:
        connection.execute(sa.insert(t.notice), rows)


def administrators(connection: sa.Connection, organisation: str, at: datetime) -> list[PersonId]:
    """Active administrators of the organisation and of those above it, whatever they administer there.

    Read from the tables, not from the directory: what made the rule fail may be the directory, or the annex that it is read by.
    """
    try:
        structure = structures.on_day(connection, annexes.today(connection, at))
    except regulations.RegulationError:
        structure = structures.recorded(connection)
    path = structure.path(organisation)
    grant, person = t.grant, t.person
    query = (
        sa.select(person.c.id)
        .distinct()
        .join(grant, grant.c.person == person.c.id)
        .where(
            person.c.active,
            grant.c.role == Role.ADMINISTRATOR.value,
            grant.c.organisation.in_(path),
            sa.or_(grant.c.valid_from.is_(None), grant.c.valid_from <= at),
            sa.or_(grant.c.valid_until.is_(None), grant.c.valid_until > at),
        )
        .order_by(person.c.id)
    )
    return list(connection.execute(query).scalars())
