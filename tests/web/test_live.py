"""Open pages follow what others do, in a real browser: counters, lists, cards, forms and who else is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from api import changes
from storage import people
from tests.browser import browser_page, in_browser, picture, served
from tests.product import Product
from tests.web.test_every_page import sign_in

pytestmark = pytest.mark.anyio

IN_TIME = 2.0
"""Seconds that the workplace promises; a machine that is busy with other tests may be late once, not each time."""


TRANSPORT = {"category": "roads", "subcategory": "roads.bus", "organisation": "transport"}


class Office:
    """What others do while somebody looks at a page: called from the browser's thread, done on the product's loop."""

    def __init__(self, running: Product) -> None:
        self.running, self._loop = running, asyncio.get_running_loop()

    def does(self, deed: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(self._wait(deed), self._loop).result(60)

    @staticmethod
    async def _wait(deed: Awaitable[Any]) -> Any:
        return await deed


async def looking(running: Product, login: str, look: Callable[[Page, str, Office], None], **how: Any) -> None:
    """The login looks at pages while others work."""
    office = Office(running)

    def browse(address: str) -> None:
        with browser_page(**how) as page:
            page.set_default_timeout(20_000)
            sign_in(page, address, login)
            look(page, address, office)

    async with served(running) as address:
        await in_browser(browse, address)


def follows(page: Page) -> None:
    """The stream of the page is open."""
    expect(page.locator("body[data-follows]")).to_be_attached()


def place_of(row: Locator) -> float:
    """How far below the window's upper edge it stands."""
    box = row.bounding_box()
    assert box is not None
    return box["y"]


def unlike(word: str) -> dict[str, Any]:
    """A message with this word that is no likely duplicate: the rows of others do not speak of it."""
    return {"text": f"{word} {uuid4().hex}", "applicant": {"email": f"{uuid4().hex}@example.org"}}


@pytest.mark.requirement("S3-32")
async def test_counters_and_list_follow_within_two_seconds_and_the_reader_keeps_his_place(running: Product) -> None:
    word = f"живое{uuid4().hex[:6]}"
    first = [await running.accepted(**unlike(word)) for _ in range(12)]

    def look(page: Page, address: str, office: Office) -> None:
        page.set_viewport_size({"width": 1280, "height": 500})
        page.goto(f"{address}/work/new?text={word}&sort=received")
        count = page.locator("[data-section=new]")
        before = int(count.inner_text().rstrip("+"))
        reads = page.locator(f"#row-{first[3]}")
        page.get_by_text("Фильтр и порядок").click()
        page.get_by_label("Слова", exact=True).fill("начал печа")
        reads.locator(".queue-number a").focus()
        page.evaluate("window.scrollBy({ top: 60, behavior: 'instant' })")
        stood = place_of(reads)
        reads.evaluate("row => { row.dataset.mark = 'same' }")
        follows(page)

        arrivals, departures = [], []
        for more in range(3):
            arrived = office.does(running.accepted(**unlike(word)))
            began = time.monotonic()
            expect(page.locator(f"#row-{arrived}")).to_be_attached()
            expect(count).to_have_text(str(before + 1))
            arrivals.append(time.monotonic() - began)
            office.does(running.decide("coordinator", first[4 + more], "take"))
            began = time.monotonic()
            expect(page.locator(f"#row-{first[4 + more]}")).not_to_be_attached()
            expect(count).to_have_text(str(before))
            departures.append(time.monotonic() - began)

        assert (min(arrivals) < IN_TIME, min(departures) < IN_TIME) == (True, True), (arrivals, departures)
        assert abs(place_of(reads) - stood) < 5
        assert reads.get_attribute("data-mark") == "same"
        assert page.evaluate("document.activeElement.closest('tr')?.id") == f"row-{first[3]}"
        assert page.get_by_label("Слова", exact=True).input_value() == "начал печа"

    await looking(running, "coordinator", look)


@pytest.mark.requirement("S3-72")
async def test_curators_counts_by_stage_follow_a_message_from_stage_to_stage(running: Product) -> None:
    def look(page: Page, address: str, office: Office) -> None:
        between: list[str] = []  # the page is there, its stream is not yet

        def open_late(route: Route) -> None:
            between.append(office.does(running.accepted()))
            route.continue_()

        page.route("**/changes?*", open_late, times=1)
        page.goto(f"{address}/work/stage_coordination?sort=received")
        follows(page)
        expect(page.locator(f"#row-{between[0]}")).to_be_attached()
        stages = ("moderation", "coordination", "execution", "endorsement", "approval")
        counts = {stage: page.locator(f"[data-section=stage_{stage}]") for stage in stages}
        before = {stage: int(count.inner_text()) for stage, count in counts.items()}

        def expect_at(stage: str | None) -> None:
            for one, count in counts.items():
                expect(count).to_have_text(str(before[one] + (one == stage)))

        message = office.does(running.accepted())
        expect_at("coordination")
        expect(page.locator(f"#row-{message}")).to_be_attached()
        office.does(running.decide("coordinator", message, "assign", executor=running.people["executor"]))
        expect_at("execution")
        expect(page.locator(f"#row-{message}")).not_to_be_attached()

    await looking(running, "curator", look)


