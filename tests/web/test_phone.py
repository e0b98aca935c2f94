"""On a phone: what the page is about begins on the first screen, and the menu is one touch away, also without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.people import sign_in
from tests.web.test_live import place_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("scripts", [True, False])
async def test_menu_is_folded_on_a_phone_and_opens_at_a_touch(running: Product, *, scripts: bool) -> None:
    message = await running.submitted()

    def touch(address: str) -> None:
        with browser_page(scripts=scripts) as page:
            sign_in(page, address, "head")
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/work/endorsement")
            section = page.get_by_role("link", name="На утверждении")
            expect(section).to_be_hidden()
            assert place_of(page.get_by_role("heading", level=1)) < PHONE["height"] / 4
            page.locator("#menu-fold summary").click()
            expect(section).to_be_visible()
            assert is_narrow(page)
            picture(page, "menu-phone")
            section.click()
            expect(page.get_by_role("heading", level=1)).to_have_text("На утверждении")
            page.goto(f"{address}/messages/{message}")
            assert place_of(page.get_by_role("region", name="Что можно сделать сейчас")) < PHONE["height"] / 3

    async with served(running) as address:
        await in_browser(touch, address)
