"""PostgreSQL of the embedded stack: its own data folder, its own programs, a direct child, TCP on 127.0.0.1 alone."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from embedded import pg_programs, processes
from embedded.errors import StackError
from embedded.ports import LOOPBACK, free_port
from embedded.processes import Launch
from embedded.server import Server
from embedded.state import write_private

DATABASE = "otklik"
SUPERUSER = "postgres"
OWNER = "otklik_owner"
APPLICATION = "otklik_app"

# Without a UTF-8 character class pg_trgm sees no Cyrillic and to_tsvector keeps its capitals, both silently.
_CHARACTER_CLASSES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")
# A failed statement is logged with its values by default: texts and names of applicants.
_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_UNSYNCED = {"fsync": "off", "full_page_writes": "off"}
"""A commit still outlives its server, killed or not; only a machine that stops may lose it."""


class Postgres(Server):
    """A PostgreSQL server with the database `otklik`, its owner `otklik_owner` and the application's `otklik_app`.

    Passwords lie beside the data. `sync=False` risks the data in a crash of the machine and is for tests alone.
    """

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # PostgreSQL's fast stop; SIGTERM would wait for every client
    start_seconds = 300.0  # a recovery after a crash may be long

    def __init__(
        self, state: Path, port: int, *, sync: bool = True, programs: Path | None = None, run_as: str = "nobody"
    ) -> None:
        super().__init__(state)
        self.port = port
        self._sync = sync
        self._account = pg_programs.account(run_as)
        self._source = pg_programs.installation(programs)
        self._roles_exist = False

    @classmethod
    @contextmanager
    def temporary(cls, within: Path | None = None, *, sync: bool = False) -> Iterator[Self]:
        """A ready server in a folder of its own, gone afterwards. For tests: nothing is synced to disk unless asked."""
        with tempfile.TemporaryDirectory(prefix="otklik-", dir=within, ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o711)
            with cls(Path(folder), free_port(), sync=sync) as server:
                yield server

    @property
    def home(self) -> Path:
        """The folder that holds data, passwords, and for root the copied programs."""
        return pg_programs.home(self.state, self._account)

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "data"

    def url(self, role: str, database: str = DATABASE) -> str:
        """Where and as whom to connect, with the password."""
        return f"postgresql+psycopg2://{role}:{self._passwords()[role]}@{LOOPBACK}:{self.port}/{database}"

    def launch(self) -> Launch:
        """Data folder and programs are in place; the options keep the server local and its log free of texts."""
        self.state.mkdir(parents=True, exist_ok=True)
        home = self._prepare_home()
        programs = self._programs(home)
        if not self.data.exists():
            self._initialise(programs)
        self._require_same_major(programs)
        self._drop_stale_lock()
        options = _OPTIONS | {"port": str(self.port)} | ({} if self._sync else _UNSYNCED)
        switches = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return Launch(
            name=self.name,
            command=[str(programs / "bin" / "postgres"), "-D", str(self.data), *switches],
            environment=_environment(),
            folder=Path("/"),
            log=self.log,
            records=self.records,
            stop_signal=self.stop_signal,
            account=self._account,
        )

    def ready(self) -> bool:
        """The server lets clients in, and roles and database are there, with an alphabet that knows Russian."""
        try:
            if not self._roles_exist:
                self._make_roles()
                self._require_russian()
                self._roles_exist = True
            self._ask("SELECT 1")
        except SQLAlchemyError as failure:
            if "password authentication failed" in str(failure):
                raise StackError(f"PostgreSQL: пароли из {self.home} не подходят к данным рядом с ними.") from None
            return False
        return True

    def _programs(self, home: Path) -> Path:
        return self._source if self._account is None else pg_programs.for_account(self._source, home)

    def _prepare_home(self) -> Path:
        home = self.home
        for folder in (*reversed(home.parents), home):
            if not folder.exists():
                folder.mkdir()
                if self._account is not None:
                    folder.chmod(0o711)
        return home

    def _passwords(self) -> dict[str, str]:
        path = self.home / "passwords.toml"
        if not path.exists():
            lines = [f'{role} = "{secrets.token_urlsafe(24)}"\n' for role in (SUPERUSER, OWNER, APPLICATION)]
            write_private(path, "".join(lines))
        return {role: str(password) for role, password in tomllib.loads(path.read_text()).items()}

    def _initialise(self, programs: Path) -> None:
        """`data` is a complete cluster, or as before does not exist."""
        draft, word = self.home / "data.new", self.home / "word"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        write_private(word, self._passwords()[SUPERUSER])
        if self._account is not None:
            os.chown(draft, self._account.uid, self._account.gid)
            os.chown(word, self._account.uid, self._account.gid)
        try:
            self._run_initdb(programs, draft, word)
        finally:
            word.unlink()
        draft.rename(self.data)

    def _run_initdb(self, programs: Path, draft: Path, word: Path) -> None:
        command = [str(programs / "bin" / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256"]
        command += ["--pwfile", str(word), "-E", "UTF8", "--locale=C"]
        if int(pg_programs.major_version(programs)) >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._sync:
            command.append("--no-sync")
        for character_class in _CHARACTER_CLASSES:
            try:
                processes.run_as(self._account, [*command, f"--lc-ctype={character_class}"], _environment())
            except subprocess.CalledProcessError as failure:
                if "invalid locale" not in failure.stdout:
                    raise StackError(f"PostgreSQL: initdb не удался.\n{failure.stdout.strip()}") from None
            except OSError as failure:
                account = self._account.name if self._account else "нас"
                raise StackError(f"PostgreSQL: нельзя запустить initdb от имени {account}: {failure}") from None
            else:
                return
        raise StackError(f"PostgreSQL: в системе нет ни одной из локалей {', '.join(_CHARACTER_CLASSES)}.")

    def _require_same_major(self, programs: Path) -> None:
        written, ours = (self.data / "PG_VERSION").read_text().strip(), pg_programs.major_version(programs)
        if written != ours:
            raise StackError(
                f"Данные в {self.data} созданы PostgreSQL {written}, а программы — версии {ours}. "
                f"Выгрузите их прежней версией (pg_dumpall, OTKLIK_PG_BIN — папка её программ) и загрузите в новую "
                f'папку состояния (make up ARGS="--state ДРУГАЯ"), либо начните с пустой.'
            )

    def _drop_stale_lock(self) -> None:
        """After a crash the recorded pid may belong to a stranger, which PostgreSQL takes for a living server."""
        lock = self.data / "postmaster.pid"
        record = self.records / f"{self.name}.json"
        if lock.exists() and not record.exists():
            pid = int(lock.read_text().split()[0])
            if processes.identity(pid) is not None and "postgres" not in _program_of(pid):
                lock.unlink()

    def _make_roles(self) -> None:
        passwords = self._passwords()
        for role in (OWNER, APPLICATION):
            if not self._ask("SELECT 1 FROM pg_roles WHERE rolname = :name", name=role):
                self._ask(f"CREATE ROLE {role} LOGIN PASSWORD '{passwords[role]}'")
        if not self._ask("SELECT 1 FROM pg_database WHERE datname = :name", name=DATABASE):
            self._ask(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        self._ask(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        self._ask(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APPLICATION}")

    def _require_russian(self) -> None:
        self._ask("CREATE EXTENSION IF NOT EXISTS pg_trgm", DATABASE)
        if not self._ask("SELECT unnest(show_trgm('ёж'))", DATABASE):
            raise StackError("PostgreSQL: база не различает русские буквы (LC_CTYPE), поиск по ней был бы пуст.")

    def _ask(self, statement: str, database: str = "postgres", **values: str) -> list[object]:
        """The first column of the superuser's answer. Statements hold this module's constants and secrets alone."""
        with self.engine(SUPERUSER, database).connect() as connection:
            answer = connection.execute(text(statement), values)
            return [row[0] for row in answer] if answer.returns_rows else []

    def engine(self, role: str, database: str = DATABASE) -> Engine:
        """Connections that commit every statement and are not kept."""
        return create_engine(
            self.url(role, database),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 2},
        )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _program_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return "postgres, for all that can be told"
