"""What people read of the guard: who is not offered and why, what an exception asks, why they decide nothing themselves. G-06."""

from __future__ import annotations

import pytest

from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio


async def test_form_says_who_is_not_offered_and_asks_for_the_reason_of_an_exception(running: Product) -> None:
    message = await running.accepted()
    await running.decide("coordinator", message, "correct_card", complained_of_person=running.people["executor"])
    async with running.browse("coordinator") as browser:
        card = (await browser.get(f"/messages/{message}")).text
        form = (await browser.get(f"/messages/{message}/decisions/assign")).text

    assert "Сотрудник executor: в ответе не участвует" in card
    assert "Сотрудник executor не предлагается: сообщение о нём." in form
    assert f'<option value="{running.people["executor"]}"' not in form
    assert "Обоснование исключения" in form


async def test_approver_reads_why_he_decides_nothing(running: Product) -> None:
    message, approver = await running.register(), running.people["head3"]  # he heads one category, not the body
    await running.accept(message, category="roads", subcategory="roads.bus")
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    await running.decide("executor", message, "start_work")
    answer = {"type": "solved", "text": "Автобус пустили.", "endorsers": [], "approver": approver}
    await running.decide("executor", message, "submit_answer", **answer)
    await running.decide("coordinator", message, "correct_card", complained_of_person=approver)

    async with running.browse("head3") as browser:
        card = (await browser.get(f"/messages/{message}")).text

    assert "Сообщение о ваших действиях" in card
    assert "Прочитать и решить" not in card
    approved = await running.try_to("head3", message, "approve")
    assert (approved.status_code, approved.json()["code"]) == (403, "conflict_of_interest")


async def test_moderator_names_the_person_when_he_accepts(running: Product) -> None:
    message = await running.register()

    async with running.browse("moderator") as browser:
        form = (await browser.get(f"/messages/{message}/decisions/accept")).text

    assert "На какого сотрудника жалоба" in form
    assert "На кого жалоба, словами" in form
    assert "Почему отвечает эта организация" not in form


async def test_moderator_is_asked_why_an_organisation_without_a_say_over_the_head_answers(running: Product) -> None:
    message = await running.register()
    path = f"/messages/{message}/decisions/accept"
    chosen = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "transport"}
    chosen |= {"complained_of_person": str(running.people["head2"])}
    async with running.browse("moderator") as browser:
        first = await form_of(browser, path)
        asked = await browser.post(path, data=first | chosen)
        again = Hidden(asked.text, path).fields | chosen
        done = await browser.post(path, data=again | {"conflict_reason": "Случай в автобусе."})

    assert (asked.status_code, done.status_code) == (422, 303)
    assert "Почему отвечает эта организация" in words(asked)
    assert "«Служба перевозок» ей не вышестоящая" in words(asked)
    rows = (await running.get("coordinator_transport", f"/messages/{message}/journal")).json()["rows"]
    [accepted] = [row for row in rows if row["event"]["code"] == "MessageAccepted"]
    assert accepted["guard"] == (
        "Сообщение о руководителе: «Городская поликлиника»; отвечает организация, которая ему не вышестоящая"
    )
    assert accepted["written"]["reason"] == "Случай в автобусе."
