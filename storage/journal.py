"""The journal: append-only, one chain of hashes a case, sealed across cases. Codes, ids, dates and digests; no texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.verdict import Fact
from storage import tables as t


@dataclass(frozen=True, slots=True)
class Head:
    """Where a case's chain ends."""

    seq: int
    hash: bytes | None


def row_hash(previous: bytes | None, row: Mapping[str, Any]) -> bytes:
    """The hash of a row over its contents and the row before it: changing, dropping or inserting one breaks the chain."""
    content = {
        "case_id": row["case_id"],
        "seq": row["seq"],
        "event": row["event"],
        "at": _instant(row["at"]),
        "recorded_at": _instant(row["recorded_at"]),
        "person": row["person"],
        "decision": row["decision"],
        "organisation": row["organisation"],
        "facts": row["facts"],
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous or b"") + canonical.encode()).digest()


def rows_of(
    head: Head, case_id: str, organisation: str, facts: tuple[Fact, ...], recorded_at: datetime, decision: str | None
) -> tuple[list[dict[str, Any]], Head]:
    """The rows that continue the chain, and its new end."""
    rows = []
    for fact in facts:
        row = {
            "case_id": case_id,
            "seq": head.seq + 1,
            "event": fact.event.value,
            "at": fact.at,
            "recorded_at": recorded_at,
            "person": fact.person,
            "decision": decision,
            "organisation": organisation,
            "facts": dict(fact.facts),
        }
        head = Head(head.seq + 1, row_hash(head.hash, row))
        rows.append(row | {"hash": head.hash})
    return rows, head


def append(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """The rows are in the journal when the transaction commits."""
    if rows:
        connection.execute(sa.insert(t.journal), rows)


def of_case(connection: sa.Connection, case_id: str) -> list[sa.RowMapping]:
    """All rows of a case, oldest first."""
    query = sa.select(t.journal).where(t.journal.c.case_id == case_id).order_by(t.journal.c.seq)
    return list(connection.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the journal is not what was written."""

    case_id: str
    seq: int
    why: str


def verify(connection: sa.Connection) -> Iterator[Break]:
    """Every place where a chain is broken or does not end as its case says; then the seals."""
    last: tuple[str, Head] | None = None
    ends: dict[str, Head] = {}
    query = sa.select(t.journal).order_by(t.journal.c.case_id, t.journal.c.seq).execution_options(yield_per=1000)
    for row in connection.execute(query).mappings():
        case_id = row["case_id"]
        head = last[1] if last is not None and last[0] == case_id else Head(0, None)
        if row["seq"] != head.seq + 1:
            yield Break(case_id, row["seq"], f"row {head.seq + 1} is missing")
        if row_hash(head.hash, dict(row)) != bytes(row["hash"]):
            yield Break(case_id, row["seq"], "the hash does not fit the contents")
        last = (case_id, Head(row["seq"], bytes(row["hash"])))
        ends[case_id] = last[1]
    case = t.message_case
    for found in connection.execute(sa.select(case.c.id, case.c.journal_seq, case.c.journal_hash)):
        end = ends.get(found.id, Head(0, None))
        if (end.seq, end.hash) != (found.journal_seq, bytes(found.journal_hash) if found.journal_hash else None):
            yield Break(found.id, found.journal_seq, f"the chain ends at row {end.seq}")
    yield from _verify_seals(connection)


def seal(connection: sa.Connection) -> bool:
    """One more seal over the rows recorded since the last one, if there are any. Safe to repeat; one worker at a time.

    Rows of transactions still under way are left to the next seal: it ends a minute ago, far beyond any statement's time.
    """
    previous = connection.execute(sa.select(t.journal_seal).order_by(t.journal_seal.c.id.desc()).limit(1)).one_or_none()
    at = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
    until = at - timedelta(minutes=1)
    since = previous.until if previous else None
    digest, heads = _sealed(connection, since, until, previous.hash if previous else None)
    if not heads:
        return False
    connection.execute(sa.insert(t.journal_seal).values(sealed_at=at, until=until, heads=heads, hash=digest))
    return True


def _sealed(
    connection: sa.Connection, since: datetime | None, until: datetime, previous: bytes | None
) -> tuple[bytes, int]:
    journal = t.journal
    within = journal.c.recorded_at <= until
    if since is not None:
        within = sa.and_(within, journal.c.recorded_at > since)
    query = (
        sa.select(journal.c.case_id, journal.c.seq, journal.c.hash)
        .where(within)
        .distinct(journal.c.case_id)
        .order_by(journal.c.case_id, journal.c.seq.desc())
    )
    digest, count = hashlib.sha256(bytes(previous or b"")), 0
    for row in connection.execute(query):
        digest.update(f"{row.case_id}:{row.seq}:".encode() + bytes(row.hash))
        count += 1
    return digest.digest(), count


def _verify_seals(connection: sa.Connection) -> Iterator[Break]:
    since: datetime | None = None
    previous: bytes | None = None
    for row in connection.execute(sa.select(t.journal_seal).order_by(t.journal_seal.c.id)).all():
        digest, heads = _sealed(connection, since, row.until, previous)
        if (digest, heads) != (bytes(row.hash), row.heads):
            yield Break("", row.id, f"the seal of {row.sealed_at.isoformat()} does not fit")
        since, previous = row.until, bytes(row.hash)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
