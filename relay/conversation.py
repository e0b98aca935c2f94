"""How the relay hands its mail over: one conversation with the server, kept open from letter to letter."""

from __future__ import annotations

import contextlib
import smtplib
from datetime import timedelta

from activities.mail import Doubtful, MailServer, Outgoing, Refused, TryAgain, address, hand_over

CONTENT_LIMIT = timedelta(minutes=1)
"""For a table of at most a hundred rows, or a few lines."""
DOUBTFUL = "doubtful"
"""Code of what the server may have taken without a word."""


class Undelivered(Exception):
    """The server did not take it. `code`: ours, never the server's words. `final`: nor will it. `server_away`: nor the next."""

    def __init__(self, code: str, *, final: bool = False, server_away: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final
        self.server_away = server_away


class Conversation:
    """Begins with the first letter. After a failure the next letter begins another."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._open: smtplib.SMTP | None = None

    @property
    def longest(self) -> timedelta:
        """Longer than all of it can take: greeting, TLS, sign-in, sender, recipient, DATA, the content, the end."""
        return 12 * self._server.timeout + CONTENT_LIMIT

    def send(self, letter: Outgoing) -> None:
        """The server has taken the mail. Raises Undelivered, the conversation then being over."""
        try:
            self._open = self._open or self._server.open()
            address(self._open, letter)
            hand_over(self._open, letter, CONTENT_LIMIT)
        except Refused as refused:
            raise self._broken(str(refused), final=True) from None
        except TryAgain as later:
            # what it has against the sender it has against every mail of ours
            raise self._broken(str(later), server_away=str(later).startswith("sender_")) from None
        except Doubtful:
            raise self._broken(DOUBTFUL, server_away=True) from None
        except OSError as error:
            raise self._broken(type(error).__name__, server_away=True) from None

    def hang_up(self) -> None:
        """It is over."""
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open.quit()
            self._drop()

    def _broken(self, code: str, *, final: bool = False, server_away: bool = False) -> Undelivered:
        self._drop()
        return Undelivered(code, final=final, server_away=server_away)

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
