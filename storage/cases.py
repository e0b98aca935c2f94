"""A case read, held, inserted and saved."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from domain.case import Case
from domain.case_parts import LetterFact
from domain.vocabulary import (
    LetterKind,
    LetterState,
    LetterWay,
    PersonId,
)
from storage import changes, errands
from storage import tables as t
from storage.case_rows import case_of, columns
from storage.journal import Head


@dataclass(frozen=True, slots=True)
class Record:
    """A case with what only storage needs of its row."""

    case: Case
    regulation: str
    revision: str
    head: Head
    recheck: bool = False
    """Whether reference data that may move it have changed since it was judged."""


# Statements of the hot path are built once: building one costs more than running it.
_BY_ID = sa.select(t.message_case).where(t.message_case.c.id == sa.bindparam("case"))

_LOCK = _BY_ID.with_for_update(key_share=True)

_SAVE = sa.update(t.message_case).where(t.message_case.c.id == sa.bindparam("case")).returning(changes.TELL)

_LETTERS = (
    sa.select(
        t.letter.c.id,
        t.letter.c.kind,
        t.letter.c.way,
        t.letter.c.state,
        t.letter.c.settled_at,
        t.letter.c.task_due_at,
        t.letter.c.task_overdue_told,
        t.letter.c.recorded,
        t.letter.c.doubtful,
    )
    .where(t.letter.c.case_id == sa.bindparam("case"))
    .order_by(t.letter.c.created_at, t.letter.c.id)
)


def lock(connection: sa.Connection, case_id: str, *, letters: bool = True) -> Record | None:
    """The case, held against every other writer until the transaction ends; None if there is none.

    Without its `letters` it must not be saved.
    """
    row = connection.execute(_LOCK, {"case": case_id}).mappings().one_or_none()
    return None if row is None else _record(connection, row, letters_of(connection, case_id) if letters else ())


def read(connection: sa.Connection, case_id: str) -> Record | None:
    """The case as it stands, without holding it."""
    row = connection.execute(_BY_ID, {"case": case_id}).mappings().one_or_none()
    return None if row is None else _record(connection, row, letters_of(connection, case_id))


def read_some(connection: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[Record]:
    """The cases that the condition names as they stand, in the order of their dues; without their letters."""
    query = sa.select(t.message_case).where(which).order_by(t.message_case.c.due_at, t.message_case.c.id).limit(limit)
    return [_record(connection, row, ()) for row in connection.execute(query).mappings().all()]


def insert(connection: sa.Connection, case: Case, regulation: str, revision: str, created_by: PersonId) -> None:
    """A new case is in the record when the transaction commits; its journal is still empty."""
    values = columns(case) | {"id": case.id, "number": case.number, "received_at": case.received_at}
    values |= {"regulation": regulation, "revision": revision, "created_by": created_by}
    connection.execute(sa.insert(t.message_case), values)


def save(connection: sa.Connection, case: Case, head: Head) -> None:
    """The case's row is as the rules left it, and whoever follows changes hears of it at the commit. The caller holds its lock."""
    values = columns(case) | {"journal_seq": head.seq, "journal_hash": head.hash}
    connection.execute(_SAVE, values | {"case": case.id})


def _record(connection: sa.Connection, row: sa.RowMapping, letters: tuple[LetterFact, ...]) -> Record:
    """Most cases never have an errand, and are not asked for any."""
    case = case_of(dict(row), letters)
    if row["rest"].get("errands"):
        case = replace(case, errands=errands.of_case(connection, case.id))
    head = Head(row["journal_seq"], bytes(row["journal_hash"]) if row["journal_hash"] else None)
    return Record(case, row["regulation"], row["revision"], head, row["recheck"])


def letters_of(connection: sa.Connection, case_id: str) -> tuple[LetterFact, ...]:
    """The letters of a case in the order of their writing, without their words."""
    return tuple(
        LetterFact(
            row.id,
            LetterKind(row.kind),
            LetterWay(row.way),
            LetterState(row.state),
            row.settled_at,
            row.task_due_at,
            row.task_overdue_told,
            row.recorded,
            row.doubtful,
        )
        for row in connection.execute(_LETTERS, {"case": case_id})
    )
