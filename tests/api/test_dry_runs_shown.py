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
    rule = (await post(running, "/autorules", RULE))["id"]

    told = await post(running, f"/autorules/{rule}/dry-runs", {"revision": 1})
    card = await running.get("administrator", f"/messages/{message}")

    examples = [one for kind in told["examples"].values() for one in kind]
    assert card.status_code == 404
    assert told["matched"] == len(examples) == 1
    assert [(one["id"], one["number"]) for one in examples] == [(None, None)]
