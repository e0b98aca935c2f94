"""An executor writes an answer: nothing is lost, the letter is seen before it is sent, hints stop nobody."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.test_similar import answered
from tests.browser import DESK, PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible
from tests.web.test_every_page import sign_in
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio

TEXT = "Не могу дозвониться в регистратуру, линия занята с утра."
HALF = "В регистратуре нету второй линии."
QUESTION = (
    "Третий день не могу дозвониться в регистратуру поликлиники на улице Ленина. Линия занята с восьми утра до обеда, "
    "после обеда трубку никто не берёт. Прошу объяснить, как записать ребёнка к педиатру."
)
CARELESS = (
    "Уважаемая Мария Петровна!\n\nС 3 марта в ЦРБ и в поликленике на улице Ленина работает вторая телефонная линия, звонки "
    "принимают четыре оператора, которые записывают к педиатру на любой день недели, подсказывают кабинет и часы приёма, а "
    "также перезванивают тем, кто не дождался ответа, в течение часа, если номер телефона определился. Ихний график: с 7:30 "
    "до 19:00. Ваши претензии мы передали заведующей.\n\nЗапись оформлена на СНИЛС 112-233-445 95."
)


async def write(running: Product, message: str, scenario: Any, **more: Any) -> None:
    """The scenario with the form of the message's answer open in a browser."""

    def play(address: str) -> None:
        with browser_page(**more) as page:
            page.set_viewport_size(DESK)
            sign_in(page, address, "executor")
            page.goto(f"{address}/messages/{message}/decisions/submit_answer")
            scenario(page)

    async with served(running) as address:
        await in_browser(play, address)


def kept(page: Page) -> None:
    expect(page.locator("#draft-state")).to_contain_text("Черновик сохранён в ")


def fill_in(page: Page) -> None:
    page.get_by_label("Решено", exact=True).check()
    page.get_by_label("Утверждающий").select_option(label="Сотрудник head2")


async def draft_of(running: Product, message: str) -> dict[str, Any]:
    answer = await running.get("executor", f"/messages/{message}/drafts/submit_answer")
    found: dict[str, Any] = answer.json()["parameters"] if answer.status_code == 200 else {}
    return found


async def test_answer_is_kept_as_it_is_written_and_read_over_after_a_pause(running: Product) -> None:
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        fill_in(page)
        page.get_by_label("Текст ответа").press_sequentially(HALF)
        kept(page)
        hint = page.locator("#hints li", has_text="нету")
        expect(hint).to_contain_text("Разговорное или устаревшее, S1, 3.2, абзац 3")
        hint.get_by_role("button", name="нету").click()
        assert page.evaluate("document.getSelection().toString()") == "нету"
        picture(page, "answer-hints")
        assert_accessible(page)
        page.reload()
        expect(page.get_by_label("Текст ответа")).to_have_value(HALF)
        expect(page.get_by_label("Решено", exact=True)).to_be_checked()
        page.get_by_role("button", name="Направить руководителю").click()
        expect(page.get_by_text("Решение принято.")).to_be_visible()

    await write(running, message, scenario)

    assert running.case(message)["stage"] == "approval"
    assert await draft_of(running, message) == {}


@pytest.mark.requirement("S1-28", "S1-29", "S1-30", "S1-31")
async def test_hints_of_every_kind_stand_beside_the_text_and_stop_nobody(running: Product) -> None:
    await answered(running, "Не дозвониться в регистратуру поликлиники.", "С 1 февраля звонки принимают два оператора.")
    message = await running.in_work(text=QUESTION)
    kinds = {
        "Ихний": "Разговорное",
        "ЦРБ": "Сокращение не раскрыто",
        "поликленике": "Слова нет в словаре",
        "Ваши претензии": "Звучит как упрёк",
        "112-233-445 95": "Личные данные",
    }

    def scenario(page: Page) -> None:
        fill_in(page)
        page.get_by_label("Текст ответа").fill(CARELESS)
        kept(page)
        for word, kind in kinds.items():
            expect(page.locator("#hints li", has=page.get_by_role("button", name=word, exact=True))).to_contain_text(
                kind
            )
        expect(page.locator("#hints li", has_text="Длинное предложение")).to_have_count(1)
        page.get_by_role("button", name="Ваши претензии").click()
        assert page.evaluate("document.getSelection().toString()") == "Ваши претензии"
        page.locator("details.similar").first.locator("summary").click()
        picture(page, "workplace-answer")
        page.get_by_role("button", name="Направить руководителю").click()
        expect(page.get_by_text("Решение принято.")).to_be_visible()

    await write(running, message, scenario)

    assert running.case(message)["stage"] == "approval"


async def test_fields_of_a_type_are_shown_with_it_alone(running: Product) -> None:
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        until, ground = page.get_by_label("Отложено до"), page.get_by_label("Причина из правил подачи")
        seen = []
        for kind in ("Решено", "Отложено", "Отклонено", "Не решено"):
            page.get_by_label(kind, exact=True).check()
            seen.append((until.is_visible(), ground.is_visible()))
        assert seen == [(False, False), (True, False), (False, True), (False, False)]

    await write(running, message, scenario)


