"""A child's message: suggested on the card, set by a person, done by who was asked. Source: G-45."""

from __future__ import annotations

import pytest

from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio


async def test_flag_is_suggested_set_and_its_errand_done(running: Product) -> None:
    message = await running.in_work(text="Мне 15 лет, в поликлинике отказались меня принять.")
    found = (await running.get("executor", f"/messages/{message}")).json()
    async with running.browse("executor") as browser:
        shown = words(await browser.get(f"/messages/{message}"))

    await running.decide("coordinator", message, "set_flag", flag="minor")
    forbidden = await running.try_to("coordinator", message, "settle_flag", errand=message, text="Готово")
    flagged = (await running.get("executor", f"/messages/{message}")).json()
    [errand] = flagged["errands"]
    await running.decide(
        "executor", message, "settle_flag", errand=errand["id"], text="Мать подтвердила, +79001234567."
    )
    done = (await running.get("executor", f"/messages/{message}")).json()

    assert [one["code"] for one in found["flags_suggested"]] == ["minor"]
    assert "Похоже: несовершеннолетний" in shown
    assert forbidden.status_code == 403
    assert [one["code"] for one in flagged["flags"]] == ["minor"]
    assert errand["kind"]["title"] == "Проверить, кто представляет несовершеннолетнего"
    assert done["errands"][0]["state"]["code"] == "done"
    assert done["state"]["stage"]["code"] == "execution"
    assert "подтвердила" not in str(running.rows("SELECT parameters FROM decision WHERE case_id = :id", id=message))
