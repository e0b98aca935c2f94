"""An applicant at his browser: from the rules of the public form to the number of his message."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from api import drafting
from tests.product import Product

EMAIL = "applicant@example.org"
QUESTION = "Третий день не могу дозвониться в регистратуру."


@pytest.fixture
def many_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of a module come from one address."""
    for limit in ("DRAFTS_FROM_ADDRESS", "CODES_FROM_ADDRESS", "CODES_TO_EMAIL", "UPLOADS_FROM_ADDRESS"):
        monkeypatch.setattr(drafting, limit, 1000)


def code_of(running: Product, email: str = EMAIL) -> str:
    """The code of the latest draft, as its letter says it."""
    [draft] = running.rows("SELECT id, code_issue FROM public_draft ORDER BY created_at DESC LIMIT 1")
    keys = running.app.state.resources.keys
    return str(keys.one_time_code(UUID(str(draft["id"])), draft["code_issue"], email))


def begin(page: Page, address: str) -> None:
    page.goto(f"{address}/write")
    page.get_by_label("С правилами подачи я ознакомлен").check()
    page.get_by_role("button", name="Написать сообщение").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ваше сообщение")
    page.wait_for_load_state("load")  # its script too


def fill(page: Page) -> None:
    page.get_by_label("Тема").select_option(label="Недозвон в медицинскую организацию")
    page.get_by_label("Что произошло").fill(QUESTION)
    page.get_by_label("О какой организации вы пишете").select_option(label="Городская поликлиника")
    page.get_by_label("Фамилия, имя, отчество (для организации").fill("Иванова Мария Петровна")
    page.get_by_label("Электронная почта").fill(EMAIL)


def confirm(running: Product, page: Page) -> None:
    page.get_by_role("button", name="Получить код на почту").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Подтвердите почту")
    page.get_by_label("Код из письма").fill(code_of(running))
    page.get_by_role("button", name="Зарегистрировать сообщение").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Сообщение зарегистрировано")


def latest(running: Product) -> dict[str, Any]:
    """The message that was registered last."""
    return running.rows("SELECT * FROM message ORDER BY created_at DESC LIMIT 1")[0]
