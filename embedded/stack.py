"""The zero-setup stack of `make up`: everything Otklik needs, started in order, watched, mended, stopped in order."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import TextIOWrapper
from pathlib import Path
from types import FrameType

import typer

from domain.regulation import REAL_DAY_SECONDS
from domain.words import shortened_notice
from embedded import ports, processes
from embedded.addresses import NAMESPACE, Addresses, screen
from embedded.errors import StackError
from embedded.mail_server import MailCatcher
from embedded.postgres import APPLICATION, OWNER, Postgres
from embedded.program import Program
from embedded.server import Server
from embedded.state import State, default_folder
from embedded.temporal_server import TemporalServer

Progress = Callable[[str], None]

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS = 0.25
_DEATHS_ALLOWED = 5
_BACKOFF_SECONDS = 1.0
_DEATHS_WITHIN_SECONDS = 120.0


@dataclass(frozen=True)
class Choices:
    """What the caller's environment may choose."""

    demo_password: str | None = None
    pg_programs: Path | None = None
    pg_account: str = "nobody"
    log_level: str = "info"

    @classmethod
    def of_environment(cls) -> Choices:
        """OTKLIK_DEMO_PASSWORD, OTKLIK_PG_BIN, OTKLIK_PG_USER, OTKLIK_LOG_LEVEL."""
        programs = os.environ.get("OTKLIK_PG_BIN")
        return cls(
            demo_password=os.environ.get("OTKLIK_DEMO_PASSWORD") or None,
            pg_programs=Path(programs) if programs else None,
            pg_account=os.environ.get("OTKLIK_PG_USER") or "nobody",
            log_level=os.environ.get("OTKLIK_LOG_LEVEL") or "info",
        )


class Stack:
    """PostgreSQL, Temporal, mail catcher, worker and API over one state folder, on seven ports in a row.

    Call from the main thread: the children are bound to the life of the thread that starts them.
    """

    def __init__(
        self, state: Path, port_base: int, checkout: Path, day_seconds: int | None, choices: Choices | None = None
    ) -> None:
        self.addresses = Addresses(port_base)
        self.state = State(state)
        self.password = ""
        self.day_seconds = REAL_DAY_SECONDS
        self._checkout = checkout
        self._asked_day_seconds = day_seconds
        self._choices = choices or Choices()
        self._progress: Progress = lambda line: None
        self._running: list[Server] = []
        self._deaths: dict[str, deque[float]] = {}

    def up(self, progress: Progress) -> Addresses:
        """Everything serves and the demo is there. On StackError or Ctrl-C call `down`: parts may run already."""
        self._progress = progress
        self.state.take()
        self._stop_leftovers()
        ports.require_free(self.addresses.ports(), self.addresses.port_base)
        self.day_seconds = self.state.settle_day(self._asked_day_seconds)
        self.password = self.state.demo_password(self._choices.demo_password)
        self.state.make_keys()
        database, temporal = self._start_servers()
        variables = self._variables(database, temporal)
        self._prepare_database(database, variables)
        self._start_product(variables)
        self._fill(variables)
        self.state.announce(self.addresses.lines())
        return self.addresses

    def run_forever(self) -> None:
        """Watches the children and mends what died. Ends by KeyboardInterrupt, or StackError when mending is vain."""
        while True:
            for server in self._running:
                if not server.alive():
                    self._mend(server)
            time.sleep(_WATCH_SECONDS)

    def down(self) -> None:
        """No child runs any more and the folder is free. Repeating is harmless; another stack's folder is not touched."""
        if not self.state.held:
            return
        while self._running:
            self._running.pop().stop()
        for leftover in processes.leftovers(self.state.folder / "processes"):
            processes.stop_leftover(leftover)
        self.state.release()

    def _stop_leftovers(self) -> None:
        found = list(processes.leftovers(self.state.folder / "processes"))
        for leftover in sorted(found, key=lambda one: one.name == Postgres.name):
            self._progress(f"Останавливаем остаток прежнего запуска: {leftover.name}, pid {leftover.pid}")
            processes.stop_leftover(leftover)
            processes.forget(self.state.folder / "processes", leftover.name)

    def _start_servers(self) -> tuple[Postgres, TemporalServer]:
        folder, at = self.state.folder, self.addresses
        chosen = self._choices
        database = Postgres(folder, at.postgres_port, programs=chosen.pg_programs, run_as=chosen.pg_account)
        temporal = TemporalServer(folder, at.temporal_port, at.temporal_ui_port)
        mail = MailCatcher(folder, at.smtp_port, at.mail_page_port, shortened_notice(self.day_seconds))
        fresh = not database.data.exists()
        self._start_together(
            "Создаём базу данных и запускаем PostgreSQL, Temporal, почту"
            if fresh
            else "Запускаем PostgreSQL, Temporal, почту",
            [database, temporal, mail],
        )
        return database, temporal

    def _start_together(self, line: str, servers: list[Server]) -> None:
        self._progress(line)
        for server in servers:
            self._running.append(server)
            server.start()
        for server in servers:
            server.wait_ready()

    def _prepare_database(self, database: Postgres, variables: dict[str, str]) -> None:
        self._progress("Готовим схему базы и регламенты")
        shortened = [] if self.day_seconds == REAL_DAY_SECONDS else ["--day-seconds", str(self.day_seconds)]
        owner = {"OTKLIK_DATABASE_OWNER_URL": database.url(OWNER)}
        self._once("Схема базы", ["cli", "migrate", *shortened], variables | owner, seconds=180)
        self._progress("Готовим пространство имён Temporal")
        self._once("Пространство имён Temporal", ["cli", "temporal-setup"], variables, seconds=90)

    def _start_product(self, variables: dict[str, str]) -> None:
        folder, at = self.state.folder, self.addresses
        metrics = {"OTKLIK_METRICS_PORT": str(at.metrics_port)}
        self._start_together(
            "Запускаем обработчик и API",
            [
                Program(
                    folder,
                    self._checkout,
                    "Обработчик",
                    ["worker"],
                    variables | metrics,
                    (at.metrics_port, "/metrics"),
                ),
                Program(folder, self._checkout, "API", ["web"], variables, (at.api_port, "/health/ready")),
            ],
        )

    def _fill(self, variables: dict[str, str]) -> None:
        self._progress("Проверяем демонстрационные данные (в первый раз создаём: сообщения проходят через API)")
        password = {"OTKLIK_DEMO_PASSWORD": self.password}
        self._once("Демонстрационные данные", ["cli", "demo"], variables | password, seconds=900)

    def _once(self, title: str, arguments: list[str], variables: dict[str, str], seconds: float) -> None:
        Program(self.state.folder, self._checkout, title, arguments, variables).run_once(seconds)

    def _variables(self, database: Postgres, temporal: TemporalServer) -> dict[str, str]:
        return {
            "OTKLIK_DATABASE_URL": database.url(APPLICATION),
            "OTKLIK_KEYS_FILE": str(self.state.keys_file),
            "OTKLIK_FILES_DIR": str(self.state.files_dir),
            "OTKLIK_TEMPORAL_ADDRESS": temporal.address,
            "OTKLIK_TEMPORAL_NAMESPACE": NAMESPACE,
            "OTKLIK_TEMPORAL_UI_URL": self.addresses.temporal_ui_url,
            "OTKLIK_SMTP_HOST": ports.LOOPBACK,
            "OTKLIK_SMTP_PORT": str(self.addresses.smtp_port),
            "OTKLIK_SMTP_TLS": "none",
            "OTKLIK_API_HOST": ports.LOOPBACK,
            "OTKLIK_API_PORT": str(self.addresses.api_port),
            "OTKLIK_PUBLIC_URL": self.addresses.public_url,
            "OTKLIK_LOG_LEVEL": self._choices.log_level,
            "OTKLIK_EMBEDDED": "true",
        }

    def _mend(self, server: Server) -> None:
        deaths = self._deaths.setdefault(server.name, deque(maxlen=_DEATHS_ALLOWED))
        now = time.monotonic()
        if len(deaths) == _DEATHS_ALLOWED and now - deaths[0] < _DEATHS_WITHIN_SECONDS:
            raise StackError(
                f"{server.title}: падает раз за разом, больше не поднимаем. Журнал: {server.log}\n{server.log_tail()}"
            )
        recent = sum(now - death < _DEATHS_WITHIN_SECONDS for death in deaths)
        deaths.append(now)
        self._progress(f"{server.title}: процесс завершился {server.ending()}, поднимаем снова")
        time.sleep(0 if recent == 0 else _BACKOFF_SECONDS * min(2 ** (recent - 1), 8))
        try:
            server.start()
            server.wait_ready()
        except StackError as failure:
            server.stop()
            self._progress(str(failure))
        else:
            self._progress(f"{server.title}: снова работает, pid {server.pid}")


