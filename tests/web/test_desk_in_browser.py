"""The coordinator's desk in a real browser: one key a message, many at once, undo, and the same without scripts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible
from tests.web.people import choose, sign_in
from tests.web.test_desk import different, some, some_suggested
from tests.web.test_live import follows

pytestmark = pytest.mark.anyio

TEXTS = (
    "К терапевту записаться не получается с понедельника: на портале нет ни одного талона, по телефону отвечают «звоните завтра».",
    "Просим объяснить, почему перенесли приём кардиолога на следующий месяц и как нам теперь быть с назначенным обследованием.",
    "К терапевту записаться не получается с понедельника: на портале нет ни одного талона, по телефону говорят «звоните завтра».",
)
"""The first and the last are likely the same."""


async def at_the_desk(running: Product, path: str, work: Callable[[Page], None], *, scripts: bool = True) -> None:
    """The coordinator works at the list of this path."""

    def browse(address: str) -> None:
        with browser_page(scripts=scripts) as page:
            page.set_default_timeout(20_000)
            page.set_viewport_size({"width": 1280, "height": 800})
            sign_in(page, address, "coordinator")
            page.goto(f"{address}{path}")
            work(page)

    async with served(running) as address:
        await in_browser(browse, address)


async def test_each_key_accepts_a_suggestion_and_goes_on_to_the_next(running: Product) -> None:
    path, messages = await some_suggested(running, *different(4))
    in_order = messages[::-1]

    def work(page: Page) -> None:
        follows(page)
        page.locator(f"#one-{in_order[0]}").focus()
        for _ in range(3):
            page.keyboard.press("Enter")
        for one in in_order[:3]:
            expect(page.locator(f"#row-{one}")).not_to_be_attached()
        expect(page.locator("#reports .report")).to_have_count(3)
        expect(page.locator(f"#one-{in_order[3]}")).to_be_focused()
        assert_accessible(page)
        picture(page, "desk-reports")

    await at_the_desk(running, path, work)

    assert [running.case(one)["stage"] for one in in_order] == ["execution"] * 3 + ["coordination"]


async def test_held_key_accepts_one_suggestion_and_arrows_lead_from_row_to_row(running: Product) -> None:
    path, messages = await some_suggested(running, *different(3))
    first, second, third = messages[::-1]

    def work(page: Page) -> None:
        page.locator(f"#one-{first}").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator(f"#one-{second}")).to_be_focused()
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")  # of a key that is down already the browser makes a repetition
        page.keyboard.up("Enter")
        expect(page.locator("#reports .report")).to_have_count(1)
        expect(page.locator(f"#one-{third}")).to_be_focused()
        page.keyboard.press("ArrowUp")

    await at_the_desk(running, path, work)

    assert [running.case(one)["stage"] for one in (first, second, third)] == [
        "coordination",
        "execution",
        "coordination",
    ]


async def test_assignment_is_undone_from_the_report_and_the_row_is_back(running: Product) -> None:
    path, (message,) = await some_suggested(running, *different(1))

    def work(page: Page) -> None:
        follows(page)
        page.locator(f"#one-{message}").click()
        expect(page.locator(f"#row-{message}")).not_to_be_attached()
        page.get_by_role("button", name="Отменить").click()
        expect(page.locator(f"#row-{message}")).to_be_attached()
        expect(page.get_by_role("button", name="Отменить")).to_have_count(0)

    await at_the_desk(running, path, work)

    assert running.case(message)["stage"] == "coordination"
    assert [row["event"] for row in running.journal(message)][-1] == "AssignmentRecalled"


async def test_undo_is_offered_for_a_minute(running: Product) -> None:
    path, (message,) = await some_suggested(running, *different(1))

    def work(page: Page) -> None:
        page.clock.install()
        page.reload()
        page.locator(f"#one-{message}").click()
        expect(page.get_by_role("button", name="Отменить")).to_be_visible()
        page.clock.fast_forward(59_000)
        expect(page.get_by_role("button", name="Отменить")).to_be_visible()
        page.clock.fast_forward(2_000)
        expect(page.get_by_role("button", name="Отменить")).to_have_count(0)

    await at_the_desk(running, path, work)


async def test_all_ticked_are_assigned_together_and_ticks_outlive_what_others_do(running: Product) -> None:
    path, messages = await some_suggested(running, *TEXTS)

    def work(page: Page) -> None:
        follows(page)
        page.get_by_label("Отметить все на странице").check()
        expect(page.locator("#picked-count")).to_have_text(": 3")
        picture(page, "workplace-desk")
        assert_accessible(page)
        page.set_viewport_size({"width": 360, "height": 740})
        assert is_narrow(page)
        assert_accessible(page)
        picture(page, "workplace-desk-phone")
        asyncio.run_coroutine_threadsafe(
            running.decide("coordinator", messages[1], "assign", executor=running.people["executor2"]), loop
        ).result(30)
        expect(page.locator(f"#row-{messages[1]}")).not_to_be_attached()
        expect(page.locator("#picked-count")).to_have_text(": 2")
        expect(page.locator("#said")).to_contain_text("ушло из списка")
        choose(page.locator("#many"), "С отмеченными", "Сделать, как предложено")
        page.get_by_role("button", name="Выполнить").click()
        expect(page.get_by_role("main")).to_contain_text("готово, 2")
        assert_accessible(page)
        page.get_by_role("button", name="Отменить все 2").click()
        expect(page.get_by_role("main")).to_contain_text("готово, 2")
        page.get_by_role("link", name="К списку").click()
        expect(page.locator("tr.queue-row")).to_have_count(2)

    loop = asyncio.get_running_loop()
    await at_the_desk(running, path, work)

    assert [running.case(one)["stage"] for one in messages] == ["coordination", "execution", "coordination"]


async def test_form_for_many_is_accessible_and_narrow(running: Product) -> None:
    path, _ = await some(running, *different(2))

    def work(page: Page) -> None:
        page.get_by_label("Отметить все на странице").check()
        choose(page.locator("#many"), "С отмеченными", "Предложить перенаправление")
        page.get_by_role("button", name="Выполнить").click()
        page.get_by_role("heading", name="Предложить перенаправление").wait_for()
        page.set_viewport_size({"width": 360, "height": 740})
        assert is_narrow(page)
        assert_accessible(page)
        picture(page, "desk-form-phone")

    await at_the_desk(running, path, work)


async def test_everything_of_the_desk_works_without_scripts(running: Product) -> None:
    path, messages = await some_suggested(running, *different(2))
    more, others = await some(running, *different(2))

    def work(page: Page) -> None:
        page.locator(f"#one-{messages[0]}").click()
        expect(page.get_by_role("main")).to_contain_text(re.compile("готово.*→ Сотрудник executor", re.DOTALL))
        page.get_by_role("button", name="Отменить").click()
        expect(page.get_by_role("main")).to_contain_text("готово")
        page.get_by_role("link", name="К списку").click()
        expect(page.locator("tr.queue-row")).to_have_count(2)
        page.goto(page.url.partition("/work")[0] + more)
        for one in others:
            page.locator(f"#pick-{one}").check()
        choose(page.locator("#many"), "С отмеченными", "Назначить исполнителя")
        page.get_by_role("button", name="Выполнить").click()
        choose(page.get_by_role("main"), "Исполнитель", "Сотрудник executor2")
        page.get_by_role("button", name="Назначить исполнителя").click()
        expect(page.get_by_role("main")).to_contain_text("готово, 2")

    await at_the_desk(running, path, work, scripts=False)

    assert [running.case(one)["stage"] for one in messages] == ["coordination"] * 2
    assert {running.case(one)["holder"] for one in others} == {running.people["executor2"]}
