"""Letters of the mail catcher as .eml files: whole or not there, the newest few thousand."""

from __future__ import annotations

import os
import re
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

KEPT_LETTERS = 2000
_NAME = re.compile(r"\d{8}T\d{12}Z-\d{4}")


class MailStore:
    """A folder of letters; a letter's name begins with the instant of its arrival, so names sort by it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._count = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, sender: str, recipients: list[str], content: bytes) -> str:
        """The letter is on disk under the returned name, with its envelope in Return-Path and Delivered-To."""
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
        trace = "".join(f"{line}\r\n" for line in envelope).encode("utf-8", "surrogateescape")
        with self._lock:
            self._count = (self._count + 1) % 10_000
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{self._count:04d}"
            draft = self.folder / f".{name}"
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(trace + content)
            draft.replace(self._path(name))
            for old in self.names()[KEPT_LETTERS:]:
                self._path(old).unlink(missing_ok=True)
        return name

    def names(self) -> list[str]:
        """All letters, newest first."""
        return sorted((path.stem for path in self.folder.glob("[0-9]*.eml")), reverse=True)

    def source(self, name: str) -> bytes | None:
        """The letter as it came; None for a name that names no letter here."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def letter(self, name: str) -> EmailMessage | None:
        """The letter, parsed."""
        source = self.source(name)
        return None if source is None else message_from_bytes(source, policy=policy.default)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"


def arrived_at(name: str) -> datetime:
    """When the letter of this name came."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
