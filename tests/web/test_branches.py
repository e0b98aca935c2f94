"""Each way off the straight one, by people at browsers: what comes back, what is passed on, what is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser_pages, in_browser, served
from tests.product import Product
from tests.web.people import ask, choose, expect_made, find, send, send_answer, sign_in

pytestmark = pytest.mark.anyio

REASON = "Не назван срок, к которому вопрос будет решён."
FIRST, BETTER = "Добавлена вторая линия телефона.", "Добавлена вторая линия телефона, с 3 марта."


async def play(running: Product, story: Callable[[Callable[[str], Page]], None]) -> None:
    """The story with a browser for each person that it asks for."""

    def told(address: str) -> None:
        with browser_pages() as opened:

            def person(login: str) -> Page:
                page = opened()
                sign_in(page, address, login)
                return page

            story(person)

    async with served(running) as address:
        await in_browser(told, address)


def decide(page: Page, section: str, number: str) -> None:
    """The head has the answer to decide on before him, by way of his list."""
    find(page, section, number)
    page.get_by_role("link", name="Прочитать и решить").click()
    expect(page.get_by_role("region", name="Ваше решение")).to_be_visible()


def open_way(page: Page, verdict: str) -> None:
    page.get_by_role("region", name="Ваше решение").get_by_text(verdict, exact=True).click()


def expect_next(page: Page) -> None:
    expect(page.get_by_role("main")).to_contain_text("Решение по предыдущему принято.")


@pytest.mark.requirement("S3-67")
async def test_answer_that_is_rejected_shows_its_executor_the_reason_before_all_else(running: Product) -> None:
    message = await running.submitted(endorsers=())
    number = running.case(message)["number"]

    def story(person: Callable[[str], Page]) -> None:
        head = person("head2")
        decide(head, "На утверждении", number)
        open_way(head, "Отклонить")
        head.get_by_role("button", name=REASON).click()
        expect_next(head)

        executor = person("executor")
        find(executor, "Возвращённые руководителем", number)
        reason = executor.get_by_role("region", name="Возвращено руководителем")
        expect(reason).to_contain_text("Сотрудник head2")
        expect(reason).to_contain_text(REASON)
        assert executor.locator("main section").first.get_attribute("aria-labelledby") == "returned-title"
        ask(executor, "Подготовить ответ")
        expect(executor.locator("main section").first).to_contain_text(REASON)
        executor.get_by_label("Текст ответа").fill(BETTER)
        send_answer(executor)

        decide(head, "На утверждении", number)
        expect(head.get_by_text(f"Возвращал Сотрудник head2: {REASON}")).to_be_visible()
        head.get_by_text("доработал").click()
        expect(head.locator("ins")).to_have_text("телефона, с 3 марта.")
        open_way(head, "Утвердить")
        head.get_by_role("button", name="Да, утвердить").click()
        expect_next(head)

    await play(running, story)

    assert running.case(message)["outcome"] == "answered"


@pytest.mark.requirement("S3-63")
async def test_right_that_is_passed_on_is_used_by_the_other_head_who_reads_why(running: Product) -> None:
    message = await running.submitted()
    number = running.case(message)["number"]

    def story(person: Callable[[str], Page]) -> None:
        head, second = person("head"), person("head2")
        decide(head, "На согласовании", number)
        open_way(head, "Передать право согласования")
        head.get_by_label("Мотивированная причина", exact=True).fill("Еду на совещание.")
        head.get_by_role("button", name="Сотрудник head2").click()
        expect_next(head)
        expect(head.get_by_role("link", name="На согласовании 0")).to_be_visible()

        decide(second, "На согласовании", number)
        expect(second.get_by_role("region", name="Кто работал с ответом")).to_contain_text("Еду на совещание.")
        open_way(second, "Согласовать")
        second.get_by_role("button", name="Да, согласовать").click()
        expect_next(second)

    await play(running, story)

    assert running.case(message)["stage"] == "approval"
    await running.decide("head2", message, "reject", reason="Убрать из очереди")


async def test_redirect_that_is_rejected_is_again_with_the_coordinator_who_reads_why(running: Product) -> None:
    message = await running.accepted()
    number = running.case(message)["number"]

    def story(person: Callable[[str], Page]) -> None:
        coordinator = person("coordinator")
        find(coordinator, "Новые", number)
        form = ask(coordinator, "Предложить перенаправление")
        choose(form, "Организация", "Служба перевозок")
        choose(form, "Утверждающий", "Сотрудник head2")
        form.get_by_label("Обоснование").fill("Автобусами занимаются они.")
        send(coordinator, "Предложить перенаправление")

        head = person("head2")
        decide(head, "На утверждении", number)
        expect(head.get_by_role("region", name="Перенаправить")).to_contain_text("Служба перевозок")
        open_way(head, "Отклонить")
        head.get_by_label("Мотивированная причина отклонения").fill("Регистратура наша.")
        head.get_by_role("button", name="Отклонить с этой причиной").click()
        expect_next(head)

        find(coordinator, "Возвращённые руководителем", number)
        expect(coordinator.locator("main section").first).to_contain_text("Регистратура наша.")
        choose(ask(coordinator, "Назначить исполнителя"), "Исполнитель", "Сотрудник executor")
        send(coordinator, "Назначить исполнителя")
        expect(coordinator.get_by_role("region", name="Возвращено руководителем")).to_have_count(0)

    await play(running, story)

    assert running.case(message)["holder"] == running.people["executor"]


@pytest.mark.requirement("S3-64")
async def test_text_that_a_head_changes_is_a_version_whose_difference_the_next_head_reads(running: Product) -> None:
    message = await running.submitted()
    number = running.case(message)["number"]

    def story(person: Callable[[str], Page]) -> None:
        head, second = person("head"), person("head2")
        decide(head, "На согласовании", number)
        head.get_by_role("link", name="Изменить ответ").click()
        head.get_by_label("Новый текст ответа").fill(BETTER)
        head.get_by_role("main").get_by_role("button", name="Изменить ответ").click()
        expect_made(head)
        open_way(head, "Согласовать")
        head.get_by_role("button", name="Да, согласовать").click()
        expect_next(head)

        decide(second, "На утверждении", number)
        expect(second.get_by_role("region", name="Ответ: решено")).to_contain_text(BETTER)
        second.get_by_text("изменил").click()
        expect(second.locator("ins")).to_have_text("телефона, с 3 марта.")
        expect(second.get_by_text("согласовал Сотрудник head")).to_be_visible()
        open_way(second, "Утвердить")
        second.get_by_role("button", name="Да, утвердить").click()
        expect_next(second)

    await play(running, story)

    assert [one["text"] for one in (await running.get("head2", f"/messages/{message}")).json()["answers"]] == [
        FIRST,
        BETTER,
    ]
    assert running.case(message)["outcome"] == "answered"
