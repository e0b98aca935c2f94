"""An applicant rates his answer on a telephone and asks for a repeat: a real browser, a window 360 pixels wide. Source: G-28."""

from __future__ import annotations

import pytest

from tests.api.test_tracking import proof
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S0-08")
async def test_applicant_rates_changes_his_mind_and_asks_for_a_repeat(running: Product) -> None:
    message = await running.submitted(endorsers=())
    await running.decide("head2", message, "approve")
    given = proof(running, message)

    def person(address: str) -> list[str]:
        seen: list[str] = []
        with browser_page() as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/track")
            page.get_by_label("Номер сообщения").fill(given["number"])
            page.get_by_label("Код для просмотра").fill(given["code"])
            page.get_by_role("button", name="Узнать").click()
            assert_accessible(page)
            picture(page, "rating-asked")
            assert is_narrow(page)
            page.get_by_label("3", exact=True).check()
            page.get_by_label("Что понравилось или нет").fill("Ответ короткий")
            page.get_by_role("button", name="Оценить").click()
            seen.append(page.get_by_role("status").inner_text())
            page.get_by_label("2", exact=True).check()
            page.get_by_role("button", name="Изменить").click()
            seen.append(page.get_by_role("status").inner_text())
            assert_accessible(page)
            picture(page, "rating-given")
            assert is_narrow(page)
            page.get_by_label("Чего не хватает в ответе").fill("Когда откроют регистратуру?")
            page.get_by_role("button", name="Рассмотреть повторно").click()
            page.get_by_text("Начато повторное рассмотрение").wait_for()
            picture(page, "rating-repeated")
            assert is_narrow(page)
        return seen

    async with served(running) as address:
        seen = await in_browser(person, address)

    assert seen == ["Ваша оценка: 3 из 5. Спасибо!", "Ваша оценка: 2 из 5. Спасибо!"]
    assert running.case(message)["stage"] == "coordination"
