"""Help for each role names its sections and buttons as they stand on the screen."""

from __future__ import annotations

import re

import httpx2 as httpx
import pytest

from api.titles import ROLE
from domain.rules import RULES
from domain.vocabulary import Role
from storage.sections import SECTIONS
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

LOGIN = {Role.INTAKE_OPERATOR: "operator"}
"""Who holds a role in the tests' product, where the login is not the role's code."""


def said(answer: httpx.Response) -> str:
    """The help alone: the menu beside it names what its reader has, whether the help does or not."""
    return " ".join(answer.text.partition('<article class="help">')[2].partition("</article>")[0].split())


@pytest.mark.requirement("S3-27")
@pytest.mark.parametrize("role", list(Role))
async def test_help_of_a_role_names_its_sections_and_buttons(running: Product, role: Role) -> None:
    async with running.browse("executor") as browser:
        told = said(await browser.get(f"/help/{role.value}"))

    for section in SECTIONS:
        if role in section.roles:
            assert section.title in told
    for rule in RULES.values():
        if ROLE[role] in rule.role:
            assert rule.title in told


@pytest.mark.parametrize("role", list(Role))
async def test_help_names_all_of_the_menu_of_a_role(running: Product, role: Role) -> None:
    async with running.browse(LOGIN.get(role, role.value)) as browser:
        menu = re.findall(r'class="menu-section[^>]*><span>([^<]+)</span>', (await browser.get("/me")).text)
        told = said(await browser.get("/help")) + said(await browser.get(f"/help/{role.value}"))

    assert [title for title in menu if title not in told] == []
    assert len(menu) > 3


async def test_help_of_the_intake_operator_names_what_stands_on_the_screen_of_a_call(running: Product) -> None:
    call = await running.talking()
    async with running.browse("operator") as browser:
        told = words(await browser.get("/help/intake_operator"))
        screens = words(await browser.get("/calls")) + words(await browser.get(f"/calls/{call}"))

    for name in (
        "Звонки и посещения",
        "Начать звонок",
        "Что спросили",
        "Зарегистрировать новое сообщение",
        "Сохранить и показать итог",
        "Завершить разговор",
    ):
        assert name in told
        assert name in screens


async def test_help_is_linked_from_every_page_and_begins_with_ones_own_roles(running: Product) -> None:
    async with running.browse("executor") as browser:
        page = await browser.get("/work")
        told = words(await browser.get("/help"))
        unknown = await browser.get("/help/king")

    assert 'href="/help"' in page.text
    assert "Исполнитель — ваша роль" in told
    assert told.index("Исполнитель") < told.index("Модератор")
    assert unknown.status_code == 404
