"""What holds for every page of tests/web/pages.py, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from tests.browser import DESK, PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible, assert_focus_is_visible, look_of
from tests.web.pages import PAGES, Messages, Shown
from tests.web.people import sign_in
from web.application import ROUTERS
from web.rendering import POLICY
from web.visits import any_visit

pytestmark = pytest.mark.anyio

DESK_AT_200_PERCENT = {"width": 640, "height": 400}
"""Zoomed to 200 %, a window of 1280 points has room for 640."""

WRITING = {"/write", "/write/form", "/write/form/text", "/write/code", "/write/leave"}
TRACKING = {
    "/track",
    "/track/code",
    "/track/answer/{mark}",
    "/track/withdraw",
    "/track/rating",
    "/track/repeat",
    "/track/law",
}
OPEN_TO_ALL = {"/sign-in", "/invitation"} | TRACKING | WRITING
"""Pages that take a form from whoever is not signed in."""

GROUP = 24


def of_one_person() -> Iterator[tuple[Shown, ...]]:
    """Pages of one person, as many as a browser looks at within a minute."""
    for login in dict.fromkeys(page.who for page in PAGES):
        pages = tuple(page for page in PAGES if page.who == login)
        yield from (pages[first : first + GROUP] for first in range(0, len(pages), GROUP))


@pytest.fixture(scope="module")
def messages(running: Product) -> Messages:
    """Made once for all tests here: they look, and change nothing."""
    return Messages(running)


@pytest.mark.parametrize("shown", list(of_one_person()), ids=lambda shown: f"{shown[0].who}-from-{shown[0].name}")
async def test_every_page_is_accessible_narrow_and_keeps_its_policy(
    running: Product, messages: Messages, shown: tuple[Shown, ...]
) -> None:
    paths = [(page, await messages.path_of(page)) for page in shown]
    narrow: dict[str, list[bool]] = {}

    def look(address: str) -> None:
        with browser_page(allowed=("404", "403")) as browser:
            if login := shown[0].who:
                sign_in(browser, address, login)
            for page, path in paths:
                answer = browser.goto(f"{address}{path}")
                assert answer is not None
                assert answer.status == page.status, path
                narrow[page.name] = look_at(browser, page)

    async with served(running) as address:
        await in_browser(look, address)

    assert narrow == {page.name: [True, True, True] for page in shown}


def look_at(browser: Page, shown: Shown) -> list[bool]:
    """Whether it is narrow enough at each size. axe is asked about every look that it has, at the narrowest size that has it."""
    narrow, judged = [], set()
    for size, name in ((PHONE, "-phone"), (DESK_AT_200_PERCENT, "-zoomed"), (DESK, "")):
        browser.set_viewport_size(size)
        narrow.append(is_narrow(browser))
        if (look := look_of(browser)) not in judged:
            judged.add(look)
            assert_accessible(browser, shown.name)
        picture(browser, f"{shown.name}{name}") if name != "-zoomed" else None
    assert_focus_is_visible(browser)
    return narrow


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_page_has_one_policy_one_heading_and_nothing_inline(
    running: Product, messages: Messages, shown: Shown
) -> None:
    path = await messages.path_of(shown)
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


async def test_pages_are_for_whoever_is_signed_in(running: Product, messages: Messages) -> None:
    for shown in PAGES:
        if shown.who is not None:
            path = await messages.path_of(shown)
            answer = await running.http.get(path)

            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=/")
