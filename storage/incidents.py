"""Incidents: what ops look up by the id that people are shown."""

from __future__ import annotations

import sqlalchemy as sa

from storage import inbox
from storage import tables as t


def note(engine: sa.Engine, incident: str, what: str, case_id: str | None = None) -> None:
    """The incident is in the record. `what`: exception type and place, no words of anybody."""
    with engine.begin() as connection:
        connection.execute(sa.insert(t.incident).values(id=incident, what=what[:500], case_id=case_id))


def stuck(engine: sa.Engine, case_id: str, incident: str, what: str) -> None:
    """The case's oldest pending decision is marked; its person and the administrators' page see the incident."""
    with engine.begin() as connection:
        if inbox.mark_stuck(connection, case_id, incident) is not None:
            connection.execute(sa.insert(t.incident).values(id=incident, what=what[:500], case_id=case_id))