async def test_letter_is_seen_before_it_is_sent(running: Product) -> None:
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        page.get_by_label("Текст ответа").fill(HALF)
        page.get_by_role("button", name="Посмотреть письмо").click()
        letter = page.get_by_role("region", name="Что получит заявитель")
        expect(letter).to_contain_text("Выберите тип ответа")
        fill_in(page)
        page.get_by_role("button", name="Посмотреть письмо").click()
        expect(letter).to_contain_text("Здравствуйте, Иванова Мария Петровна!")
        expect(letter).to_contain_text(HALF)
        assert page.evaluate("document.activeElement.id") == "letter"
        picture(page, "answer-letter")
        assert_accessible(page)
        page.set_viewport_size(PHONE)
        assert is_narrow(page)
        picture(page, "answer-letter-phone")

    await write(running, message, scenario)


async def test_similar_answer_is_put_where_the_cursor_is(running: Product) -> None:
    await answered(running, "Не дозвониться в регистратуру поликлиники.", "Добавлена вторая линия телефона.")
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        text = page.get_by_label("Текст ответа")
        text.fill("Добрый день! До свидания!")
        text.evaluate("field => field.setSelectionRange(12, 12)")
        similar = page.locator("details.similar", has_text="Добавлена вторая линия телефона.")
        similar.locator("summary").click()
        picture(page, "answer-similar")
        similar.get_by_role("button", name="Вставить в ответ").click()
        expect(text).to_have_value("Добрый день!Добавлена вторая линия телефона. До свидания!")
        kept(page)

    await write(running, message, scenario)


async def test_files_are_stored_as_they_are_chosen_in_two_separate_groups(running: Product) -> None:
    message = await running.in_work(text=TEXT)
    file = {"mimeType": "text/plain", "buffer": "Содержание".encode()}

    def scenario(page: Page) -> None:
        applicant = page.get_by_role("group", name="Заявителю вместе с ответом")
        head = page.get_by_role("group", name="Только руководителю")
        page.get_by_label("Текст ответа").fill(HALF)
        applicant.get_by_label("Файлы заявителю").set_input_files(file | {"name": "Памятка.txt"})
        expect(applicant.get_by_label("Загружен: Памятка.txt")).to_be_checked()
        head.get_by_label("Внутренний комментарий").fill("Договор приложен")
        head.get_by_label("Файлы к комментарию").set_input_files(file | {"name": "Договор.txt"})
        expect(head.get_by_label("Загружен: Договор.txt")).to_be_checked()
        expect(head.get_by_label("Внутренний комментарий")).to_have_value("Договор приложен")
        kept(page)
        page.reload()
        expect(applicant.get_by_label("Загружен: Памятка.txt")).to_be_checked()
        fill_in(page)
        page.get_by_role("button", name="Направить руководителю").click()
        expect(page.get_by_text("Решение принято.")).to_be_visible()

    await write(running, message, scenario)

    (version,) = (await running.get("head2", f"/messages/{message}")).json()["answers"]
    assert [file["name"] for file in version["files"]] == ["Памятка.txt"]
    assert [file["name"] for file in version["comment_files"]] == ["Договор.txt"]


async def test_session_that_ends_in_the_middle_of_an_answer_loses_nothing(running: Product) -> None:
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        fill_in(page)
        page.get_by_label("Текст ответа").fill("Первая половина. ")
        kept(page)
        with running.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE session SET revoked_at = otklik_now() WHERE revoked_at IS NULL")
        page.get_by_label("Текст ответа").press_sequentially("Первая половина. Вторая половина.")
        expect(page.locator("#draft-state")).to_contain_text("Черновик не сохранён: сеанс завершён")
        page.get_by_role("button", name="Направить руководителю").click()
        page.get_by_label("Логин").fill("executor")
        page.get_by_label("Пароль").fill("correct horse")
        page.get_by_role("button", name="Войти и отправить").click()
        expect(page.get_by_text("Решение принято.")).to_be_visible()

    running.tokens.clear()
    await write(running, message, scenario, allowed=("401",))
    running.tokens.clear()

    (version,) = (await running.get("head2", f"/messages/{message}")).json()["answers"]
    assert "Вторая половина." in version["text"]


async def test_second_window_overwrites_nothing_until_its_reader_says_so(running: Product) -> None:
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        with page.expect_popup() as opened:
            page.evaluate("window.open(location.href)")
        other = opened.value
        page.get_by_label("Текст ответа").fill("Из первого окна")
        kept(page)
        other.get_by_label("Текст ответа").fill("Из второго окна")
        expect(other.locator("#draft-state")).to_contain_text("Черновик изменён в другом окне")
        picture(other, "answer-two-windows")
        other.get_by_role("button", name="Оставить здешний").click()
        kept(other)
        page.get_by_label("Текст ответа").fill("Снова из первого окна")
        expect(page.locator("#draft-state")).to_contain_text("Черновик изменён в другом окне")
        page.get_by_role("link", name="Открыть тот").click()
        expect(page.get_by_label("Текст ответа")).to_have_value("Из второго окна")

    await write(running, message, scenario)


