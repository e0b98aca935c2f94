"""Orders and their measures on pages: an administrator begins them, heads read, whoever controls the order sees what is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest
from playwright.sync_api import expect

from tests.browser import browser_pages, in_browser, served
from tests.product import Product
from tests.web.people import sign_in
from tests.web.test_signing_in import form_of, words

pytestmark = pytest.mark.anyio

NEXT_WEEK = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
LONG_AGO = "2024-02-01"


async def order_made(running: Product, browser: httpx.AsyncClient, code: str, number: str) -> None:
    """An order that `chief` controls, by the administrator's form."""
    fields = {"code": code, "title": "Об организации работы с сообщениями граждан", "body": "Министерство"}
    more = {"number": number, "signed_on": "2021-08-11", "controller": str(running.people["chief"])}
    made = await browser.post("/admin/measures/new", data=await form_of(browser, "/admin/measures/new") | fields | more)
    assert made.status_code in (303, 409), made.text


async def measure_made(browser: httpx.AsyncClient, code: str, **fields: str) -> str:
    """The path of a new measure of the order, begun from the first of its list."""
    path = f"/admin/measures/{code}/new"
    known = {"kind": "publish", "title": "Разместить приказ", "organisation": "polyclinic", "due_on": NEXT_WEEK}
    made = await browser.post(path, data=await form_of(browser, f"{path}?listed=0", path) | known | fields)
    assert made.status_code == 303, made.text
    return str(made.headers["location"]).partition("?")[0]


async def counter(browser: httpx.AsyncClient) -> str:
    """What stands in the menu beside «Приказы и меры»."""
    menu = (await browser.get("/work")).text.partition('href="/measures"')[2].partition("</li>")[0]
    return menu.partition('class="count">')[2].partition("<")[0]


LISTED = [
    pytest.param(
        "S0",
        "job_regulations",
        "Внести изменения в должностные регламенты тех, кто работает с сообщениями",
        "S0, п. 3",
        marks=pytest.mark.requirement("S0-10"),
    ),
    pytest.param(
        "S2",
        "register",
        "Направить приказ на государственную регистрацию в Министерство юстиции",
        "S2, приказ, п. 2",
        marks=pytest.mark.requirement("S2-65"),
    ),
]


@pytest.mark.parametrize(("code", "kind", "title", "clause"), LISTED)
async def test_administrator_begins_a_measure_from_the_orders_list_and_it_is_done_with_evidence(
    running: Product, code: str, kind: str, title: str, clause: str
) -> None:
    async with running.browse("administrator") as browser:
        await order_made(running, browser, code, "134")
        listed = await browser.get(f"/admin/measures/{code}")
        begun = await browser.get(f"/admin/measures/{code}/new?listed=0")
        person = str(running.people["executor2"])
        path = await measure_made(browser, code, kind=kind, title=title, clause=clause, person=person)
    async with running.browse("executor2") as browser:
        waits = await browser.get("/measures")
        before = await counter(browser)
        form = await form_of(browser, path, f"{path}/done")
        without = await browser.post(f"{path}/done", data=form)
        done = await browser.post(f"{path}/done", data=form | {"evidence": "Внесены приказом № 15-к."})
        shown = await browser.get(done.headers["location"])
        after = await counter(browser)

    assert f"{title} {clause}" in words(listed)
    assert f'value="{title}"' in begun.text
    assert title in words(waits)
    assert (before, after) == ("1", "")
    assert without.status_code == 422
    assert "Напишите, что сделано, дайте ссылку или приложите файл." in words(without)
    assert "Исполнение отмечено." in words(shown)
    assert "Отметил Сотрудник executor2 Подтверждение Внесены приказом № 15-к." in words(shown)


