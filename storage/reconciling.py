"""What should run and what waits for a bell, as the record knows it: bounded batches, each by an index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from domain import alarms
from domain.standing import Start, standing_of
from domain.vocabulary import PersonId
from storage import cases, journal
from storage import tables as t
from storage.decided import decided_by
from storage.engine import reading
from storage.reference import Reference, moment
from storage.witness import Witness

LOCK_RECONCILE = 7061002
LOCK_SEAL = 7061003
"""Advisory locks, beside the migration's: one worker at a time."""

LONGEST_WRITE = timedelta(seconds=50)
"""Less than the minute by which a seal stays behind the clock."""

NOWHERE = "00000000-0000-0000-0000-000000000000"
"""Before the first id."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A decision without a verdict, with what its bell says."""

    id: str
    case_id: str
    seq: int
    action: str
    person: PersonId


def never_started(engine: sa.Engine, *, after: str, limit: int, patience: timedelta) -> list[str]:
    """Cases whose run nobody has seen start, registered longer than `patience` ago, in the order of their ids."""
    case, message = t.message_case, t.message
    query = (
        sa.select(case.c.id)
        .join(message, message.c.id == case.c.id)
        .where(
            case.c.started_run_at.is_(None), case.c.id > after, message.c.created_at < sa.func.otklik_now() - patience
        )
        .order_by(case.c.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def unheard(engine: sa.Engine, *, after: tuple[str, int], limit: int, patience: timedelta) -> list[Unheard]:
    """Decisions that have waited for a verdict longer than `patience`, case by case in their order."""
    table = t.decision
    query = (
        sa.select(table.c.id, table.c.case_id, table.c.seq, table.c.action, table.c.person)
        .where(
            table.c.verdict == "pending",
            sa.tuple_(table.c.case_id, table.c.seq)
            > sa.tuple_(sa.literal(after[0], table.c.case_id.type), sa.literal(after[1])),
            table.c.decided_at < sa.func.otklik_now() - patience,
        )
        .order_by(table.c.case_id, table.c.seq)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [
            Unheard(row.id, row.case_id, row.seq, row.action, decided_by(row.person))
            for row in connection.execute(query)
        ]


def open_cases(engine: sa.Engine) -> list[str]:
    """All cases that may still change, soonest due first: read from their own index, past the many that are closed."""
    case = t.message_case
    query = sa.select(case.c.id).where(case.c.closed_at.is_(None)).order_by(case.c.due_at, case.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def recorded(engine: sa.Engine, ids: Collection[str]) -> set[str]:
    """Those of the ids that are cases of the record."""
    case = t.message_case
    with engine.connect() as connection:
        return set(connection.execute(sa.select(case.c.id).where(case.c.id.in_(ids))).scalars())


def begin_of(engine: sa.Engine, reference: Reference, case_id: str) -> Start | None:
    """How a run of the case begins where the case stands now; None unless it is open.

    Waits for a verdict under way, so a case that is just being closed is not begun again.
    """
    with engine.begin() as connection:
        record = cases.lock(connection, case_id)
        if record is None or not record.case.open:
            return None
        world = reference.world(connection, moment(connection), record.regulation, record.revision)
        standing = standing_of(record.case, alarms.next_alarm(record.case, world))
        return Start(record.case.id, record.case.number, record.regulation, standing)


def seal(engine: sa.Engine) -> journal.Seal | None:
    """One more seal over the journal, if rows wait for one and it can be made now. Safe to repeat.

    Two at once would both continue the same seal, and the later would look like a forgery for ever. So would a seal behind
    which a slow transaction still puts a row that it dated before: while one is open so long, none is made.
    """
    with engine.begin() as connection:
        alone = connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK_SEAL))).scalar_one()
        return None if not alone or _somebody_writes_for_long(connection) else journal.seal(connection)


def seal_and_note(engine: sa.Engine, witness: Witness) -> list[journal.Seal]:
    """The seals that were noted now: the new one, and any that a crash kept from being noted."""
    seal(engine)
    with reading(engine) as connection:
        made = journal.seals(connection)
    return witness.note(made)


def _somebody_writes_for_long(connection: sa.Connection) -> bool:
    """Whether a transaction of our role has been open for nearly as long as a seal stays behind the clock."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND clock_timestamp() - xact_start > :longest"
    )
    return bool(connection.execute(query, {"longest": LONGEST_WRITE}).scalar_one())


@contextmanager
def one_worker(engine: sa.Engine, task: int) -> Iterator[bool]:
    """Whether this worker is the one to do the task; held until the end of the block, and lost with the connection."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(task))).scalar_one())
        try:
            yield mine
        finally:
            # the connection goes back to the pool: what it still held would be held for ever
            connection.invalidate()
