"""Child processes of the stack: started, remembered on disk by pid and start time, and told apart from strangers."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT = 20_000_000


@dataclass(frozen=True)
class Account:
    """Another account of this machine that a process runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> Account:
        """The account `name`; KeyError when the machine has none."""
        entry = pwd.getpwnam(name)
        return cls(name, entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Launch:
    """Everything needed to start one child."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    records: Path
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None


@dataclass(frozen=True)
class Leftover:
    """A process that an earlier run started and did not stop, proven by its start time."""

    name: str
    pid: int
    identity: str
    stop_signal: signal.Signals


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def identity(pid: int) -> str | None:
    """When this very process started, unique together with its pid; None when there is none or all of it has ended.

    A zombie one of whose threads still runs has not: it holds its ports and files.

    A pid alone is given to somebody else sooner or later: a signal sent by pid alone kills strangers.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _identity_by_ps(pid)
    ended = fields[0] in "ZX" and int(fields[17]) <= 1  # a zombie counts itself
    return None if ended else f"{_boot()}/{fields[19]}"


def _identity_by_ps(pid: int) -> str | None:
    shown = subprocess.run(  # noqa: S603 - a number is its only argument
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


def bound_to_parent(stop_signal: int) -> Callable[[], None]:
    """What a child runs before its program: on Linux it gets `stop_signal` when the supervisor dies, however that dies.

    Elsewhere the leftovers are found by the next start alone.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def spawn(launch: Launch) -> subprocess.Popen[bytes]:
    """The child runs, apart from the terminal's Ctrl-C, logs, and is on record. Call from the main thread."""
    launch.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(launch.log, _log_flags(launch.log), 0o600), "ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=launch.folder,
            env=dict(launch.environment),
            process_group=0,
            preexec_fn=bound_to_parent(launch.stop_signal),
            user=None if launch.account is None else launch.account.uid,
            group=None if launch.account is None else launch.account.gid,
            extra_groups=None if launch.account is None else [],
        )
    remember(launch.records, launch.name, process.pid, launch.stop_signal)
    return process


def _log_flags(log: Path) -> int:
    overgrown = log.exists() and log.stat().st_size > _LOG_LIMIT
    return os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if overgrown else 0)


def run_as(account: Account | None, command: Sequence[str], environment: Mapping[str, str]) -> str:
    """The program's output after it ended well; CalledProcessError with its output otherwise."""
    done = subprocess.run(  # noqa: S603 - our own programs
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        cwd="/",
        env=dict(environment),
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )
    return done.stdout


def remember(records: Path, name: str, pid: int, stop_signal: signal.Signals) -> None:
    """The process is on record, whole or not at all, until `forget`."""
    records.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = {"pid": pid, "identity": identity(pid), "stop_signal": int(stop_signal)}
    draft = records / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps(record))
    draft.replace(records / f"{name}.json")


def forget(records: Path, name: str) -> None:
    """The process is no longer on record."""
    (records / f"{name}.json").unlink(missing_ok=True)


def leftovers(records: Path) -> Iterator[Leftover]:
    """The recorded processes that still run. Records of others, and of pids that now name a stranger, are dropped."""
    for path in sorted(records.glob("*.json")):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            record = json.loads(path.read_text())
            pid, known = int(record["pid"]), record["identity"]
            if known is not None and identity(pid) == known:
                yield Leftover(path.stem, pid, known, signal.Signals(record["stop_signal"]))
                continue
        path.unlink(missing_ok=True)


def stop_leftover(leftover: Leftover, patience_seconds: float = 20) -> None:
    """The process is gone: asked first, killed after `patience_seconds`. A stranger under its pid is left alone."""
    for asked, patience in ((leftover.stop_signal, patience_seconds), (signal.SIGKILL, 10.0)):
        if identity(leftover.pid) != leftover.identity:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(leftover.pid, asked)
        end = time.monotonic() + patience
        while identity(leftover.pid) == leftover.identity and time.monotonic() < end:
            time.sleep(0.05)
