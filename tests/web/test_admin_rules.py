"""Auto-rules at the administrator's pages: written, tried on past messages, switched on, and at work."""

from __future__ import annotations

import pytest

from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio

NEW = "/admin/rules/new?organisation=polyclinic"


@pytest.mark.requirement("S0-23")
async def test_rule_is_written_tried_switched_on_and_assigns_what_comes(running: Product) -> None:
    await running.accepted(text="Жалоба на холодильник с вакцинами.")
    fields = {
        "title": "Холодильники",
        "words": "холодильники",
        "executor": str(running.people["executor"]),
        "tag": "холод",
    }
    async with running.browse("administrator") as browser:
        created = await browser.post(NEW, data=await form_of(browser, NEW) | fields)
        path = created.headers["location"]
        form = await browser.get(path)
        hidden = Hidden(form.text, f"{path}/dry-runs").fields
        tried = await browser.post(f"{path}/dry-runs", data=hidden)
        result = await browser.get(tried.headers["location"])
        hidden = Hidden(result.text, f"{path}/switch").fields
        switched = await browser.post(f"{path}/switch", data=hidden)
        listed = await browser.get("/admin/rules?organisation=polyclinic")
    message = await running.accepted(text="Холодильника в кабинете нет.")
    async with running.browse("administrator") as browser:
        after = await browser.get(path)
    async with running.browse("coordinator") as browser:
        card = words(await browser.get(f"/messages/{message}"))
        queue = words(await browser.get("/work?text=холодильника"))

    assert (created.status_code, tried.status_code, switched.status_code) == (303, 303, 303)
    assert "Включить редакцию можно после её пробного прогона" in words(form)
    assert "Правило подходит меньше чем пяти" in words(result)
    assert "Ещё не решено" not in words(result)
    assert "В тексте: «холодильники»" in words(listed)
    assert "включено, редакция 1" in words(listed)
    assert running.case(message)["executor"] == running.people["executor"]
    assert running.case(message)["tags"] == ["холод"]
    assert "Отметки холод" in card
    assert "редакция 1: поставить метку, назначить" in card
    assert "холод Недозвон" in queue
    assert "назначить" in words(after).partition("Последние применения")[2]


async def test_wrong_form_comes_back_with_what_was_typed(running: Product) -> None:
    async with running.browse("administrator") as browser:
        hidden = await form_of(browser, NEW)
        answer = await browser.post(NEW, data=hidden | {"title": "Без дела <b>", "words": "холод"})

    assert answer.status_code == 422
    assert "Укажите, что правило делает" in words(answer)
    assert 'value="Без дела &lt;b&gt;"' in answer.text


async def test_order_and_mode_are_changed_by_buttons(running: Product) -> None:
    await running.rule(title="Первое", tag="а")
    last = await running.rule(title="Последнее", tag="б")
    address = "/admin/rules?organisation=polyclinic"
    async with running.browse("administrator") as browser:
        page = await browser.get(address)
        hidden = Hidden(page.text, f"/admin/rules/{last}/place").fields
        await browser.post(f"/admin/rules/{last}/place", data=hidden)
        hidden = Hidden(page.text, "/admin/rules/mode").fields
        await browser.post("/admin/rules/mode", data=hidden)
        after = words(await browser.get(address))

    assert after.index("Последнее") < after.index("Первое")
    assert "все подходящие правила" in after


async def test_pages_of_rules_are_for_administrators_alone(running: Product) -> None:
    rule = await running.rule()
    async with running.browse("coordinator") as browser:
        answers = [
            await browser.get(f"/admin/rules{path}") for path in ("", f"/{rule}", "/new?organisation=polyclinic")
        ]

    assert [one.status_code for one in answers] == [403, 403, 403]


async def test_rule_is_limited_to_facts_too(running: Product) -> None:
    fact = {"code": "roads.bus.late", "parent": "roads.bus", "title": "Опоздал"}
    headers = await running.headers("administrator")
    assert (await running.http.post("/api/v1/categories", headers=headers, json=fact)).status_code == 201

    async with running.browse("administrator") as browser:
        form = await browser.get("/admin/rules/new?organisation=polyclinic")
        grant = await browser.get("/admin/people/105")

    assert "Автобусы: Опоздал" in words(form)
    assert "Автобусы" in words(grant)
    assert "Опоздал" not in words(grant), "authority reaches no deeper than subcategories"
