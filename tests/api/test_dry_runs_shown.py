"""What a dry run tells: how many messages a rule is about; which they are only to whoever may open them. Source: G-40."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio

PLACE = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
RULE = {"organisation": "polyclinic", "title": "Недозвон", "words": "не могу дозвониться", "tag": "связь"}


async def post(running: Product, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await running.http.post(f"/api/v1{path}", headers=await running.headers("administrator"), json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_dry_run_names_no_message_to_an_administrator_who_may_not_open_it(running: Product) -> None:
    message = await running.register()
    await running.decide("moderator", message, "accept", **PLACE)
    by_words = (await post(running, "/autorules", RULE))["id"]
    by_category = (await post(running, "/autorules", RULE | {"words": "", "categories": ["medicine"]}))["id"]

    of_words = await post(running, f"/autorules/{by_words}/dry-runs", {"revision": 1})
    of_category = await post(running, f"/autorules/{by_category}/dry-runs", {"revision": 1})
    card = await running.get("administrator", f"/messages/{message}")
    log = await running.get("administrator", f"/reference-changes?kind=dry_run&subject={by_words}")
    async with running.browse("administrator") as browser:
        page = await browser.get("/admin/changes")

    examples = [one for kind in of_category["examples"].values() for one in kind]
    assert card.status_code == 404
    assert of_category["matched"] == len(examples) >= 1
    assert {(one["id"], one["number"]) for one in examples} == {(None, None)}
    assert (of_words["few"], of_words["matched"]) == (True, None)
    assert (of_words["counts"], of_words["effects"], of_words["examples"]) == ({}, {}, {})
    assert log.json()["items"][0]["after"] == {"revision": 1, "messages": of_words["total"]}
    assert f"пробный прогон автоправила {by_words}" in page.text
