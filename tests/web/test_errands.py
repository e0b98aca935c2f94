"""Errands in the workplace: the list, the page of a call on a telephone, co-executors beside the answer."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.api.test_dialogue import errands
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import PASSWORD, Product
from tests.web.test_tracking_page import words

pytestmark = pytest.mark.anyio

APPLICANT = {"name": "Иванова Мария Петровна", "phone": "+7 900 123-45-67", "email": "applicant@example.org"}
WHAT = "Узнать, в какие часы она звонила."
SAID = "Звонила с девяти до десяти."


async def counter(running: Product, login: str) -> int:
    found = (await running.get(login, "/sections")).json()["sections"]
    return int(next(one["count"] for one in found if one["code"] == "errands"))


async def call(running: Product, **fields: Any) -> tuple[str, str]:
    """A message with a call that waits; its id and the call's."""
    message = await running.in_work(applicant=APPLICANT)
    await running.decide("executor", message, "ask_for_call", text=WHAT, **fields)
    return message, str((await errands(running, message))[0]["id"])


@pytest.mark.requirement("S0-09", "S0-13")
async def test_operator_finds_the_call_in_his_list_and_records_what_came_of_it(running: Product) -> None:
    before = await counter(running, "operator")
    message, errand = await call(running)

    listed = await running.get("operator", "/messages", section="errands")
    during = await counter(running, "operator")
    await running.decide("operator", message, "record_attempt", errand=errand, result="reached", text=SAID)

    assert message in [one["id"] for one in listed.json()["messages"]]
    assert (during - before, await counter(running, "operator") - before) == (1, 0)
    (done,) = await errands(running, message)
    assert [(one["result"]["code"], one["text"]) for one in done["attempts"]] == [("reached", SAID)]
    rows = running.rows("SELECT facts FROM journal WHERE case_id = :id", id=message)
    sealed = running.rows("SELECT parameters FROM decision WHERE case_id = :id AND beside", id=message)
    assert not any(word in str([rows, sealed]) for word in ("девяти", "часы"))
    notices = running.rows("SELECT person FROM notice WHERE case_id = :id AND kind = 'errand_done'", id=message)
    assert [one["person"] for one in notices] == [running.people["executor"]]


async def test_wrong_number_brings_a_letter_that_asks_to_get_in_touch(running: Product) -> None:
    message, errand = await call(running)

    await running.decide("operator", message, "record_attempt", errand=errand, result="wrong_number")

    letters = running.rows("SELECT way FROM letter WHERE case_id = :id AND kind = 'call_missed'", id=message)
    assert [one["way"] for one in letters] == ["email"]
    assert (await errands(running, message))[0]["remains"] == "Заявителю написали: просим связаться с нами."


async def test_card_says_what_remains_where_nobody_can_write_to_whoever_was_not_reached(running: Product) -> None:
    by_phone_alone = {name: value for name, value in APPLICANT.items() if name != "email"}
    message = await running.in_work(applicant=by_phone_alone)
    await running.decide("executor", message, "ask_for_call", text=WHAT)
    errand = (await errands(running, message))[0]["id"]

    await running.decide("operator", message, "record_attempt", errand=errand, result="wrong_number")

    assert running.rows("SELECT way FROM letter WHERE case_id = :id AND kind = 'call_missed'", id=message) == []
    await running.decide("coordinator", message, "correct_card", contacts={"email": "found.later@example.org"})
    async with running.browse("executor") as browser:
        card = words(await browser.get(f"/messages/{message}"))
    assert (
        "Написать заявителю некуда: нет ни портала, ни электронной почты. «Спросить заявителя» оставит вопрос" in card
    )


async def test_named_caller_reads_card_and_telephone_until_he_has_called(running: Product) -> None:
    message = await running.in_work(applicant=APPLICANT)
    hidden = await running.get("executor2", f"/messages/{message}")
    await running.decide("executor", message, "ask_for_call", text=WHAT, caller=running.people["executor2"])
    errand = (await errands(running, message))[0]["id"]

    contacts = await running.get("executor2", f"/messages/{message}/contacts")
    await running.decide("executor2", message, "record_attempt", errand=errand, result="refused")
    after = await running.get("executor2", f"/messages/{message}/contacts")

    assert hidden.status_code == 404
    assert contacts.json()["phone"]
    assert after.status_code in {403, 404}


async def test_page_of_a_call_is_for_whoever_is_asked(running: Product) -> None:
    message, _ = await call(running)

    statuses = {}
    for login in ("operator", "executor", "curator", "executor_transport"):
        async with running.browse(login) as browser:
            statuses[login] = (await browser.get(f"/messages/{message}/call")).status_code

    assert statuses == {"operator": 200, "executor": 404, "curator": 404, "executor_transport": 404}


