"""`deliver_letter`: one letter to the applicant goes out by real SMTP, at most twice, and twice only when in doubt. G-19, G-49."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from activities.beating import BEAT, LOST, beating
from activities.mail import Doubtful, MailServer, Outgoing, Refused, TryAgain, address, hand_over
from activities.writing import LetterWriter, Unsendable
from storage import letters
from storage.engine import glance
from storage.keys import Undecipherable
from storage.letters import Waiting

__all__ = ["Delivering", "MailServer", "TryAgain"]

CONTENT_LIMIT = timedelta(minutes=3)
"""For the content of a letter, which may be 27 MB over a slow line."""

_PAUSES = (1, 2, 4, 8)
"""Seconds between attempts to record an outcome: a restart of the database must not turn what we know into doubt."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the activity needs; made once a process."""

    engine: sa.Engine
    server: MailServer
    sender: str
    writer: LetterWriter
    give_up: timedelta = timedelta(hours=24)
    """After so long of failures, counted from the first, the letter becomes a task for a person."""
    beat: timedelta = BEAT

    def deliver(self, letter_id: str, alive: Callable[[], None] = lambda: None) -> str:
        """The letter has an outcome in the record; its state is returned. Raises TryAgain while it cannot have one.

        As long as it takes, `alive` is called and the record told that somebody is at it.

        Idempotency key: the letter's id, which is its Message-ID too. Before DATA the row says «begun» and is committed; a row
        that says so and that nobody is at means that nobody knows whether the letter left: it is sent once more and marked
        doubtful; in doubt again it becomes a task for a person. Of two workers with the same letter only one begins: each names
        the count of beginnings that it saw. A settled letter is left alone.
        """
        found = self._take(letter_id)
        if isinstance(found, str):
            return found
        with beating(self.beat, alive, lambda: self._stay(letter_id)):
            return self._send(found)

    def _send(self, found: Waiting) -> str:
        letter_id = found.id
        try:
            with glance(self.engine) as connection:
                letter = Outgoing.of(self.writer.write(connection, letter_id, self.sender))
            return self._converse(found, letter)
        except (Refused, Unsendable) as refused:
            code = str(refused)
            return self._record(lambda connection: letters.refuse(connection, letter_id, code))
        except TryAgain:
            self._be_patient(letter_id)
            raise
        except (OSError, Undecipherable) as error:
            # the server, or a folder of files that is not mounted: ops see the code, and after a day people the letter
            self._be_patient(letter_id)
            raise TryAgain(type(error).__name__) from None

    def _take(self, letter_id: str) -> Waiting | str:
        """The letter that may be sent now, or its state if there is nothing to send. Holds the row for a moment only."""
        with self.engine.begin() as connection:
            letter = letters.lock(connection, letter_id)
            if letter is None or letter.settled:
                return letter.state if letter else "missing"
            if letter.begun and letter.begun_for is not None and letter.begun_for < LOST:
                raise TryAgain("under_way")
            if letter.in_doubt_twice:
                return letters.refuse(connection, letter_id, "doubtful_twice")
            if letter.tried_for > self.give_up:
                return letters.refuse(connection, letter_id, "doubtful" if letter.begun else "server_unavailable")
            return letter

    def _stay(self, letter_id: str) -> None:
        with self.engine.begin() as connection:
            letters.stay(connection, letter_id)

    def _converse(self, seen: Waiting, letter: Outgoing) -> str:
        """The outcome is committed before QUIT: nothing that follows the server's word can bring it into doubt."""
        with self.server.open() as server:
            address(server, letter)
            with self.engine.begin() as connection:
                attempt = letters.begin(connection, seen.id, seen.attempts)
            if attempt is None:
                raise TryAgain("under_way")
            try:
                hand_over(server, letter, CONTENT_LIMIT)
            except Doubtful as doubt:
                self._record(lambda connection: letters.leave(connection, seen.id, attempt))
                raise TryAgain(str(doubt)) from None
            except TryAgain:
                self._record(lambda connection: letters.not_begun(connection, seen.id, attempt))
                raise
            except Refused as refused:
                code = str(refused)
                return self._record(lambda connection: letters.refuse(connection, seen.id, code))
            return self._record(lambda connection: letters.sent(connection, seen.id))

    def _be_patient(self, letter_id: str) -> None:
        """From the first failure on there is a day for this letter to leave."""
        with self.engine.begin() as connection:
            letters.note_try(connection, letter_id)

    def _record(self, outcome: Callable[[sa.Connection], str]) -> str:
        """What we know is committed. Raises OperationalError when the database stays away; then it is in doubt."""
        for pause in _PAUSES:
            try:
                with self.engine.begin() as connection:
                    return outcome(connection)
            except (sa.exc.OperationalError, sa.exc.TimeoutError):
                time.sleep(pause)
        with self.engine.begin() as connection:
            return outcome(connection)