async def test_narrowing_to_a_role_narrows_the_menu_and_what_follows(running: Product) -> None:
    person = running.people["coordinator_transport"]
    grant = {"role": "head", "organisation": "transport"}
    administrator = await running.headers("administrator")
    await running.http.post(f"/api/v1/people/{person}/grants", headers=administrator, json=grant)

    def look(page: Page, address: str, office: Office) -> None:
        page.goto(f"{address}/work")
        menu = page.get_by_role("navigation", name="Разделы")
        expect(menu.get_by_role("link", name="Новые")).to_be_visible()
        menu.get_by_text("Роль: все").click()
        menu.get_by_role("link", name="руководитель").click()
        expect(menu.get_by_role("link", name="Новые")).to_have_count(0)
        follows(page)
        moderated = office.does(running.register())
        office.does(running.decide("moderator", moderated, "accept", **TRANSPORT))
        expect(page.locator(f"#row-{moderated}")).to_be_attached()
        expect(menu.get_by_role("link", name="На утверждении")).to_be_visible()
        expect(menu.get_by_role("link", name="Новые")).to_have_count(0)

    await looking(running, "coordinator_transport", look)


async def test_open_card_follows_within_two_seconds_and_what_was_opened_in_it_stays_open(running: Product) -> None:
    message = await running.in_work(
        text="К терапевту записаться не получается с понедельника: на портале нет ни одного талона, по телефону отвечают "
        "«звоните завтра». Просим сообщить, когда откроют запись и к кому обращаться, пока её нет.",
        location="Городская поликлиника, ул. Садовая, 12",
    )

    def look(page: Page, address: str, office: Office) -> None:
        page.set_viewport_size({"width": 1280, "height": 1660})
        page.goto(f"{address}/messages/{message}")
        page.locator("#why-stage > summary").click()
        picture(page, "workplace-card")
        page.locator("#why-message > summary").click()
        expect(page.locator("#why-stage")).not_to_have_attribute("open", "")
        page.get_by_text("Открыть контакты").click()
        page.get_by_text("applicant@example.org").wait_for()
        follows(page)

        lines, took = page.locator(".journal li"), []
        for about in ("transport", "polyclinic", "transport"):
            before = lines.count()
            office.does(running.decide("coordinator", message, "correct_card", complained_of=about))
            began = time.monotonic()
            expect(lines).to_have_count(before + 1)
            took.append(time.monotonic() - began)

        assert min(took) < IN_TIME, took
        expect(lines.first).to_contain_text("Карточка исправлена")
        expect(page.get_by_text("applicant@example.org")).to_be_visible()

    await looking(running, "executor", look)


async def test_card_that_left_its_reader_before_its_stream_opened_is_read_again(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )

    def look(page: Page, address: str, office: Office) -> None:
        def open_late(route: Route) -> None:
            office.does(running.decide("head", message, "approve"))
            route.continue_()

        page.route("**/changes?*", open_late, times=1)
        page.goto(f"{address}/messages/{message}")
        expect(page.get_by_text("Сообщение от вас ушло")).to_be_visible()
        expect(page.get_by_role("link", name="Прочитать и решить")).to_have_count(0)
        expect(page.locator("#timeline")).to_have_count(0)

    await looking(running, "head", look)


async def test_two_people_on_a_card_see_one_another_come_and_go(running: Product) -> None:
    message = await running.in_work()

    def look(page: Page, address: str, office: Office) -> None:
        page.goto(f"{address}/messages/{message}")
        follows(page)
        others = page.locator("#others")
        expect(others).to_be_hidden()

        second = page.context.browser.new_context(locale="ru-RU").new_page()
        sign_in(second, address, "coordinator")
        second.goto(f"{address}/messages/{message}")
        expect(second.locator("#others")).to_contain_text("Сотрудник executor")
        expect(others).to_contain_text("Сотрудник coordinator")
        second.goto(f"{address}/work")
        expect(others).to_be_hidden()

    await looking(running, "executor", look)


async def test_half_written_answer_stays_and_its_writer_is_told_that_somebody_was_first(running: Product) -> None:
    message = await running.in_work()

    def look(page: Page, address: str, office: Office) -> None:
        page.goto(f"{address}/messages/{message}/decisions/submit_answer")
        page.get_by_label("Текст ответа").fill("Добавлена вторая ли")
        follows(page)
        before = int(page.locator("[data-section=in_work]").inner_text())
        expect(page.locator("#meanwhile")).to_be_hidden()

        office.does(running.decide("coordinator", message, "recall", reason="Вопрос срочный"))

        expect(page.locator("#meanwhile")).to_contain_text("Назначение отозвано")
        expect(page.locator("#meanwhile")).to_contain_text("Сотрудник coordinator")
        assert page.get_by_label("Текст ответа").input_value() == "Добавлена вторая ли"
        expect(page.locator("[data-section=in_work]")).to_have_text(str(before - 1))

    await looking(running, "executor", look)


async def test_ended_session_is_said_and_nothing_typed_is_lost(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "BEAT_SECONDS", 0.3)
    message = await running.in_work()

    def look(page: Page, address: str, office: Office) -> None:
        page.goto(f"{address}/messages/{message}/decisions/submit_answer")
        page.get_by_label("Текст ответа").fill("Добавлена вторая ли")
        follows(page)

        office.does(asyncio.to_thread(end_all_sessions, running, "executor"))

        expect(page.get_by_role("alert")).to_contain_text("Вход больше не действует")
        assert page.get_by_label("Текст ответа").input_value() == "Добавлена вторая ли"

    await looking(running, "executor", look)


def end_all_sessions(running: Product, login: str) -> None:
    with running.engine.begin() as connection:
        people.close_all_sessions(connection, running.people[login])
    running.tokens.pop(login, None)  # the next test signs in anew


async def test_page_that_was_left_has_no_stream_any_more_and_one_in_the_background_neither(running: Product) -> None:
    streams = running.app.state.resources.live

    def look(page: Page, address: str, office: Office) -> None:
        page.goto(f"{address}/work")
        follows(page)
        assert len(streams._streams) == 1
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        expect(page.locator("body[data-follows]")).not_to_be_attached()

    await looking(running, "executor", look)

    async with asyncio.timeout(60):
        while streams._streams:
            await asyncio.sleep(0.05)
