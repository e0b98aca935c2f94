"""Settings of a category are one administrator's, at once; messages that run keep what it said when it was given to them."""

from __future__ import annotations

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S0-04")
async def test_settings_of_a_category_move_no_message_that_has_it(running: Product) -> None:
    async def set_to(**fields: object) -> None:
        path, headers = "/api/v1/categories/medicine.no_answer", await running.headers("administrator")
        assert (await running.http.patch(path, headers=headers, json=fields)).status_code == 200

    await set_to(days=20, one_day="first_reaction")
    message = await running.accepted()
    before = running.case(message)

    await set_to(days=3, one_day="whole_answer")
    await running.decide("coordinator", message, "correct_card", complained_of="polyclinic")
    same = {"category": "medicine", "subcategory": "medicine.no_answer"}
    await running.decide("coordinator", message, "correct_card", **same)
    after = running.case(message)

    dates = ("due_at", "stage_due_at", "first_reaction_due_at")
    assert [after[name] for name in dates] == [before[name] for name in dates]
    assert after["first_reaction_due_at"] is not None
    later = running.case(await running.accepted())
    assert (later["due_at"] - later["received_at"]).days == 1
