"""«Рассмотреть по другому закону» on the real stack: the applicant's page, the letter, the official's errand. Source: G-41."""

from __future__ import annotations

import pytest

from domain.letters import words as letter_words
from storage import letter_content
from tests.product import Product
from tests.web.test_signing_in import words
from tests.web.test_withdrawing import proof

pytestmark = pytest.mark.anyio


async def test_applicant_chooses_a_complaint_and_its_head_settles_it(running: Product) -> None:
    message = await running.in_work()
    known = proof(running, message)
    async with running.browse() as browser:
        story = await browser.post("/track", data=known)
        asked = words(await browser.post("/track/law", data=known))
        untouched = running.case(message)["outcome"]
        done = words(await browser.post("/track/law", data=known | {"sure": "yes", "idempotency_key": "one"}))
    number = running.case(message)["number"]
    card = (await running.get("head", f"/messages/{message}")).json()
    mine = (await running.get("head", "/messages", section="errands", limit=100)).json()["messages"]
    [errand] = card["errands"]
    contacts = await running.get("head", f"/messages/{message}/contacts")
    forbidden = await running.try_to("executor", message, "settle_complaint", errand=errand["id"], text="Готово")
    await running.decide(
        "head", message, "settle_complaint", errand=errand["id"], text="Удовлетворена, ответ направлен."
    )
    settled_contacts = await running.get("head", f"/messages/{message}/contacts")
    async with running.browse() as browser:
        settled = words(await browser.post("/track", data=known))

    assert next(row["errand"]["code"] for row in mine if row["id"] == message) == "complaint_210"
    assert 'action="/track/law"' in story.text
    assert "Обращения по закону № 59-ФЗ здесь пока не регистрируют" in asked
    assert untouched is None
    assert f"Номер жалобы: {number}-Ж" in done
    assert f"Жалобу № {number}-Ж рассматривает ответственный за жалобы; он вам ответит не позднее" in done
    assert f"Жалоба № {number}-Ж рассмотрена" in settled
    assert "Жалоба по 210-ФЗ рассмотрена" in settled
    assert running.case(message)["outcome"] == "converted"
    assert errand["kind"]["title"] == "Рассмотреть жалобу по 210-ФЗ"
    assert contacts.json()["email"], "who must answer the complaint knows where to"
    assert (settled_contacts.status_code, settled_contacts.json()["code"]) == (403, "contacts_hidden")
    assert forbidden.status_code in {403, 404}


async def test_head_does_not_read_the_complaint_about_himself_that_all_heads_are_asked_for(running: Product) -> None:
    message = await running.accepted()
    await running.decide("coordinator", message, "correct_card", complained_of_person=running.people["head"])
    await running.decide("coordinator", message, "convert", law="210-fz", reason="Это отказ в услуге.")

    found = {
        login: (
            (await running.get(login, f"/messages/{message}")).status_code,
            message in {row["id"] for row in (await running.get(login, "/messages", limit=100)).json()["messages"]},
        )
        for login in ("head", "head2")
    }

    assert found == {"head": (404, False), "head2": (200, True)}


async def test_coordinators_reason_and_the_number_stand_in_the_letter(running: Product) -> None:
    message = await running.in_work()

    await running.decide("coordinator", message, "convert", law="210-fz", reason="Это отказ в записи через Госуслуги.")
    refused = await running.try_to("coordinator", await running.accepted(), "convert", law="59-fz", reason="Обращение")

    [row] = running.rows("SELECT id FROM letter WHERE case_id = :id AND kind = 'converted'", id=message)
    async with running.browse() as browser:
        story = words(await browser.post("/track", data=proof(running, message)))
    with running.engine.connect() as connection:
        letter = letter_content.read(connection, row["id"])
    _, text = letter_words(letter.content, "https://otklik.example", "code")
    assert "Это отказ в записи через Госуслуги." in text
    assert "Это отказ в записи через Госуслуги. Номер жалобы" in story
    assert f"{letter.content.number}-Ж" in text
    assert (refused.status_code, refused.json()["code"]) == (422, "law_not_here")
