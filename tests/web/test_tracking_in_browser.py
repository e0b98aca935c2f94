"""An applicant follows his message on a telephone: a real browser, a window 360 pixels wide."""

from __future__ import annotations

import pytest

from tests.api.test_tracking import PDF, attach, proof
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product

pytestmark = pytest.mark.anyio


async def test_applicant_types_number_and_code_reads_the_answer_and_saves_its_file(running: Product) -> None:
    message = await running.in_work()
    file = await attach(running, "executor", PDF, f"Ответ_{'длинное' * 12}_имя.pdf")
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text=f"Уважаемая Мария Петровна!\n\nДобавлена вторая линия. {'https://example.org/' + 'a' * 80}",
        files=[file],
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")
    given = proof(running, message)

    def person(address: str) -> tuple[str, str, str, str, list[bool]]:
        with browser_page(allowed=("404",)) as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/track")
            narrow = [is_narrow(page)]
            page.get_by_label("Номер сообщения").fill(given["number"])
            page.get_by_label("Код для просмотра").fill("7K3M-9QXD-1ZBT-5RWA")
            picture(page, "form")
            page.get_by_role("button", name="Узнать").click()
            alert = page.get_by_role("alert").inner_text()
            narrow.append(is_narrow(page))
            picture(page, "wrong")
            page.get_by_label("Код для просмотра").fill(given["code"].lower())
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Ответ", exact=True).wait_for()
            text = page.get_by_role("main").inner_text()
            font = page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
            narrow.append(is_narrow(page))
            picture(page, "answer")
            with page.expect_download() as download:
                page.get_by_role("button", name="Скачать").click()
            return alert, text, str(font), download.value.suggested_filename, narrow

    async with served(running) as address:
        alert, text, font, name, narrow = await in_browser(person, address)

    assert "Сообщения с таким номером и кодом нет." in alert
    assert "Уважаемая Мария Петровна!\n\nДобавлена вторая линия." in text
    assert name.startswith("Ответ_длинное")
    assert font == "704px", "the style was not applied"
    assert narrow == [True, True, True]
