"""Choices that are too long for a card are searched by words; the rules have the last word there too."""

from __future__ import annotations

from typing import Any

import pytest

from api import candidates, searches
from tests.product import Product

pytestmark = pytest.mark.anyio


async def field(running: Product, login: str, message: str, action: str, name: str) -> dict[str, Any]:
    answer = await running.get(login, f"/messages/{message}")
    found = next(one for one in answer.json()["actions"] if one["action"] == action)
    shown: dict[str, Any] = found["fields"]["properties"][name]
    return shown


async def found(running: Product, login: str, message: str, action: str, name: str, words: str = "") -> list[Any]:
    query = {"action": action, "field": name, "words": words}
    answer = await running.get(login, f"/messages/{message}/choices", **query)
    assert answer.status_code == 200, answer.text
    return [one["const"] for one in answer.json()["items"]]


async def test_long_choice_is_not_listed_but_says_where_to_search(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST", 1)
    message = await running.accepted()

    long = await field(running, "coordinator", message, "assign", "executor")
    short = await field(running, "coordinator", message, "transfer_to_subordinate", "organisation")

    assert "oneOf" not in long
    answer = await running.http.get(long["x-choices"], headers=await running.headers("coordinator"))
    assert answer.json() == {
        "items": [
            {"const": running.people["executor"], "title": "Сотрудник executor"},
            {"const": running.people["executor2"], "title": "Сотрудник executor2"},
        ],
        "more": False,
    }
    assert short["oneOf"] == [{"const": "branch", "title": "Филиал поликлиники"}]
    assert "x-choices" not in short


async def test_search_finds_words_in_any_order_and_form_of_letters(running: Product) -> None:
    message = await running.register()

    by_words = await found(running, "moderator", message, "accept", "complained_of", "ПОЛИКЛИНИКА город")
    by_letters = await found(running, "moderator", message, "accept", "subcategory", "недозвон")

    assert by_words == ["polyclinic"]
    assert by_letters == ["medicine.no_answer"]


async def test_search_offers_only_what_the_rules_would_take(running: Product) -> None:
    message = await running.accepted()

    assert await found(running, "coordinator", message, "propose_redirect", "organisation") == ["ministry", "transport"]
    assert await found(running, "coordinator", message, "transfer_to_subordinate", "organisation") == ["branch"]
    assert await found(running, "coordinator", message, "propose_redirect", "approver") == [
        running.people["head"],
        running.people["head2"],
    ]


async def test_search_says_when_it_shows_not_all(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_FOUND", 1)
    message = await running.accepted()

    answer = await running.get(
        "coordinator", f"/messages/{message}/choices", action="propose_redirect", field="organisation"
    )

    assert [one["title"] for one in answer.json()["items"]] == ["Министерство здравоохранения"]
    assert answer.json()["more"] is True


@pytest.mark.parametrize(
    ("login", "action", "name"),
    [
        ("coordinator_transport", "assign", "executor"),  # sees no such message
        ("curator", "assign", "executor"),  # sees it, and decides nothing
        ("coordinator", "endorse", "head"),
        ("coordinator", "assign", "organisation"),
        ("coordinator", "take", "executor"),
    ],
)
async def test_nothing_is_searched_that_the_card_does_not_offer(
    running: Product, login: str, action: str, name: str
) -> None:
    message = await running.accepted()

    answer = await running.get(login, f"/messages/{message}/choices", action=action, field=name)

    assert answer.status_code == 404
