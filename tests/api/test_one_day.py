"""The one-day rule as people see it: the switch of a category, the card, the list, the tracking page. Source: S0, п. 5; G-01."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.test_tracking import proof, titles, tracked
from tests.product import Product

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
ABOUT = {"category": "roads", "subcategory": "roads.bus", "organisation": "polyclinic"}


async def switch(running: Product, code: str, rule: str | None) -> dict[str, Any]:
    headers = await running.headers("administrator")
    answer = await running.http.patch(f"/api/v1/categories/{code}", headers=headers, json={"one_day": rule})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def accepted(running: Product) -> str:
    message = await running.register()
    await running.decide("moderator", message, "accept", **ABOUT)
    return message


def date_of(card: dict[str, Any], kind: str) -> dict[str, Any] | None:
    return next((one for one in card["dates"] if one["kind"] == kind), None)


@pytest.mark.requirement("S0-14")
async def test_category_switched_on_gives_a_clock_with_its_receipt_until_somebody_decides(running: Product) -> None:
    assert (await switch(running, "roads", "first_reaction"))["one_day"] == "first_reaction"
    message = await accepted(running)
    row = running.case(message)
    (listed,) = [
        one
        for one in (await running.get("coordinator", "/messages", section="new")).json()["messages"]
        if one["id"] == message
    ]

    card = (await running.get("coordinator", f"/messages/{message}")).json()
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    after = (await running.get("coordinator", f"/messages/{message}")).json()

    due_at = row["first_reaction_due_at"]
    assert due_at == row["entered_at"] + DAY
    assert datetime.fromisoformat(listed["first_reaction_due_at"]) == due_at
    told = date_of(card, "first_reaction")
    assert told is not None
    assert (datetime.fromisoformat(told["at"]), told["total_seconds"]) == (due_at, 86_400)
    assert told["clause"] == "S0, п. 5; G-01"
    again = date_of(after, "first_reaction")
    assert again is not None
    assert any("Впервые открыто здесь" in sentence for sentence in again["sentences"])
    assert any(sentence.endswith("в срок.") for sentence in again["sentences"])
    assert after["state"]["reacted_at"] is not None
    assert running.case(message)["first_reaction_due_at"] is None
    facts = [one["facts"] for one in running.rows("SELECT facts FROM journal WHERE case_id = :id", id=message)]
    assert [one["first_reaction"]["in_time"] for one in facts if "first_reaction" in one] == [True]


@pytest.mark.requirement("S0-14")
async def test_applicant_sees_and_is_written_that_it_was_taken_up(running: Product) -> None:
    await switch(running, "roads", "first_reaction")
    message = await accepted(running)
    await running.decide("coordinator", message, "take")

    found = await tracked(running, message)

    assert titles(found)[-1] == "Сообщение взято в работу"
    letters = running.rows("SELECT kind, way FROM letter WHERE case_id = :id", id=message)
    assert {"kind": "in_work", "way": "email"} in [dict(one) for one in letters]
    assert proof(running, message)["code"] not in str(found)


@pytest.mark.requirement("S0-14")
async def test_whole_answer_within_a_day_is_the_term_that_the_card_explains(running: Product) -> None:
    await switch(running, "roads", "whole_answer")
    message = await accepted(running)
    await switch(running, "roads", None)

    card = (await running.get("coordinator", f"/messages/{message}")).json()

    row = running.case(message)
    assert row["due_at"] - row["received_at"] == DAY
    told = date_of(card, "message_due")
    assert told is not None
    assert any("1 календарный день" in sentence for sentence in told["sentences"])
    assert any("в суточный срок" in sentence for sentence in told["sentences"])
    assert date_of(card, "first_reaction") is None
