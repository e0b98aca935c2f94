"""The third step of the classifier: a fact inside a subcategory, chosen where the message is accepted. Source: S2, 3.1."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio

ABOUT = {"category": "roads", "subcategory": "roads.bus", "organisation": "polyclinic"}


async def create(running: Product, code: str, parent: str, **more: Any) -> httpx.Response:
    body = {"code": code, "parent": parent, "title": code} | more
    return await running.http.post("/api/v1/categories", headers=await running.headers("administrator"), json=body)


async def test_fact_is_offered_inside_its_subcategory_and_stands_on_the_card(running: Product) -> None:
    message = await running.register()
    await create(running, "roads.bus.late", "roads.bus", title="Автобус опоздал")

    shown = (await running.get("moderator", f"/messages/{message}")).json()
    await running.decide("moderator", message, "accept", **ABOUT, fact="roads.bus.late")

    fields = next(one["fields"]["properties"] for one in shown["actions"] if one["action"] == "accept")
    card = (await running.get("coordinator", f"/messages/{message}")).json()
    offered = {"const": "roads.bus.late", "title": "Автобус опоздал", "x-category": "roads.bus"}
    assert offered in fields["fact"]["oneOf"]
    assert "roads.bus.late" not in [one["const"] for one in fields["subcategory"]["oneOf"]]
    assert card["state"]["fact"]["title"] == "Автобус опоздал"


async def test_fact_has_no_step_below_it_and_no_term_of_its_own(running: Product) -> None:
    await create(running, "roads.bus.full", "roads.bus")

    deeper = await create(running, "roads.bus.full.much", "roads.bus.full")
    timed = await create(running, "roads.bus.dirty", "roads.bus", days=5)

    assert (deeper.status_code, deeper.json()["code"]) == (422, "category_unknown")
    assert (timed.status_code, timed.json()["code"]) == (422, "fact_has_no_term")


async def test_message_is_not_accepted_with_a_fact_of_elsewhere(running: Product) -> None:
    message = await running.register()
    await create(running, "roads.tram", "roads")
    await create(running, "roads.tram.late", "roads.tram")

    answer = await running.try_to("moderator", message, "accept", **ABOUT, fact="roads.tram.late")

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "fact_unknown", "fact")
