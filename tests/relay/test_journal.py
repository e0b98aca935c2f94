"""The journal under attack, on real PostgreSQL: what the owner of the schema forges is found, the application can forge nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from domain.vocabulary import Action
from storage import journal, reconciling, types
from storage import tables as t
from storage.engine import reading
from storage.journal import Break, Seal, row_hash
from storage.witness import Witness
from tests.relay.builders import Desk
from tests.storage.rings import key, ring

LAST = "seq = (SELECT max(seq) FROM journal AS other WHERE other.case_id = journal.case_id)"
"""The end of each chain."""


FORGERIES = (
    "UPDATE journal SET facts = facts || '{\"term_days\": 60}' WHERE seq = 1",
    "UPDATE journal SET at = at + interval '1 microsecond' WHERE seq = 2",
    "UPDATE journal SET recorded_at = recorded_at - interval '1 day' WHERE seq = 1",
    "UPDATE journal SET person = NULL WHERE seq = 1",
    "UPDATE journal SET decision = NULL WHERE seq = 2",
    "UPDATE journal SET event = 'MessageDeclined' WHERE seq = 2",
    "UPDATE journal SET organisation = 'transport' WHERE seq = 1",
    "UPDATE journal SET hash = sha256('x') WHERE seq = 1",
    "DELETE FROM journal WHERE seq = 1",
    "DELETE FROM journal WHERE seq = 2",
    f"DELETE FROM journal WHERE {LAST}",
    "DELETE FROM journal",
    "TRUNCATE journal",
    "UPDATE journal SET seq = seq + 10 WHERE seq = 3",
    "INSERT INTO journal SELECT case_id, seq + 1, event, at, recorded_at, person, NULL, organisation, facts, hash "
    f"FROM journal WHERE {LAST}",
    "INSERT INTO journal SELECT case_id, 0, event, at, recorded_at, person, NULL, organisation, facts, hash "
    "FROM journal WHERE seq = 1",
    "UPDATE message_case SET journal_seq = journal_seq - 1",
    "UPDATE message_case SET journal_hash = sha256('x')",
    "UPDATE journal_seal SET hash = sha256('x') WHERE id = 1",
    "UPDATE journal_seal SET hash = sha256('x') WHERE id = 2",
    "UPDATE journal_seal SET until = until - interval '1 hour' WHERE id = 2",
    "UPDATE journal_seal SET heads = heads + 1 WHERE id = 1",
    "DELETE FROM journal_seal WHERE id = 1",
    "UPDATE journal_seal SET key = 'k9' WHERE id = 1",
    "INSERT INTO journal_seal (sealed_at, until, heads, key, hash) "
    "SELECT sealed_at, until, 0, key, hash FROM journal_seal",
)


def breaks(desk: Desk) -> list[Break]:
    """As `otklik verify` looks."""
    with reading(desk.engine) as connection:
        return list(journal.verify(connection))


def sealed(desk: Desk, clock: str) -> bool:
    """The hourly seal, at this time."""
    desk.at(clock)
    return reconciling.seal(desk.engine) is not None


@pytest.fixture
def history(desk: Desk) -> str:
    """Two sealed hours and one that is not, over two cases; the id of the one that was there in all of them."""
    desk.at("2026-12-07 10:00")
    message = desk.accepted()
    desk.register()
    assert sealed(desk, "2026-12-07 10:30")
    desk.decide("coordinator", message, Action.ASSIGN, executor=desk.people["executor"])
    assert sealed(desk, "2026-12-07 11:30")
    desk.decide("executor", message, Action.START_WORK)
    return message


def test_untouched_journal_is_whole(desk: Desk, history: str) -> None:
    assert breaks(desk) == []
    assert not sealed(desk, "2026-12-07 11:30:30")  # the last row is too young
    assert sealed(desk, "2026-12-07 12:30")
    assert not sealed(desk, "2026-12-07 13:30")  # and now there is none
    assert breaks(desk) == []


@pytest.mark.usefixtures("history")
def test_every_forgery_of_the_owner_is_found(desk: Desk) -> None:
    engine = sa.create_engine(desk.database.owner_url, poolclass=sa.NullPool)
    unseen = []
    for forgery in FORGERIES:
        with engine.connect() as connection:  # and rolled back, for the next one
            assert connection.exec_driver_sql(forgery).rowcount != 0, forgery
            if not list(journal.verify(connection)):
                unseen.append(forgery)

    assert unseen == []
    assert breaks(desk) == []


def test_end_of_a_chain_cut_off_with_its_case_put_right_is_found_by_the_seal(desk: Desk, history: str) -> None:
    desk.database.owner("DELETE FROM journal WHERE case_id = CAST(:id AS uuid) AND seq > 2", id=history)
    desk.database.owner(
        "UPDATE message_case SET journal_seq = 2, journal_hash = "
        "(SELECT hash FROM journal WHERE case_id = message_case.id AND seq = 2) WHERE id = CAST(:id AS uuid)",
        id=history,
    )

    assert [found.case_id for found in breaks(desk)] == [""]


def test_chain_written_anew_with_its_case_put_right_is_found_by_the_seal(desk: Desk, history: str) -> None:
    forge(desk, history, lambda row: row | {"facts": row["facts"] | {"term_days": 60}})

    assert [found.case_id for found in breaks(desk)] == ["", ""]


def forge(desk: Desk, message: str, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Each row of the case is changed, and all hashes fit again: what an owner could do who has read our source."""
    engine = sa.create_engine(desk.database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        previous, seq = None, 0
        for found in journal.of_case(connection, message):
            row = change(dict(found))
            previous, seq = row_hash(previous, row), found["seq"]
            connection.execute(
                sa.update(t.journal)
                .where(t.journal.c.case_id == message, t.journal.c.seq == seq)
                .values(facts=row["facts"], hash=previous)
            )
        connection.execute(
            sa.update(t.message_case)
            .where(t.message_case.c.id == message)
            .values(journal_seq=seq, journal_hash=previous)
        )


def test_chains_and_seals_written_anew_by_who_lacks_the_key_are_found(
    desk: Desk, history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge(desk, history, lambda row: row | {"facts": row["facts"] | {"term_days": 60}})
    desk.database.owner("DELETE FROM journal_seal")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(types, "_ring", ring())
        assert sealed(desk, "2026-12-07 12:30")
        assert breaks(desk) == []  # as far as he can see

    assert [found.case_id for found in breaks(desk)] == [""]


def test_seals_outlive_a_rotation_of_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.at("2026-12-07 10:00")
    monkeypatch.setattr(types, "_ring", ring())
    desk.register()
    assert sealed(desk, "2026-12-07 10:30")

    monkeypatch.setattr(types, "_ring", ring(current="k2", data={"k1": key(4), "k2": key(5)}))
    desk.register()
    assert sealed(desk, "2026-12-07 11:30")

    assert breaks(desk) == []
    monkeypatch.setattr(types, "_ring", ring())
    (found,) = breaks(desk)
    assert "cannot be checked: the key «k2» is not in the ring" in found.why


@pytest.mark.usefixtures("history")
def test_application_may_not_change_what_is_written(desk: Desk) -> None:
    for table in t.APPEND_ONLY:
        column = next(iter(t.metadata.tables[table].c)).name
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"), desk.engine.begin() as connection:
                connection.execute(sa.text(statement))

    assert breaks(desk) == []


def test_workers_that_seal_at_once_make_one_seal(desk: Desk) -> None:
    desk.at("2026-12-07 10:00")
    for _ in range(20):
        desk.accepted()
    desk.at("2026-12-07 10:30")
    barrier = threading.Barrier(6)
    made: list[bool] = []

    def work() -> None:
        barrier.wait()
        made.append(reconciling.seal(desk.engine) is not None)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert sorted(made) == [False] * 5 + [True]
    desk.register()
    assert sealed(desk, "2026-12-07 11:30")
    assert breaks(desk) == []


def test_no_seal_is_made_past_a_transaction_that_may_still_write(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "LONGEST_WRITE", timedelta(milliseconds=1))
    desk.at("2026-12-07 10:00")
    desk.accepted()
    desk.at("2026-12-07 10:30")
    with desk.engine.begin() as slow:
        slow.execute(sa.text("SELECT otklik_now()"))

        assert not reconciling.seal(desk.engine)

    assert reconciling.seal(desk.engine)


def test_verdicts_under_way_do_not_look_like_forgeries(desk: Desk) -> None:
    messages = [desk.register() for _ in range(30)]
    done = threading.Event()

    def work() -> None:
        try:
            for message in messages:
                desk.decide("moderator", message, Action.DECLINE, ground="duplicate", reason="Уже рассматривается")
        finally:
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    found = []
    while not done.is_set():
        found += breaks(desk)
    thread.join()

    assert found == []
    assert len(desk.rows("SELECT 1 FROM decision WHERE verdict = 'accepted'")) == len(messages)


def test_newest_seals_taken_away_with_all_they_sealed_are_found_by_what_was_noted_elsewhere(
    desk: Desk, tmp_path: Path
) -> None:
    witness = Witness(tmp_path)
    desk.at("2026-12-07 10:00")
    desk.accepted()
    desk.at("2026-12-07 10:30")
    first = reconciling.seal(desk.engine)
    desk.at("2026-12-07 11:00")
    late = desk.register()
    desk.at("2026-12-07 11:30")
    second = reconciling.seal(desk.engine)
    assert first is not None
    assert second is not None
    assert witness.note([first]) == [first]
    assert witness.note([first, second]) == [second]
    with reading(desk.engine) as connection:
        assert list(journal.verify(connection, witness.seals())) == []

    desk.database.owner("DELETE FROM journal_seal WHERE id = 2")
    desk.database.owner("DELETE FROM journal WHERE case_id = CAST(:id AS uuid)", id=late)
    desk.database.owner(
        "UPDATE message_case SET journal_seq = 0, journal_hash = NULL WHERE id = CAST(:id AS uuid)", id=late
    )

    with reading(desk.engine) as connection:
        assert list(journal.verify(connection)) == []
        assert [(found.case_id, found.seq) for found in journal.verify(connection, witness.seals())] == [("", 2)]


def test_line_of_the_witness_cut_off_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    assert list(witness.seals()) == []
    first, third = Seal(1, bytes(32)), Seal(3, bytes(32))
    witness.note([first])
    with (tmp_path / "journal-seals.txt").open("a") as notes:
        notes.write("\n2 6")
    witness.note([third])

    assert list(witness.seals()) == [first, third]


@pytest.mark.usefixtures("history")
def test_newest_seal_taken_away_is_found(desk: Desk) -> None:
    desk.database.owner("DELETE FROM journal_seal WHERE id = 2")
    desk.at("2026-12-08 10:00")

    assert breaks(desk)