async def test_file_shows_that_a_measure_is_done_to_whoever_sees_the_measure(running: Product) -> None:
    async with running.browse("administrator") as browser:
        await order_made(running, browser, "S0", "134")
        path = await measure_made(browser, "S0", person=str(running.people["executor2"]))
    async with running.browse("executor2") as browser:
        form = await form_of(browser, path, f"{path}/done")
        scan = {"files": ("Скан приказа.txt", "Приказ размещён.".encode(), "text/plain")}
        done = await browser.post(f"{path}/done", data=form, files=scan)
        assert done.status_code == 303, done.text
    async with running.browse("chief") as browser:
        shown = await browser.get(path)
        link = shown.text.partition(f'href="{path}/files/')[2].partition('"')[0]
        file = await browser.get(f"{path}/files/{link}")
    async with running.browse("executor") as browser:
        hidden = await browser.get(f"{path}/files/{link}")

    assert "Скан приказа.txt" in words(shown)
    assert file.content == "Приказ размещён.".encode()
    assert hidden.status_code == 404


@pytest.mark.requirement("S0-18")
async def test_heads_find_the_order_in_their_workplace_until_they_have_read_it(running: Product) -> None:
    async with running.browse("administrator") as browser:
        await order_made(running, browser, "S1", "218")
        path = await measure_made(browser, "S1", kind="acquaint", title="Довести приказ")
        hidden = await form_of(browser, path, f"{path}/readers")
        asked = await browser.post(f"{path}/readers", data=hidden | {"organisations": ["polyclinic", "transport"]})
        assert asked.status_code == 303, asked.text

    def both_read(address: str) -> None:
        with browser_pages() as opened:
            for login in ("head", "head_transport"):
                page = opened()
                sign_in(page, address, login)
                menu = page.get_by_role("navigation", name="Разделы").get_by_role("link", name="Приказы и меры")
                menu.click()
                page.get_by_role("link", name="Приказ № 218").click()
                expect(page.get_by_role("heading", level=1)).to_contain_text("Приказ № 218")
                page.go_back()
                page.get_by_role("button", name="Ознакомлен с приказом № 218").click()
                expect(page.get_by_role("status").first).to_contain_text("вы ознакомлены")
                expect(page.get_by_role("button", name="Ознакомлен с приказом № 218")).to_have_count(0)

    async with served(running) as address:
        await in_browser(both_read, address)

    async with running.browse("chief") as browser:
        register = words(await browser.get(path))
    assert "Лист ознакомления 2 из 3" in register
    assert register.count("ещё нет") == 1
    dates = running.rows("SELECT acknowledged_at FROM acknowledgement WHERE acknowledged_at IS NOT NULL")
    assert len(dates) >= 2


@pytest.mark.requirement("S2-66")
@pytest.mark.requirement("S1-91")
async def test_whoever_controls_the_order_sees_on_one_page_what_is_open_and_late(running: Product) -> None:
    async with running.browse("administrator") as browser:
        await order_made(running, browser, "S9", "9")
        await measure_made(browser, "S9", kind="session", title="Провести стратегическую сессию", due_on=LONG_AGO)
        await measure_made(browser, "S9", kind="train", title="Обучить координаторов", organisation="transport")
    async with running.browse("chief") as browser:
        mine = words(await browser.get("/measures"))
        all_ = words(await browser.get("/measures/orders/S9"))
        late = words(await browser.get("/measures/orders/S9?overdue=true"))
    async with running.browse("operator") as browser:
        nothing = words(await browser.get("/measures/orders/S9"))

    assert "№ 9 от 11 августа 2021 года" in mine
    assert "Контролирует исполнение вы Ждут исполнения 2 Просрочено 1" in all_
    assert "Провести стратегическую сессию" in all_
    assert "Обучить координаторов" in all_
    assert "Провести стратегическую сессию" in late
    assert "Обучить координаторов" not in late
    assert "Провести стратегическую сессию" not in nothing


@pytest.mark.requirement("S0-17")
@pytest.mark.requirement("S1-02")
async def test_order_in_force_has_a_page_for_everybody_with_its_rules_and_no_names(running: Product) -> None:
    async with running.browse("administrator") as browser:
        await order_made(running, browser, "S2", "134")
    async with running.browse() as browser:
        listed = words(await browser.get("/orders"))
        shown = await browser.get("/orders/S2")
        none = await browser.get("/orders/S8")

    said = words(shown)
    assert "№ 134 от 11 августа 2021 года" in listed
    assert "30 календарных дней" in said
    assert "Модерация" in said
    assert "Куратор" in said
    assert "Сотрудник" not in said
    assert none.status_code == 404
