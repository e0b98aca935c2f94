"""TCP ports of this machine: whether one is free, and who holds it when not."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError

LOOPBACK = "127.0.0.1"
_LISTEN = "0A"


@dataclass(frozen=True)
class Owner:
    """Who listens on a port, as far as this account may see."""

    account: str
    pid: int | None
    command: str

    def __str__(self) -> str:
        if self.pid is None:
            return f"процесс пользователя {self.account}" if self.account else "неизвестный процесс"
        return f"{self.command}, pid {self.pid}"


def is_free(port: int) -> bool:
    """Nobody listens on the port, so that a server of ours can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(ports: dict[str, int], port_base: int) -> None:
    """All ports are free; otherwise StackError names each busy one with its owner and the way out."""
    busy = [(title, port) for title, port in ports.items() if not is_free(port)]
    if not busy:
        return
    lines = [f"Порт {port} ({title}) занят: {owner_of(port)}." for title, port in busy]
    lines.append(f'Остановите его или возьмите другие порты: make up ARGS="--port-base {port_base + 300}"')
    raise StackError("\n".join(lines))


def accepts(port: int) -> bool:
    """Somebody answers on the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def owner_of(port: int) -> Owner:
    """Who listens on the port. Processes of others are seen by root alone; then the account is named."""
    for inode, uid in _listeners(port):
        account = _account(uid)
        for pid in _holders(inode):
            return Owner(account, pid, _command(pid))
        return Owner(account, None, "")
    return Owner("", None, "")


def _listeners(port: int) -> Iterator[tuple[str, int]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9], int(fields[7])


def _holders(inode: str) -> Iterator[int]:
    wanted = f"socket:[{inode}]"
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            for handle in os.scandir(folder / "fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(handle.path) == wanted:
                        yield int(folder.name)


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "?"
    shown = " ".join(word.decode(errors="replace") for word in words if word)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
