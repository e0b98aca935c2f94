"""The workplace in another engine than Chromium's: the same pages, forms and live counters."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.browser import served
from tests.product import PASSWORD, Product
from tests.web.firefox import Firefox, firefox

pytestmark = pytest.mark.anyio

COUNTER = (
    "return [...document.querySelectorAll('nav a')].find((one) => one.textContent.trim().startsWith('Новые'))"
    "?.textContent.replace(/\\D/g, '')"
)


@pytest.mark.requirement("S3-25")
async def test_message_arrives_by_itself_and_is_assigned_in_firefox(running: Product, tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()

    def arrive() -> str:
        return asyncio.run_coroutine_threadsafe(running.accepted(), loop).result(30)

    def work(address: str) -> str:
        with firefox(tmp_path) as window:
            signed_in(window, address)
            window.expect("return !!document.body.dataset.follows")
            before = int(window.ask(COUNTER) or 0)
            message = arrive()
            window.expect(f"return ({COUNTER.removeprefix('return ')}) == arguments[0]", str(before + 1))
            window.go(f"{address}/messages/{message}")
            window.press("Назначить исполнителя", within="#action-assign")
            window.expect("return !!document.querySelector('main form select')")
            window.choose("main form select", "Сотрудник executor")
            window.press("Назначить исполнителя", within="main form")
            window.expect("return document.querySelector('main').innerText.includes('Решение принято')")
        return message

    async with served(running) as address:
        message = await asyncio.to_thread(work, address)

    assert running.case(message)["holder"] == running.people["executor"]


def signed_in(window: Firefox, address: str) -> None:
    window.go(f"{address}/sign-in")
    window.fill("#login", "coordinator")
    window.fill("#password", PASSWORD)
    window.press("Войти")
    window.expect("return document.title && !location.pathname.startsWith('/sign-in')")
