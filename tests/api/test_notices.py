"""What staff are told in the system."""

from __future__ import annotations

from typing import Any

import pytest

from api.shown import cursor_of
from tests.product import Product

pytestmark = pytest.mark.anyio


async def notices(running: Product, login: str, **query: Any) -> dict[str, Any]:
    answer = await running.get(login, "/notices", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def mark_read(running: Product, login: str, until: int) -> int:
    headers = await running.headers(login)
    answer = await running.http.post("/api/v1/notices/read", headers=headers, json={"until": until})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["unread"])


async def test_arrival_is_told_to_whoever_has_the_message_now(running: Product) -> None:
    message = await running.in_work()

    newest = (await notices(running, "executor"))["notices"][0]

    assert (newest["message"], newest["number"]) == (message, running.case(message)["number"])
    assert newest["kind"] == {"code": "task_arrived", "title": "Поступило вам"}
    assert newest["stage"] == {"code": "execution", "title": "Исполнение"}
    assert newest["read_at"] is None


async def test_pages_go_from_new_to_old_and_end(running: Product) -> None:
    for _ in range(3):
        await running.accepted()

    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        found = await notices(running, "coordinator", limit=2, **cursor)
        seen += [one["id"] for one in found["notices"]]
        if found["next"] is None:
            break
        cursor = {"cursor": found["next"]}

    assert len(seen) >= 3
    assert seen == sorted(set(seen), reverse=True)


async def test_reading_up_to_one_leaves_the_newer_unread_and_others_alone(running: Product) -> None:
    for _ in range(3):
        await running.accepted()
    found = await notices(running, "coordinator", limit=100)
    newest, second = found["notices"][0], found["notices"][1]
    before_of_others = (await notices(running, "moderator"))["unread"]

    assert await mark_read(running, "coordinator", second["id"]) == 1
    assert await mark_read(running, "coordinator", second["id"]) == 1

    after = await notices(running, "coordinator", limit=2)
    assert [one["read_at"] is None for one in after["notices"]] == [True, False]
    assert after["notices"][0]["id"] == newest["id"]
    assert (await notices(running, "moderator"))["unread"] == before_of_others > 0


@pytest.mark.parametrize("body", [{}, {"until": 0}, {"until": "1"}, {"until": 2**63}, {"until": 1, "all": True}])
async def test_reading_of_another_shape_is_refused(running: Product, body: dict[str, Any]) -> None:
    answer = await running.http.post("/api/v1/notices/read", headers=await running.headers("executor"), json=body)

    assert answer.status_code == 422


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "Wy0xXQ", "WzEsMl0", cursor_of(True)])
async def test_cursor_that_is_none_of_ours_is_refused(running: Product, cursor: str) -> None:
    answer = await running.get("executor", "/notices", cursor=cursor)

    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
