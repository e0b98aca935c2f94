"""The support request: filled from where it was opened, without applicants' data, numbered and kept."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.product import Product
from tests.storage.documents import photo
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S2-60")
async def test_request_from_a_card_carries_number_stage_and_action_and_is_numbered(running: Product) -> None:
    message = await running.in_work()
    number = running.case(message)["number"]
    async with running.browse("executor") as browser:
        form = await browser.get(f"/messages/{message}/decisions/submit_answer")
        link = re.search(r'href="(/support[^"]*)"', form.text)
        assert link
        asked = await browser.get(unescape(link[1]))
        fields = Hidden(asked.text, "/support").fields
        texts = {"cause": "Ответ не уходит", "essence": "Нажал «Подготовить ответ», вышла ошибка.", "expected": ""}
        screen = {"screens": ("Снимок.png", photo("PNG"), "image/png")}
        sent = await browser.post("/support", data=fields | texts, files=screen)
        told = await browser.get(sent.headers["location"])

    [kept] = running.rows("SELECT id, context FROM support_request ORDER BY id DESC LIMIT 1")
    assert f"Номер сообщения {number} Этап Исполнение Действие Подготовить ответ" in words(asked)
    assert f"Заявка № {kept['id']}" in words(told)
    assert f"№ {kept['id']}" in words(told).partition("Заявки")[2]
    assert "снимков: 1" in words(told)
    assert {name: kept["context"][name] for name in ("number", "stage", "action")} == {
        "number": number,
        "stage": "execution",
        "action": "submit_answer",
    }
    assert kept["context"]["page"] == f"/messages/{message}/decisions/submit_answer"
    assert {"browser", "version"} <= kept["context"].keys()


async def test_contact_in_the_text_is_hidden_and_the_writer_is_told(running: Product) -> None:
    async with running.browse("executor") as browser:
        fields = await form_of(browser, "/support")
        texts = {"cause": "Ошибка", "essence": "Заявитель 8 (917) 123-45-67, i@mail.example"}
        sent = await browser.post("/support", data=fields | texts)
        told = await browser.get(sent.headers["location"])
        asked = await running.get("executor", "/support")

    assert "Не пишите имён, телефонов, адресов и диагнозов заявителей" in words(told)
    assert "скрыто номеров и адресов почты: 2" in words(told)
    assert asked.json()["requests"][0]["essence"] == "Заявитель [скрыт номер], [скрыта почта]"


async def test_nothing_typed_by_hand_gets_into_the_context(running: Product) -> None:
    async with running.browse("executor") as browser:
        asked = await browser.get("/support?number=Иванова&page=/work?text=Иванова&stage=Иванова&incident=Иванова")
        fields = await form_of(browser, "/support") | {"context.number": "Иванова", "context.page": "Иванова"}
        await browser.post("/support", data=fields | {"cause": "Ошибка", "essence": "Не работает"})

    assert "Иванова" not in asked.text
    assert "Иванова" not in str(running.rows("SELECT context FROM support_request"))


async def test_empty_form_comes_back_with_what_was_typed(running: Product) -> None:
    async with running.browse("executor") as browser:
        fields = await form_of(browser, "/support?number=2026-0000001", "/support")
        answer = await browser.post("/support", data=fields | {"cause": "Ошибка <b>", "essence": ""})

    assert answer.status_code == 422
    assert 'id="f-essence-error"' in answer.text
    assert 'value="Ошибка &lt;b&gt;"' in answer.text
    assert "2026-0000001" in words(answer)


async def test_error_page_leads_to_a_request_with_its_number(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("web.cards.card_of", broken)
    message = await running.accepted()
    async with running.browse("coordinator") as browser:
        answer = await browser.get(f"/messages/{message}")
        link = re.search(r'href="(/support[^"]*incident=[^"]+)"', answer.text)
        assert link
        asked = await browser.get(unescape(link[1]))

    assert answer.status_code == 500
    assert re.search(r"Номер ошибки [0-9a-f]{12}", words(asked))
