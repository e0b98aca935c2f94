"""«Отозвать сообщение»: asked once more on the applicant's page, decided by a person, told to both. Source: G-45."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

REASON = "Вопрос решён, звоните +7 900 123-45-67."


def proof(running: Product, message: str) -> dict[str, str]:
    code = running.app.state.resources.keys.tracking_code(UUID(message), 1)
    return {"number": running.case(message)["number"], "code": code}


async def withdrawn(running: Product) -> str:
    message = await running.in_work()
    await running.by_applicant(message, "ask_withdrawal", reason=REASON)
    return message


async def test_applicant_is_asked_whether_he_is_sure_and_reads_what_comes_of_it(running: Product) -> None:
    message = await running.in_work()
    known = proof(running, message)
    async with running.browse() as browser:
        story = await browser.post("/track", data=known)
        asked = await browser.post("/track/withdraw", data=known)
        untouched = running.case(message)["withdrawal_at"]
        form = known | {"sure": "yes", "reason": REASON, "idempotency_key": "one-press"}
        done = await browser.post("/track/withdraw", data=form)
        again = await browser.post("/track/withdraw", data=form | {"idempotency_key": "another"})
        stranger = await browser.post("/track/withdraw", data=known | {"code": "AAAA-AAAA-AAAA", "sure": "yes"})

    assert 'action="/track/withdraw"' in story.text
    assert "До этого работа над ответом продолжается" in words(asked)
    assert untouched is None
    assert "Вы попросили отозвать сообщение" in words(done)
    assert "его срок прежний" in words(done)
    assert 'action="/track/withdraw"' not in done.text
    assert (again.status_code, stranger.status_code) == (409, 404)
    assert REASON not in str(running.rows("SELECT parameters FROM decision WHERE case_id = :id", id=message))


async def test_coordinator_finds_it_reads_why_and_ends_the_consideration(running: Product) -> None:
    message = await withdrawn(running)
    async with running.browse("coordinator") as browser:
        listed = words(await browser.get("/work/withdrawal"))
        card = words(await browser.get(f"/messages/{message}"))
    mine = (await running.get("coordinator", "/messages", section="errands", limit=100)).json()["messages"]

    await running.decide("coordinator", message, "confirm_withdrawal")

    assert running.case(message)["number"] in listed
    assert "Заявитель отзывает сообщение" in card
    assert REASON in card
    assert "Сроки этапа и ответа идут" in card
    assert next(row["errand"]["code"] for row in mine if row["id"] == message) == "withdrawal"
    assert (running.case(message)["outcome"], running.case(message)["stage"]) == ("withdrawn", "delivery")
    async with running.browse() as browser:
        story = words(await browser.post("/track", data=proof(running, message)))
    assert "Рассмотрение прекращено по вашей просьбе" in story


async def test_applicant_reads_why_it_goes_on(running: Product) -> None:
    message = await withdrawn(running)

    await running.decide("executor", message, "continue_consideration", reason="Очередь касается всех жителей.")

    async with running.browse() as browser:
        story = words(await browser.post("/track", data=proof(running, message)))
    assert "Рассмотрение продолжено несмотря на отзыв" in story
    assert "Очередь касается всех жителей." in story


async def test_operator_writes_it_down_after_the_caller_has_been_identified(running: Product) -> None:
    message = await running.in_work()
    early = await running.try_to("operator", message, "record_withdrawal")
    stranger = await running.try_to("executor", message, "record_withdrawal")
    call = await running.talking()
    running.write(
        "UPDATE call SET case_id = :message, identity = 'confirmed' WHERE id = :call", message=message, call=call
    )

    answer = await running.try_to("operator", message, "record_withdrawal", reason=REASON)

    assert (early.status_code, early.json()["code"]) == (422, "identity_not_confirmed")
    assert stranger.status_code == 403
    assert answer.status_code == 200, answer.text
    assert running.journal(message)[-1]["person"] == running.people["operator"]
