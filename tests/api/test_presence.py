"""Who else has a card open: told to those who see it, and forgotten soon after the page stops saying so."""

from __future__ import annotations

import pytest

from tests.api.test_changes import follows
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio


async def opens(running: Product, login: str, message: str) -> list[str]:
    """The login has the card open; whom it sees there."""
    answer = await running.http.put(f"/api/v1/messages/{message}/presence", headers=await running.headers(login))
    assert answer.status_code == 200, answer.text
    return [other["name"].removeprefix("Сотрудник ") for other in answer.json()["others"]]


async def test_two_people_on_one_card_see_each_other(running: Product) -> None:
    message, another = await running.submitted(), await running.submitted()

    assert await opens(running, "head", message) == []
    assert await opens(running, "coordinator", another) == []
    assert await opens(running, "coordinator", message) == ["head"]
    assert await opens(running, "head", message) == ["coordinator"]


async def test_page_that_was_closed_is_seen_no_more(running: Product) -> None:
    message = await running.in_work()
    await opens(running, "executor", message)

    for _ in range(2):
        left = await running.http.delete(
            f"/api/v1/messages/{message}/presence", headers=await running.headers("executor")
        )
        assert left.status_code == 204

    assert await opens(running, "coordinator", message) == []


async def test_page_that_fell_silent_is_forgotten(running: Product, shared_database: Database) -> None:
    message = await running.in_work()
    await opens(running, "executor", message)

    shared_database.shift_clock(30)
    assert await opens(running, "coordinator", message) == ["executor"]
    shared_database.shift_clock(46)
    assert await opens(running, "coordinator", message) == []
    shared_database.shift_clock(0)


async def test_who_does_not_see_where_the_card_stands_neither_sees_nor_is_seen(running: Product) -> None:
    message = await running.in_work()
    await opens(running, "executor", message)

    assert await opens(running, "moderator", message) == []
    assert await opens(running, "coordinator", message) == ["executor"]
    refused = await running.http.put(
        f"/api/v1/messages/{message}/presence", headers=await running.headers("head_transport")
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_coming_and_going_is_told_to_the_open_card_at_once_and_staying_is_not(running: Product) -> None:
    message = await running.in_work()
    async with follows(running, "executor", message) as heard, follows(running, "moderator", message) as former:
        await opens(running, "coordinator", message)
        await heard.until("presence")
        heard.news.clear()

        await opens(running, "coordinator", message)
        await running.decide("coordinator", message, "correct_card", complained_of="transport")
        await heard.until("card")
        assert "presence" not in heard.news

        await running.http.delete(f"/api/v1/messages/{message}/presence", headers=await running.headers("coordinator"))
        await heard.until("presence")

    assert "presence" not in former.news
