"""Sign-in: what is throttled, and what is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api import sessions
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import PASSWORD, Product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """The API alone."""
    async with alone(database, tmp_path) as found:
        yield found


async def signed_in(running: Product, login: str, password: str = PASSWORD) -> int:
    answer = await running.http.post("/api/v1/sessions", json={"login": login, "password": password})
    return answer.status_code


async def test_office_behind_one_address_signs_in_one_after_the_other(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ADDRESS_ATTEMPTS", 3)

    seen = [await signed_in(running, login) for login in ("executor", "executor2", "head", "head2", "curator")]

    assert seen == [201] * 5


async def test_failures_from_one_address_are_throttled_whatever_the_login(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ADDRESS_ATTEMPTS", 3)

    failures = [await signed_in(running, login, "wrong") for login in ("executor", "head", "nobody", "curator")]

    assert failures == [401] * 3 + [429]
    assert await signed_in(running, "coordinator") == 429


@pytest.mark.parametrize("login", ["executor", "nobody"])
async def test_failures_with_one_login_are_throttled_whether_it_exists_or_not(running: Product, login: str) -> None:
    seen = [await signed_in(running, login, "wrong") for _ in range(12)]

    assert seen == [401] * 10 + [429] * 2
    assert await signed_in(running, login) == 429
    assert await signed_in(running, "head") == 201


async def test_failures_are_counted_anew_a_quarter_of_an_hour_after_the_first(
    running: Product, database: Database
) -> None:
    for _ in range(10):
        await signed_in(running, "executor", "wrong")

    seen = []
    for minutes in (10, 15):
        database.shift_clock(minutes * 60)
        seen.append(await signed_in(running, "executor"))

    assert seen == [429, 201]


async def test_who_signs_in_often_is_not_throttled(running: Product) -> None:
    assert [await signed_in(running, "executor") for _ in range(12)] == [201] * 12


async def test_right_password_forgets_the_failures_before_it(running: Product) -> None:
    for _ in range(2):
        assert [await signed_in(running, "executor", "wrong") for _ in range(9)] == [401] * 9
        assert await signed_in(running, "executor") == 201


async def test_person_reads_who_is_signed_in_and_ends_one_of_his_sessions(running: Product) -> None:
    mine = await running.headers("executor")
    other = {"Authorization": f"Bearer {await another_token(running, 'executor')}"}
    foreign = await running.headers("head")
    me = (await running.get("executor", "/sessions/current")).json()
    sessions = (await running.get("executor", "/sessions")).json()["sessions"]
    there = next(one["id"] for one in sessions if not one["present"])

    refused = await running.http.delete(f"/api/v1/sessions/{there}", headers=foreign)
    before = await running.http.get("/api/v1/sessions", headers=other)
    ended = [(await running.http.delete(f"/api/v1/sessions/{there}", headers=mine)).status_code for _ in range(2)]
    after = await running.http.get("/api/v1/sessions", headers=other)

    assert (me["name"], me["time_zone"], me["one_time_password"]) == ("Сотрудник executor", "Europe/Moscow", False)
    assert me["roles"] == [{"code": "executor", "title": "исполнитель"}]
    assert [one["present"] for one in sessions].count(True) == 1
    assert (refused.status_code, before.status_code, ended, after.status_code) == (404, 200, [204, 204], 401)


async def another_token(running: Product, login: str) -> str:
    answer = await running.http.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
    return str(answer.json()["token"])
