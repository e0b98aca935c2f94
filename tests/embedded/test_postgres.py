"""PostgreSQL of the stack keeps its data through kill -9, knows Russian, and lets in by password alone."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from embedded import pg_programs, processes
from embedded.errors import StackError
from embedded.ports import free_port
from embedded.postgres import APPLICATION, OWNER, SUPERUSER, Postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres.temporary() as started:
        yield started


def ask(server: Postgres, role: str, statement: str) -> object:
    with server.engine(role).connect() as connection:
        answer = connection.execute(text(statement))
        return answer.scalar() if answer.returns_rows else None


def test_committed_rows_outlive_kill_9_and_a_stop(server: Postgres) -> None:
    ask(server, OWNER, "CREATE TABLE letter AS SELECT n, 'ответ ' || n AS body FROM generate_series(1, 1000) AS n")

    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        os.sched_yield()
    server.start()
    server.wait_ready()
    after_kill = ask(server, OWNER, "SELECT count(*) FROM letter WHERE body LIKE 'ответ %'")
    server.stop()
    server.start()
    server.wait_ready()

    assert after_kill == 1000
    assert ask(server, OWNER, "SELECT count(*) FROM letter") == 1000


def test_russian_letters_are_letters(server: Postgres) -> None:
    assert ask(server, SUPERUSER, "SELECT cardinality(show_trgm('ёж'))") != 0
    assert ask(server, SUPERUSER, "SELECT lower('ЁЖ')") == "ёж"
    assert ask(server, SUPERUSER, "SELECT to_tsvector('simple', 'ПРИЁМ')::text") == "'приём':1"


def test_application_may_create_nothing_and_owner_may(server: Postgres) -> None:
    ask(server, OWNER, "CREATE TABLE owned (n int)")

    with pytest.raises(DBAPIError, match="permission denied"):
        ask(server, APPLICATION, "CREATE TABLE smuggled (n int)")
    with pytest.raises(DBAPIError, match="permission denied"):
        ask(server, APPLICATION, "SELECT * FROM owned")


@pytest.mark.parametrize("role", [SUPERUSER, OWNER, APPLICATION])
def test_nobody_enters_without_the_password(server: Postgres, role: str) -> None:
    url = f"postgresql+psycopg2://{role}:wrong@127.0.0.1:{server.port}/otklik"

    with pytest.raises(OperationalError, match="password authentication failed"):
        create_engine(url, poolclass=NullPool).connect()


def test_values_of_a_failed_statement_stay_out_of_the_log(server: Postgres) -> None:
    ask(server, OWNER, "CREATE TABLE person (name text PRIMARY KEY)")
    ask(server, OWNER, "INSERT INTO person VALUES ('Меченый Иван')")

    with pytest.raises(DBAPIError):
        ask(server, OWNER, "INSERT INTO person VALUES ('Меченый Иван')")

    log = server.log.read_text()
    assert "duplicate key" in log
    assert "Меченый" not in log


def test_data_of_another_major_is_refused_with_a_hint(server: Postgres) -> None:
    version = server.data / "PG_VERSION"
    written = version.read_text()

    version.write_text("15\n")
    try:
        with pytest.raises(StackError, match="созданы PostgreSQL 15") as refusal:
            server.launch()
    finally:
        version.write_text(written)

    assert "pg_dumpall" in str(refusal.value)


def test_lock_that_names_a_stranger_is_dropped_and_of_a_living_server_kept(server: Postgres) -> None:
    lock = server.data / "postmaster.pid"
    ours = lock.read_text()
    processes.forget(server.records, server.name)

    server._drop_stale_lock()
    kept = lock.read_text()
    lock.write_text(ours.replace(str(server.pid), str(os.getpid()), 1))
    server._drop_stale_lock()

    assert kept == ours
    assert not lock.exists()
    lock.write_text(ours)


def test_path_with_spaces_and_cyrillic(server: Postgres) -> None:
    state = server.state / "мои документы" / "otklik"
    state.mkdir(parents=True)
    (server.state / "мои документы").chmod(0o711)
    state.chmod(0o711)

    with Postgres(state, free_port(), sync=False) as other:
        assert ask(other, APPLICATION, "SELECT 1") == 1
        assert other.data == state / "postgres" / "data"


def test_unknown_account_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(StackError, match="OTKLIK_PG_USER"):
        pg_programs.account("no-such-account")
    with pytest.raises(StackError, match="не работает от root"):
        pg_programs.account("root")


def test_missing_programs_are_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="OTKLIK_PG_BIN"):
        pg_programs.installation(tmp_path)


@as_root
def test_state_under_a_closed_home_is_left_closed_and_data_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home"
    state = closed / "checkout" / ".otklik"
    state.mkdir(parents=True)
    closed.chmod(0o700)
    elsewhere = Path("/tmp") / f"otklik-test-{pg_programs.short_hash(state)}"
    monkeypatch.setattr(pg_programs, "SYSTEM_STATE", elsewhere)

    try:
        with Postgres(state, free_port(), sync=False) as server:
            answer = ask(server, APPLICATION, "SELECT 1")
            program = Path(os.readlink(f"/proc/{server.pid}/exe"))
            runs_as = Path(f"/proc/{server.pid}").stat().st_uid
            data = server.data
        assert answer == 1
        assert data.is_relative_to(elsewhere)
        assert program.is_relative_to(elsewhere)
        assert runs_as != 0
        assert closed.stat().st_mode & 0o777 == 0o700
        assert not (state / "postgres").exists()
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)
