"""How mail leaves: a server that may be slow, silent or gone, and what it says in codes alone."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache

from email_validator import EmailNotValidError, validate_email


class _Folded(policy.EmailPolicy):
    """Folds subjects that are not ASCII by `Header`: the policy's own folding loses spaces between their lines (Python 3.11)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header's lines."""
        if name.lower() != "subject" or str(value).isascii():
            folded: bytes = super().fold_binary(name, value)
            return folded
        subject = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {subject}{self.linesep}".encode("ascii")


SMTP_7BIT = _Folded(linesep="\r\n", cte_type="7bit")
"""Russian letters encoded for every mail server, also for one that takes seven bits and short lines alone."""

_PIECE = 64 * 1024


def headed(mail: EmailMessage, *, sender: str, to: str, subject: str, at: datetime, name: str) -> EmailMessage:
    """The mail with its head. The same `name` and instant give the same Message-ID and Date: a twin is recognised."""
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at.astimezone(UTC))
    mail["Message-ID"] = f"<{name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


class TryAgain(Exception):
    """The letter cannot go out now; none has left that we do not know of. The message is a code, never the server's words."""


class Refused(Exception):
    """The server will not take this letter, now or later. The message is a code."""


class Doubtful(Exception):
    """The content went out and no word came back that it was taken or not."""


class _Polite:
    """Leaves with QUIT, and never fails by it: the server's last word changes nothing of what became of the letter."""

    def __exit__(self, *_: object) -> None:
        assert isinstance(self, smtplib.SMTP)
        with contextlib.suppress(OSError):
            self.docmd("QUIT")
        self.close()


class _Smtp(_Polite, smtplib.SMTP):
    pass


class _SmtpOverTls(_Polite, smtplib.SMTP_SSL):
    pass


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities' certificates costs more than a letter: once a process."""
    return ssl.create_default_context()


@cache
def _own_name() -> str:
    """How we greet. smtplib asks the name service for each conversation, which costs seconds where that is slow: once a process."""
    return socket.getfqdn()


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. `tls`: none, starttls or tls. `timeout`: for each reply, and for each piece of a letter."""

    host: str
    port: int
    tls: str
    login: str | None
    password: str | None
    timeout: timedelta

    def open(self) -> smtplib.SMTP:
        """A conversation with the server, ready for a sender. Raises OSError, which smtplib.SMTPException is too."""
        seconds = self.timeout.total_seconds()
        if self.tls == "tls":
            server: smtplib.SMTP = _SmtpOverTls(self.host, self.port, _own_name(), timeout=seconds, context=_tls())
        else:
            server = _Smtp(self.host, self.port, _own_name(), timeout=seconds)
        try:
            if self.tls == "starttls":
                server.starttls(context=_tls())
            server.ehlo_or_helo_if_needed()
            if self.login:
                server.login(self.login, self.password or "")
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter as it goes over the wire. Both addresses are bare and ASCII."""

    sender: str
    recipient: str
    content: bytes

    @classmethod
    def of(cls, mail: EmailMessage) -> Outgoing:
        """The letter with From and To, encoded. Raises UnicodeError, ValueError for what cannot be."""
        content = mail.as_bytes(policy=SMTP_7BIT)
        content.decode("ascii")
        return cls(parseaddr(str(mail["From"]))[1], parseaddr(str(mail["To"]))[1], content)


def ascii_address(address: str) -> str | None:
    """The address as every mail server takes it, its domain in Punycode; None where the name itself is not ASCII."""
    try:
        return validate_email(address, check_deliverability=False).ascii_email
    except EmailNotValidError:
        return None


def address(server: smtplib.SMTP, letter: Outgoing) -> None:
    """The server knows from whom and to whom. Raises Refused, TryAgain, OSError; nothing has left.

    Of the sender it complains about us, not about the letter, so that is tried again until somebody mends it; of the
    recipient, or of the letter's size, about the letter.
    """
    size = [f"size={len(letter.content)}"] if server.has_extn("size") else []
    code, _ = server.mail(letter.sender, size)
    if code == 552:
        raise Refused("too_large")
    if not 200 <= code < 300:
        raise TryAgain(f"sender_{code}")
    _expect_taken(server.rcpt(letter.recipient)[0], "recipient")


def hand_over(server: smtplib.SMTP, letter: Outgoing, limit: timedelta) -> None:
    """The server has taken the letter. Raises Refused, TryAgain when surely not, Doubtful when nobody knows.

    `limit`: for the content as a whole; each reply has the connection's own.
    """
    try:
        code, _ = server.docmd("data")
    except OSError as error:
        raise TryAgain(type(error).__name__) from None
    if code != 354:
        _expect_taken(code, "data")
        raise TryAgain(f"data_{code}")
    try:
        _send(server, letter.content, time.monotonic() + limit.total_seconds())
        code, _ = server.getreply()
    except OSError as error:
        raise Doubtful(type(error).__name__) from None
    if not 200 <= code < 600 or 300 <= code < 400:
        raise Doubtful(f"content_{code}")
    _expect_taken(code, "content")


def _send(server: smtplib.SMTP, content: bytes, until: float) -> None:
    """Piece by piece, since a timeout is for one call, and a large letter over a slow line takes longer than a reply."""
    whole = smtplib._quote_periods(content)  # type: ignore[attr-defined]  # as smtplib.SMTP.data does it
    if not whole.endswith(b"\r\n"):
        whole += b"\r\n"
    whole += b".\r\n"
    for start in range(0, len(whole), _PIECE):
        if time.monotonic() > until:
            raise TimeoutError
        server.send(whole[start : start + _PIECE])


def _expect_taken(code: int, what: str) -> None:
    if 200 <= code < 300:
        return
    if 500 <= code < 600:
        raise Refused(f"{what}_{code}")
    raise TryAgain(f"{what}_{code}")
