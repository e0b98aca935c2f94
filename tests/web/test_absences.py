"""The pages of absences: entered, seen by who keeps them, changed, and ended in one press."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest

from tests.browser import browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible
from tests.web.pages import Shown
from tests.web.people import sign_in
from tests.web.test_every_page import look_at

pytestmark = pytest.mark.anyio


def today() -> date:
    return datetime.now(ZoneInfo("Europe/Moscow")).date()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


async def post(browser: httpx.AsyncClient, shown_at: str, address: str, **fields: Any) -> httpx.Response:
    """A form of the page, sent as a browser sends it."""
    page = (await browser.get(shown_at)).text
    fields |= {"_token": hidden(page, "_token")}
    return await browser.post(address, data=fields, headers={"Origin": "https://test"})


def period(**more: Any) -> dict[str, Any]:
    last = (today() + timedelta(days=6)).isoformat()
    return {"code": "vacation", "first_day": today().isoformat(), "last_day": last, "basis": "приказ № 12"} | more


async def test_own_absence_is_entered_with_substitutes_in_order_and_ended_in_one_press(running: Product) -> None:
    running.write("DELETE FROM absence")
    head2 = running.people["head2"]
    message = await running.register()
    running.write(
        "UPDATE message_case SET stage = 'execution', executor = :p, holder = :p WHERE id = :id",
        p=running.people["head"],
        id=message,
    )
    async with running.browse("head") as browser:
        told = await post(browser, "/absences/new", "/absences/new", **period(substitutes=str(head2), _preview="1"))
        assert told.status_code == 200, told.text
        assert "взять некому" in told.text
        assert "Внести отсутствие" in told.text
        assert "вы изменили" not in told.text
        seen = {"_told": hidden(told.text, "_told"), "substitutes": str(head2)}
        again = await post(browser, "/absences/new", "/absences/new", **period(**seen, basis="приказ № 13"))
        assert again.status_code == 200, "what was told was of another period"
        assert "Ещё не внесено: вы изменили отсутствие" in again.text
        assert running.rows("SELECT 1 FROM absence") == []

        sent = await post(browser, "/absences/new", "/absences/new", **period(**seen))
        assert sent.headers["location"] == "/absences?done=entered", sent.text
        page = (await browser.get("/absences")).text
        assert "приказ № 12" in page
        assert "1. Сотрудник head2" in page
        [row] = running.rows("SELECT id, person, substitutes FROM absence")
        assert (row["person"], row["substitutes"]) == (running.people["head"], [head2])

        ended = await post(browser, "/absences", f"/absences/{row['id']}/end")

        assert ended.headers["location"] == "/absences?done=ended"
        assert "кончилось" in (await browser.get("/absences")).text


async def test_administrator_sees_who_substitutes_whom_and_changes_it(running: Product) -> None:
    running.write("DELETE FROM absence")
    executor, executor2 = running.people["executor"], running.people["executor2"]
    async with running.browse("administrator") as browser:
        address = f"/absences/new?person={executor}"
        assert (await post(browser, address, address, **period())).status_code == 303
        [row] = running.rows("SELECT id FROM absence")
        page = (await browser.get("/absences")).text
        assert "Сотрудник executor" in page
        assert "Некому решать за роль: исполнитель" in page

        one = f"/absences/{row['id']}"
        changed = await post(browser, one, one, **period(substitutes=str(executor2), code="sickness", last_day=""))

        assert changed.status_code == 303, changed.text[changed.text.find("<main") :][:3000]
        assert changed.headers["location"] == "/absences?done=changed"
        page = (await browser.get("/absences")).text
        assert "конец неизвестен" in page
        assert "Некому решать" not in page


async def test_form_that_cannot_be_comes_back_with_what_was_typed(running: Product) -> None:
    async with running.browse("head") as browser:
        sent = await post(browser, "/absences/new", "/absences/new", **period(last_day=""))

        assert sent.status_code == 422
        assert "приказ № 12" in sent.text
        assert "последний день" in sent.text.lower()


async def test_sickness_without_a_paper_says_so_until_the_paper_is_there_even_when_it_is_over(running: Product) -> None:
    running.write("DELETE FROM absence")
    async with running.browse("head") as browser:
        refused = await post(browser, "/absences/new", "/absences/new", **period(basis=""))
        assert refused.status_code == 422
        assert "Укажите номер и день приказа" in refused.text
        sick = period(code="sickness", basis="", last_day="")
        assert (await post(browser, "/absences/new", "/absences/new", **sick)).status_code == 303
        [row] = running.rows("SELECT id FROM absence")
        assert "основание не указано" in (await browser.get("/absences")).text
        await post(browser, "/absences", f"/absences/{row['id']}/end")
        over = await browser.get(f"/absences/{row['id']}")
        assert over.headers["location"] == f"/absences/{row['id']}/basis"

        address = f"/absences/{row['id']}/basis"
        empty = await post(browser, address, address, basis="")
        assert empty.status_code == 422
        sent = await post(browser, address, address, basis="листок № 900")
        page = (await browser.get("/absences?done=founded")).text

    assert sent.headers["location"] == "/absences?done=founded"
    assert "листок № 900" in page
    assert "основание не указано" not in page


async def test_one_more_place_for_a_substitute_enters_nothing_and_keeps_what_was_typed(running: Product) -> None:
    running.write("DELETE FROM absence")
    async with running.browse("head") as browser:
        sent = await post(browser, "/absences/new", "/absences/new", **period(_more="substitutes"))

    assert sent.status_code == 200
    assert "приказ № 12" in sent.text
    assert running.rows("SELECT 1 FROM absence") == []


async def test_whoever_keeps_nobodys_absences_sees_his_own_alone(running: Product) -> None:
    async with running.browse("executor") as browser:
        page = (await browser.get("/absences")).text
        assert "Кто отсутствует" not in page

        forbidden = await post(browser, "/absences/new", f"/absences/new?person={running.people['head']}", **period())

        assert forbidden.status_code == 403


async def test_list_with_absences_is_accessible_on_desktop_and_telephone(running: Product) -> None:
    running.write("DELETE FROM absence")
    waits = "UPDATE message_case SET stage = 'execution', executor = :p, holder = :p WHERE id = :id"
    for login in ("coordinator", "coordinator", "head"):
        running.write(waits, p=running.people[login], id=await running.register())
    async with running.browse("administrator") as browser:
        for login, substitutes, more in (
            ("executor", [str(running.people["executor2"])], {}),
            ("head", [], {"code": "sickness", "last_day": "", "basis": ""}),
        ):
            address = f"/absences/new?person={running.people[login]}"
            assert (await post(browser, address, address, **period(substitutes=substitutes, **more))).status_code == 303

    def look(address: str) -> None:
        with browser_page() as page:
            sign_in(page, address, "administrator")
            page.goto(f"{address}/absences/new?person={running.people['coordinator']}")
            page.select_option("[name=code]", "vacation")
            page.fill("[name=first_day]", today().isoformat())
            page.fill("[name=last_day]", (today() + timedelta(days=6)).isoformat())
            page.fill("[name=basis]", "приказ № 12")
            page.click("text=Дальше: что к кому перейдёт")
            page.wait_for_selector("#told")
            for name, width in (("absence-told", 1280), ("absence-told-phone", 360)):
                page.set_viewport_size({"width": width, "height": 800})
                assert is_narrow(page)
                assert_accessible(page)
                picture(page, name)
            page.goto(f"{address}/absences")
            page.click("text=Указать")
            assert all(look_at(page, Shown("absence-basis", "administrator", "/absences/{id}/basis")))
            page.goto(f"{address}/absences")
            for name, width in (("absences-full", 1280), ("absences-full-phone", 360)):
                page.set_viewport_size({"width": width, "height": 800})
                assert is_narrow(page)
                assert_accessible(page)
                picture(page, name)

    async with served(running) as address:
        await in_browser(look, address)
    running.write("DELETE FROM absence")