@pytest.mark.requirement("S3-62")
async def test_answer_that_came_back_opens_with_the_reason_and_the_text(running: Product) -> None:
    message = await running.submitted(endorsers=(), text=TEXT)
    await running.decide("head2", message, "reject", reason="Не назван срок, к которому вопрос будет решён.")

    def scenario(page: Page) -> None:
        returned = page.get_by_role("region", name="Возвращено на доработку")
        expect(returned).to_contain_text("Не назван срок, к которому вопрос будет решён.")
        expect(page.get_by_label("Текст ответа")).to_have_value("Добавлена вторая линия телефона.")
        expect(page.get_by_label("Утверждающий")).to_have_value(str(running.people["head2"]))
        expect(page.get_by_role("region", name="Прежние версии")).to_contain_text("Версия 1: Сотрудник executor")
        picture(page, "answer-returned")
        assert_accessible(page)

    await write(running, message, scenario)


async def test_one_button_takes_the_message_to_work_and_opens_the_form(running: Product) -> None:
    message = await running.accepted(text=TEXT)
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])

    def scenario(page: Page) -> None:
        page.get_by_role("link", name="← Сообщение").click()
        page.get_by_role("button", name="Взять в работу и ответить").click()
        expect(page.get_by_role("heading", name="Подготовить ответ")).to_be_visible()

    await write(running, message, scenario)

    assert running.case(message)["started"] is True


async def test_whole_answer_is_written_without_a_script(running: Product) -> None:
    await answered(running, "Не дозвониться в регистратуру поликлиники.", "Добавлена третья линия телефона.")
    message = await running.in_work(text=TEXT)

    def scenario(page: Page) -> None:
        page.get_by_label("Текст ответа").fill(HALF)
        page.get_by_role("button", name="Проверить текст").click()
        expect(page.get_by_role("region", name="Подсказки к тексту")).to_contain_text("нету")
        similar = page.locator("details.similar", has_text="Добавлена третья линия телефона.")
        similar.locator("summary").click()
        similar.get_by_role("button", name="Вставить в ответ").click()
        expect(page.get_by_label("Текст ответа")).to_have_value(f"{HALF}\n\nДобавлена третья линия телефона.")
        fill_in(page)
        page.get_by_role("button", name="Посмотреть письмо").click()
        expect(page.get_by_role("region", name="Что получит заявитель")).to_contain_text("Добавлена третья линия")
        kept(page)
        page.goto(page.url)
        expect(page.get_by_label("Решено", exact=True)).to_be_checked()
        page.get_by_role("button", name="Направить руководителю").click()
        expect(page.get_by_text("Решение принято.")).to_be_visible()

    await write(running, message, scenario, scripts=False)

    assert running.case(message)["stage"] == "approval"


async def test_text_longer_than_an_answer_comes_back_whole_and_unread(running: Product) -> None:
    message = await running.in_work()
    path, text = f"/messages/{message}/decisions/submit_answer", "Очень длинно. " * 4000
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"text": text, "type": "solved"}
        shown = await browser.post(path, data=fields | {"_aside": "hints"})
        sent = await browser.post(path, data=fields | {"approver": str(running.people["head2"])})

    assert (shown.status_code, sent.status_code) == (200, 422)
    assert text.strip() in shown.text
    assert text.strip() in sent.text
    assert "Отправить можно и так" not in shown.text


async def test_draft_is_thrown_away_by_its_button(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"text": "Ненужное"}
        shown = await browser.post(path, data=fields | {"_aside": "keep"})
        version = shown.text.partition('name="draft_version" value="')[2].partition('"')[0]

        gone = await browser.post(path, data=fields | {"_aside": "discard", "draft_version": version})

    assert "Черновик сохранён в" in words(shown)
    assert gone.status_code == 303
    assert await draft_of(running, message) == {}


async def test_words_are_rescued_when_the_message_goes_to_another(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"text": "Почти готово", "type": "solved"}
        fields |= {"approver": str(running.people["head2"])}
        await running.decide("coordinator", message, "recall", reason="Другой исполнитель")

        answer = await browser.post(path, data=fields)

    assert answer.status_code in (403, 409)
    assert "Почти готово" in answer.text
    assert (await draft_of(running, message))["text"] == "Почти готово"


async def test_head_changes_the_text_that_is_there_and_reads_its_letter(running: Product) -> None:
    message = await running.submitted(text=TEXT)
    path = f"/messages/{message}/decisions/edit_answer"
    async with running.browse("head") as browser:
        page = await browser.get(path)
        fields = Hidden(page.text, path).fields | {"text": "Добавлена вторая линия телефона, с 3 марта."}
        shown = await browser.post(path, data=fields | {"_aside": "preview"})
        sent = await browser.post(path, data=Hidden(shown.text, path).fields | {"text": fields["text"]})

    assert "Добавлена вторая линия телефона.</textarea>" in page.text
    assert "Здравствуйте, [имя заявителя]!" in words(shown)
    assert "телефона, с 3 марта." in words(shown)
    assert sent.status_code == 303
    assert len((await running.get("head", f"/messages/{message}")).json()["answers"]) == 2
