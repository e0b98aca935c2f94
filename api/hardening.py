"""The guard before every endpoint: what no endpoint should ever have to think of, refused or added in one place.

Headers on every answer; sizes of headers; bodies (`api.bodies`); signs that the record cannot hold (NUL, halves of surrogate
pairs); and an error that nobody mapped, so that no server prints its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.bodies import Bodies, Gone, unstorable
from api.problems import Problem
from domain.regulation import REAL_DAY_SECONDS

MAX_HEADER_BYTES = 16 * 1024

_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
DAY_HEADER = b"x-otklik-day-seconds"
"""Only where a day of the terms is not a day: a demonstration says on every screen that it is one."""


class Guard:
    """Outermost of the application's own middleware.

    `streamed`: endpoints (method, pattern of the path) that take their bodies in pieces, and how many bytes at most; `bodies`
    reads the others whole. `day_seconds`: a shortened day is said with every answer. FastAPI's own limit answers in plain
    text, whatever the handlers say.
    """

    def __init__(
        self,
        app: ASGIApp,
        bodies: Bodies,
        streamed: Mapping[tuple[str, str], int],
        day_seconds: int = REAL_DAY_SECONDS,
    ) -> None:
        self._app, self._bodies, self._streamed = app, bodies, streamed
        self._headers = dict(_HEADERS)
        if day_seconds != REAL_DAY_SECONDS:
            self._headers[DAY_HEADER] = str(day_seconds).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._headers)
        try:
            _check_head(scope)
            streamed = self._streamed_bytes(scope["method"], scope["path"])
            if streamed is None:
                receive = await self._bodies.read(scope, receive)
            else:
                receive = await self._bodies.stream(scope, receive, streamed)
            await self._app(scope, receive, answer.send)
        except (Gone, ClientDisconnect):
            return
        except Exception as error:
            if answer.begun:
                raise
            response = await errors.any_error(Request(scope), error)
            await response(scope, receive, answer.send)

    def _streamed_bytes(self, method: str, path: str) -> int | None:
        found = (
            most for (verb, pattern), most in self._streamed.items() if verb == method and re.fullmatch(pattern, path)
        )
        return next(found, None)


class _Answer:
    """Passes an answer on with the headers that all have; those that the endpoint chose stay."""

    def __init__(self, scope: Scope, send: Send, headers: Mapping[bytes, bytes]) -> None:
        self._send = send
        self._added = dict(headers)
        if scope["path"].startswith("/api"):
            self._added[b"cache-control"] = b"no-store"
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in self._added.items() if name not in present]
            message = {**message, "headers": headers}
        await self._send(message)


def _check_head(scope: Scope) -> None:
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        raise Problem(431, "headers_too_large", "Заголовки запроса больше допустимого.")
    if b"\0" in unquote_to_bytes(scope.get("query_string", b"")) or "\0" in scope["path"]:
        raise unstorable()
    if any(b"\0" in value for _, value in scope["headers"]):
        raise unstorable()
