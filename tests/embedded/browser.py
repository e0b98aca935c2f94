"""A real browser for tests: Debian's Chromium, driven by Playwright. Where it is missing the test fails, and says why."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

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
def browser_page(allowed: tuple[str, ...] = ()) -> Iterator[Page]:
    """An empty page that fails its test when it logs an error or a violated content policy.

    `allowed`: words of complaints that the test expects, such as the status of an answer that refuses.
    """
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_QUIET)
        page = browser.new_page(locale="ru-RU")
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page
        finally:
            browser.close()
    assert [said for said in complaints if not any(word in said for word in allowed)] == []
