"""The head above gives a role for a while: who may, what is recorded, what is looked at again; and the page for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from api import acting
from storage import tables as t
from tests.api_writing.alone import NOON, alone
from tests.api_writing.test_absences import TODAY, marked, vacation
from tests.api_writing.test_reference import outcome, send
from tests.browser import browser_page, in_browser, served
from tests.conftest import Database
from tests.product import Product
from tests.web.pages import Shown
from tests.web.people import sign_in
from tests.web.test_absences import hidden, post
from tests.web.test_every_page import look_at

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        yield found


async def unattended(running: Product, stage: str = "coordination") -> str:
    """The only coordinator of the branch is away, and the head of the polyclinic above was told, past the rules."""
    await send(running, "administrator", "POST", "/absences", vacation(running, "coordinator_branch"))
    message = await running.register()
    table = t.message_case
    with running.engine.begin() as connection:
        rest = connection.execute(sa.select(table.c.rest).where(table.c.id == message)).scalar_one()
        values: dict[str, Any] = {"stage": stage, "organisation": "branch", "called": [running.people["head"]]}
        values |= {"rest": rest | {"nobody_told": True}, "recheck": False, "executor": running.people["executor"]}
        values |= {"holder": running.people["executor"] if stage == "execution" else None}
        connection.execute(sa.update(table).where(table.c.id == message).values(values))
    return message


def given(running: Product, login: str = "executor", **more: Any) -> dict[str, Any]:
    body = {"person": running.people[login], "last_day": TODAY.isoformat(), "basis": "приказ № 14"}
    return body | more


async def test_head_who_was_told_gives_the_role_once_and_all_that_waits_there_is_looked_at_again(
    running: Product,
) -> None:
    message = await unattended(running)
    offer = (await send(running, "head", "GET", f"/messages/{message}/acting")).json()
    card = (await send(running, "head", "GET", f"/messages/{message}")).json()

    made = [
        await send(running, "head", "POST", f"/messages/{message}/acting", given(running), key="1") for _ in range(2)
    ]

    assert (offer["role"]["code"], offer["organisation"]["code"]) == ("coordinator", "branch")
    assert {running.people["head"], running.people["executor"]} <= {one["number"] for one in offer["people"]}
    assert card["state"]["may_appoint"]
    assert [one.status_code for one in made] == [201, 201], made[0].text
    shown = made[0].json()
    assert (shown["id"], shown["basis"]) == (made[1].json()["id"], "приказ № 14")
    [row] = running.rows("SELECT person, role, organisation, subtree, granted_by FROM grant_ WHERE basis <> ''")
    assert row == {
        "person": running.people["executor"],
        "role": "coordinator",
        "organisation": "branch",
        "subtree": False,
        "granted_by": running.people["head"],
    }
    assert marked(running) == [message]
    [line] = (await send(running, "administrator", "GET", "/reference-changes?kind=grant")).json()["items"]
    assert (line["person"], line["after"]["basis"]) == (running.people["head"], "приказ № 14")


async def test_people_of_the_messages_own_body_are_offered_first_and_whoever_is_left_out_is_found_by_words(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.write("UPDATE person SET organisation = 'branch' WHERE id = :one", one=running.people["operator"])
    message = await unattended(running)
    whole = (await send(running, "head", "GET", f"/messages/{message}/acting")).json()
    monkeypatch.setattr(acting, "MOST_PEOPLE", 1)

    offer = (await send(running, "head", "GET", f"/messages/{message}/acting")).json()
    async with running.browse("head") as browser:
        address = f"/messages/{message}/acting"
        page = (await browser.get(address)).text
        executor = str(running.people["executor"])
        typed = {"find.person": "EXECUTOR", "person": "", "basis": "приказ № 1"}
        found = (await post(browser, address, address, **typed, _find="person")).text
        part = (await browser.get(f"{address}/people?find.person=нет&person={executor}")).text
    stranger = await outcome(running, "executor", "GET", f"/messages/{message}/acting?words=x")

    assert [one["number"] for one in offer["people"]] == [running.people["operator"]]
    assert (whole["beyond"], whole["total"]) == (0, len(whole["people"]))
    assert (offer["beyond"], offer["total"]) == (whole["total"] - 1, whole["total"])
    assert f"Показаны не все, ещё {offer['beyond']}" in page
    assert 'name="_find"' in page
    assert f'<option value="{executor}"' in found
    assert "приказ № 1" in found
    assert f'<option value="{executor}" selected>' in part, "who is chosen stays"
    assert stranger == (404, "not_found")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("head2", (404, "not_found")),
        ("executor", (404, "not_found")),
        ("curator", (403, "action_forbidden")),
        ("administrator", (404, "not_found")),
        ("operator", (403, "action_forbidden")),
    ],
)
async def test_nobody_else_gives_a_role_or_learns_to_whom_it_could_go(
    running: Product, who: str, expected: tuple[int, str]
) -> None:
    message = await unattended(running)

    for method, body in (("GET", None), ("POST", given(running))):
        assert await outcome(running, who, method, f"/messages/{message}/acting", body) == expected
    assert (await running.http.get(f"/api/v1/messages/{message}/acting")).status_code == 401
    assert running.rows("SELECT 1 FROM grant_ WHERE basis <> ''") == []


async def test_role_that_cannot_be_is_refused_beside_its_field(running: Product) -> None:
    message = await unattended(running)
    address = f"/messages/{message}/acting"
    far = str(TODAY + timedelta(days=14))

    for changed, field in (
        ({"person": running.people["coordinator_branch"]}, "person"),
        ({"person": running.people["moderator"]}, "person"),
        ({"last_day": far}, "last_day"),
        ({"basis": " "}, None),
        ({"basis": "x" * 201}, None),
    ):
        answer = await send(running, "head", "POST", address, given(running) | changed)
        assert answer.status_code == 422, answer.text
        assert field is None or answer.json()["field"] == field, (changed, answer.text)


async def test_work_of_one_person_is_given_to_another_not_a_role(running: Product) -> None:
    message = await unattended(running, "execution")

    found = await outcome(running, "head", "POST", f"/messages/{message}/acting", given(running))

    assert found == (403, "action_forbidden")


async def test_page_of_the_head_gives_the_role_without_javascript(running: Product) -> None:
    message = await unattended(running)
    address = f"/messages/{message}/acting"
    async with running.browse("head") as browser:
        assert f'href="{address}"' in (await browser.get(f"/messages/{message}")).text
        fields = {"person": str(running.people["head"]), "last_day": TODAY.isoformat()}

        refused = await post(browser, address, address, **fields, basis="")
        sent = await post(browser, address, address, **fields, basis="приказ № 15")

    assert refused.status_code == 422
    assert hidden(refused.text, "idempotency_key")
    assert "исполняет роль «координатор»" in sent.text, sent.text[sent.text.find("<main") :]
    assert len(running.rows("SELECT 1 FROM grant_ WHERE basis = 'приказ № 15'")) == 1


async def test_pages_of_acting_are_accessible_and_narrow(running: Product) -> None:
    message = await unattended(running)

    def look(address: str) -> None:
        with browser_page() as browser:
            sign_in(browser, address, "head")
            browser.goto(f"{address}/messages/{message}/acting")
            assert look_at(browser, Shown("acting", "head", "")) == [True, True, True]
            browser.locator("[name=person]").select_option(str(running.people["executor"]))
            browser.locator("[name=last_day]").fill(TODAY.isoformat())
            browser.locator("[name=basis]").fill("приказ № 16")
            browser.locator("main form button[type=submit]").last.click()
            expect(browser.get_by_role("main")).to_contain_text("исполняет роль «координатор»")
            assert look_at(browser, Shown("acting-given", "head", "")) == [True, True, True]

    async with served(running) as address:
        await in_browser(look, address)
