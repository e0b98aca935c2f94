"""A real browser for tests: Debian's Chromium without its windows, driven by Playwright; pages are the same to it, at half
the work. Where it is missing the test fails, and says why."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

from embedded.ports import LOOPBACK, free_port
from tests.process.clock import until
from tests.product import Product

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
INSTALL = "sudo apt-get install -y chromium-headless-shell fonts-dejavu-core"
_PROGRAMS = "chromium-headless-shell", "chromium", "google-chrome"
"""The lightest first: the whole Chromium serves as well, where that is what there is."""
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # what is there at once costs nothing; a busy machine is no fault of the page

_thread = ThreadPoolExecutor(1, "browser")
"""What Playwright made answers in the thread that made it alone."""
_started: list[tuple[Playwright, Browser]] = []
"""The one browser of this process of the run, from the first test that asks for it."""


async def in_browser(look: Callable[..., Any], *arguments: Any) -> Any:
    """What looks at pages does it in the browser's thread, while the product goes on answering in this one."""
    return await asyncio.get_running_loop().run_in_executor(_thread, look, *arguments)


def close_browser() -> None:
    """Nothing of it is left when the run ends."""
    _thread.submit(_close).result()


def _close() -> None:
    for playwright, browser in _started:
        browser.close()
        playwright.stop()
    _started.clear()


def _browser() -> Browser:
    assert threading.current_thread().name.startswith("browser"), "pages are looked at through `in_browser`"
    if _started and not _started[0][1].is_connected():  # it crashed, which fails one test and no other
        _close()
    if not _started:
        program, playwright = chromium(), sync_playwright().start()
        _started.append((playwright, playwright.chromium.launch(executable_path=program, args=_QUIET)))
    return _started[0][1]


def chromium() -> str:
    """The path of Chromium; the test fails with the command that installs it where there is none."""
    chosen = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if chosen is None:
        pytest.fail(f"This test needs a browser and there is none. Install it: {INSTALL}", pytrace=False)
    return chosen


@contextmanager
def browser_pages(allowed: tuple[str, ...] = (), *, scripts: bool = True) -> Iterator[Callable[[], Page]]:
    """Opens empty pages, each as if by another person at another computer; one that logs an error or a violated content
    policy fails its test. For whatever `in_browser` runs.

    `allowed`: words of complaints that the test expects, such as the status of an answer that refuses. `scripts`: off for
    people whose browsers run none.
    """
    complaints: list[str] = []

    def opened() -> Page:
        page = _browser().new_page(
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            java_script_enabled=scripts,
            reduced_motion="reduce",  # a colour half way to another is no colour to judge by
        )
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    try:
        yield opened
    finally:
        for context in _browser().contexts:  # those too that the test opened by itself
            context.close()
    assert [said for said in complaints if not any(word in said for word in allowed)] == []


@contextmanager
def browser_page(allowed: tuple[str, ...] = (), *, scripts: bool = True) -> Iterator[Page]:
    """One such page."""
    with browser_pages(allowed, scripts=scripts) as opened:
        yield opened()


@asynccontextmanager
async def served(running: Product) -> AsyncIterator[str]:
    """The product's application on a port; its address. `in_browser` looks at it."""
    port = free_port()
    config = uvicorn.Config(running.app, host=LOOPBACK, port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        await serving


def picture(page: Page, name: str) -> None:
    """Kept for whoever wants to look: OTKLIK_PICTURES names the folder. Those of docs/images are made so."""
    if folder := os.environ.get("OTKLIK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def is_narrow(page: Page) -> bool:
    """Nothing has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