def main(*, state: Path | None, port_base: int, day: timedelta | None) -> int:
    """The stack ran until it was told to stop (0), or could not (1). For `otklik up`."""
    checkout = Path(__file__).resolve().parent.parent
    folder = default_folder(checkout) if state is None else state.expanduser().resolve()
    try:
        stack = Stack(folder, port_base, checkout, _seconds(day), Choices.of_environment())
    except StackError as failure:
        typer.echo(str(failure), err=True)
        return 1
    return run(stack)


def run(stack: Stack) -> int:
    """The stack came up, told so on one screen, was watched, and is down again. The exit code says how it ended."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an old terminal's alphabet may lack a dash
    for name in _ENDINGS:
        if name != signal.SIGHUP or signal.getsignal(name) != signal.SIG_IGN:  # `nohup make up` outlives its terminal
            signal.signal(name, _interrupt)
    try:
        addresses = stack.up(typer.echo)
        shortened = None if stack.day_seconds == REAL_DAY_SECONDS else stack.day_seconds
        typer.echo(screen(addresses, password=stack.password, state=str(stack.state.folder), day_seconds=shortened))
        stack.run_forever()
    except KeyboardInterrupt:
        typer.echo("\nОстанавливаем")
    except StackError as failure:
        typer.echo(f"\n{failure}", err=True)
        return 1
    finally:
        for name in _ENDINGS:
            signal.signal(name, signal.SIG_IGN)
        stack.down()
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _seconds(day: timedelta | None) -> int | None:
    if day is None:
        return None
    seconds = day.total_seconds()
    if seconds != int(seconds) or not 1 <= seconds <= REAL_DAY_SECONDS:
        raise StackError("--day: нужно целое число секунд, от 1s до 24h.")
    return int(seconds)
