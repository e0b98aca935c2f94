"""Cases that must be looked at again although nobody decided anything: reference data that may move them have changed.

The mark is set in the transaction of the change, the relay rings for what is marked, and the next verdict clears it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from domain.rules.people import TO_BE_APPROVED
from storage import tables as t

case = t.message_case

_CLEAR = sa.update(case).where(case.c.id == sa.bindparam("case")).values(recheck=False)


def mark(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """The open cases that the condition over `message_case` names are looked at again. Call it in the transaction of the change."""
    connection.execute(sa.update(case).where(which, case.c.closed_at.is_(None), ~case.c.recheck).values(recheck=True))


def approver_in_question(organisations: Sequence[str]) -> sa.ColumnElement[bool]:
    """Messages there that somebody may not approve, so that perhaps nobody is left who may."""
    bars = (case.c.rest[name].astext.is_not(None) for name in ("repeat", "complained_of_person"))
    return sa.and_(case.c.stage.in_(sorted(TO_BE_APPROVED)), case.c.organisation.in_(organisations), sa.or_(*bars))


def clear(connection: sa.Connection, case_id: str) -> None:
    """The case has been judged by the reference data of now. The caller holds its lock."""
    connection.execute(_CLEAR, {"case": case_id})


def marked(engine: sa.Engine, *, after: str, limit: int) -> list[str]:
    """Marked cases in the order of their ids."""
    query = sa.select(case.c.id).where(case.c.recheck, case.c.id > after).order_by(case.c.id).limit(limit)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())
