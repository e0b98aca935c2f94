"""A mail server that does at each point of a conversation what a test tells it: answer so, hang up, or wait to be let go."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import BinaryIO, Self

from embedded.ports import LOOPBACK

ANYBODY = "*"
PATIENCE = 30.0

STAGES = {
    "connect": "220 scripted ESMTP",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go ahead",
    "content": "",
    "stored": "250 taken",
    "quit": "221 bye",
}
"""Each point with the usual reply that follows it. At `content` nothing of the letter was read, at `stored` all of it."""

Act = Callable[[], str | None]


class HangUp(Exception):
    """The connection ends here."""


class Pause:
    """Holds a conversation until it is let go; tells when it got there."""

    def __init__(self) -> None:
        self._reached, self._go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self._reached.set()
        if not self._go.wait(2 * PATIENCE):
            raise HangUp

    def wait(self) -> None:
        """Returns when the conversation is held here."""
        assert self._reached.wait(PATIENCE), "the conversation never got here"

    def holds(self) -> bool:
        """Whether a conversation got here."""
        return self._reached.is_set()

    def let_go(self) -> None:
        """The conversation goes on as usual."""
        self._go.set()


class ScriptedSmtp:
    """Plans are made by stage and recipient, each used once, in order; without one the server takes everything."""

    def __init__(self, port: int = 0) -> None:
        self._listening = socket.create_server((LOOPBACK, port))
        self.port: int = self._listening.getsockname()[1]
        self.received: list[tuple[str, bytes]] = []
        self.visits: dict[str, int] = defaultdict(int)
        self._plans: dict[tuple[str, str], deque[Act]] = defaultdict(deque)
        self._pauses: list[Pause] = []

    def reply(self, stage: str, text: str, recipient: str = ANYBODY, *, times: int = 1) -> None:
        """At this stage the server says something else."""
        self._plans[stage, recipient].extend([lambda: text] * times)

    def hang_up(self, stage: str, recipient: str = ANYBODY, *, times: int = 1) -> None:
        """At this stage the connection ends."""

        def act() -> str | None:
            raise HangUp

        self._plans[stage, recipient].extend([act] * times)

    def pause(self, stage: str, recipient: str = ANYBODY) -> Pause:
        """At this stage the server waits to be let go."""
        pause = Pause()
        self._pauses.append(pause)
        self._plans[stage, recipient].append(pause)
        return pause

    def letters(self, recipient: str) -> list[EmailMessage]:
        """What was stored for the recipient, whether the sender heard of it or not."""
        stored = [content for known, content in self.received if known == recipient]
        return [message_from_bytes(content, policy=policy.default) for content in stored]

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()
        for pause in self._pauses:
            pause.let_go()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _at(self, stage: str, recipient: str = ANYBODY) -> bytes:
        self.visits[stage] += 1
        for known in (recipient, ANYBODY):
            if plan := self._plans[stage, known]:
                said = plan.popleft()()
                return f"{said or STAGES[stage]}\r\n".encode()
        return f"{STAGES[stage]}\r\n".encode()

    def _converse(self, connection: socket.socket) -> None:
        recipient = ANYBODY
        with contextlib.suppress(HangUp, OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(self._at("connect"))
            for line in lines:
                word, _, rest = line.decode().strip().partition(" ")
                match word.lower():
                    case "ehlo":
                        connection.sendall(b"250-scripted\r\n250 SIZE 40000000\r\n")
                    case "mail":
                        connection.sendall(self._at("mail"))
                    case "rcpt":
                        recipient = rest.partition("<")[2].partition(">")[0]
                        connection.sendall(self._at("rcpt", recipient))
                    case "data":
                        answer = self._at("data", recipient)
                        connection.sendall(answer)
                        if answer.startswith(b"354"):
                            self._at("content", recipient)
                            self.received.append((recipient, _content(lines)))
                            connection.sendall(self._at("stored", recipient))
                    case "quit":
                        connection.sendall(self._at("quit", recipient))
                        return
                    case _:
                        connection.sendall(b"250 ok\r\n")


def _content(lines: BinaryIO) -> bytes:
    """Everything before the lone dot; what ends without it was never sent."""
    found = b""
    while (line := lines.readline()) != b".\r\n":
        if not line:
            raise HangUp
        found += line[1:] if line.startswith(b".") else line
    return found
