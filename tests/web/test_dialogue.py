"""The applicant answers a question at his page: without any script, and on a telephone 360 pixels wide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from api import applicant
from tests.api.test_dialogue import QUESTION, REPLY, ask, errands
from tests.api.test_tracking import PDF, proof
from tests.api_writing.alone import alone
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.conftest import Database
from tests.product import Product
from tests.web.test_tracking_page import asked, words

pytestmark = pytest.mark.anyio


async def sent(running: Product, message: str, files: Any = None, **fields: str) -> httpx.Response:
    """What the form of the page sends."""
    given = proof(running, message)
    [*_, address] = re.findall(r'action="(/track/answer/[0-9a-f]+)"', (await asked(running, **given)).text)
    data = given | {"idempotency_key": str(uuid4()), "errand": "", "text": REPLY} | fields
    return await running.http.post(address, data=data, files=files or {"none": ("", b"")})


@pytest.mark.requirement("S3-42")
async def test_applicant_answers_with_a_file_and_the_executor_reads_both(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)
    page = await asked(running, **proof(running, message))

    answer = await sent(running, message, {"own_files": ("Справка.pdf", PDF)}, errand=question)

    assert QUESTION in words(page)
    assert "Срок ответа вам от этого не меняется" in words(page)
    assert answer.status_code == 200, words(answer)
    assert "Спасибо, мы получили" in words(answer)
    assert "Вы ответили на вопрос" in words(answer)
    assert "Вопрос к вам" not in words(answer)
    (done,) = await errands(running, message)
    assert (done["reply"], [file["name"] for file in done["files"]]) == (REPLY, ["Справка.pdf"])
    file = await running.get("executor", f"/attachments/{done['files'][0]['id']}")
    assert file.content == PDF
    async with running.browse("executor") as browser:
        card = await browser.get(f"/messages/{message}")
        form = await browser.get(f"/messages/{message}/decisions/submit_answer")
    assert REPLY in words(card)
    assert REPLY in words(form), "beside the answer that is being written"


@pytest.mark.requirement("S3-42")
async def test_applicant_adds_facts_without_being_asked(running: Product) -> None:
    message = await running.in_work()

    answer = await sent(running, message, text="Сегодня снова не дозвонился.")

    assert "Вы дополнили сообщение" in words(answer)
    rows = (await running.get("executor", f"/messages/{message}/journal")).json()["rows"]
    assert rows[-1]["written"]["text"] == "Сегодня снова не дозвонился."


async def test_words_that_are_not_judged_yet_are_looked_for_by_a_button_that_sends_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.decisions.PATIENCE_SECONDS", 0.01)
    async with alone(database, tmp_path) as running:  # nobody judges
        answer = await sent(running, await running.register(), text="Сегодня снова не дозвонился.")

    notice = re.search(r'<div class="notice" role="status">.*?</div>', answer.text, re.DOTALL)
    assert notice is not None
    assert "Мы получили то, что вы отправили" in notice[0]
    assert 'action="/track"' in notice[0], "reloading this page would send the words once more"
    assert "Показать ещё раз" in notice[0]
    assert "text" not in re.findall(r'name="(\w+)"', notice[0])


async def test_words_are_kept_when_a_file_is_refused(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)

    answer = await sent(running, message, {"own_files": ("a.exe", b"MZ\x90\x00")}, errand=question)

    assert answer.status_code >= 400
    assert REPLY in answer.text
    assert "Не получилось отправить" in words(answer)
    assert "Файлы выберите ещё раз: «a.exe»." in words(answer)
    assert (await errands(running, message))[0]["state"]["code"] == "open"


async def test_files_chosen_again_after_a_refusal_are_the_same_files(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applicant, "WAITING", 1)
    message = await running.in_work()
    photo, program = ("own_files", ("Справка.pdf", PDF)), ("own_files", ("a.exe", b"MZ\x90\x00"))

    refused = await sent(running, message, [photo, program])
    [chosen] = re.findall(r'name="chosen" value="([^"]+)"', refused.text)
    answer = await sent(running, message, [photo, photo], chosen=chosen)

    assert (refused.status_code, answer.status_code) == (429, 200), words(answer)
    assert "Вы дополнили сообщение" in words(answer)
    assert len(running.rows("SELECT id FROM attachment WHERE case_id = :id", id=message)) == 1


async def test_answer_from_a_second_window_is_offered_as_an_addition(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)
    await sent(running, message, errand=question)

    again = await sent(running, message, errand=question, text="И вечером.")

    assert again.status_code == 409
    assert "Этот вопрос больше не ждёт ответа" in words(again)
    assert re.search(r'<details class="add-facts" id="add-facts" open>.*>И вечером\.</textarea>', again.text, re.DOTALL)


async def test_wrong_code_gives_the_form_for_number_and_code_and_writes_nothing(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)

    answer = await sent(running, message, errand=question, code="0000-0000-0000-0000")

    assert answer.status_code == 404
    assert "Сообщения с таким номером и кодом нет" in words(answer)
    assert f"Вот что вы написали; скопируйте, если это ещё нужно: {REPLY}" in words(answer)
    assert (await errands(running, message))[0]["state"]["code"] == "open"


async def test_large_form_needs_a_page_of_today(running: Product) -> None:
    body = proof(running, await running.in_work()) | {"text": "я" * (1 << 20)}

    answer = await running.http.post(f"/track/answer/{'0' * 32}", data=body, files={"own_files": ("a.pdf", PDF)})

    assert answer.status_code in {401, 404, 413}


async def test_writing_is_throttled_a_message(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applicant, "WRITTEN", 1)
    message = await running.in_work()

    first = await sent(running, message)
    second = await sent(running, message)

    assert (first.status_code, second.status_code) == (200, 429)
    assert REPLY in second.text


async def test_question_about_a_secret_matter_is_not_shown_by_number_and_code(running: Product) -> None:
    message = await running.register()
    await running.accept(message, secret=True)
    await running.decide("coordinator", message, "ask_applicant", text=QUESTION)

    page = await asked(running, **proof(running, message))

    assert QUESTION not in words(page)
    assert "его задаст оператор приёма" in words(page)


async def test_applicant_answers_on_a_telephone(running: Product) -> None:
    message = await running.in_work()
    await ask(running, message)
    given = proof(running, message)

    def person(address: str) -> tuple[str, list[bool]]:
        with browser_page() as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/track")
            page.get_by_label("Номер сообщения").fill(given["number"])
            page.get_by_label("Код для просмотра").fill(given["code"])
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Вопрос к вам").wait_for()
            narrow = [is_narrow(page)]
            picture(page, "question")
            page.get_by_label("Ваш ответ").fill(REPLY)
            page.get_by_label("Файлы").first.set_input_files(
                {"name": "Справка.pdf", "mimeType": "application/pdf", "buffer": PDF}
            )
            page.get_by_role("button", name="Отправить ответ").click()
            page.get_by_role("status").wait_for()
            narrow.append(is_narrow(page))
            picture(page, "answered")
            page.get_by_text("Дополнить сообщение").first.click()
            page.get_by_label("Что вы хотите добавить").fill("И ещё одно.")
            narrow.append(is_narrow(page))
            return page.get_by_role("main").inner_text(), narrow

    async with served(running) as address:
        text, narrow = await in_browser(person, address)

    assert "Вы ответили на вопрос" in text
    assert narrow == [True, True, True]
    assert (await errands(running, message))[0]["reply"] == REPLY


async def test_words_for_which_the_page_has_no_form_any_more_are_given_back(running: Product) -> None:
    message = await running.submitted(endorsers=())
    question = await ask(running, message)
    given = proof(running, message)
    [address, *_] = re.findall(r'action="(/track/answer/[0-9a-f]+)"', (await asked(running, **given)).text)
    await running.decide("head2", message, "approve")

    data = given | {"idempotency_key": str(uuid4()), "errand": question, "text": REPLY}
    late = await running.http.post(address, data=data, files={"none": ("", b"")})
    repeat = await running.http.post(
        "/track/repeat", data=given | {"missing": "Нет даты.", "idempotency_key": str(uuid4())}
    )
    wordless = await running.http.post(
        "/track/rating", data=given | {"words": "Спасибо!", "idempotency_key": str(uuid4())}
    )

    assert (late.status_code, repeat.status_code, wordless.status_code) == (409, 409, 422)
    assert f"Вот что вы написали; скопируйте, если это ещё нужно: {REPLY}" in words(late)
    assert "Вот что вы написали; скопируйте, если это ещё нужно: Нет даты." in words(repeat)
    assert ">Спасибо!</textarea>" in wordless.text
    assert "Поставьте оценку от 1 до 5." in words(wordless)
