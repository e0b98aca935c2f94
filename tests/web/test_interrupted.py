"""What comes between a person and the answer that he types: a colleague who decides first, a session that ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser_pages, in_browser, served
from tests.product import PASSWORD, Product
from tests.web.people import ask, choose, expect_made, send, sign_in, write_answer
from tests.web.test_signing_in import end_sessions

pytestmark = pytest.mark.anyio

REASON = "Укажите, с какого числа работает линия."
ANSWER = (
    "Уважаемая Мария Петровна!\n\nВторая линия телефона <работает> с 3 марта.\nС уважением, «поликлиника» & коллеги."
)


async def at_browsers(running: Product, work: Callable[[str, Callable[[], Page]], None], *allowed: str) -> None:
    """The work with the address of the product and browsers of its people."""

    def done(address: str) -> None:
        with browser_pages(allowed) as opened:
            work(address, opened)

    async with served(running) as address:
        await in_browser(done, address)


async def test_who_decides_second_reads_who_was_first_and_sends_his_text_with_one_click(running: Product) -> None:
    message = await running.submitted()

    def work(address: str, opened: Callable[[], Page]) -> None:
        first, second = opened(), opened()
        for page in (first, second):
            sign_in(page, address, "head")
            page.goto(f"{address}/messages/{message}")
        ask(second, "Отклонить").get_by_label("Мотивированная причина отклонения").fill(REASON)
        ask(first, "Изменить ответ").get_by_label("Новый текст ответа").fill("Добавлена вторая линия с 3 марта.")
        send(first, "Изменить ответ")

        second.get_by_role("button", name="Отклонить").click()

        expect(second.get_by_role("alert")).to_contain_text("Сотрудник head")
        expect(second.get_by_role("alert")).to_contain_text("уже принято решение «Изменить ответ»")
        expect(second.get_by_label("Мотивированная причина отклонения")).to_have_value(REASON)
        send(second, "Отклонить")
        expect(second.get_by_role("main")).to_contain_text(REASON)

    await at_browsers(running, work, "409")

    assert running.case(message)["stage"] == "execution"


async def test_who_may_no_longer_decide_reads_who_did_and_can_copy_his_text(running: Product) -> None:
    message = await running.accepted()
    reason = "Вопрос относится к службе перевозок, поэтому сообщение возвращается."

    def work(address: str, opened: Callable[[], Page]) -> None:
        first, second = opened(), opened()
        for page in (first, second):
            sign_in(page, address, "coordinator")
            page.goto(f"{address}/messages/{message}")
        form = ask(second, "Предложить перенаправление")
        choose(form, "Утверждающий", "Сотрудник head")
        form.get_by_label("Обоснование").fill(reason)
        ask(first, "Взять в работу")
        send(first, "Взять в работу")

        second.get_by_role("main").get_by_role("button", name="Предложить перенаправление").click()

        expect(second.get_by_role("alert")).to_contain_text("Сотрудник coordinator: «Взято в работу координатором»")
        second.get_by_text("Набранный текст").click()
        expect(second.get_by_text(reason)).to_be_visible()

    await at_browsers(running, work, "409", "403")


async def test_session_that_ends_in_a_half_written_answer_loses_nothing(running: Product) -> None:
    message = await running.in_work()

    def work(address: str, opened: Callable[[], Page]) -> None:
        page = opened()
        sign_in(page, address, "executor")
        page.goto(f"{address}/messages/{message}")
        write_answer(page, ANSWER, endorser="Сотрудник head", approver="Сотрудник head2")
        end_sessions(running, "executor")

        page.get_by_role("main").get_by_role("button", name="Направить руководителю").click()

        page.get_by_label("Логин").fill("executor")
        page.get_by_label("Пароль").fill(PASSWORD)
        page.get_by_role("button", name="Войти и отправить").click()
        expect_made(page)

    await at_browsers(running, work, "401")

    card = (await running.get("head", f"/messages/{message}")).json()
    assert card["answers"][0]["text"] == ANSWER
    assert [one["person"]["name"] for one in card["draft"]["endorsers"]] == ["Сотрудник head"]
    assert running.case(message)["stage"] == "endorsement"
