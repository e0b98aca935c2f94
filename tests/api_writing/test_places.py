"""Places: so many together, so many of one person, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from api.app import MANY_AT_ONCE, UPLOADS_AT_ONCE, UPLOADS_OF_ONE
from api.places import Places
from api.problems import Problem
from domain.vocabulary import PersonId
from storage import uploads
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

ANNA, BORIS, VERA = PersonId(1), PersonId(2), PersonId(3)


async def is_refused(places: Places, person: PersonId) -> bool:
    try:
        async with places.taken_by(person):
            return False
    except Problem as problem:
        return (problem.details.status, problem.details.code) == (503, "too_busy")


async def test_person_holds_his_own_places_and_none_of_the_others() -> None:
    places = Places(4, of_one=2, seconds=0.01)

    async with places.taken_by(ANNA), places.taken_by(ANNA):
        answers = [await is_refused(places, person) for person in (ANNA, BORIS)]

    assert answers == [True, False]
    assert not await is_refused(places, ANNA)


async def test_all_places_taken_refuse_whoever_comes_until_one_is_free() -> None:
    places = Places(2, of_one=2, seconds=0.01)

    async with AsyncExitStack() as taken:
        for person in (ANNA, BORIS):
            await taken.enter_async_context(places.taken_by(person))
        refused = await is_refused(places, VERA)

    assert refused
    assert not await is_refused(places, VERA)


async def test_who_waits_gets_the_place_that_becomes_free() -> None:
    places, taken = Places(1, of_one=1, seconds=60), asyncio.Event()

    async def take() -> None:
        async with places.taken_by(BORIS):
            taken.set()

    async with places.taken_by(ANNA):
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
        before = taken.is_set()
    await waiting

    assert (before, taken.is_set()) == (False, True)


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as made:
        yield made


async def test_file_of_who_has_too_many_unused_ones_is_not_even_received(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UNUSED_MOST", 0)
    received: list[object] = []
    headers = await running.headers("executor")
    monkeypatch.setattr(running.app.state.resources.files, "store", lambda *given: received.append(given))
    answer = await running.http.post("/api/v1/attachments", headers=headers, params={"name": "a.txt"}, content=b"text")

    assert (answer.status_code, answer.json()["code"], received) == (429, "too_many_unused_files", [])


async def test_one_person_holds_three_uploads_and_one_request_of_many_decisions(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = running.app.state.resources
    monkeypatch.setitem(shared.__dict__, "uploaders", Places(UPLOADS_AT_ONCE, UPLOADS_OF_ONE, 0.05))
    monkeypatch.setitem(shared.__dict__, "many", Places(MANY_AT_ONCE, 1, 0.05))
    decision = {"message": str(uuid4()), "action": "accept", "version": 0, "parameters": {}}

    async def statuses(login: str) -> list[int]:
        headers = await running.headers(login)
        post, params = running.http.post, {"name": "a.txt"}
        uploaded = await post("/api/v1/attachments", headers=headers, params=params, content=b"text")
        headers = await running.headers(login)
        decided = await post("/api/v1/decisions", headers=headers, json={"decisions": [decision]})
        return [uploaded.status_code, decided.status_code]

    async with AsyncExitStack() as taken:
        executor = running.people["executor"]
        for places in [shared.uploaders] * UPLOADS_OF_ONE + [shared.many]:
            await taken.enter_async_context(places.taken_by(executor))
        during = await statuses("executor"), await statuses("head")
    after = await statuses("executor")

    assert during == ([503, 503], [201, 200])
    assert after == [201, 200]
