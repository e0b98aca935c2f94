"""The intake operator takes calls and visits at a browser: nothing of a message before its applicant has shown whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import browser_page, in_browser, picture, served
from tests.product import PASSWORD, Product
from tests.web.people import choose, sign_in
from tests.web.test_signing_in import end_sessions, words

pytestmark = pytest.mark.anyio

MARIA = {"name": "Иванова Мария Петровна", "phone": "8 900 123-45-67", "email": "maria@example.org"}
TEXT = "Третий день не могу дозвониться в регистратуру."


async def at_the_phone(
    running: Product, work: Callable[[Page, str], None], *allowed: str, scripts: bool = True, who: str = "operator"
) -> None:
    """The work with a browser in which the operator has just taken a call."""

    def done(address: str) -> None:
        with browser_page(allowed, scripts=scripts) as page:
            sign_in(page, address, who)
            page.goto(f"{address}/calls")
            page.get_by_role("button", name="Начать звонок").click()
            work(page, address)

    async with served(running) as address:
        await in_browser(done, address)


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def step(page: Page, line: int, who: str, when: str, what: str) -> None:
    row = page.get_by_role("group", name=f"Строка {line}")
    for label, text in (("Кто", who), ("Когда", when), ("Что сделает", what)):
        row.get_by_label(label).fill(text)


@pytest.mark.requirement("S1-39", "S1-40", "S1-43", "S4-09", "S4-12")
async def test_call_with_a_new_message_ends_with_its_number_and_code_told(running: Product) -> None:
    def work(page: Page, _: str) -> None:
        expect(page.get_by_role("main")).to_contain_text(
            "Здравствуйте! Министерство здравоохранения, Сотрудник operator"
        )
        expect(page.get_by_role("main")).to_contain_text("отвечайте вежливо и подробно: достоверно, чётко, полно")
        page.get_by_label("Как представился").fill("Бадмаева Делгр Очировна")
        page.get_by_label("Телефон для связи").fill("8 900 555-11-22")
        page.get_by_label("Что спросили").fill(TEXT)
        page.get_by_text("Зарегистрировать новое сообщение").click()
        page.get_by_label("Электронная почта для ответа").fill("delgr@example.org")
        choose(page.get_by_role("main"), "Категория", "Медицина / Недозвон в медицинскую организацию")
        choose(page.get_by_role("main"), "О какой организации", "Городская поликлиника")
        page.get_by_label("Правила подачи рассказаны").check()
        press(page, "Зарегистрировать сообщение")

        expect(page.get_by_text("Назовите номер и код")).to_be_visible()
        number, code = page.locator(".notice strong").all_inner_texts()
        expect(page.get_by_role("main")).to_contain_text("Спасибо за обращение. До свидания!")
        press(page, "Завершить разговор")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Бадмаева Делгр Очировна")
        expect(page.get_by_role("region", name="Итог разговора")).to_contain_text(
            f"№ {number}, код для просмотра {code}"
        )

    await at_the_phone(running, work)

    [message] = running.rows("SELECT id FROM message ORDER BY created_at DESC LIMIT 1")
    [call] = running.rows("SELECT kind, identity, ended_at FROM call WHERE case_id = :id", id=message["id"])
    assert (call["kind"], call["identity"]) == ("new_message", "taken_in")
    card = (await running.get("operator", f"/messages/{message['id']}")).json()
    assert card["message"]["text"] == TEXT
    assert card["applicant"]["name"] == "Бадмаева Делгр Очировна"
    assert running.journal(str(message["id"]))[-1]["event"] == "CallRecorded"


async def test_status_call_tells_nothing_before_the_questions_are_answered(running: Product) -> None:
    message = await running.accepted(applicant=MARIA, text="Жалоба на очередь в регистратуре.")
    number = running.case(message)["number"]
    secrets = ("Иванова", "очередь", "Городская поликлиника отвечает", "maria@")

    def work(page: Page, address: str) -> None:
        main = page.get_by_role("main")
        page.get_by_label("Номер сообщения, телефон или фамилия").fill("+7 (900) 123-45-67")
        page.keyboard.press("Enter")
        press(page, f"Задать вопросы о сообщении № {number}")
        picture(page, "call-questions")
        for secret in secrets:
            expect(main).not_to_contain_text(secret)
        page.get_by_label("Фамилия, имя, отчество").fill("Иванова Мария")
        page.get_by_label("Телефон, указанный в сообщении").fill("8 900 000-00-00")
        press(page, "Проверить")
        expect(main.get_by_role("alert")).to_contain_text("Не сошлось, но часть ответов верна")
        expect(main).to_contain_text("осталось попыток: 2")
        expect(main).not_to_contain_text("Отвечает")
        page.get_by_label("Электронная почта", exact=True).fill("maria@example.org")
        page.keyboard.press("Enter")
        expect(main).to_contain_text("Можно рассказывать")
        expect(main).to_contain_text("Городская поликлиника")
        choose(main, "О чём разговор", "О ходе рассмотрения")
        page.get_by_label("Как представился").fill("Мария Петровна")
        page.get_by_label("Телефон для связи").fill("8 900 123-45-67")
        page.get_by_label("Что спросили").fill("Когда будет ответ. Назван срок; просила позвонить, если изменится.")
        step(page, 1, "Мы", "до 22 декабря", "дадим ответ на почту")
        step(page, 2, "Вы", "если ответа нет", "позвоните нам")
        press(page, "Сохранить и показать итог")
        picture(page, "call-status")
        page.set_viewport_size({"width": 360, "height": 740})
        picture(page, "call-status-phone")
        press(page, "Завершить разговор")
        expect(page.get_by_role("heading", name=re.compile("^Итог разговора"))).to_be_visible()
        page.goto(f"{address}/messages/{message}")
        expect(page.get_by_role("region", name="Журнал")).to_contain_text("Разговор с заявителем: о ходе рассмотрения")

    await at_the_phone(running, work)

    assert running.journal(message)[-1]["facts"]["identity"] == "confirmed"


@pytest.mark.requirement("S4-10", "S4-14")
async def test_consultation_ends_with_who_does_what_by_when_on_a_sheet(running: Product, tmp_path: Path) -> None:
    def work(page: Page, _: str) -> None:
        main = page.get_by_role("main")
        expect(main).to_contain_text("не дольше 10 минут: до")
        page.get_by_label("Как представился").fill("Мария Петровна")
        choose(main, "О чём разговор", "Консультация")
        page.get_by_label("Что спросили").fill("Какие документы нужны для справки.")
        step(page, 1, "Вы", "до 5 августа", "принесите выписку в кабинет 12")
        step(page, 2, "Мы", "в тот же день", "выдадим справку")
        press(page, "Сохранить и показать итог")
        expect(main).to_contain_text("Вы, до 5 августа: принесите выписку в кабинет 12.")
        picture(page, "call-consultation")
        page.get_by_label("Отправить итог на электронную почту").fill("maria@example.org")
        press(page, "Завершить разговор")
        expect(page.get_by_role("button", name="Распечатать итог")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_text("Мы, в тот же день: выдадим справку.")).to_be_visible()
        for hidden in (page.get_by_role("navigation"), page.get_by_text("Какие документы нужны")):
            expect(hidden.first).to_be_hidden()

    await at_the_phone(running, work)

    [letter] = running.rows("SELECT kind FROM short_letter")
    assert letter["kind"] == "call_summary"


@pytest.mark.requirement("S4-10")
async def test_consultation_that_lasts_too_long_is_said_on_the_screen(running: Product) -> None:
    call = await running.talking()
    running.write("UPDATE call SET kind = 'consultation' WHERE id = :id", id=call)
    async with running.browse("operator") as browser:
        soon = words(await browser.get(f"/calls/{call}"))
        running.write("UPDATE call SET begun_at = begun_at - interval '11 minutes' WHERE id = :id", id=call)
        late = words(await browser.get(f"/calls/{call}"))

    assert "Время консультации прошло" not in soon
    assert "Время консультации прошло" in late


@pytest.mark.requirement("S1-41", "S1-42")
async def test_third_transfer_is_warned_of_on_the_screen(running: Product) -> None:
    def work(page: Page, _: str) -> None:
        main = page.get_by_role("main")
        page.get_by_label("Что спросили").fill("Хочет к заведующей.")
        main.get_by_text("Переключить на коллегу").click()
        expect(main).to_contain_text("Предупредите, на кого переключаете.")
        for to in ("Регистратура", "Заведующая отделением"):
            page.get_by_label("На кого: должность").fill(to)
            press(page, "Переключить")
        expect(main).to_contain_text("Заявителя уже переключали столько раз, сколько можно")
        page.get_by_label("На кого: должность").fill("Бухгалтерия")
        press(page, "Переключить")
        expect(main.get_by_role("alert")).to_contain_text("подтвердите это")
        page.get_by_label("Всё же переключить ещё раз").check()
        press(page, "Переключить")
        expect(page.get_by_role("list", name="Переключения").get_by_role("listitem")).to_have_count(3)
        expect(page.get_by_label("Что спросили")).to_have_value("Хочет к заведующей.")

    await at_the_phone(running, work, "409")


async def test_call_that_nobody_ended_says_why_it_tells_nothing_and_can_be_ended(running: Product) -> None:
    message, call = await running.register(applicant=MARIA), await running.talking()
    change = "UPDATE call SET case_id = :message, identity = 'confirmed', begun_at = begun_at - interval '3 hours'"
    running.write(f"{change} WHERE id = :id", message=message, id=call)
    async with running.browse("operator") as browser:
        late = words(await browser.get(f"/calls/{call}"))
        ended = await post(
            browser, "/me", f"/calls/{call}", do="end", kind="consultation", subject="О справке.", idempotency_key="end"
        )

    assert "Разговор начат давно" in late
    assert "Можно рассказывать" not in late
    assert ended.status_code == 303


async def test_session_that_ends_in_a_call_loses_nothing_typed(running: Product) -> None:
    def work(page: Page, _: str) -> None:
        page.get_by_label("Как представился").fill("Мария")
        page.get_by_label("Что спросили").fill(TEXT)
        page.get_by_text("Зарегистрировать новое сообщение").click()
        page.get_by_label("Почтовый адрес").fill("Элиста, улица Ленина, 1")
        step(page, 1, "Вы", "завтра", "перезвоните")
        end_sessions(running, "operator")

        press(page, "Сохранить и показать итог")

        page.get_by_label("Логин").fill("operator")
        page.get_by_label("Пароль").fill(PASSWORD)
        page.get_by_role("button", name="Войти и отправить").click()
        expect(page.get_by_role("status").first).to_contain_text("Записано.")
        expect(page.get_by_label("Что спросили")).to_have_value(TEXT)
        page.get_by_text("Зарегистрировать новое сообщение").click()
        expect(page.get_by_label("Почтовый адрес")).to_have_value("Элиста, улица Ленина, 1")
        expect(page.get_by_role("main")).to_contain_text("Вы, завтра: перезвоните.")

    await at_the_phone(running, work, "401")


async def test_what_is_typed_is_kept_while_it_is_typed(running: Product) -> None:
    def work(page: Page, address: str) -> None:
        with page.expect_response(re.compile("/notes$")) as answer:
            page.get_by_label("Что спросили").press_sequentially("О справке.")
        assert answer.value.status == 204
        page.reload()
        expect(page.get_by_label("Что спросили")).to_have_value("О справке.")

    await at_the_phone(running, work)


async def test_whole_call_works_without_scripts(running: Product) -> None:
    def work(page: Page, _: str) -> None:
        main = page.get_by_role("main")
        page.get_by_label("Номер сообщения, телефон или фамилия").fill("Неизвестнова")
        press(page, "Найти")
        expect(main).to_contain_text("Ничего не найдено.")
        choose(main, "О чём разговор", "Консультация")
        step(page, 1, "Вы", "", "принесите выписку")
        page.get_by_label("Что спросили").fill("О справке.")
        press(page, "Завершить разговор")
        expect(main.get_by_role("alert")).to_contain_text("Заполните в каждой строке: кто, когда и что.")
        page.get_by_role("group", name="Строка 1").get_by_label("Когда").fill("завтра")
        press(page, "Завершить разговор")
        expect(main).to_contain_text("Вы, завтра: принесите выписку.")

    await at_the_phone(running, work, "422", scripts=False)


async def test_screen_is_for_intake_operators_and_a_call_its_operators(running: Product) -> None:
    call, over = await running.talking(), await running.talked()
    async with running.browse("coordinator") as browser:
        others = [await browser.get(path) for path in ("/calls", f"/calls/{call}", f"/calls/{over}")]
        begun = await post(browser, "/me", "/calls", way="phone")
        changed = await post(browser, "/me", f"/calls/{call}", do="end")
        menu = await browser.get("/work")

    assert [answer.status_code for answer in others] == [403, 404, 404]
    assert (begun.status_code, changed.status_code) == (403, 404)
    assert "Звонки и посещения" not in words(menu)
    assert (await running.get("operator", f"/calls/{call}")).json()["ended_at"] is None


async def test_second_window_of_a_call_registers_no_second_message(running: Product) -> None:
    call = await running.talking()
    typed = {"do": "register", "caller_name": "Бадмаева Делгр", "caller_phone": "8 900 555-11-22"}
    typed |= {"subject": TEXT, "rules_agreed": "true"}
    [before] = running.rows("SELECT count(*) AS messages FROM message")
    async with running.browse("operator") as browser:
        first = await post(browser, "/me", f"/calls/{call}", **typed, idempotency_key="first")
        second = await post(browser, "/me", f"/calls/{call}", **typed, idempotency_key="second")

    [after] = running.rows("SELECT count(*) AS messages FROM message")
    assert (first.status_code, second.status_code) == (200, 409)
    assert after["messages"] == before["messages"] + 1
    assert "У разговора уже есть сообщение" in words(second)
    assert "Назовите номер и код" in words(second)


async def test_half_a_telephone_number_keeps_nothing_else_from_being_noted(running: Product) -> None:
    call = await running.talking()
    typed = {"caller_phone": "224-10-75", "caller_name": "Бадмаева Делгр", "subject": TEXT}
    async with running.browse("operator") as browser:
        await post(browser, "/me", f"/calls/{call}/notes", **typed)
        kept = (await running.get("operator", f"/calls/{call}")).json()
        refused = await post(browser, "/me", f"/calls/{call}", **typed, do="register", rules_agreed="true")

    assert {name: kept[name] for name in typed} == typed
    assert refused.status_code == 422
    assert "f-caller_phone-error" in refused.text


async def test_made_up_number_of_a_hidden_field_is_refused_and_told(running: Product) -> None:
    call = await running.talking()
    async with running.browse("operator") as browser:
        answers = [
            await post(browser, "/me", f"/calls/{call}", do="identify", asked=number, **{"answers.code": "x"})
            for number in ("9" * 100, "2026-9999999", "")
        ]

    assert {answer.status_code for answer in answers} == {422}


async def post(browser: httpx.AsyncClient, from_page: str, path: str, **fields: str) -> httpx.Response:
    """A form sent with the token of a page that the person sees."""
    token = re.search(r'name="_token" value="([^"]+)"', (await browser.get(from_page)).text)
    assert token is not None
    return await browser.post(path, data={"_token": token[1]} | fields)


async def test_sheet_names_a_message_only_for_its_applicant_and_the_body_that_took_the_call(running: Product) -> None:
    message, over = await running.register(applicant=MARIA), await running.talked()
    change = "UPDATE call SET case_id = :message, identity = :identity, organisation = 'polyclinic' WHERE id = :id"
    sheets = {}
    async with running.browse("operator") as browser:
        for identity in ("failed", "confirmed"):
            running.write(change, message=message, identity=identity, id=over)
            page = (await browser.get(f"/calls/{over}")).text
            sheets[identity] = page[page.index("only-print") :]

    number = running.case(message)["number"]
    assert number not in sheets["failed"]
    assert number in sheets["confirmed"]
    assert "Городская поликлиника" in sheets["failed"]


async def test_summary_of_a_call_that_is_over_is_read_alone(running: Product) -> None:
    over = await running.talked()
    async with running.browse("operator") as browser:
        page = await browser.get(f"/calls/{over}")
        again = await post(browser, "/me", f"/calls/{over}", do="save", subject="Иное")

    assert "Вы, до 5 августа: принесите выписку в кабинет 12." in words(page)
    assert "Завершить разговор" not in words(page)
    assert again.status_code == 409
    assert "Иное" in again.text
