"""`make up` in a checkout of its own, as a newcomer runs it: started, read, killed and stopped as often as a test likes."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from embedded import ports
from embedded.addresses import Addresses
from embedded.demo_api import Api
from embedded.pg_programs import SYSTEM_STATE, short_hash
from embedded.postgres import APPLICATION, Postgres
from embedded.processes import Account, bound_to_parent, identity

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("postgres", "temporal", "mail", "worker", "web")
NOT_IN_A_CHECKOUT = (
    ".venv",
    ".otklik*",
    ".git",
    ".hypothesis",
    ".*_cache",
    "__pycache__",
    "*.egg-info",
    "build",
    "dist",
)


class Otklik:
    """`make up` as one account, with its default state folder."""

    def __init__(self, checkout: Path, port_base: int, account: Account, arguments: str = "") -> None:
        self.checkout = checkout
        self.account = account
        self.addresses = Addresses(port_base)
        self.said = ""
        self.arguments = arguments
        self.more: dict[str, str] = {}
        """Of the environment."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> Path:
        """Where the stack keeps everything: in the checkout, or for root under /var/lib."""
        return self.checkout / ".otklik" if self.account.uid else SYSTEM_STATE / short_hash(self.checkout)

    def start(self) -> float:
        """The one screen is there; the seconds that it took."""
        began = time.monotonic()
        self.begin()
        self.until("Остановить: Ctrl-C", 280)
        return time.monotonic() - began

    def begin(self) -> None:
        """It is starting, in a group of its own as a terminal would have it."""
        self.said = ""
        self._process = subprocess.Popen(
            ["make", "up", f"ARGS=--port-base {self.addresses.port_base} {self.arguments}"],
            cwd=self.checkout,
            env=newcomers_environment() | self.more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=self._prepared(),
        )

    def _prepared(self) -> Callable[[], None]:
        """The child is the account, and ends with the test run however that ends."""
        bind = bound_to_parent(signal.SIGTERM)

        def prepare() -> None:
            if self.account.uid != os.geteuid():
                os.setgroups([])
                os.setgid(self.account.gid)
                os.setuid(self.account.uid)
            bind()  # a change of account would undo it

        return prepare

    def until(self, words: str, seconds: float, times: int = 1) -> None:
        """It has said these words so often since it was started."""
        end = time.monotonic() + seconds
        while self.said.count(words) < times:
            piece = self._heard(end)
            assert piece, f"never said {words!r}:\n{self.said}"
            self.said += piece

    def finish(self, number: signal.Signals) -> int:
        """make's exit code after the signal, which goes to the supervisor too: so Ctrl-C does."""
        assert self._process is not None
        os.killpg(self._process.pid, number)
        self.said += self._process.communicate(timeout=60)[0].decode()
        return self._process.returncode

    @property
    def runs(self) -> bool:
        """make lives, and the supervisor with it."""
        return self._process is not None and self._process.poll() is None

    def pid(self, part: str) -> int:
        """The process of a part, as the stack keeps it."""
        return int(json.loads((self.state / "processes" / f"{part}.json").read_text())["pid"])

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query, as the application."""
        database = Postgres(self.state, self.addresses.postgres_port)
        with database.engine(APPLICATION).connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]

    def api(self) -> Api:
        """The HTTP API, as anybody of the demonstration."""
        password = (self.state / "demo-password").read_text()
        return Api(self.addresses.public_url, lambda login: password)

    def _heard(self, end: float) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], max(0.0, end - time.monotonic()))
        return os.read(self._process.stdout.fileno(), 65536).decode() if readable else ""


@contextlib.contextmanager
def closed_home(account: Account, name: str) -> Iterator[Path]:
    """A fresh checkout in a home that nobody else can enter; all that it made is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="otklik "))
    made.chmod(0o711)  # what lies above a home may be passed
    home, checkout = made / name, made / name / "исходники Отклика"
    try:
        shutil.copytree(ROOT, checkout, symlinks=True, ignore=shutil.ignore_patterns(*NOT_IN_A_CHECKOUT))
        home.chmod(0o700)
        if account.uid != os.geteuid():
            for path in (home, *home.rglob("*")):
                os.chown(path, account.uid, account.gid)
        yield checkout
    finally:
        outside = SYSTEM_STATE.glob(f"{short_hash(checkout)}*")
        subprocess.run(["rm", "-rf", made, *outside], check=True)  # in a quarter of shutil's time


def newcomers_environment() -> dict[str, str]:
    """No HOME and nothing of this run: what finds programs, and the way to the network that this machine needs."""
    way = re.compile(r"(.*_proxy|.*_CERT|.*_CA_BUNDLE|SSL_CERT_.*|(PIP|UV)_(.*INDEX.*|FIND_LINKS))", re.IGNORECASE)
    found = {name: value for name, value in os.environ.items() if way.fullmatch(name)}
    return found | {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def warm_caches() -> dict[str, str]:
    """Where this suite's own installation left its downloads, if it did: a second one need not fetch them again."""
    uv, pip = [str(Path(sys.prefix) / "bin" / "uv")], [sys.executable, "-m", "pip"]
    found = {}
    for name, program in (("UV_CACHE_DIR", uv), ("PIP_CACHE_DIR", pip)):
        asked = subprocess.run([*program, "cache", "dir"], capture_output=True, text=True, check=False)
        folder = Path(asked.stdout.strip() or "/nowhere").resolve()
        if folder.is_dir():
            found[name] = str(folder)
    return found


def whoever_runs_this() -> Account:
    """The account of the test run."""
    return Account.named(pwd.getpwuid(os.geteuid()).pw_name)


def free_base(first: int) -> int:
    """Seven free ports in a row."""
    for base in range(first + os.getpid() % 3_000, first + 5_000, 7):
        if all(ports.is_free(port) for port in Addresses(base).ports().values()):
            return base
    raise AssertionError("no seven free ports in a row")


def wait_for(happened: Callable[[], object], seconds: float) -> None:
    """Returns when it happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.1)


def uid_of(pid: int) -> int:
    """Whom the process runs as."""
    assert identity(pid), f"no process {pid}"
    return Path(f"/proc/{pid}").stat().st_uid
