"""The public form: an applicant on a telephone and one without scripts, a lost connection, refusals that keep what was typed."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.api_writing.test_reference import send
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.storage import documents
from tests.storage.documents import photo, telling
from tests.web.accessible import assert_accessible
from tests.web.applicants import QUESTION, begin, code_of, confirm, fill, latest, many_drafts

__all__ = ["many_drafts"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("many_drafts")]


BACK_MS = 20_000
"""How long a test waits for what was kept to be sent: a browser may take its time to see the connection."""


def shot(name: str, content: bytes, kind: str) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


@pytest.mark.requirement("S2-06")
async def test_applicant_on_a_telephone_photographs_writes_confirms_and_is_given_number_code_and_day(
    running: Product,
) -> None:
    before = len(running.rows("SELECT id FROM message"))
    await send(running, "administrator", "PATCH", "/organisations/ministry", {"contacts": {"phone": "+78472241075"}})
    await send(running, "administrator", "PATCH", "/categories/medicine.no_answer", {"hint": "Не отвечает телефон"})
    seen: dict[str, Any] = {"narrow": []}

    def look(page: Page, name: str) -> None:
        seen["narrow"].append(is_narrow(page))
        assert_accessible(page)
        picture(page, f"public-{name}")

    def person(address: str) -> None:
        with browser_page(("422",)) as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/write")
            seen["rules"] = page.get_by_role("main").inner_text()
            look(page, "rules")
            begin(page, address)
            seen["order"] = page.get_by_role("main").inner_text()
            look(page, "form-empty")
            fill(page)
            expect(page.get_by_label("Электронная почта")).to_have_attribute("autocomplete", "email")
            page.get_by_label("Снять камерой").set_input_files(shot("IMG_1.HEIC", documents.HEIC, "image/heic"))
            page.get_by_label("Выбрать файлы").set_input_files(
                [shot("a.png", photo("PNG", exif=telling()), "image/png"), shot("b.pdf", documents.PDF, "text/plain")]
            )
            page.get_by_role("button", name="Приложить выбранное").click()
            expect(page.get_by_text("IMG_1.HEIC,")).to_be_visible()
            page.get_by_role("button", name="Убрать b.pdf").click()
            expect(page.get_by_text("b.pdf")).to_have_count(0)
            expect(page.get_by_label("Что произошло")).to_have_value(QUESTION)
            look(page, "form")
            seen["registered"] = len(running.rows("SELECT id FROM message"))
            page.get_by_role("button", name="Получить код на почту").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Подтвердите почту")
            look(page, "code")
            page.get_by_label("Код из письма").fill("000000")
            page.get_by_role("button", name="Зарегистрировать сообщение").click()
            expect(page.get_by_role("alert")).to_contain_text("Код не подошёл")
            page.get_by_label("Код из письма").fill(code_of(running))
            page.get_by_role("button", name="Зарегистрировать сообщение").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Сообщение зарегистрировано")
            seen["done"] = page.get_by_role("main").inner_text()
            look(page, "done")
            assert page.url.endswith("/write/done")
            page.get_by_role("button", name="Ход рассмотрения").click()
            expect(page.get_by_role("heading", name="Что произошло")).to_be_visible()
            seen["story"] = page.get_by_role("main").inner_text()
            seen["cookies"] = page.context.cookies()

    async with served(running) as address:
        await in_browser(person, address)

    message = latest(running)
    assert seen["registered"] == before
    assert message["text"] == QUESTION
    assert message["number"] in seen["done"]
    assert "Ответ будет дан не позднее" in seen["done"]
    assert "Сообщение зарегистрировано" in seen["story"]
    assert "103" in seen["rules"]
    assert "Опишите суть" in seen["rules"]
    assert "Из сообщения не ясна суть вопроса" in seen["rules"]
    assert "+7 847 224-10-75" in seen["rules"]
    assert seen["order"].index("Обработка персональных данных") < seen["order"].index("Тема")
    assert "Не отвечает телефон" not in seen["rules"]
    [case] = running.rows("SELECT regulation, stage FROM message_case WHERE id = :id", id=message["id"])
    assert case["regulation"] == "S2", "never an appeal under 59-ФЗ"
    kept = kept_files(running, message["id"])
    assert sorted(kind for kind, _ in kept) == ["image/jpeg", "image/png"]
    assert not any(b"nobody" in content for _, content in kept)
    [cookie] = [one for one in seen["cookies"] if one["name"] == "otklik-draft"]
    assert (cookie["httpOnly"], cookie["path"], cookie["sameSite"]) == (True, "/write", "Lax")
    assert all(seen["narrow"])


def kept_files(running: Product, message: str) -> list[tuple[str, bytes]]:
    found = []
    for row in running.rows("SELECT id, media_type FROM attachment WHERE case_id = :id", id=message):
        with running.app.state.resources.files.open_file(UUID(str(row["id"]))) as file:
            content = file.read()
        Image.open(io.BytesIO(content)).verify()
        found.append((row["media_type"], content))
    return found


async def test_organisation_writes_of_another_person_without_scripts(running: Product) -> None:
    def person(address: str) -> None:
        with browser_page(("422",), scripts=False) as page:
            page.set_viewport_size(PHONE)
            begin(page, address)
            fill(page)
            expect(page.get_by_label("ИНН организации")).to_be_hidden()
            page.get_by_label("Организация (юридическое лицо)").check()
            page.get_by_label("ИНН организации").fill("1234567890")
            page.get_by_label("О другом человеке, он согласен").check()
            page.get_by_label("Фамилия, имя, отчество этого человека").fill("Петрова Анна")
            page.get_by_role("button", name="Получить код на почту").click()
            expect(page.get_by_role("alert")).to_contain_text(
                "Исправьте и отправьте ещё раз: Кто пишет: Для юридического лица"
            )
            expect(page.get_by_role("main")).to_contain_text("укажите наименование, ИНН и контактное лицо")
            expect(page.get_by_label("Фамилия, имя, отчество этого человека")).to_have_value("Петрова Анна")
            page.get_by_label("ИНН организации").fill("7707083893")
            page.get_by_label("Контактное лицо организации").fill("Сидоров Пётр")
            confirm(running, page)

    async with served(running) as address:
        await in_browser(person, address)

    message = latest(running)
    assert (message["applicant_kind"], message["person_concerned"]) == ("legal_entity", "other_with_consent")
    assert (message["channel"], message["rules_agreed"]) == ("form", True)


async def test_what_is_typed_without_a_connection_is_kept_and_sent_when_it_is_back(running: Product) -> None:
    def person(address: str) -> None:
        with browser_page(("ERR_INTERNET_DISCONNECTED",)) as page:
            begin(page, address)
            fill(page)
            expect(page.get_by_role("status")).to_have_text("Черновик сохранён.")
            page.context.set_offline(True)
            page.get_by_label("Что произошло").fill(f"{QUESTION} И вчера тоже.")
            page.get_by_role("button", name="Получить код на почту").click()
            expect(page.get_by_role("status")).to_contain_text("уйдёт, когда связь появится")
            assert page.url.endswith("/write/form")
            page.context.set_offline(False)
            expect(page.get_by_role("heading", level=1)).to_have_text("Подтвердите почту", timeout=BACK_MS)

    async with served(running) as address:
        await in_browser(person, address)

    [draft] = running.rows("SELECT code_issue FROM public_draft ORDER BY created_at DESC LIMIT 1")
    assert draft["code_issue"] == 1


async def test_what_is_typed_while_a_slow_request_is_under_way_waits_for_it_and_is_not_lost(running: Product) -> None:
    held: list[Route] = []
    overtook: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if not held:
            held.append(route)
            return
        overtook.append(route)
        route.continue_()

    def person(address: str) -> None:
        with browser_page() as page:
            begin(page, address)
            page.route("**/write/form/text", hold_the_first)
            text = page.get_by_label("Что произошло")
            with page.expect_request("**/write/form/text"):
                text.fill("Первое")
            text.fill("Второе")
            page.evaluate("window.dispatchEvent(new Event('online'))")  # kept at once, without the pause
            page.evaluate(
                "fetch('/write/emergency').then((answer) => answer.text())"
            )  # whatever was asked before is seen
            assert overtook == []
            assert "Второе" in page.evaluate("localStorage.getItem('otklik-draft')")
            held[0].continue_()
            expect(page.get_by_role("status")).to_have_text("Черновик сохранён.")
            assert page.evaluate("localStorage.length") == 0
            page.reload()
            expect(text).to_have_value("Второе")

    async with served(running) as address:
        await in_browser(person, address)


async def test_page_that_was_closed_without_a_connection_opens_with_what_was_typed(running: Product) -> None:
    def person(address: str) -> None:
        with browser_page(("ERR_INTERNET_DISCONNECTED",)) as page:
            begin(page, address)
            page.context.set_offline(True)
            page.get_by_label("Что произошло").fill(QUESTION)
            page.get_by_label("Обо мне").check()
            expect(page.get_by_role("status")).to_contain_text("сохранено на этом устройстве")
            page.goto("about:blank")  # left before the connection came back, so that nothing was sent meanwhile
            page.context.set_offline(False)
            page.goto(f"{address}/write")
            page.get_by_role("link", name="Продолжить черновик").click()
            expect(page.get_by_label("Что произошло")).to_have_value(QUESTION)
            expect(page.get_by_role("status")).to_have_text("Черновик сохранён.")
            assert page.evaluate("localStorage.length") == 0, "what the server has is not kept here"

    async with served(running) as address:
        await in_browser(person, address)


async def test_draft_open_in_two_windows_is_not_written_over_before_somebody_says_so(running: Product) -> None:
    def person(address: str) -> None:
        with browser_page(("409",)) as page:
            begin(page, address)
            with page.expect_popup() as opened:
                page.evaluate("void window.open(location.href)")
            other = opened.value
            there, here = other.get_by_label("Что произошло"), page.get_by_label("Что произошло")
            there.fill("Набрано там.")
            expect(other.get_by_role("status")).to_have_text("Черновик сохранён.")

            here.fill("Набрано здесь.")
            expect(page.get_by_role("status")).to_contain_text("Черновик не сохранён")
            page.get_by_role("button", name="Сохранить черновик").click()
            expect(page.get_by_role("status")).to_contain_text("Черновик изменён в другом окне")
            expect(here).to_have_value("Набрано здесь.")
            other.reload()
            expect(there).to_have_value("Набрано там.")

            page.get_by_role("button", name="Сохранить черновик").click()
            expect(page.get_by_text("тем временем изменён")).to_have_count(0)
            other.reload()
            expect(there).to_have_value("Набрано здесь.")

    async with served(running) as address:
        await in_browser(person, address)


async def test_who_deletes_his_draft_without_a_connection_leaves_nothing_on_the_device(running: Product) -> None:
    def person(address: str) -> None:
        with browser_page(("ERR_INTERNET_DISCONNECTED",)) as page:
            begin(page, address)
            page.context.set_offline(True)
            page.get_by_label("Что произошло").fill(QUESTION)
            expect(page.get_by_role("status")).to_contain_text("сохранено на этом устройстве")
            page.context.set_offline(False)
            page.get_by_role("button", name="Удалить черновик").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Написать сообщение")
            assert page.evaluate("localStorage.length") == 0

    async with served(running) as address:
        await in_browser(person, address)


async def test_who_deletes_his_draft_among_the_rules_leaves_nothing_on_the_device(running: Product) -> None:
    kept: list[int] = []

    def person(address: str) -> None:
        with browser_page() as page:
            begin(page, address)
            page.goto(f"{address}/write")
            page.evaluate("localStorage.setItem('otklik-draft', '{}')")
            page.reload()
            kept.append(page.evaluate("localStorage.length"))
            page.get_by_role("button", name="Удалить его").click()
            expect(page.get_by_role("button", name="Удалить его")).to_have_count(0)
            kept.append(page.evaluate("localStorage.length"))

    async with served(running) as address:
        await in_browser(person, address)

    assert kept == [1, 0], "a draft at work is not dropped by looking at the rules"
