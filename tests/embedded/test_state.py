"""The state folder: one holder, one day, keys that are never written over, nothing foreign touched."""

from __future__ import annotations

import base64
import os
import re
import tomllib
from pathlib import Path

import pytest

from domain.regulation import REAL_DAY_SECONDS
from embedded.addresses import Addresses, screen
from embedded.errors import StackError
from embedded.pg_programs import SYSTEM_STATE
from embedded.state import State, default_folder
from storage.key_file import create_key_file


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "мои данные" / "state")
    state.take()
    return state


def test_default_folder_lies_in_the_checkout_unless_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ordinary = default_folder(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert ordinary == tmp_path / ".otklik"
    assert default_folder(tmp_path).parent == SYSTEM_STATE
    assert default_folder(tmp_path) != default_folder(tmp_path / "other")


def test_second_stack_over_the_folder_is_told_who_runs(state: State) -> None:
    state.announce(["  API  http://127.0.0.1:8700"])

    with pytest.raises(StackError, match=r"уже запущен") as refusal:
        State(state.folder).take()

    assert f"pid {os.getpid()}" in str(refusal.value)
    assert "http://127.0.0.1:8700" in str(refusal.value)


def test_released_folder_can_be_taken_again(state: State) -> None:
    state.release()

    State(state.folder).take()


def test_foreign_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "письмо.txt").write_text("x")

    with pytest.raises(StackError, match="не похожа на состояние"):
        State(tmp_path).take()

    assert [path.name for path in tmp_path.iterdir()] == ["письмо.txt"]


def test_day_of_a_database_is_settled_once(state: State) -> None:
    assert state.settle_day(60) == 60
    assert state.settle_day(None) == 60

    with pytest.raises(StackError, match="Сутки этой базы длятся 60 с"):
        state.settle_day(30)


def test_real_day_is_not_shortened_later(state: State) -> None:
    assert state.settle_day(None) == REAL_DAY_SECONDS

    with pytest.raises(StackError, match="--state"):
        state.settle_day(60)


def test_keys_are_whole_private_and_never_written_over(state: State) -> None:
    path = state.make_keys()
    written = path.read_text()

    state.make_keys()

    keys = tomllib.loads(written)
    assert path.read_text() == written
    assert path.stat().st_mode & 0o077 == 0
    assert keys["data"]["current"] in keys["data"]["keys"]
    secrets = [keys["index"], keys["tracking"], keys["journal"], *keys["data"]["keys"].values()]
    assert {len(base64.b64decode(secret, validate=True)) for secret in secrets} == {32}
    assert len(set(secrets)) == 4


def test_keys_of_the_stack_are_those_of_a_deployment(state: State, tmp_path: Path) -> None:
    create_key_file(tmp_path / "deployed.toml")

    written = state.make_keys().read_text()

    assert _without_values(written) == _without_values((tmp_path / "deployed.toml").read_text())


def _without_values(text: str) -> str:
    return re.sub('"[^"]{40,}"', '""', text)


def test_first_demo_password_stays(state: State) -> None:
    assert state.demo_password("s3cret") == "s3cret"
    assert state.demo_password("another") == "s3cret"


def test_generated_demo_passwords_differ(state: State, tmp_path: Path) -> None:
    other = State(tmp_path / "other")
    other.take()

    assert state.demo_password(None) != other.demo_password(None)


@pytest.mark.parametrize("port_base", [0, 80, 65_530, 70_000, -5])
def test_impossible_port_base_is_refused(port_base: int) -> None:
    with pytest.raises(StackError, match="--port-base"):
        Addresses(port_base)


def test_screen_tells_addresses_logins_password_and_the_shortened_day() -> None:
    told = screen(Addresses(9000), password="ab-cd", state="/tmp/s", day_seconds=60)

    for expected in (
        "http://127.0.0.1:9000",
        "http://127.0.0.1:9001",
        "http://127.0.0.1:9002",
        "9004",
        "ab-cd",
        "60 с",
    ):
        assert expected in told
    for login in ("operator", "executor2", "head3", "administrator"):
        assert login in told
    assert len(told.splitlines()) <= 24
