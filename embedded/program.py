"""The product's own processes as children of the stack: worker, API, and commands that run once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from embedded.errors import StackError
from embedded.ports import LOOPBACK
from embedded.processes import Launch
from embedded.server import Server


class Program(Server):
    """`python -m <module>` in the checkout with its `OTKLIK_*` variables; ready when its page answers 200."""

    stop_seconds = 35.0  # longer than the grace that a worker gives its activities

    def __init__(
        self,
        state: Path,
        checkout: Path,
        title: str,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        page: tuple[int, str] | None = None,
    ) -> None:
        super().__init__(state)
        self.name = arguments[1] if arguments[0] == "cli" else arguments[0]
        self.title = title
        self._checkout = checkout
        self._arguments = tuple(arguments)
        self._variables = dict(variables)
        self._page = page

    def launch(self) -> Launch:
        """Variables of the caller's shell that begin with OTKLIK_ are not handed on: the stack says what holds."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("OTKLIK_")}
        return Launch(
            name=self.name,
            command=[sys.executable, "-m", *self._arguments],
            environment=inherited | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"} | self._variables,
            folder=self._checkout,
            log=self.log,
            records=self.records,
            stop_signal=self.stop_signal,
        )

    def ready(self) -> bool:
        """Its page answers 200; a program without a page is ready at once."""
        return self._page is None or answers(*self._page)

    def run_once(self, seconds: float) -> None:
        """The program ended well; StackError with the end of its log otherwise, or after `seconds`."""
        self.start()
        end = time.monotonic() + seconds
        try:
            while self.alive():
                if time.monotonic() > end:
                    raise StackError(f"{self.title}: не закончено за {seconds:.0f} с. Журнал: {self.log}")
                time.sleep(0.05)
            if self.ending() != "(код 0)":
                raise StackError(f"{self.title}: не удалось {self.ending()}. Журнал: {self.log}\n{self.log_tail(25)}")
        finally:
            self.stop()


def answers(port: int, path: str) -> bool:
    """The page answers 200. Asked directly: a proxy from the environment has no say about 127.0.0.1."""
    connection = HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
