"""Orders on the administrator's pages: a table pasted from Word, what it changes, publishing by another, taking back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from storage import tables as t
from storage.reference import load_directory, touch
from tests.browser import browser_page, in_browser, is_narrow, picture, served
from tests.conftest import Database
from tests.product import Product
from tests.regulations.test_s0 import ANNEX_2
from tests.web.people import sign_in
from tests.web.test_signing_in import form_of, words

pytestmark = pytest.mark.anyio

ORDER = {
    "kind": "categories",
    "act": "S0",
    "issuer": "Министерство здравоохранения",
    "order_number": "15пр",
    "signed_on": "2026-01-12",
    "title": "О внесении изменений",
}
LATER = (
    ANNEX_2.replace(
        "Медицина\tАптеки\tначальник отдела организации медицинской помощи", "Медицина\tАптеки\tБУ РК «МИАЦ»; "
    )
    .replace("«МИАЦ»;  взрослому населению и лекарственного обеспечения;", "«МИАЦ»")
    .replace("Медицина\tДезинфекция\tруководители медицинских организаций РК\n", "")
)
"""Annex 2 as a later order has it: other people for pharmacies, no disinfection."""
WITHOUT_STAFF = ANNEX_2.replace(" начальник отдела кадрового обеспечения;", "").replace(" кадрового обеспечения;", "")
"""Annex 2 in which the department of staff answers for nothing."""


@pytest.fixture(scope="module", autouse=True)
def noon(shared_database: Database) -> None:
    """The next one, never back: the day that a page offers is still today when it is sent."""
    shared_database.at(datetime.now(ZoneInfo("Europe/Moscow")).replace(hour=12) + timedelta(days=1))


@pytest.fixture
async def second(running: Product) -> AsyncIterator[str]:
    """Another administrator of the whole installation."""
    values = {"role": "administrator", "organisation": "ministry", "subtree": True}
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.grant).values(person=running.people["chief"], **values))
        touch(connection)
    yield "chief"
    running.write("DELETE FROM grant_ WHERE person = :chief AND role = 'administrator'", chief=running.people["chief"])
    with running.engine.begin() as connection:
        touch(connection)


async def drawn_up(browser: httpx.AsyncClient) -> str:
    """The address of a new draft."""
    made = await browser.post("/admin/orders/new", data=await form_of(browser, "/admin/orders/new") | ORDER)
    assert made.status_code == 303, words(made)
    return str(made.headers["location"]).partition("?")[0]


def pharmacies(running: Product) -> tuple[str, ...]:
    with running.engine.connect() as connection:
        return load_directory(connection).responsible["medicine.pharmacies"]


async def test_draft_is_changed_line_by_line_without_scripts(running: Product) -> None:
    async with running.browse("administrator") as browser:
        draft = await drawn_up(browser)
        fields = await form_of(browser, f"{draft}/line?code=medicine.pharmacies", f"{draft}/line")
        line = {"category": "Медицина", "title": "Аптеки", "responsible": ["adults", "miac", ""]}
        line |= {"facts": "Нет лекарства\r\nДорого\r\n"}
        long = await browser.post(f"{draft}/line", data=fields | line | {"facts": "а" * 301})
        more = await browser.post(f"{draft}/line", data=fields | line | {"_more": "responsible"})
        changed = await browser.post(f"{draft}/line", data=fields | line)
        form = await browser.get(f"{draft}/line?code=medicine.pharmacies")
        stale = await browser.post(f"{draft}/line", data=fields | line | {"title": "Аптека", "idempotency_key": "x"})
        fields = await form_of(browser, f"{draft}/line")
        added = await browser.post(f"{draft}/line", data=fields | line | {"title": "Телемедицина"})
        fields = await form_of(browser, f"{draft}/answerer")
        ward = {"code": "ward", "title": "Отдел ухода", "alone": "начальник отдела ухода", "listed": "ухода"}
        answerer = await browser.post(f"{draft}/answerer", data=fields | ward)
        fields = await form_of(browser, draft, f"{draft}/line/remove")
        removed = await browser.post(f"{draft}/line/remove", data=fields | {"code": "medicine.benefits"})
        fields = await form_of(browser, draft, f"{draft}/answerer/remove")
        kept = await browser.post(f"{draft}/answerer/remove", data=fields | {"code": "law"})
        shown = await browser.get(draft)

    assert "4-й" in words(more)
    assert "Нет лекарства\nДорого</textarea>" in form.text
    assert "не длиннее 300 знаков" in words(long)
    assert [one.status_code for one in (changed, added, answerer, removed)] == [303] * 4
    assert stale.status_code == 409
    assert kept.status_code == 422, "lines name him"
    told = words(shown)
    assert "факты: Нет лекарства; Дорого" in told
    assert "Медицина / Телемедицина" in told
    assert "лекарственного обеспечения; БУ РК «МИАЦ»" in told
    assert "Отдел ухода" in told
    assert re.search(r"Медицина / Льготы .{0,500} больше нет", told)


async def test_publication_that_is_refused_keeps_the_successors_that_were_chosen(running: Product, second: str) -> None:
    async with running.browse("administrator") as browser:
        draft = await drawn_up(browser)
        fields = await form_of(browser, f"{draft}/content") | {"how": "table"}
        changed = await browser.post(f"{draft}/content", data=fields | {"table": WITHOUT_STAFF})
    async with running.browse(second) as browser:
        fields = await form_of(browser, draft, f"{draft}/publication")
        [day] = re.findall(r'name="valid_from" value="([^"]+)"', (await browser.get(draft)).text)
        filled = {"valid_from": day, "seen": "other differences", "successor.staff": "adults"}
        refused = await browser.post(f"{draft}/publication", data=fields | filled)

    assert changed.status_code == 303, words(changed)
    assert refused.status_code == 409, words(refused)
    assert '<option value="adults" selected>' in refused.text


async def test_table_with_faults_comes_back_with_every_fault_and_what_was_pasted(running: Product) -> None:
    async with running.browse("administrator") as browser:
        draft = await drawn_up(browser)
        fields = await form_of(browser, f"{draft}/content") | {"how": "table"}
        table = "Медицина\tАптеки\tначальник отдела кадровова обеспечения\nМедицина\tЛьготы\tчародей"
        refused = await browser.post(f"{draft}/content", data=fields | {"table": table})
        book = {"workbook": ("таблица.xlsx", b"%PDF", "application/octet-stream")}
        wrong = await browser.post(f"{draft}/content", data=fields, files=book)

    assert refused.status_code == 422
    assert "строка 1, столбец «Ответственные»: «кадровова обеспечения» не найден; похоже на" in words(refused)
    assert "строка 2, столбец «Ответственные»: «чародей» не найден" in words(refused)
    assert "Медицина\tЛьготы\tчародей" in refused.text
    assert "это не книга XLSX" in words(wrong)


@pytest.mark.requirement("S0-04")
async def test_table_pasted_from_word_is_previewed_published_by_another_and_taken_back(
    running: Product, second: str
) -> None:
    await running.accepted()
    rows = "".join(merged([line.split("\t") for line in joined(LATER)]))

    def paste(address: str) -> str:
        with browser_page(allowed=("404",)) as page:
            page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            sign_in(page, address, "administrator")
            page.goto(f"{address}/admin/orders")
            page.get_by_role("link", name=re.compile("Новая редакция.+Категории")).click()
            page.get_by_label("Номер приказа").fill("15пр")
            page.get_by_label("Дата приказа").fill("2026-01-12")
            page.get_by_label("Кто издал").fill(ORDER["issuer"])
            page.get_by_label("О чём приказ").fill(ORDER["title"])
            page.get_by_role("button", name="Подготовить проект").click()
            page.get_by_role("link", name="Вставить таблицу").click()
            page.get_by_label("Таблица из Word").wait_for()
            page.wait_for_load_state()  # the script listens
            copied(page, rows)
            page.get_by_label("Таблица из Word").press("Control+V")
            picture(page, "order-pasted")
            page.get_by_role("button", name="Заменить строки таблицей").click()
            page.get_by_text("Проект сохранён.").wait_for()
            assert page.get_by_text("Опубликовать должен другой администратор").is_visible()
            table = page.get_by_role("table", name="Различия").inner_text()
            picture(page, "order-preview")
            page.set_viewport_size({"width": 360, "height": 740})
            picture(page, "order-preview-phone")
            assert is_narrow(page)
            draft = page.url.partition("?")[0]
        assert table.count("Медицина / ") == 4
        assert "Медицина / Аптеки / Нет «детского»" in table, "two paragraphs of a cell are two facts"
        assert "Медицина / Аптеки / Дорого" in table
        assert "Медицина / Аптеки" in table
        assert "Медицина / Дезинфекция" in table
        return draft.removeprefix(address)

    def publish(address: str, draft: str) -> None:
        with browser_page(scripts=False) as page:
            sign_in(page, address, second)
            page.goto(f"{address}{draft}")
            page.get_by_role("button", name="Опубликовать").click()
            page.get_by_text("Редакция опубликована.").wait_for()
            picture(page, "order-published")
            page.get_by_role("link", name="Завести меры этого приказа").click()
            assert page.get_by_role("textbox", name="Номер").input_value() == "15пр"
            page.get_by_role("button", name="Создать").click()
            assert page.get_by_role("listitem").filter(has_text="регламент").first.is_visible()
            page.goto(f"{address}{draft}")
            assert page.get_by_role("link", name="Меры и их состояние").is_visible()

    def take_back(address: str, draft: str) -> None:
        with browser_page(scripts=False) as page:
            sign_in(page, address, second)
            page.goto(f"{address}{draft}")
            page.get_by_label("Причина").fill("Ошибка в строке «Аптеки»")
            page.get_by_role("button", name="Отозвать редакцию").click()
            page.get_by_text("Редакция отозвана").wait_for()
            page.goto(f"{address}/admin/changes")
            assert page.get_by_text("приложение к приказу").first.is_visible()

    async with served(running) as address:
        draft = await in_browser(paste, address)
        before = pharmacies(running)
        await in_browser(publish, address, draft)
        in_force = pharmacies(running)
        await in_browser(take_back, address, draft)

    assert (before, in_force, pharmacies(running)) == (("adults",), ("miac",), ("adults",))


def joined(table: str) -> list[str]:
    """The table's rows, each on one line."""
    rows: list[str] = []
    for line in table.splitlines():
        if line.count("\t") == 2 and not line.startswith("\t"):
            rows.append(line)
        elif line.strip():
            rows[-1] += f" {line.strip()}"
    return rows


