"""Which cases have a run as far as the record knows."""

from __future__ import annotations

import sqlalchemy as sa

from storage import tables as t

_MARK = (
    sa.update(t.message_case)
    .where(t.message_case.c.id == sa.bindparam("case"), t.message_case.c.started_run_at.is_(None))
    .values(started_run_at=sa.func.otklik_now())
)
"""Built once: building it costs more than running it."""


def mark_started(engine: sa.Engine, case_id: str) -> None:
    """The case has a run; the relay need not start one."""
    with engine.begin() as connection:
        connection.execute(_MARK, {"case": case_id})
