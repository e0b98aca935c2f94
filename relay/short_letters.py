"""Short letters to applicants leave within a second or two: whoever ordered a code is looking at the screen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import sqlalchemy as sa
import structlog

from activities.mail import SMTP_7BIT, MailServer, Outgoing, ascii_address, headed
from domain.calls import summary
from relay.conversation import DOUBTFUL, Conversation, Undelivered
from storage import calls, short_letters
from storage.public_drafts import CODE_LIFETIME
from storage.reference import Reference
from storage.short_letters import Kind, ShortLetter
from storage.tracking_codes import code_in_force
from storage.types import keys_in_use

log = structlog.get_logger()

FIRST_WAIT, LAST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
MOST_ATTEMPTS = 30


class ShortPost:
    """Takes what is due in the outbox to the mail server, one by one over one connection.

    A crash between sending and settling sends a letter a second time, with the same Message-ID: it only repeats itself.
    """

    def __init__(
        self, engine: sa.Engine, reference: Reference, server: MailServer, sender: str, public_url: str
    ) -> None:
        self._engine = engine
        self._reference = reference
        self._sender = sender
        self._tracking = f"{public_url.rstrip('/')}/track"
        self._conversation = Conversation(server)

    async def deliver_all(self) -> None:
        """Nothing that is due is left, or the server is away; cancelled, it stops between two letters."""
        while await asyncio.to_thread(self.deliver_next):
            pass
        await asyncio.to_thread(self._conversation.hang_up)

    def deliver_next(self) -> bool:
        """The letter that is due first has been tried; False when there is none, or the server is away."""
        with self._engine.begin() as connection:
            letter = short_letters.claim(connection, self._conversation.longest)
        if letter is None:
            return False
        with self._engine.begin() as connection:
            written = self._write(connection, letter)
        if written is None:
            return True
        try:
            self._conversation.send(written)
        except Undelivered as failure:
            self._failed(letter, failure)
            return not failure.server_away
        with self._engine.begin() as connection:
            short_letters.sent(connection, letter)
        return True

    def _write(self, connection: sa.Connection, letter: ShortLetter) -> Outgoing | None:
        """The letter as it goes out; None when it is not to be sent, or not any more."""
        recipient = ascii_address(letter.recipient)
        words = self._words(connection, letter) if recipient else None
        if recipient is None or words is None:
            short_letters.give_up(connection, letter, "not_wanted" if recipient else "address_not_ascii")
            return None
        subject, text = words
        name, at = f"short-letter-{letter.id}", letter.created_at
        mail = headed(
            EmailMessage(policy=SMTP_7BIT), sender=self._sender, to=recipient, subject=subject, at=at, name=name
        )
        mail.set_content(text, cte="base64")
        return Outgoing.of(mail)

    def _words(self, connection: sa.Connection, letter: ShortLetter) -> tuple[str, str] | None:
        """Subject and text; None when nobody waits for the letter."""
        organisation = short_letters.organisation_title(connection)
        match letter.kind:
            case Kind.CONFIRMATION:
                if not short_letters.code_is_wanted(connection, letter):
                    return None
                assert letter.draft is not None
                assert letter.issue is not None
                code = keys_in_use().one_time_code(UUID(letter.draft), letter.issue, letter.recipient)
                return "Код подтверждения", _CONFIRMATION.format(code=code, minutes=_MINUTES, organisation=organisation)
            case Kind.TRACKING_CODE:
                found = short_letters.message_of(connection, self._reference, letter)
                if found is None:
                    return None
                issued = code_in_force(connection, found)
                told = {"number": issued.number, "code": issued.code, "page": self._tracking}
                subject = f"Новый код для сообщения № {issued.number}"
                return subject, _TRACKING_CODE.format(organisation=organisation, **told)
            case Kind.CALL_SUMMARY:
                call = calls.find(connection, letter.call) if letter.call is not None else None
                said = summary(call.steps) if call is not None else None
                return ("Итог разговора", _SUMMARY.format(summary=said, organisation=organisation)) if said else None

    def _failed(self, letter: ShortLetter, failure: Undelivered) -> None:
        twice = failure.code == DOUBTFUL and letter.failure == DOUBTFUL
        final = failure.final or twice or letter.attempts >= MOST_ATTEMPTS
        log.warning("short letter not sent", letter=letter.id, why=failure.code, given_up=final)
        with self._engine.begin() as connection:
            if final:
                short_letters.give_up(connection, letter, failure.code)
            else:
                wait = min(FIRST_WAIT * 2 ** min(letter.attempts - 1, 10), LAST_WAIT)
                short_letters.later(connection, letter, failure.code, wait)


_MINUTES = int(CODE_LIFETIME.total_seconds() // 60)
_CONFIRMATION = """\
Здравствуйте!

Код подтверждения: {code}

Введите его на странице, где вы писали сообщение: после этого оно будет зарегистрировано. Код действует {minutes} минут.

Если вы ничего не писали, не отвечайте на это письмо: без кода ничего не зарегистрируют. Никому не сообщайте код.

{organisation}
"""

_TRACKING_CODE = """\
Здравствуйте!

Вы попросили новый код для сообщения № {number}. Прежний код больше не действует.

Новый код: {code}
Ход рассмотрения: {page}

Не сообщайте код посторонним: с ним можно увидеть, как рассматривают ваше сообщение. Если код просили не вы, сообщите об этом
оператору приёма.

{organisation}
"""

_SUMMARY = """\
Здравствуйте!

Вы говорили с нами. Вот что решили:

{summary}

Если что-то записано неверно, позвоните нам.

{organisation}
"""
