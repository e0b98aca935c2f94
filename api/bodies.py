"""Bodies of requests as they come in: how large, how slow, by how many at once; and signs that the record cannot hold.

A body is read before the endpoint asks who sends it, so strangers get little: a few of them at once, a small body each. Who
shows a good token is asked first only where more is needed, so that a usual request costs no question more.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import Any

import anyio
from starlette.types import Message, Receive, Scope

from api.problems import Problem
from api.resources import not_signed_in

BODY_SECONDS = 30.0
"""How long a body may take that is read whole: 35 KiB a second at least for the largest."""
PIECE_SECONDS = 20.0
"""How long a body that is taken in pieces may stand still."""
HEAD_START_SECONDS, SLOWEST = 30.0, 32 * 1024
"""After so long, bytes a second on the whole: the largest file has eleven minutes, and nobody holds a place for ever."""
STRANGERS_BYTES = 16 * 1024
"""The largest body of somebody who has shown no good token; a sign-in or a tracking code takes hundreds."""
STRANGERS_AT_ONCE, OF_ONE_ADDRESS = 256, 32
"""Bodies that come in without a good token having been looked at: together, and from one address."""
MAX_DEPTH = 20
"""Levels of arrays and objects; ours have four."""

_DIGITS = 18
"""A length that has more is none; Python refuses to read thousands of them."""

_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class Gone(Exception):
    """Whoever asked has hung up."""


class Bodies:
    """Reads the bodies of a process. `most`: bytes of one that is read whole. `known`: whether the record knows who sends."""

    def __init__(self, most: int, known: Callable[[Scope], Awaitable[bool]]) -> None:
        self._most, self._known = most, known
        self._strangers: Counter[str] = Counter()

    async def read(self, scope: Scope, receive: Receive) -> Receive:
        """The body is here, whole, and can be stored; what is received from now on begins with it.

        Raises Gone, and Problem for whoever is too slow, sends too much, or is one stranger too many.
        """
        declared = _declared(scope)
        if declared is not None and declared > self._most:
            raise too_large(self._most)
        address = (scope.get("client") or ("",))[0]
        small = declared is not None and declared <= STRANGERS_BYTES
        asked = declared != 0 and not (small and self._has_place(address))
        known = asked and await self._known(scope)
        if not known and declared != 0 and not self._has_place(address):
            detail = "Слишком много запросов сразу. Повторите через несколько секунд."
            raise Problem(429, "too_many_at_once", detail, headers={"Retry-After": "5", "Connection": "close"})
        counted = limited(scope, receive, self._most) if known else _of_stranger(scope, receive)
        with self._place(address) if not known and declared != 0 else nullcontext():
            body = await _in_time(counted)
        check_json(body)
        return _replayed(body, receive)

    async def stream(self, scope: Scope, receive: Receive, most: int) -> Receive:
        """The body comes in pieces, not too slowly, and `most` bytes of it; of strangers as little as `read` takes, declared."""
        declared = _declared(scope)
        if declared is not None and declared > most:
            raise too_large(most)
        small = declared is not None and declared <= STRANGERS_BYTES
        known = not small and await self._known(scope)
        if declared is None and not known:
            raise not_signed_in(close=True) if _shows_token(scope) else _length_required()
        return _paced(limited(scope, receive, most) if known else _of_stranger(scope, receive))

    def _has_place(self, address: str) -> bool:
        return self._strangers.total() < STRANGERS_AT_ONCE and self._strangers[address] < OF_ONE_ADDRESS

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        self._strangers[address] += 1
        try:
            yield
        finally:
            self._strangers[address] -= 1
            if not self._strangers[address]:
                del self._strangers[address]


def limited(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Whoever declares too much is refused at once; whoever sends more, when it has come."""
    if (_declared(scope) or 0) > limit:
        raise too_large(limit)
    return _counted(receive, limit, lambda: too_large(limit))


def _of_stranger(scope: Scope, receive: Receive) -> Receive:
    """The little that may be sent without a good token; who shows a bad one is told that, to sign in again."""

    def refused() -> Problem:
        return not_signed_in(close=True) if _shows_token(scope) else too_large(STRANGERS_BYTES)

    if (_declared(scope) or 0) > STRANGERS_BYTES:
        raise refused()
    return _counted(receive, STRANGERS_BYTES, refused)


def _shows_token(scope: Scope) -> bool:
    return any(name in (b"authorization", b"cookie") for name, _ in scope["headers"])


def _length_required() -> Problem:
    detail = "Войдите в систему или укажите размер тела запроса в Content-Length."
    return Problem(411, "length_required", detail, headers={"Connection": "close"})


def _declared(scope: Scope) -> int | None:
    """Bytes of the body; None where that is not said."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    declared = headers.get(b"content-length", b"0")
    return int(declared) if declared.isdigit() and len(declared) <= _DIGITS else None


def _counted(receive: Receive, limit: int, refused: Callable[[], Problem]) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise refused()
        return message

    return counted


def _paced(receive: Receive) -> Receive:
    """Raises Problem for whoever stands still, or is too slow on the whole. Counted from when the reading began."""
    began, received, over = None, 0, False

    async def paced() -> Message:
        nonlocal began, received, over
        if over:
            return await receive()
        began = monotonic() if began is None else began
        left = began + HEAD_START_SECONDS + received / SLOWEST - monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            with anyio.fail_after(min(left, PIECE_SECONDS)):
                message = await receive()
        except TimeoutError:
            raise (_stalled() if left >= PIECE_SECONDS else _too_slow()) from None
        received += len(message.get("body", b""))
        over = not message.get("more_body")
        return message

    return paced


def _stalled() -> Problem:
    return _given_up("upload_stalled", "Файл перестал поступать: загрузите его ещё раз.")


def _too_slow() -> Problem:
    return _given_up("upload_too_slow", "Файл поступает слишком медленно: загрузите его по более быстрой связи.")


def _given_up(code: str, detail: str) -> Problem:
    return Problem(408, code, detail, headers={"Connection": "close"})


async def _in_time(receive: Receive) -> bytes:
    try:
        with anyio.fail_after(BODY_SECONDS):
            return await _whole(receive)
    except TimeoutError:
        raise _given_up("body_too_slow", "Запрос поступал слишком долго. Повторите его.") from None


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
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
        raise unstorable()


def too_large(limit: int) -> Problem:
    """More was sent, or said to be coming, than is taken."""
    most = f"{limit >> 20} МиБ" if limit >> 20 else f"{limit >> 10} КиБ"
    return Problem(413, "body_too_large", f"Тело запроса больше {most}.", headers={"Connection": "close"})


def unstorable() -> Problem:
    """It holds signs that the record cannot."""
    return Problem(422, "invalid_text", "В запросе есть знаки, которые нельзя сохранить: уберите их.")


def _too_deep() -> Problem:
    return Problem(400, "invalid_json", f"JSON вложен глубже {MAX_DEPTH} уровней.")
