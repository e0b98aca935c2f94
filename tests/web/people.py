"""People at their browsers: what one does with the pages to take a message a step further, by the words that stand there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.product import PASSWORD

JUDGED_MS = 20_000
"""How long a test waits for a verdict that came too late for the page."""


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    page.get_by_role("navigation", name="Разделы").wait_for()


def find(page: Page, section: str, number: str) -> None:
    """The message is in the section of the menu, and its card is open."""
    page.get_by_role("navigation", name="Разделы").get_by_role("link", name=re.compile(f"^{section}")).click()
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def ask(page: Page, action: str) -> Locator:
    """The action's form, opened from the bottom of the card."""
    page.get_by_role("region", name="Действия").get_by_role("link", name=action, exact=True).click()
    return page.get_by_role("main").locator("form", has=page.get_by_role("button", name=action, exact=True))


def send(page: Page, action: str) -> None:
    """The form is sent, and the decision made by the time the card shows it."""
    page.get_by_role("main").get_by_role("button", name=action, exact=True).click()
    expect_made(page)


def expect_made(page: Page) -> None:
    """The card tells that the decision was made; one that is still being judged is asked for again."""
    told = page.get_by_role("main").get_by_role("status")
    expect(told.first).to_contain_text(re.compile("Решение (принято|сохранено)"))
    while page.get_by_role("link", name="Обновить").is_visible():
        page.get_by_role("link", name="Обновить").click()
    expect(told.first).to_contain_text("Решение принято.", timeout=JUDGED_MS)


def choose(form: Locator, label: str, option: str) -> None:
    """By what is read in the list, not by its code."""
    form.get_by_role("combobox", name=re.compile(f"^{label}")).select_option(label=option)


def write_answer(page: Page, text: str, *, approver: str, endorser: str = "—") -> None:
    """«Подготовить ответ», filled in but not sent. Nobody endorses it unless said."""
    ask(page, "Подготовить ответ")
    form = page.locator("#answer")
    form.get_by_role("group", name="Тип ответа").get_by_label("Решено", exact=True).check()
    form.get_by_label("Текст ответа").fill(text)
    places = form.get_by_role("group", name=re.compile("^Согласующие"))
    places.get_by_label("1-й").select_option(label=endorser)
    choose(form, "Утверждающий", approver)


def send_answer(page: Page) -> None:
    """What was filled in goes to those who endorse and approve."""
    send(page, "Направить руководителю")
