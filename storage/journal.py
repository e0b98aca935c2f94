"""The journal: append-only, one chain of hashes a case, sealed across cases with a key. Codes, ids, dates, digests; no texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from domain.verdict import Fact
from storage import tables as t
from storage.engine import now as clock
from storage.keys import Undecipherable
from storage.types import keys_in_use


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


_APPEND = sa.insert(t.journal)


def append(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """The rows are in the journal when the transaction commits."""
    if rows:
        connection.execute(_APPEND, rows)


def of_case(connection: sa.Connection, case_id: str) -> list[sa.RowMapping]:
    """All rows of a case, oldest first."""
    query = sa.select(t.journal).where(t.journal.c.case_id == case_id).order_by(t.journal.c.seq)
    return list(connection.execute(query).mappings())


UNSEALED = timedelta(hours=2)
"""A row without a seal is in order for the hour until the next one, and one more."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One hour's seal, as the database numbers it."""

    id: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the journal is not what was written."""

    case_id: str
    seq: int
    why: str


def verify(connection: sa.Connection, noted: Iterable[Seal] = ()) -> Iterator[Break]:
    """Every place where a chain is broken or does not end as its case says; then the seals, also those `noted` elsewhere.

    One pass that holds one row at a time. The connection must have one view of all of it (`storage.engine.reading`), else a
    verdict under way looks like a forgery. The process needs the keys with which the seals were made (`use_keys`).
    """
    case = t.message_case
    query = (
        sa.select(case.c.id, case.c.journal_seq, case.c.journal_hash, t.journal)
        .join_from(case, t.journal, t.journal.c.case_id == case.c.id, full=True)
        .order_by(sa.func.coalesce(case.c.id, t.journal.c.case_id), t.journal.c.seq)
        .execution_options(yield_per=1000)
    )
    for _, rows in groupby(connection.execute(query).mappings(), lambda row: row["id"] or row["case_id"]):
        yield from _verify_chain(rows)
    yield from _verify_seals(connection, noted)


def _verify_chain(rows: Iterator[sa.RowMapping]) -> Iterator[Break]:
    head, last = Head(0, None), None
    for row in rows:
        last = row
        if row["seq"] is None:
            break  # a case without any row
        if row["seq"] != head.seq + 1:
            yield Break(row["case_id"], row["seq"], f"row {head.seq + 1} is missing")
        if row_hash(head.hash, dict(row)) != bytes(row["hash"]):
            yield Break(row["case_id"], row["seq"], "the hash does not fit the contents")
        head = Head(row["seq"], bytes(row["hash"]))
    assert last is not None, "a group has a row"
    if last["id"] is None:
        yield Break(last["case_id"], head.seq, "there is no such case")
    elif (head.seq, head.hash) != (last["journal_seq"], _bytes(last["journal_hash"])):
        yield Break(last["id"], last["journal_seq"], f"the chain ends at row {head.seq}")


def seal(connection: sa.Connection) -> Seal | None:
    """One more seal over the rows recorded since the last one; none if there are no rows. Safe to repeat; one worker at a time.

    Rows of transactions still under way are left to the next seal: it ends a minute ago, and `storage.reconciling.seal`, which
    is the one to call, makes none while a transaction is open for nearly so long.
    """
    previous = connection.execute(sa.select(t.journal_seal).order_by(t.journal_seal.c.id.desc()).limit(1)).one_or_none()
    at = clock(connection)
    until = at - timedelta(minutes=1)
    since = previous.until if previous else None
    key = keys_in_use().current
    digest, heads = _sealed(connection, since, until, previous.hash if previous else None, key)
    if not heads:
        return None
    insert = sa.insert(t.journal_seal).values(sealed_at=at, until=until, heads=heads, key=key, hash=digest)
    return Seal(connection.execute(insert.returning(t.journal_seal.c.id)).scalar_one(), digest)


def seals(connection: sa.Connection) -> list[Seal]:
    """All seals, oldest first."""
    table = t.journal_seal
    rows = connection.execute(sa.select(table.c.id, table.c.hash).order_by(table.c.id))
    return [Seal(row.id, bytes(row.hash)) for row in rows]


def _sealed(
    connection: sa.Connection, since: datetime | None, until: datetime, previous: bytes | None, key: str
) -> tuple[bytes, int]:
    """The seal over the heads of this time and over the seal before, by the key of this id; and how many heads.

    Without the key whoever may write every table can make chains that fit, but no seals. Raises Undecipherable.
    """
    journal = t.journal
    within = journal.c.recorded_at <= until
    if since is not None:
        within = sa.and_(within, journal.c.recorded_at > since)
    query = (
        sa.select(journal.c.case_id, journal.c.seq, journal.c.hash)
        .ext(distinct_on(journal.c.case_id))
        .where(within)
        .order_by(journal.c.case_id, journal.c.seq.desc())
    )
    digest, count = hashlib.sha256(bytes(previous or b"")), 0
    for row in connection.execute(query):
        digest.update(f"{row.case_id}:{row.seq}:".encode() + bytes(row.hash))
        count += 1
    return keys_in_use().journal_seal(f"{_instant(until)}:{count}:".encode() + digest.digest(), key), count


def _verify_seals(connection: sa.Connection, noted: Iterable[Seal]) -> Iterator[Break]:
    since: datetime | None = None
    previous: bytes | None = None
    present: set[Seal] = set()
    for row in connection.execute(sa.select(t.journal_seal).order_by(t.journal_seal.c.id)).all():
        try:
            digest, heads = _sealed(connection, since, row.until, previous, row.key)
            if (digest, heads) != (bytes(row.hash), row.heads):
                yield Break("", row.id, f"the seal of {row.sealed_at.isoformat()} does not fit")
        except Undecipherable as missing:
            yield Break("", row.id, f"the seal of {row.sealed_at.isoformat()} cannot be checked: {missing}")
        since, previous = row.until, bytes(row.hash)
        present.add(Seal(row.id, previous))
    for seal_ in noted:
        if seal_ not in present:
            yield Break(
                "", seal_.id, "the seal was made, and is not here: taken away, or the database is of an earlier day"
            )
    yield from _verify_sealed(connection, since)


def _verify_sealed(connection: sa.Connection, since: datetime | None) -> Iterator[Break]:
    """Rows that should have been sealed long ago: no worker was there to do so, or somebody took the newest seals away."""
    recorded_at = t.journal.c.recorded_at
    late = recorded_at < sa.func.otklik_now() - UNSEALED
    if since is not None:
        late = sa.and_(late, recorded_at > since)
    oldest = connection.execute(sa.select(sa.func.min(recorded_at)).where(late)).scalar_one()
    if oldest is not None:
        yield Break("", 0, f"rows since {oldest.isoformat()} are under no seal")


def _bytes(found: Any) -> bytes | None:
    return None if found is None else bytes(found)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
