"""A real browser for tests: Debian's Chromium, driven by Playwright. Where it is missing the test fails, and says why."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from embedded.ports import LOOPBACK, free_port
from tests.process.clock import until
from tests.product import Product

INSTALL = "sudo apt-get install -y chromium fonts-dejavu-core"
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The path of Chromium; the test fails with the command that installs it where there is none."""
    chosen = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chosen is None:
        pytest.fail(f"This test needs a browser and there is none. Install it: {INSTALL}", pytrace=False)
    return chosen


@contextmanager
def browser_pages(allowed: tuple[str, ...] = (), *, scripts: bool = True) -> Iterator[Callable[[], Page]]:
    """Opens empty pages, each as if by another person at another computer; one that logs an error or a violated content
    policy fails its test.

    `allowed`: words of complaints that the test expects, such as the status of an answer that refuses. `scripts`: off for
    people whose browsers run none.
    """
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_QUIET)

        def opened() -> Page:
            page = browser.new_page(
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
            browser.close()
    assert [said for said in complaints if not any(word in said for word in allowed)] == []


@contextmanager
def browser_page(allowed: tuple[str, ...] = (), *, scripts: bool = True) -> Iterator[Page]:
    """One such page."""
    with browser_pages(allowed, scripts=scripts) as opened:
        yield opened()


@asynccontextmanager
async def served(running: Product) -> AsyncIterator[str]:
    """The product's application on a port; its address. Browsers run in a thread beside it: `asyncio.to_thread`."""
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