async def test_telephone_is_closed_until_it_is_opened_and_that_is_recorded(running: Product) -> None:
    message, _ = await call(running)
    opened = "SELECT count(*) AS n FROM access_record WHERE case_id = :id AND opened = 'contacts'"

    async with running.browse("operator") as browser:
        closed = await browser.get(f"/messages/{message}/call")
        before = running.rows(opened, id=message)[0]["n"]
        shown = await browser.get(f"/messages/{message}/call?phone=true")

    assert "123-45-67" not in re.sub(r"\D", "", closed.text)
    assert 'href="tel:+79001234567"' in shown.text
    assert running.rows(opened, id=message)[0]["n"] == before + 1


@pytest.mark.requirement("S0-13")
async def test_caller_presses_once_on_a_telephone(running: Product) -> None:
    message, _ = await call(running)

    def person(address: str) -> tuple[str, list[bool]]:
        with browser_page() as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/messages/{message}/call")
            page.get_by_label("Логин").fill("operator")
            page.get_by_label("Пароль").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Позвонить заявителю").wait_for()
            narrow = [is_narrow(page)]
            page.get_by_role("link", name="Открыть телефон").click()
            page.locator('a[href^="tel:"]').wait_for()
            narrow.append(is_narrow(page))
            picture(page, "call")
            page.get_by_role("button", name="Не отвечает").click()
            page.get_by_role("heading", name="Поручения и вопросы").wait_for()
            narrow.append(is_narrow(page))
            picture(page, "card")
            return page.locator("#errands").inner_text(), narrow

    async with served(running) as address:
        text, narrow = await in_browser(person, address)

    assert "не отвечает" in text
    assert narrow == [True, True, True]
    (waiting,) = await errands(running, message)
    assert (waiting["state"]["code"], len(waiting["attempts"])) == ("open", 1)
    assert waiting["next_at"]


async def test_co_executor_reads_proposes_and_the_executor_sees_who_is_silent(running: Product) -> None:
    message = await running.in_work(applicant=APPLICANT, text="Не дозвониться, мой номер +7 900 123-45-67.")
    people = [running.people["executor2"], running.people["head"]]
    await running.decide("executor", message, "ask_co_executors", text="Сколько вызовов теряется?", people=people)

    seen = await running.get("executor2", f"/messages/{message}")
    await running.decide("executor2", message, "contribute", text="До сорока вызовов в день.")
    await running.decide("head", message, "contribute", nothing=True)
    async with running.browse("executor") as browser:
        form = await browser.get(f"/messages/{message}/decisions/submit_answer")

    assert (seen.status_code, seen.json()["sight"]) == (200, "without_contacts")
    assert "123-45-67" not in seen.text
    assert "contribute" in {one["action"] for one in seen.json()["actions"]}
    assert "До сорока вызовов в день." in words(form)
    assert "Предложений нет." in words(form)
    assert "Не все соисполнители ответили" not in words(form)


async def test_answer_goes_out_without_a_silent_co_executor_after_a_warning(running: Product) -> None:
    message = await running.in_work()
    people = [running.people["executor2"]]
    await running.decide("executor", message, "ask_co_executors", text="Сколько вызовов теряется?", people=people)

    async with running.browse("executor") as browser:
        form = await browser.get(f"/messages/{message}/decisions/submit_answer")
    answer = await running.try_to(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Добавлена вторая линия.",
        approver=running.people["head2"],
        key=str(uuid4()),
    )

    assert "Не все соисполнители ответили: Сотрудник executor2" in words(form)
    assert answer.status_code == 200


async def test_stranger_does_not_contribute(running: Product) -> None:
    message = await running.in_work()
    people = [running.people["executor2"]]
    await running.decide("executor", message, "ask_co_executors", text="Что скажете?", people=people)

    answers = [
        await running.try_to(login, message, "contribute", text="Я тоже.")
        for login in ("executor", "coordinator", "executor_transport", "curator")
    ]

    assert {answer.status_code for answer in answers} <= {403, 404, 409}


async def test_whoever_orders_a_call_reads_that_the_card_has_no_number(running: Product) -> None:
    found = [await running.in_work(applicant=APPLICANT), await running.in_work()]

    async with running.browse("executor") as browser:
        pages = [words(await browser.get(f"/messages/{one}/decisions/ask_for_call")) for one in found]

    assert ["Телефона на карточке нет" in page for page in pages] == [False, True]
