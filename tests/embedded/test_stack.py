"""The whole stack over stand-ins of the product: it starts, mends, recognises its leftovers, and ends."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import ports, processes, stack
from embedded.addresses import Addresses
from embedded.errors import StackError
from embedded.program import Program

STANDIN = Path(__file__).parent / "standin"
PARTS = ("postgres", "temporal", "mail", "worker", "web")


class Up:
    """A running `otklik up`, its output read line by line."""

    def __init__(self, state: Path, port_base: int, day: str | None = None) -> None:
        self.state = state
        command = [sys.executable, str(STANDIN / "run.py"), str(state), str(port_base), *([day] if day else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ))
        self.said = ""

    def until(self, words: str, seconds: float = 30) -> str:
        """What it said until these words came; fails when they never do."""
        assert self.process.stdout is not None
        start, end = len(self.said), time.monotonic() + seconds
        while words not in self.said[start:]:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 65536).decode() if readable else ""
            assert piece, f"never said {words!r}:\n{self.said}"
            self.said += piece
        return self.said[start:]

    def finish(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit code after the signal."""
        self.process.send_signal(number)
        self.said += self.process.communicate(timeout=60)[0].decode()
        return self.process.returncode

    def pid(self, part: str) -> int:
        return int(json.loads((self.state / "processes" / f"{part}.json").read_text())["pid"])

    def calls(self) -> list[str]:
        return (self.state / "files" / "calls.txt").read_text().splitlines()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another account can enter, so that root's PostgreSQL stays inside."""
    with tempfile.TemporaryDirectory(prefix="otklik стенд ") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "state"


def free_base() -> int:
    for base in range(20_000 + os.getpid() % 5_000, 32_000, 7):
        if all(ports.is_free(port) for port in Addresses(base).ports().values()):
            return base
    raise AssertionError("no seven free ports in a row")


def test_parts_that_die_are_mended_and_a_second_start_finds_the_data(folder: Path) -> None:
    base = free_base()
    up = Up(folder, base, day="60")
    up.until("Ctrl-C")

    first = {part: up.pid(part) for part in PARTS}
    for part in ("postgres", "web", "worker"):
        os.kill(first[part], signal.SIGKILL)
    for _ in range(3):
        up.until("снова работает")
    second = Up(folder, base)
    refusal, _ = second.process.communicate(timeout=60)
    code = up.finish()

    assert f"http://127.0.0.1:{base}" in up.said
    assert "60 с" in up.said
    assert up.calls() == ["migrate --day-seconds 60 as owner", "temporal-setup as application", "demo as application"]
    assert "PostgreSQL: процесс завершился (сигнал 9)" in up.said
    assert second.process.returncode == 1
    assert f"уже запущен над папкой {folder}" in refusal.decode()
    assert f"pid {up.process.pid}" in refusal.decode()
    assert code == 0
    assert all(ports.is_free(port) for port in Addresses(base).ports().values())
    assert list((folder / "processes").iterdir()) == []


def test_killed_whole_leaves_leftovers_that_the_next_start_stops(folder: Path) -> None:
    base = free_base()
    up = Up(folder, base)
    up.until("Ctrl-C")
    up.finish(signal.SIGKILL)
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    processes.remember(folder / "processes", "api", orphan.pid, signal.SIGTERM)

    again = Up(folder, base)
    again.until("Ctrl-C")
    code = again.finish(signal.SIGTERM)

    assert f"Останавливаем остаток прежнего запуска: api, pid {orphan.pid}" in again.said
    assert orphan.wait(timeout=1) == -signal.SIGTERM
    assert "Создаём базу" in up.said
    assert "Создаём базу" not in again.said
    assert code == 0


def test_part_that_dies_again_and_again_ends_the_stack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "_BACKOFF_SECONDS", 0)
    monkeypatch.setattr(stack, "_WATCH_SECONDS", 0)
    broken = Program(folder, STANDIN, "Обработчик", ["no_such_module"], {}, page=(ports.free_port(), "/"))
    supervised = stack.Stack(folder, 20_000, STANDIN, None)
    supervised._running.append(broken)

    with pytest.raises(StackError, match="падает раз за разом") as given_up:
        supervised.run_forever()

    assert "No module named no_such_module" in str(given_up.value)
    assert str(broken.log) in str(given_up.value)


def test_busy_port_stops_the_start_at_once(folder: Path) -> None:
    base = free_base()
    with socket.create_server((ports.LOOPBACK, base + 4)):
        up = Up(folder, base)
        said, _ = up.process.communicate(timeout=60)

    assert up.process.returncode == 1
    assert f"Порт {base + 4} (PostgreSQL) занят" in said.decode()
    assert f"pid {os.getpid()}" in said.decode()
    assert not (folder / "postgres").exists()


def test_failed_step_names_itself_and_shows_its_log(folder: Path) -> None:
    (folder / "files").mkdir(parents=True)
    folder.chmod(0o711)
    (folder / "lock").touch()
    (folder / "files" / "fail-migrate").touch()

    up = Up(folder, free_base())
    said, _ = up.process.communicate(timeout=30)

    assert up.process.returncode == 1
    assert "Схема базы: не удалось (код 1)" in said.decode()
    assert "migration 7 is wrong" in said.decode()
    assert list((folder / "processes").iterdir()) == []