def merged(rows: list[list[str]]) -> Iterator[str]:
    """The rows as people make them: answers that are the same in rows that follow each other are one cell; facts have a column."""
    yield "<tr><td>Категория</td><td>Подкатегория</td><td>Ответственные</td><td>Факты</td></tr>"
    for answers, group in groupby(rows, lambda row: row[2]):
        same = list(group)
        for at, (category, title, _) in enumerate(same):
            cells = f"<td><p>{category}</p></td><td><p>{title}</p></td>"
            cells += "" if at else f"<td rowspan={len(same)}><p>{answers}</p></td>"
            facts = "<p>Нет «детского»</p>\n<p>Дорого</p>" if title == "Аптеки" else ""
            yield f"<tr>{cells}<td>{facts}</td></tr>"


def copied(page: Page, rows: str) -> None:
    """A table is in the clipboard as a word processor puts it there: rich and plain."""
    show = """rows => {
        const holder = document.createElement("div");
        holder.id = "word";
        holder.innerHTML = `<table>${rows}</table>`;
        document.body.append(holder);
        getSelection().selectAllChildren(holder);
    }"""
    page.evaluate(show, rows)
    page.keyboard.press("Control+C")
    page.evaluate("document.getElementById('word').remove()")


async def test_categories_of_the_shipped_order_are_made_by_one_press(running: Product) -> None:
    async with running.browse("administrator") as browser:
        fields = await form_of(browser, "/admin/orders/3", "/admin/orders/3/categories")
        made = await browser.post("/admin/orders/3/categories", data=fields)
        shown = await browser.get(made.headers["location"])

    assert "Категории созданы." in words(shown)
    assert "Создать недостающие категории" not in words(shown)


async def test_scan_of_the_order_is_kept_with_the_draft_and_read_by_staff(running: Product) -> None:
    async with running.browse("administrator") as browser:
        draft = await drawn_up(browser)
        fields = await form_of(browser, draft, f"{draft}/scan")
        sent = await browser.post(
            f"{draft}/scan", data=fields, files={"scan": ("приказ.txt", "Приказ № 15пр".encode())}
        )
        shown = await browser.get(draft)
    found = re.search(rf"{draft}/scan/([0-9a-f-]{{36}})", shown.text)

    assert sent.status_code == 303
    assert found
    assert (await running.get("executor", f"/attachments/{found[1]}")).text == "Приказ № 15пр"
