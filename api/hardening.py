"""The guard before every endpoint: what no endpoint should ever have to think of, refused or added in one place.

Headers on every answer; sizes of headers and bodies; signs that the record cannot hold (NUL, halves of surrogate pairs);
JSON nested beyond reason; and an error that nobody mapped, so that no server prints its words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.problems import Problem
from domain.regulation import REAL_DAY_SECONDS

MAX_HEADER_BYTES = 16 * 1024
MAX_DEPTH = 20
"""Levels of arrays and objects; ours have four."""

_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
DAY_HEADER = b"x-otklik-day-seconds"
"""Only where a day of the terms is not a day: a demonstration says on every screen that it is one."""
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class Guard:
    """Outermost of the application's own middleware.

    `max_body`: bytes of a body that is read whole. `streamed`: endpoints (method, pattern of the path) that take theirs in
    pieces, and how many bytes at most. `day_seconds`: a shortened day is said with every answer.
    FastAPI's own limit answers in plain text, whatever the handlers say.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body: int,
        streamed: Mapping[tuple[str, str], int],
        day_seconds: int = REAL_DAY_SECONDS,
    ) -> None:
        self._app, self._max_body, self._streamed = app, max_body, streamed
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
            receive = _limited(scope, receive, self._max_body if streamed is None else streamed)
            if streamed is None:
                receive = await _checked_body(receive)
            await self._app(scope, receive, answer.send)
        except (_Gone, ClientDisconnect):
            return
        except Exception as error:
            if answer.begun:
                raise
            response = await problems.any_error(Request(scope), error)
            await response(scope, receive, answer.send)

    def _streamed_bytes(self, method: str, path: str) -> int | None:
        found = (
            most for (verb, pattern), most in self._streamed.items() if verb == method and re.fullmatch(pattern, path)
        )
        return next(found, None)


class _Gone(Exception):
    """Whoever asked has hung up."""


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
        raise _unstorable()
    if any(b"\0" in value for _, value in scope["headers"]):
        raise _unstorable()


def _limited(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Whoever declares too much is refused at once; whoever sends more, when it has come."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return counted


async def _checked_body(receive: Receive) -> Receive:
    """The whole body is here and can be stored."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    check_json(bytes(body))
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": bytes(body), "more_body": False}
        return await receive()

    return replay


def check_json(body: bytes) -> None:
    """Raises a Problem for what the record cannot hold. Parses only what looks suspicious; broken JSON is told elsewhere."""
    if b"\0" in body:
        raise Problem(400, "invalid_json", "Тело запроса не является правильным JSON в кодировке UTF-8.")
    if not _SUSPICIOUS.search(body) and body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    try:
        parsed = json.loads(body)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        return
    _check_value(parsed)


def _check_value(parsed: Any) -> None:
    level: list[Any] = [parsed]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for value in level:
            match value:
                case str():
                    _check_text(value)
                case dict():
                    below += value.keys()
                    below += value.values()
                case list():
                    below += value
        if not below:
            return
        level = below
    raise _too_deep()


def _check_text(value: str) -> None:
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _unstorable()


def _too_large(limit: int) -> Problem:
    return Problem(413, "body_too_large", f"Тело запроса больше {limit >> 20} МиБ.", headers={"Connection": "close"})


def _unstorable() -> Problem:
    return Problem(422, "invalid_text", "В запросе есть знаки, которые нельзя сохранить: уберите их.")


def _too_deep() -> Problem:
    return Problem(400, "invalid_json", f"JSON вложен глубже {MAX_DEPTH} уровней.")
