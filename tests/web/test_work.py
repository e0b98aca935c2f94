"""The list, without JavaScript: filters, search, order, pages."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from tests.browser import browser_page, in_browser, served
from tests.product import Product
from tests.web.test_every_page import sign_in
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio


def rows(answer: httpx.Response) -> list[str]:
    """The ids of the rows."""
    return re.findall(r'id="row-([0-9a-f-]+)"', answer.text)


def link(answer: httpx.Response, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', answer.text)
    return found[1].replace("&amp;", "&") if found else None


@pytest.mark.requirement("S3-32", "S3-33", "S3-34")
async def test_filters_are_shown_as_tags_and_taken_away_one_by_one(running: Product) -> None:
    message = await running.accepted(text="Не могу попасть на приём к терапевту.")
    async with running.browse("coordinator") as browser:
        path = (
            "/work/new?category=medicine&subcategory=medicine.no_answer&text=приёмы&overdue=false&sort=received&stage="
        )
        found = await browser.get(path)
        tags = re.findall(r'class="tag" href="([^"]+)"', found.text)
        wider = await browser.get(tags[0].replace("&amp;", "&"))
        nothing = await browser.get("/work/new?text=гиппопотам")

    assert message in rows(found)
    assert "Недозвон в медицинскую организацию" in words(found)
    assert len(tags) == 4
    assert all(name in tags[0] for name in ("subcategory=", "text=", "overdue="))
    assert "&amp;category=" not in tags[0]
    assert message in rows(wider)
    assert rows(nothing) == []
    assert "Ничего не найдено." in words(nothing)


async def test_search_takes_a_number_or_words(running: Product) -> None:
    word = f"чайник{uuid4().hex[:6]}"
    message = await running.accepted(text=f"Протекает {word}.")
    number = running.case(message)["number"]
    async with running.browse("coordinator") as browser:
        by_number = await browser.get("/work", params={"q": f" № {number}"}, follow_redirects=True)
        by_word = await browser.get("/work", params={"q": word}, follow_redirects=True)

    assert rows(by_number) == rows(by_word) == [message]
    assert f"№ {number}" in words(by_number)


@pytest.mark.parametrize("sort", ["due", "received"])
async def test_pages_lead_forth_and_back_in_each_order(
    running: Product, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.work.ROWS", 2)
    word = f"листание{uuid4().hex[:6]}"
    made = [await running.register(text=word) for _ in range(5)]
    async with running.browse("operator") as browser:
        seen = [await browser.get("/work", params={"text": word, "sort": sort})]
        while address := link(seen[-1], "next"):
            seen.append(await browser.get(address))
        back = [seen[-1]]
        while address := link(back[-1], "prev"):
            back.append(await browser.get(address))

    order = made if sort == "due" else made[::-1]
    assert [rows(page) for page in seen] == [order[:2], order[2:4], order[4:]]
    assert [rows(page) for page in back] == [order[4:], order[2:4], order[:2]]


async def test_row_says_whose_and_until_when_and_lateness_in_words(running: Product) -> None:
    message = await running.in_work(text="Третий день не дозвониться.")
    late = await running.in_work()
    with running.engine.begin() as connection:
        ago = sa.func.otklik_now() - timedelta(hours=49)
        values = {"received_at": ago - timedelta(days=30), "entered_at": ago - timedelta(days=9), "due_at": ago}
        update = sa.update(t.message_case).where(t.message_case.c.id == late)
        connection.execute(update.values(values | {"stage_due_at": ago}))
    async with running.browse("executor") as browser:
        answer = await browser.get("/work/in_work")

    first, second = rows(answer)
    assert (first, second) == (late, message)
    told = words(answer)
    assert "⚠ просрочено на 2 дня" in told
    assert "осталось 19 дней" in told
    assert "Сотрудник executor Исполнение" in told


async def test_section_of_another_role_and_unknown_ones_are_refused(running: Product) -> None:
    async with running.browse("executor") as browser:
        statuses = [(await browser.get(f"/work/{code}")).status_code for code in ("new", "nothing")]
        wrong = await browser.get("/work?cursor=x")

    assert statuses == [403, 404]
    assert wrong.status_code == 422
    assert "Начните список сначала" in words(wrong)


async def test_person_with_several_roles_sees_all_and_narrows(running: Product) -> None:
    number = running.people["coordinator_branch"]
    await running.http.post(
        f"/api/v1/people/{number}/grants",
        headers=await running.headers("administrator"),
        json={"role": "head", "organisation": "branch"},
    )
    async with running.browse("coordinator_branch") as browser:
        everything = await browser.get("/work")
        await browser.get("/me/role", params={"only": "head", "next": "/work"})
        narrowed = await browser.get("/work")
        begins = await browser.get("/")
        elsewhere = await browser.get("/work/new")
        await browser.get("/me/role", params={"next": "/work"})
        again = await browser.get("/work")

    assert {"Новые", "На утверждении"} <= set(re.findall(r"<span>([^<]+)</span>", everything.text))
    assert "Новые" not in narrowed.text
    assert "На утверждении" in narrowed.text
    assert begins.headers["location"] == "/work/endorsement"
    assert "desk.js" in everything.text
    assert "desk.js" not in narrowed.text, "heads share nothing out"
    assert "<h1>Новые</h1>" in elsewhere.text, "narrowing forbids nothing"
    assert "Новые" in again.text


async def test_paging_with_scripts_swaps_the_list_alone(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.work.ROWS", 2)
    word = f"подмена{uuid4().hex[:6]}"
    made = [await running.register(text=word) for _ in range(3)]

    def turn(address: str) -> tuple[str, str, str]:
        with browser_page() as page:
            sign_in(page, address, "operator")
            page.goto(f"{address}/work?text={word}")
            page.evaluate("document.querySelector('#menu').dataset.mark = 'same'")
            page.get_by_role("link", name="Следующие").click()
            page.locator(f"#row-{made[0]}").wait_for()
            mark = page.locator("#menu").get_attribute("data-mark")
            return str(mark), page.url, page.locator("#list").inner_text()

    async with served(running) as address:
        mark, url, text = await in_browser(turn, address)

    assert mark == "same"
    assert "cursor=" in url
    assert running.case(made[0])["number"] in text
