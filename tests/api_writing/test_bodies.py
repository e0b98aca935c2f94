"""Bodies that come in slowly, large, or from too many: strangers hold up nobody, and who is signed in is not held up by them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Scope

from api import bodies
from api.bodies import Bodies
from api.problems import Problem
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

LIMIT = 1 << 20
GOOD = (b"authorization", b"Bearer good")


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as found:
        yield found


class Sender:
    """Whoever sends the pieces; after the last one nothing more comes, unless it was the end."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._left = list(pieces)
        self._ends = ends
        self.waits = asyncio.Event()

    async def receive(self) -> Message:
        if self._left:
            piece = self._left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self._left) or not self._ends}
        self.waits.set()
        await asyncio.Event().wait()
        raise AssertionError


class Asked:
    """Says who is signed in, and counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, scope: Scope) -> bool:
        self.times += 1
        return GOOD in scope["headers"]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def door(asked: Asked) -> Bodies:
    return Bodies(LIMIT, asked)


def request(length: int | None, *headers: tuple[bytes, bytes], address: str = "192.0.2.1") -> Scope:
    size = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", str(length).encode())
    return {"type": "http", "headers": [size, *headers], "client": (address, 1)}


async def refused(reading: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as problem:
        await reading
    assert problem.value.headers is not None
    assert problem.value.headers["Connection"] == "close"
    return problem.value.details.status, problem.value.details.code


async def test_usual_body_is_read_without_asking_who_sends_it(door: Bodies, asked: Asked) -> None:
    receive = await door.read(request(4, GOOD), Sender(b"[1", b"2]").receive)

    assert (await receive())["body"] == b"[12]"
    assert asked.times == 0


@pytest.mark.parametrize("headers", [(), (GOOD,)])
@pytest.mark.parametrize("dribble", [False, True])
async def test_body_that_does_not_end_is_given_up(
    door: Bodies, monkeypatch: pytest.MonkeyPatch, headers: tuple[tuple[bytes, bytes]], dribble: bool
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)

    async def one_by_one() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": True}

    receive = one_by_one if dribble else Sender(b"{", ends=False).receive

    assert await refused(door.read(request(100, *headers), receive)) == (408, "body_too_slow")


@pytest.mark.parametrize("length", [bodies.STRANGERS_BYTES + 1, None])
async def test_large_body_is_read_of_who_is_signed_in_alone(door: Bodies, length: int | None) -> None:
    content = b" " * (bodies.STRANGERS_BYTES + 1)

    receive = await door.read(request(length, GOOD), Sender(content).receive)

    assert (await receive())["body"] == content
    bad = (b"authorization", b"Bearer bad")
    assert await refused(door.read(request(length, bad), Sender(content).receive)) == (401, "not_signed_in")
    assert await refused(door.read(request(length), Sender(content).receive)) == (413, "body_too_large")


async def test_large_body_of_a_stranger_is_not_even_received(door: Bodies) -> None:
    async def never() -> Message:
        raise AssertionError

    assert (await refused(door.read(request(LIMIT), never)))[0] == 413
    assert (await refused(door.read(request(LIMIT + 1, GOOD), never)))[0] == 413


async def test_length_of_thousands_of_digits_is_no_length(door: Bodies) -> None:
    endless = {**request(1), "headers": [(b"content-length", b"1" * 5000)]}

    receive = await door.read(endless, Sender(b"{}").receive)

    assert (await receive())["body"] == b"{}"
    assert await refused(door.stream(endless, Sender(b"{}").receive, LIMIT)) == (411, "length_required")


async def test_body_of_unknown_length_is_taken_of_a_stranger_if_it_is_small(door: Bodies) -> None:
    receive = await door.read(request(None), Sender(b"{", b"}").receive)

    assert (await receive())["body"] == b"{}"


@pytest.mark.parametrize("addresses", [lambda _: "192.0.2.1", lambda number: f"198.51.100.{number % 250}"])
async def test_strangers_who_dribble_hold_up_strangers_alone_and_for_a_while(
    door: Bodies, monkeypatch: pytest.MonkeyPatch, addresses: Callable[[int], str]
) -> None:
    monkeypatch.setattr(bodies, "STRANGERS_AT_ONCE", 2 * bodies.OF_ONE_ADDRESS)
    one = len({addresses(number) for number in range(100)}) == 1
    senders = [Sender(b"{", ends=False) for _ in range((1 if one else 2) * bodies.OF_ONE_ADDRESS)]
    readings = [
        asyncio.create_task(door.read(request(100, address=addresses(number)), sender.receive))
        for number, sender in enumerate(senders)
    ]
    for sender in senders:
        await sender.waits.wait()

    stranger = request(2, address="192.0.2.1")
    assert await refused(door.read(stranger, Sender(b"{}").receive)) == (429, "too_many_at_once")
    await door.read(request(2, GOOD, address="192.0.2.1"), Sender(b"{}").receive)
    await door.read(request(0, address="192.0.2.1"), Sender(b"").receive)
    if one:
        await door.read(request(2, address="203.0.113.1"), Sender(b"{}").receive)

    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)
    await door.read(stranger, Sender(b"{}").receive)


async def test_token_is_asked_for_before_a_large_body_by_the_whole_api(running: Product) -> None:
    body = json.dumps(
        {"channel": "phone", "text": "ж" * 19_000, "applicant": {"name": "Имя", "email": "a@example.org"}}
    ).encode()
    headers = await running.headers("operator") | {"Content-Type": "application/json"}

    answers = [
        await running.http.post("/api/v1/messages", headers=given, content=body)
        for given in (headers, headers | {"Authorization": "Bearer nobody's"}, {"Content-Type": "application/json"})
    ]

    assert [answer.status_code for answer in answers] == [201, 401, 413]
    assert [answer.json()["code"] for answer in answers[1:]] == ["not_signed_in", "body_too_large"]
    assert {answer.headers["content-type"] for answer in answers[1:]} == {"application/problem+json"}
    assert len(running.rows("SELECT 1 FROM message")) == 1


async def test_lost_database_is_told_before_a_large_body_too(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await running.headers("operator")
    running.app.state.resources.engine.dispose()
    monkeypatch.setattr("storage.engine.RESTED_SECONDS", 0.0)
    with running.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")

        answer = await running.http.post("/api/v1/messages", headers=headers, content=b" " * 20_000)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
