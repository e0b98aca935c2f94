"""A curator opens the run in Temporal's own pages and reads it there, without any page of ours.

`OTKLIK_PICTURES=docs/images pytest tests/temporal_ui` writes the picture of the documentation anew.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Error, FloatRect, Frame, Page, ViewportSize, async_playwright

from embedded.ports import LOOPBACK
from embedded.temporal_server import TemporalServer
from tests.browser import chromium
from tests.process.clock import Clock
from tests.process.walk import Walk
from tests.product import Product

pytestmark = pytest.mark.anyio

PATIENCE_MS = 20_000
SIZE: ViewportSize = {"width": 1280, "height": 800}
WITHOUT_MENU: FloatRect = {"x": 256, "y": 100, "width": 1024, "height": 690}
TALL: ViewportSize = {**SIZE, "height": 2400}
"""The pages draw only what is in view."""


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """An empty page of a real browser; the product goes on working in this process meanwhile."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = await running.new_page(locale="ru-RU", viewport=SIZE)
        page.set_default_timeout(PATIENCE_MS)
        yield page
        await running.close()


async def read(page: Page, *words: str) -> None:
    """All of these words can be read on the page, in whichever of its frames."""
    missing = list(words)
    for _ in range(PATIENCE_MS // 100):
        text = "\n".join([await _text(frame) for frame in page.frames])
        missing = [word for word in words if word not in text]
        if not missing:
            return
        await page.wait_for_timeout(100)
    pytest.fail(f"not on {page.url}: {missing}")


async def _text(frame: Frame) -> str:
    """What the frame says; nothing when it has just gone."""
    with contextlib.suppress(Error):
        return str(await frame.evaluate("document.body ? document.body.innerText : ''"))
    return ""


async def test_curator_reads_the_run_without_our_pages(
    product: Product, clock: Clock, temporal: TemporalServer, tmp_path: Path
) -> None:
    walk = await Walk.begin(product, clock, category="medicine", subcategory="medicine.no_answer")
    await walk.accept()
    await walk.assign()
    await walk.submit("head")
    case, run = walk.case, await clock.handle(walk.message).describe()
    address = f"http://{LOOPBACK}:{temporal.ui_port}/namespaces/otklik/workflows"

    async with browser() as page:
        await page.goto(f"{address}?query=MessageNumber%3D%22{case['number']}%22%20AND%20Stage%3D%22endorsement%22")
        await read(page, run.id)  # found by its attributes

        await page.goto(f"{address}/{run.id}/{run.run_id}/user-metadata")
        await read(page, f"Сообщение {case['number']}, категория medicine.no_answer")
        await read(
            page,
            "Категория\tmedicine.no_answer",
            "Согласование",
            f"сотрудник № {walk.person('head')}",
            f"{case['due_at']:%d.%m.%Y %H:%M}",
        )
        pictures = Path(os.environ.get("OTKLIK_PICTURES", tmp_path))
        await page.screenshot(path=pictures / "temporal-ui.png", scale="css", clip=WITHOUT_MENU)
        await page.set_viewport_size(TALL)

        await page.goto(f"{address}/{run.id}/{run.run_id}/timeline")
        await read(page, "Письмо заявителю", "Предупредить", "accept", "assign", "start_work", "submit_answer")

        await page.goto(f"{address}/{run.id}/{run.run_id}/history")
        await read(page, "Решения и сроки по сообщению", "Workflow Execution Signaled")
        await page.get_by_text("submit_answer").first.click()
        await read(page, f"staff-{walk.person('executor')}")

        await page.goto(f"{address}/{run.id}/{run.run_id}/search-attributes")
        shown = ["MessageNumber", "Regulation", "Organisation", "Stage", "Holder", "Category", "DueAt", "StageDueAt"]
        await read(page, *shown, "Overdue", f"staff-{walk.person('head')}", "polyclinic")
