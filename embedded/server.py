"""One long-running child of the stack: started, asked whether it lives and serves, stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import processes
from embedded.errors import StackError
from embedded.processes import Launch

_POLL_SECONDS = 0.05


class Server(ABC):
    """A child process with a log and a record in the state folder. `with` starts it and waits until it serves."""

    name: str
    title: str
    stop_signal: signal.Signals = signal.SIGTERM
    start_seconds: float = 60
    stop_seconds: float = 10

    def __init__(self, state: Path) -> None:
        self.state = state
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where the child's output goes."""
        return self.state / "logs" / f"{self.name}.log"

    @property
    def records(self) -> Path:
        """Where the running children are on record by pid and start time."""
        return self.state / "processes"

    @property
    def pid(self) -> int:
        """The child's pid; an error before `start`."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @abstractmethod
    def launch(self) -> Launch:
        """How to start the child; prepares on disk what it needs."""

    @abstractmethod
    def ready(self) -> bool:
        """The child serves its clients."""

    def start(self) -> None:
        """The child runs; `wait_ready` tells when it serves. Never a second one beside a living one."""
        assert not self.alive(), f"{self.name} runs already"
        self._process = processes.spawn(self.launch())

    def alive(self) -> bool:
        """The child has not ended. A dead one is reaped here."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self) -> None:
        """The child serves; StackError with the end of its log when it ended instead or took too long."""
        end = time.monotonic() + self.start_seconds
        while not self.ready():
            if not self.alive():
                raise StackError(self._failure(f"завершился при запуске {self.ending()}"))
            if time.monotonic() > end:
                raise StackError(self._failure(f"не ответил за {self.start_seconds:.0f} с"))
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """The child is gone and off the record: asked, then after `stop_seconds` killed. Repeating is harmless."""
        if self._process is None:
            return
        if self.alive():
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        processes.forget(self.records, self.name)

    def ending(self) -> str:
        """How the child ended, in brackets, for people."""
        code = None if self._process is None else self._process.poll()
        if code is None:
            return ""
        return f"(сигнал {-code})" if code < 0 else f"(код {code})"

    def log_tail(self, lines: int = 12) -> str:
        """The last lines that the child wrote."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 8000))
                written = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in written[-lines:])

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _failure(self, what: str) -> str:
        return f"{self.title}: {what}. Журнал: {self.log}\n{self.log_tail()}".rstrip()
