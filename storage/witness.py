"""What was sealed, told outside the database: whoever takes the newest seals away cannot take them from here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.durable import sync_folder
from storage.journal import Seal

NAME = "journal-seals.txt"
"""A line for each seal: its number and its hash in hex, oldest first. About 700 KB a year."""
_LINE = re.compile("([0-9]+) ([0-9a-f]{64})")


class Witness:
    """A file beside the attachments' contents, which only grows. A copy of it in other hands is a witness too."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def note(self, made: Iterable[Seal]) -> list[Seal]:
        """Those that were not noted yet are on the disk, and returned. To be called after their commit: one that is noted was
        in the database. What a crash left out is caught up with by the next call.
        """
        noted = set(self.seals())
        missing = [seal for seal in made if seal not in noted]
        if missing:
            with self._path.open("a", encoding="ascii") as notes:
                for seal in missing:
                    notes.write(f"\n{seal.id} {seal.hash.hex()}")  # in front, so that a line cut off spoils no other
                notes.flush()
                os.fsync(notes.fileno())
            sync_folder(self._path.parent)
        return missing

    def seals(self) -> Iterator[Seal]:
        """All seals noted, oldest first; none where nothing was noted yet. A line cut off by a crash is passed over."""
        if not self._path.exists():
            return
        with self._path.open(encoding="ascii", errors="replace") as notes:
            for line in notes:
                if whole := _LINE.fullmatch(line.strip()):
                    yield Seal(int(whole[1]), bytes.fromhex(whole[2]))
