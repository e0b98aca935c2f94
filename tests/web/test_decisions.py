"""Decisions through pages: the same function as the API's, forms that keep what was typed, fates told on the card."""

from __future__ import annotations

import httpx2 as httpx
import pytest

from tests.api.test_tracking import PDF
from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S3-35")
async def test_card_offers_the_actions_of_the_api_and_no_other(running: Product) -> None:
    message = await running.in_work()
    told = (await running.get("executor", f"/messages/{message}")).json()["actions"]
    async with running.browse("executor") as browser:
        page = await browser.get(f"/messages/{message}")
        foreign = await browser.get(f"/messages/{message}/decisions/approve")

    for action in told:
        assert f'href="/messages/{message}/decisions/{action["action"]}"' in page.text
        assert action["title"] in page.text
    assert page.text.count(f'href="/messages/{message}/decisions/') == len(told)
    assert foreign.status_code == 409


@pytest.mark.requirement("S3-45", "S3-54", "S3-55", "S3-56", "S3-59")
async def test_answer_with_files_and_endorsers_in_order_goes_on_its_way(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    head, head2 = running.people["head"], running.people["head2"]
    async with running.browse("executor") as browser:
        fields: dict[str, object] = dict(await form_of(browser, path))
        fields |= {"type": "solved", "text": "Готово.", "approver": str(head2), "endorsers": [str(head), ""]}
        files = [("files", ("Ответ.pdf", PDF, "application/pdf")), ("comment_files", ("Договор.pdf", PDF, "x/y"))]

        sent = await browser.post(path, data=fields, files=files)
        card = await browser.get(sent.headers["location"])
        name = card.text.partition(f'href="/messages/{message}/files/')[2].partition('"')[0]
        saved = await browser.get(f"/messages/{message}/files/{name}")

    assert sent.status_code == 303, words(sent)
    assert "Решение принято." in words(card)
    assert (saved.status_code, saved.content) == (200, PDF)
    draft = (await running.get("executor", f"/messages/{message}")).json()
    assert [one["person"]["number"] for one in draft["draft"]["endorsers"]] == [head]
    assert [file["name"] for file in draft["answers"][0]["files"]] == ["Ответ.pdf"]
    assert [file["name"] for file in draft["answers"][0]["comment_files"]] == ["Договор.pdf"]


async def test_form_with_errors_comes_back_with_everything_typed(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path)
        typed = {"text": "Добавлена <вторая> линия", "comment": "Договор в деле"}

        refused = await browser.post(path, data=fields | typed, files={"files": ("Ответ.pdf", PDF, "x/y")})
        again: dict[str, object] = dict(Hidden(refused.text, path).fields)
        stored = [name.removeprefix("uploaded.") for name in again if str(name).startswith("uploaded.")]
        again |= typed | {"type": "solved", "approver": str(running.people["head2"]), "files": stored}
        sent = await browser.post(path, data=again)

    assert refused.status_code == 422
    assert 'href="#f-type"' in refused.text
    assert 'id="f-type-error"' in refused.text
    assert 'aria-describedby="f-approver-error"' in refused.text
    assert "Добавлена &lt;вторая&gt; линия</textarea>" in refused.text
    assert "Загружен: Ответ.pdf" in words(refused)
    assert sent.status_code == 303, words(sent)
    answer = (await running.get("executor", f"/messages/{message}")).json()["answers"][0]
    assert [file["name"] for file in answer["files"]] == ["Ответ.pdf"]


async def test_who_decides_second_is_told_who_was_first_and_keeps_his_text(running: Product) -> None:
    message = await running.submitted()
    path = f"/messages/{message}/decisions/reject"
    async with running.browse("head") as browser:
        fields = await form_of(browser, path) | {"reason": "Укажите, когда заработала линия."}
        await running.decide("head", message, "edit_answer", text="Добавлена вторая линия с 3 марта.")

        answer = await browser.post(path, data=fields)
        fresh = Hidden(answer.text, path).fields
        sent = await browser.post(path, data=fresh | {"reason": "Укажите, когда заработала линия."})

    assert answer.status_code == 409
    assert "уже принято решение" in words(answer)
    assert "Укажите, когда заработала линия.</textarea>" in answer.text
    assert int(fresh["version"]) == int(fields["version"]) + 1
    assert fresh["idempotency_key"] != fields["idempotency_key"]
    assert sent.status_code == 303


async def test_action_that_is_no_longer_allowed_gives_the_text_back(running: Product) -> None:
    message = await running.submitted()
    path = f"/messages/{message}/decisions/reject"
    reason = "Укажите, когда именно заработала вторая линия телефона."
    async with running.browse("head") as browser:
        fields = await form_of(browser, path) | {"reason": reason}
        await running.decide("head", message, "endorse")

        answer = await browser.post(path, data=fields)

    assert answer.status_code in (403, 409)
    assert reason in words(answer)


async def test_form_sent_twice_is_decided_once(running: Product) -> None:
    message = await running.accepted()
    path = f"/messages/{message}/decisions/assign"
    async with running.browse("coordinator") as browser:
        fields = await form_of(browser, path) | {"executor": str(running.people["executor"])}

        answers = [await browser.post(path, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert running.version(message) == 2


async def test_one_more_place_for_an_endorser_keeps_what_was_typed(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"text": "Черновик", "_more": "endorsers"}

        answer = await browser.post(path, data=fields)

    assert answer.status_code == 200
    assert "Черновик</textarea>" in answer.text
    assert running.case(message)["stage"] == "execution"


async def test_message_that_may_not_be_seen_is_not_found(running: Product) -> None:
    message = await running.in_work()
    async with running.browse("executor_transport") as browser:
        answers = [
            await browser.get(f"/messages/{message}"),
            await browser.get(f"/messages/{message}/decisions/assign"),
            await browser.get("/messages/nothing"),
        ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert all("Не найдено" in words(answer) for answer in answers)


@pytest.mark.requirement("S3-63", "S3-68")
async def test_right_is_passed_under_the_name_of_its_stage(running: Product) -> None:
    message = await running.submitted()
    endorsement = await titles(running, "head", message)
    await running.decide("head", message, "endorse")

    approval = await titles(running, "head2", message)

    assert "Передать право согласования" in endorsement
    assert "Передать право утверждения" in approval


async def titles(running: Product, login: str, message: str) -> str:
    async with running.browse(login) as browser:
        return words(await browser.get(f"/messages/{message}"))


async def test_error_that_nobody_mapped_is_a_page_with_its_number(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("web.cards.card_of", broken)
    message = await running.accepted()
    async with running.browse("coordinator") as browser:
        answer: httpx.Response = await browser.get(f"/messages/{message}")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Сообщите номер службе поддержки." in words(answer)
    assert "secret words" not in answer.text
