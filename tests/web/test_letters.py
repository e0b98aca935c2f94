"""The intake operator registers a letter that came on paper: nothing typed or scanned is lost by a wrong field."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser_pages, in_browser, picture, served
from tests.product import Product
from tests.web.people import choose, sign_in

pytestmark = pytest.mark.anyio

TEXT = "Прошу разобраться: в аптеке при поликлинике второй месяц нет инсулина."


def fill(page: Page) -> None:
    main = page.get_by_role("main")
    choose(main, "Как пришло", "Почтой, на бумаге")
    choose(main, "Категория", "Медицина / Вакцинация")
    choose(main, "Какую организацию назвал заявитель", "Городская поликлиника")
    main.get_by_label("Текст письма").fill(TEXT)
    main.get_by_label("Скан письма и приложения").set_input_files(
        [{"name": "письмо.txt", "mimeType": "text/plain", "buffer": TEXT.encode()}]
    )
    choose(main, "Кто пишет", "Юридическое лицо")
    main.get_by_label("ФИО или наименование").fill("ООО «Ромашка»")
    main.get_by_label("Контактное лицо").fill("Цветкова Ольга Ивановна")
    main.get_by_label("ИНН").fill("7700000000")
    main.get_by_label("Почтовый адрес").fill("358000, г. Элиста, ул. Ленина, 1")


async def test_letter_with_a_wrong_number_comes_back_whole_and_is_registered_with_its_scan(running: Product) -> None:
    def work(address: str) -> None:
        with browser_pages(("422",)) as opened:
            page = opened()
            sign_in(page, address, "operator")
            page.get_by_role("link", name="Зарегистрировать письмо").click()
            fill(page)
            picture(page, "letter-filled")
            page.get_by_role("button", name="Зарегистрировать", exact=True).click()

            expect(page.get_by_role("alert")).to_contain_text("ИНН")
            expect(page.get_by_label("Текст письма")).to_have_value(TEXT)
            expect(page.get_by_label("Загружен: письмо.txt")).to_be_checked()

            page.get_by_label("ИНН").fill("7707083893")
            page.get_by_role("button", name="Зарегистрировать", exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Письмо зарегистрировано")
            picture(page, "letter-registered")
            number, code = page.locator("dl.facts strong").all_inner_texts()

            applicant = opened()
            applicant.goto(f"{address}/track")
            applicant.get_by_label("Номер сообщения").fill(number)
            applicant.get_by_label("Код").fill(code)
            applicant.get_by_role("button", name="Узнать").click()
            expect(applicant.get_by_role("main")).to_contain_text(number)

    async with served(running) as address:
        await in_browser(work, address)

    [row] = running.rows(
        "SELECT m.channel, m.applicant_kind, c.subcategory, c.declared_organisation,"
        " (SELECT count(*) FROM attachment a WHERE a.case_id = m.id) AS files"
        " FROM message m JOIN message_case c ON c.id = m.id ORDER BY m.created_at DESC LIMIT 1"
    )
    assert row == {
        "channel": "post",
        "applicant_kind": "legal_entity",
        "subcategory": "medicine.vaccination",
        "declared_organisation": "polyclinic",
        "files": 1,
    }


async def test_letter_is_registered_by_operators_alone(running: Product) -> None:
    async with running.browse("coordinator") as browser:
        page = await browser.get("/letters")
        token = (await browser.get("/me")).text.split('name="_token" value="')[1].partition('"')[0]
        posted = await browser.post("/letters", data={"_token": token, "channel": "post", "text": TEXT})

    assert (page.status_code, posted.status_code) == (403, 403)
