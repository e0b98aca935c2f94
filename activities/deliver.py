"""`deliver_letter`: one letter to the applicant goes out by real SMTP, at most twice, and twice only when in doubt. G-19, G-49."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import sqlalchemy as sa

from activities.writing import LetterWriter
from storage import letters


SMTP_7BIT = policy.SMTP.clone(cte_type="7bit")
"""Russian letters encoded for every mail server, also for one that takes seven bits and short lines alone."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. `tls`: none, starttls or tls."""

    host: str
    port: int
    tls: str
    login: str | None
    password: str | None
    timeout: timedelta

    def open(self) -> smtplib.SMTP:
        """A conversation with the server, ready for a sender. Raises OSError, smtplib.SMTPException."""
        seconds = self.timeout.total_seconds()
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=seconds)
        if self.tls == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if self.login:
            server.login(self.login, self.password or "")
        return server


class TryAgain(Exception):
    """The mail server could not take the letter now; nothing was sent. The message is a code, never the server's words."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the activity needs; made once a process."""

    engine: sa.Engine
    server: MailServer
    sender: str
    writer: LetterWriter
    give_up: timedelta = timedelta(hours=24)
    """After so long of temporary failures the letter becomes a task for a person."""

    def deliver(self, letter_id: str) -> str:
        """The letter has an outcome in the record; its state is returned. Raises TryAgain while the server cannot take it.

        Idempotency key: the letter's id, which is its Message-ID too. Before DATA the row says «begun» and is committed; a row that
        says so when we come means that nobody knows whether the letter left: it is sent once more and marked doubtful; in doubt
        again it becomes a task for a person. A settled letter is left alone.
        """
        with self.engine.begin() as connection:
            letter = letters.lock(connection, letter_id)
            if letter is None or letter.settled:
                return letter.state if letter else "missing"
            if letter.in_doubt_twice:
                return letters.refuse(connection, letter_id, "doubtful_twice")
            if letter.age > self.give_up and not letter.begun:
                return letters.refuse(connection, letter_id, "server_unavailable")
            mail = self.writer.write(connection, letter_id, self.sender)
        try:
            return self._send(letter_id, mail)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            # before DATA nothing has left; after it the row says «begun» and the next attempt knows
            raise TryAgain(type(error).__name__) from None

    def _send(self, letter_id: str, mail: EmailMessage) -> str:
        recipient = str(mail["To"])
        with self.server.open() as server:
            try:
                _expect(server.mail(self.sender), "sender")
                _expect(server.rcpt(recipient), "recipient")
            except Refused as refused:
                with self.engine.begin() as connection:
                    return letters.refuse(connection, letter_id, refused.code)
            with self.engine.begin() as connection:
                if not letters.begin(connection, letter_id):
                    return "settled"
            code, _ = server.data(mail.as_bytes(policy=SMTP_7BIT))
        with self.engine.begin() as connection:
            if 200 <= code < 300:
                return letters.sent(connection, letter_id)
            if code >= 500:
                return letters.refuse(connection, letter_id, f"content_{code}")
            letters.not_begun(connection, letter_id)
        raise TryAgain(f"data_{code}")


class Refused(Exception):
    """The server will not take this letter, now or later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _expect(reply: tuple[int, bytes], what: str) -> None:
    code = reply[0]
    if 200 <= code < 300:
        return
    if code >= 500:
        raise Refused(f"{what}_{code}")
    raise TryAgain(f"{what}_{code}")
