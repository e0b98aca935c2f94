"""«Передать ответ»: what waits to be handed over, until when, and how an operator says that it was done or came back. G-49."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import browser_page, in_browser, picture, served
from tests.process.clock import until
from tests.product import Product
from tests.web.people import ask, choose, find, send, sign_in
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

EARLIER = datetime.now(UTC) - timedelta(hours=2)


async def answered(running: Product, **applicant: Any) -> str:
    """A message whose answer is approved."""
    message = await running.submitted(
        applicant={"name": "Иванова Мария"} | applicant, endorsers=(), received_at=EARLIER.isoformat()
    )
    await running.decide("head2", message, "approve")
    return message


async def as_operator(running: Product, work: Callable[[Page], None]) -> None:
    def done(address: str) -> None:
        with browser_page() as page:
            sign_in(page, address, "operator")
            work(page)

    async with served(running) as address:
        await in_browser(done, address)


def choose_answer(form: Locator) -> None:
    """Among the letters that may be meant."""
    option = form.get_by_role("combobox", name="Письмо").locator("option", has_text=re.compile("^Ответ"))
    choose(form, "Письмо", option.inner_text())


@pytest.mark.requirement("S2-14")
async def test_answer_is_handed_over_from_its_list_with_way_time_and_recipient(running: Product) -> None:
    message = await answered(running)
    number = running.case(message)["number"]
    handed = (EARLIER + timedelta(hours=1)).astimezone(ZoneInfo("Europe/Moscow")).strftime("%Y-%m-%dT%H:%M")

    def work(page: Page) -> None:
        page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Передать ответ").click()
        expect(page.get_by_role("columnheader", name="Передать до")).to_be_visible()
        expect(page.locator(f"#row-{message}")).to_contain_text(re.compile("остал(ось|ся)"))
        picture(page, "handover")
        find(page, "Передать ответ", number)
        expect(page.get_by_role("region", name="Что можно сделать сейчас")).to_contain_text("Передать до: ответ")
        form = ask(page, "Передать ответ")
        choose_answer(form)
        choose(form, "Способ передачи", "Лично")
        form.get_by_label("Когда").fill(handed)
        form.get_by_label("Кому").fill("Дочь заявителя")
        send(page, "Передать ответ")
        expect(page.get_by_role("main")).to_contain_text("Передано заявителю")

    await as_operator(running, work)

    [letter] = running.rows("SELECT state FROM letter WHERE case_id = :id AND kind = 'answer'", id=message)
    assert letter["state"] == "delivered"


async def test_letter_that_came_back_is_a_task_in_the_list(running: Product) -> None:
    message = await answered(running, email="applicant@example.org")
    state = "SELECT state FROM letter WHERE case_id = :id AND kind = 'answer'"
    await until(lambda: running.rows(state, id=message)[0]["state"] == "sent")

    def work(page: Page) -> None:
        find(page, "Принятые мной", running.case(message)["number"])
        form = ask(page, "Сообщить о недоставке")
        choose_answer(form)
        form.get_by_label("Что случилось").fill("Такого адреса нет.")
        send(page, "Сообщить о недоставке")
        find(page, "Передать ответ", running.case(message)["number"])

    await as_operator(running, work)


async def test_overdue_handover_is_said_by_sign_and_word(running: Product) -> None:
    message = await answered(running)
    late = "UPDATE letter SET task_due_at = otklik_now() - interval '25 hours' WHERE case_id = :id AND state = 'task'"
    running.write(late, id=message)
    async with running.browse("operator") as browser:
        page = await browser.get("/work/handover")

    row = page.text.partition(f'id="row-{message}"')[2].partition("</tr>")[0]
    assert 'data-head="Передать до"' in row
    assert '<span aria-hidden="true">⚠</span> просрочено' in row
    assert "Передать до" in words(page)


async def test_list_of_what_is_to_be_handed_over_is_for_operators_alone(running: Product) -> None:
    async with running.browse("coordinator") as browser:
        assert (await browser.get("/work/handover")).status_code == 403
