"""The state folder of one stack: where it lies, what it keeps secret, how long its day is, who holds it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO

from domain.regulation import REAL_DAY_SECONDS
from embedded.errors import StackError
from embedded.pg_programs import SYSTEM_STATE, short_hash
from storage.key_file import create_key_file

_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"


def default_folder(checkout: Path) -> Path:
    """`.otklik` in the checkout; for root, whose PostgreSQL runs as another account, a folder under /var/lib."""
    return SYSTEM_STATE / short_hash(checkout) if os.geteuid() == 0 else checkout / ".otklik"


def write_private(path: Path, content: str) -> None:
    """The file holds the content, whole, on disk, and only its owner reads it."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


class State:
    """One stack's folder. `take` before anything else: two supervisors over one folder would ruin its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None

    @property
    def keys_file(self) -> Path:
        """The application's key ring."""
        return self.folder / "keys.toml"

    @property
    def files_dir(self) -> Path:
        """The attachments' contents."""
        return self.folder / "files"

    def take(self) -> None:
        """The folder exists and is ours until `release` or our death; StackError when a living stack holds it."""
        self._create()
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackError(f"Отклик уже запущен над папкой {self.folder}.\n{self._running()}".rstrip()) from None
        self._lock = lock
        (self.folder / "running.json").unlink(missing_ok=True)

    def announce(self, lines: list[str]) -> None:
        """A second start is told these lines."""
        write_private(self.folder / "running.json", json.dumps({"pid": os.getpid(), "lines": lines}))

    @property
    def held(self) -> bool:
        """The folder is ours."""
        return self._lock is not None

    def release(self) -> None:
        """Another stack may take the folder."""
        if self._lock is not None:
            (self.folder / "running.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def settle_day(self, asked_seconds: int | None) -> int:
        """How long a day of the terms lasts in this database, in seconds: settled once, at its first start."""
        path = self.folder / "day-seconds"
        if not path.exists():
            write_private(path, str(asked_seconds or REAL_DAY_SECONDS))
        settled = int(path.read_text())
        if asked_seconds not in (None, settled):
            raise StackError(
                f"Сутки этой базы длятся {settled} с, это её постоянное свойство, а просят {asked_seconds} с.\n"
                f"Запустите без --day или заведите другую базу рядом: "
                f'make up ARGS="--day {asked_seconds}s --state ДРУГАЯ_ПАПКА --port-base 9000"'
            )
        return settled

    def demo_password(self, chosen: str | None) -> str:
        """One password for all demo logins: the first one chosen or generated stays."""
        path = self.folder / "demo-password"
        if not path.exists():
            letters = [secrets.choice(_READABLE) for _ in range(16)]
            generated = "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))
            write_private(path, chosen or generated)
        return path.read_text(encoding="utf-8")

    def make_keys(self) -> Path:
        """The key ring is there. It is never written over: without it the stored contacts are lost."""
        if not self.keys_file.exists():
            create_key_file(self.keys_file)
        return self.keys_file

    def _create(self) -> None:
        foreign = self.folder.exists() and not (self.folder / "lock").exists() and any(self.folder.iterdir())
        if foreign:
            raise StackError(f"Папка {self.folder} не пуста и не похожа на состояние Отклика. Укажите другую: --state")
        try:
            for folder in (*reversed(self.folder.parents), self.folder):
                if not folder.exists():
                    folder.mkdir()
                    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.files_dir.mkdir(mode=0o700, exist_ok=True)
        except OSError as failure:
            raise StackError(f"Нельзя завести папку состояния {self.folder}: {failure.strerror}") from None

    def _running(self) -> str:
        with contextlib.suppress(OSError, ValueError, KeyError):
            told = json.loads((self.folder / "running.json").read_text())
            return "\n".join([f"pid {told['pid']}", *told["lines"]])
        return "Он ещё запускается."
