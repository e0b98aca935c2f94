"""A mail server that delivers nowhere: letters become files and a page. `python -m embedded.mail_catcher --help`.

It speaks real SMTP on 127.0.0.1. A recipient whose address begins with one of these words is treated as the word says,
so that a person or a test can see how Otklik lives with it:

`refuse-…`       refused for good at RCPT (550), as an address that does not exist
`busy-…`         refused for now at RCPT (451), as a greylisting server does
`silent-…`       accepted; the letter is stored after DATA, then no reply ever comes: the sender cannot know
`silent-once-…`  the same for the first letter of a Message-ID; the second one is answered as usual
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from embedded.mail_pages import serve
from embedded.mail_store import MailStore
from embedded.ports import LOOPBACK

LETTER_LIMIT = 64_000_000


class Catcher:
    """What happens to each recipient and each letter; aiosmtpd calls these hooks by name."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._once: set[tuple[str, str]] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The recipient is accepted, or refused as its address asks."""
        local = address.lower()
        if local.startswith("refuse-"):
            return "550 5.1.1 No such mailbox"
        if local.startswith("busy-"):
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Accepted"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The letter is stored before any reply."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        name = self._store.add(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        if self._keeps_silent(envelope.rcpt_tos, content):
            await asyncio.Event().wait()
        return f"250 2.0.0 Stored as {name}"

    def _keeps_silent(self, recipients: list[str], content: bytes) -> bool:
        message_id = str(message_from_bytes(content, policy=policy.default)["Message-ID"])
        for recipient in recipients:
            if not recipient.lower().startswith("silent-"):
                continue
            if not recipient.lower().startswith("silent-once-") or (recipient, message_id) not in self._once:
                self._once.add((recipient, message_id))
                return True
        return False


def letters(folder: Path) -> list[EmailMessage]:
    """All letters that the catcher stored in `folder`, oldest first."""
    store = MailStore(folder)
    return [letter for name in reversed(store.names()) if (letter := store.letter(name)) is not None]


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m embedded.mail_catcher", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--notice", default="")
    wanted = parser.parse_args()
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    store = MailStore(wanted.folder)
    controller = Controller(
        Catcher(store),
        hostname=LOOPBACK,
        port=wanted.smtp_port,
        server_hostname="localhost",
        ident="Otklik mail catcher",
        data_size_limit=LETTER_LIMIT,
        enable_SMTPUTF8=True,
    )
    controller.start()
    pages = serve(store, wanted.http_port, wanted.notice)
    ended.wait()
    pages.shutdown()
    controller.stop(no_assert=True)


if __name__ == "__main__":
    main()
