"""A process of an earlier run is known by pid and start time; a stranger under a recycled pid is left alone."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import processes
from embedded.processes import Launch
from tests.whole.stack import wait_for

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


@pytest.fixture(params=[SLEEPER, STUBBORN], ids=["obedient", "stubborn"])
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(request.param, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"up\n"
        yield started
        started.kill()


def test_identity_of_a_living_process_is_stable_and_of_a_gone_one_none(process: subprocess.Popen[bytes]) -> None:
    first = processes.identity(process.pid)

    process.kill()
    process.wait()

    assert first is not None
    assert processes.identity(os.getpid()) not in (None, first)
    assert processes.identity(process.pid) is None


def test_zombie_has_no_identity() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)

    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)

    assert processes.identity(child) is None
    os.waitpid(child, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads outlive their process's first one on Linux")
def test_zombie_whose_thread_still_runs_keeps_its_identity() -> None:
    """Killed under load, a program with many threads is a zombie for a moment and holds its ports still."""
    code = (
        "import ctypes, sys, threading; threading.Thread(target=sys.stdin.read).start(); "
        "print(flush=True); ctypes.CDLL(None).pthread_exit(None)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        known = processes.identity(child.pid)
        wait_for(lambda: Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z", 10)

        held = processes.identity(child.pid)
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert held == known is not None
        assert processes.identity(child.pid) is None


def test_recorded_process_is_found_and_stopped(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    processes.remember(tmp_path, "api", process.pid, signal.SIGTERM)

    [leftover] = processes.leftovers(tmp_path)
    processes.stop_leftover(leftover, patience_seconds=0.3)

    assert (leftover.name, leftover.pid) == ("api", process.pid)
    assert processes.identity(process.pid) is None


def test_recycled_pid_with_another_start_time_is_not_a_leftover(
    process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    processes.remember(tmp_path, "api", process.pid, signal.SIGTERM)
    path = tmp_path / "api.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"identity": record["identity"] + "1"}))

    assert list(processes.leftovers(tmp_path)) == []
    assert not path.exists()
    assert process.poll() is None


def test_pid_recycled_after_it_was_listed_is_not_signalled(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    stranger = processes.Leftover("api", process.pid, "boot/1", signal.SIGKILL)

    processes.stop_leftover(stranger)

    assert process.poll() is None


@pytest.mark.parametrize("written", ["", "{", "{}", "[]", '{"pid": "x", "identity": "y", "stop_signal": 15}'])
def test_broken_record_is_dropped(written: str, tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(written)

    assert list(processes.leftovers(tmp_path)) == []
    assert not (tmp_path / "api.json").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
def test_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    parent_code = (
        "import sys, time; from pathlib import Path; from embedded.processes import Launch, spawn; import os\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"launch = Launch('child', {SLEEPER!r}, dict(os.environ), folder, folder / 'log', folder / 'records')\n"
        "print(spawn(launch).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        known = processes.identity(child)
        watch = os.pidfd_open(child)

        parent.kill()

    assert known is not None
    _wait_for_end(watch)
    assert processes.identity(child) != known


def _wait_for_end(watch: int) -> None:
    ended, _, _ = select.select([watch], [], [], 10)
    os.close(watch)
    assert ended, "the child outlived its parent"


def test_log_and_records_are_private(tmp_path: Path) -> None:
    launch = Launch("one", ["/bin/true"], {}, tmp_path, tmp_path / "logs" / "one.log", tmp_path / "records")

    processes.spawn(launch).wait()

    assert launch.log.stat().st_mode & 0o077 == 0
    assert launch.log.parent.stat().st_mode & 0o077 == 0
