"""Letters to applicants as they leave: the words of `domain.letters`, with their envelope and their files."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

import sqlalchemy as sa

from activities.mail import SMTP_7BIT, ascii_address, headed
from domain.letter_content import LetterFile, fits
from domain.letters import words
from domain.vocabulary import LetterKind
from storage import letter_content
from storage.files import FileStore
from storage.keys import KeyRing


class Unsendable(Exception):
    """No mail server could deliver this letter, or none may: it is a task for a person. The message is a code."""


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """Writes a letter from the record at the moment of sending."""

    files: FileStore
    keys: KeyRing
    public_url: str

    def write(self, connection: sa.Connection, letter_id: str, sender: str) -> EmailMessage:
        """The whole letter. The same letter has the same Message-ID and Date each time, so a twin can be recognised.

        Raises Unsendable, and OSError or Undecipherable when a file cannot be read.
        """
        found = letter_content.read(connection, letter_id)
        recipient = ascii_address(found.recipient)
        if recipient is None:
            raise Unsendable("address_not_ascii")
        if found.secret and found.content.kind in _ABOUT_THE_MATTER:
            # the rules write no such letter; a card marked secret while one was on its way must not leak it (G-50)
            raise Unsendable("secret")
        attached = fits(found.content.files)
        if found.content.kind is LetterKind.FORWARDED and not attached:
            raise Unsendable("too_large")
        code = self.keys.tracking_code(UUID(found.message_id), found.code_issue)
        subject, text = words(found.content, self.public_url, code)
        mail = headed(
            EmailMessage(policy=SMTP_7BIT),
            sender=sender,
            to=recipient,
            subject=subject,
            at=found.written_at,
            name=f"letter-{found.id}",
        )
        mail.set_content(text, cte="base64")
        for file in found.content.files if attached else ():
            self._attach(mail, file)
        return mail

    def _attach(self, mail: EmailMessage, file: LetterFile) -> None:
        main, _, sub = file.media_type.partition("/")
        with self.files.open_file(UUID(file.id)) as source:
            body = source.read()
        # without it a reader takes Russian text for ASCII
        charset = {"charset": _charset(body)} if main == "text" else {}
        mail.add_attachment(body, maintype=main, subtype=sub, filename=file.name, params=charset)


_ABOUT_THE_MATTER = frozenset(
    {
        LetterKind.ANSWER,
        LetterKind.POSTPONEMENT,
        LetterKind.DECLINE,
        LetterKind.FORWARDED,
        LetterKind.CONTINUED,
        LetterKind.CONVERTED,
    }
)
"""Letters that carry what somebody wrote about the matter; the others are made of number, dates and names of bodies."""


def _charset(body: bytes) -> str:
    """Plain text is taken in these two encodings alone."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1251"
    return "utf-8"
