"""What holds for every page of tests/web/pages.py, in a real browser."""

from __future__ import annotations

import asyncio

import httpx2 as httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from tests.browser import browser_page, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible, assert_focus_is_visible
from tests.web.pages import PAGES, Messages, Shown
from tests.web.people import sign_in
from web.application import ROUTERS
from web.rendering import POLICY
from web.visits import any_visit

pytestmark = pytest.mark.anyio

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
DESK_AT_200_PERCENT = {"width": 640, "height": 400}
"""Zoomed to 200 %, a window of 1280 points has room for 640."""

WRITING = {"/write", "/write/form", "/write/form/text", "/write/code", "/write/leave"}
TRACKING = {"/track", "/track/code", "/track/answer/{mark}", "/track/withdraw", "/track/rating", "/track/repeat"}
OPEN_TO_ALL = {"/sign-in", "/invitation"} | TRACKING | WRITING
"""Pages that take a form from whoever is not signed in."""


async def test_every_page_is_accessible_narrow_and_keeps_its_policy(running: Product) -> None:
    messages = Messages(running)
    paths = [(page, await messages.path_of(page)) for page in PAGES]
    narrow: dict[str, list[bool]] = {}

    def look(address: str) -> None:
        for login in dict.fromkeys(page.who for page in PAGES):
            with browser_page(allowed=("404", "403")) as browser:
                if login is not None:
                    sign_in(browser, address, login)
                for shown, path in [one for one in paths if one[0].who == login]:
                    answer = browser.goto(f"{address}{path}")
                    assert answer is not None
                    assert answer.status == shown.status, path
                    look_at(browser, shown)

    def look_at(browser: Page, shown: Shown) -> None:
        narrow[shown.name] = []
        for size, name in ((DESK, ""), (DESK_AT_200_PERCENT, "-zoomed"), (PHONE, "-phone")):
            browser.set_viewport_size(size)  # type: ignore[arg-type]
            narrow[shown.name].append(is_narrow(browser))
            assert_accessible(browser)
            picture(browser, f"{shown.name}{name}") if name != "-zoomed" else None
        assert_focus_is_visible(browser)

    async with served(running) as address:
        await asyncio.to_thread(look, address)

    assert narrow == {page.name: [True, True, True] for page in PAGES}


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_page_has_one_policy_one_heading_and_nothing_inline(running: Product, shown: Shown) -> None:
    path = await Messages(running).path_of(shown)
    async with running.browse(shown.who) as browser:
        answer = await browser.get(path)

    assert answer.status_code == shown.status
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.text.count("<h1") == 1
    for inline in ("<style", " style=", "<script>", " onclick=", "javascript:"):
        assert inline not in answer.text
    await every_static_file_is_there(running.http, answer.text)


async def every_static_file_is_there(http: httpx.AsyncClient, html: str) -> None:
    named = {piece.partition('"')[0] for piece in html.split('"/static/')[1:]}
    for name in named:
        answer = await http.get(f"/static/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]


def test_every_form_that_changes_something_asks_for_its_token() -> None:
    def needs(dependant: Dependant) -> bool:
        return dependant.call is any_visit or any(needs(one) for one in dependant.dependencies)

    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    unguarded = {route.path for route in routes if route.methods - {"GET"} and not needs(route.dependant)}

    assert unguarded == OPEN_TO_ALL


async def test_pages_are_for_whoever_is_signed_in(running: Product) -> None:
    for shown in PAGES:
        if shown.who is not None:
            path = await Messages(running).path_of(shown)
            answer = await running.http.get(path)

            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=/")
