"""Choices too many for a form are found by words: typed in the page, or by a button without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from api import candidates, searches
from tests.browser import browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible
from tests.web.people import expect_made, sign_in
from tests.web.test_desk import value
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST", 1)
    monkeypatch.setattr(searches, "MOST_FOUND", 1)


def options(html: str, field: str) -> list[str]:
    """What the field's first list offers."""
    (inside,) = re.findall(rf'id="f-{field}(?:-0)?" name="{field}"[^>]*>(.*?)</select>', html, re.DOTALL)
    return [title for title in re.findall(r"<option[^>]*>([^<]+)</option>", inside) if title not in {"—", "Выберите"}]


async def test_field_offers_the_first_by_title_and_what_the_words_find(running: Product) -> None:
    message = await running.accepted()
    path = f"/messages/{message}/decisions/assign"
    async with running.browse("coordinator") as browser:
        first = await browser.get(path)
        fields = Hidden(first.text, path).fields
        found = await browser.post(path, data=fields | {"find.executor": "ЕКСЕКУТОР2 сотрудник", "_find": "executor"})
        narrowed = await browser.post(path, data=fields | {"find.executor": "executor2", "_find": "executor"})
        executor2 = str(running.people["executor2"])
        other = await browser.post(
            path, data=fields | {"executor": executor2, "find.executor": "нет такого", "_find": "executor"}
        )
        made = await browser.post(path, data=fields | {"executor": executor2, "find.executor": "executor2"})

    assert options(first.text, "executor") == ["Сотрудник executor"]
    assert "Показаны не все" in words(first)
    assert options(found.text, "executor") == []
    assert "Ничего не найдено" in words(found)
    assert options(narrowed.text, "executor") == ["Сотрудник executor2"]
    assert 'name="find.executor" value="executor2"' in narrowed.text
    assert options(other.text, "executor") == ["Сотрудник executor2"], "what was chosen stays, whatever the words are"
    assert f'<option value="{executor2}" selected>' in other.text
    assert made.status_code == 303
    assert running.case(message)["holder"] == running.people["executor2"]


async def test_people_in_order_are_found_one_after_another(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    head, head2 = str(running.people["head"]), str(running.people["head2"])
    async with running.browse("executor") as browser:
        fields: dict[str, object] = dict(await form_of(browser, path))
        fields |= {"text": "Готово.", "endorsers": ["", head2, ""], "find.endorsers": "head", "_find": "endorsers"}
        found = await browser.post(path, data=fields)

    assert set(options(found.text, "endorsers")) == {"Сотрудник head", "Сотрудник head2"}
    assert found.text.count(f'<option value="{head2}" selected>') == 1
    assert found.text.count('name="endorsers"') == 3
    assert f'<option value="{head}"' in found.text
    assert ">\nГотово.</textarea>" in found.text


async def test_choices_are_told_to_whom_the_form_is(running: Product) -> None:
    message = await running.accepted()
    path = f"/messages/{message}/choices"
    async with running.browse("coordinator") as browser:
        told = await browser.get(path, params={"action": "assign", "field": "executor", "find.executor": "executor2"})
        unknown = await browser.get(path, params={"action": "assign", "field": "_token"})
        long = await browser.get(path, params={"action": "assign", "field": "executor", "find.executor": "x" * 5000})
    async with running.browse("executor") as browser:
        foreign = await browser.get(path, params={"action": "assign", "field": "executor"})

    assert options(told.text, "executor") == ["Сотрудник executor2"]
    assert "<html" not in told.text
    assert (unknown.status_code, long.status_code, foreign.status_code) == (404, 200, 404)


async def test_many_are_given_to_somebody_found_by_words(running: Product) -> None:
    message = await running.accepted()
    number = running.case(message)["number"]
    async with running.browse("coordinator") as browser:
        page = await browser.get(f"/work?number={number}")
        fields: dict[str, object] = dict(Hidden(page.text, "/work/decisions").fields)
        fields |= {"what": "assign", "pick": [value(page, "pick", message)]}
        form = await browser.post("/work/decisions", data=fields)
        found = fields | {"filled": "yes", "find.executor": "executor2", "_find": "executor"}
        narrowed = await browser.post("/work/decisions", data=found)

    assert options(form.text, "executor") == ["Сотрудник executor"]
    assert options(narrowed.text, "executor") == ["Сотрудник executor2"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_person_is_found_and_chosen_in_a_browser(running: Product, *, scripts: bool) -> None:
    message = await running.accepted()

    def choose(address: str) -> None:
        with browser_page(scripts=scripts) as page:
            page.set_default_timeout(15_000)
            sign_in(page, address, "coordinator")
            page.goto(f"{address}/messages/{message}/decisions/assign")
            page.get_by_role("searchbox", name="Исполнитель").press_sequentially("executor2")
            if not scripts:
                page.get_by_role("main").get_by_role("button", name="Найти").click()
            chooser = page.get_by_role("combobox", name="Исполнитель")
            expect(chooser.get_by_role("option", name="Сотрудник executor2")).to_be_attached()
            if scripts:
                assert_accessible(page)
                page.set_viewport_size({"width": 360, "height": 740})
                assert is_narrow(page)
                picture(page, "large-choice-phone")
            chooser.select_option(label="Сотрудник executor2")
            page.get_by_role("main").get_by_role("button", name="Назначить исполнителя").click()
            expect_made(page)

    async with served(running) as address:
        await in_browser(choose, address)

    assert running.case(message)["holder"] == running.people["executor2"]
