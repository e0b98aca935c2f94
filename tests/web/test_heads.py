"""A head decides on a phone: one answer at a time, on two screens, in two taps, without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.api.test_drafts import upload
from tests.browser import DESK, PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import PASSWORD, Product
from tests.storage.documents import PNG
from tests.web.accessible import assert_accessible
from tests.web.test_every_page import sign_in
from tests.web.test_signing_in import Hidden, words

pytestmark = pytest.mark.anyio

QUESTION = (
    "Третий день не могу дозвониться в регистратуру поликлиники на улице Ленина. Линия занята с восьми утра до обеда, "
    "после обеда трубку никто не берёт. У ребёнка температура, нам нужен приём педиатра, а запись через сайт не "
    "открывается. Прошу объяснить, как записаться, и навести порядок с телефоном."
)
ANSWER = (
    "С 3 марта в регистратуре работает вторая телефонная линия, звонки принимают четыре оператора. Записать ребёнка к "
    "педиатру можно по номеру 122 круглосуточно, на портале «Госуслуги» и у стойки регистратуры с 7:30. Сайт исправлен "
    "2 марта. Если дозвониться снова не получится, сообщите заведующей отделением: кабинет 12, каждый день с 9 до 17 часов."
)


async def look(running: Product, login: str, scenario: Callable[[Page, str], None], **more: Any) -> None:
    """The scenario on a phone, signed in."""

    def play(address: str) -> None:
        with browser_page(**more) as page:
            page.set_viewport_size(PHONE)
            sign_in(page, address, login)
            scenario(page, address)

    async with served(running) as address:
        await in_browser(play, address)


async def submitted(running: Product, *, endorsers: tuple[str, ...] = (), **more: Any) -> str:
    message = await running.in_work(text=QUESTION)
    people = {"endorsers": [running.people[login] for login in endorsers], "approver": running.people["head2"]}
    answer: dict[str, Any] = {"type": "solved", "text": ANSWER} | people | more
    await running.decide("executor", message, "submit_answer", **answer)
    return message


async def test_link_of_a_notice_leads_to_the_decision_after_the_sign_in(running: Product) -> None:
    message = await submitted(running)

    def play(address: str) -> None:
        with browser_page() as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/messages/{message}/decide")
            page.get_by_label("Логин").fill("head2")
            page.get_by_label("Пароль").fill(PASSWORD)
            page.get_by_role("button", name="Войти").click()
            expect(page.get_by_role("region", name="Ваше решение")).to_be_visible()
            assert page.url.endswith(f"/messages/{message}/decide")

    async with served(running) as address:
        await in_browser(play, address)
    await running.decide("head2", message, "approve")


async def test_everything_to_decide_on_fits_two_screens_of_a_phone(running: Product) -> None:
    file = await upload(running, name="Памятка о записи.txt")
    message = await submitted(running, endorsers=("head",), files=[file], comment="Договор с оператором связи в деле.")
    await running.decide("head", message, "edit_answer", text=ANSWER.replace("Сайт исправлен", "Сайт снова работает с"))
    await running.decide("head", message, "endorse")

    def scenario(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{message}/decide")
        for told in (QUESTION, "С 3 марта в регистратуре", "Памятка о записи.txt", "Договор с оператором", "остал"):
            expect(page.get_by_text(told).first).to_be_visible()
        expect(page.get_by_text("согласовал Сотрудник head")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollHeight") <= 2 * PHONE["height"]
        assert is_narrow(page)
        assert_accessible(page)
        picture(page, "workplace-head")
        page.locator("details", has_text="изменил").first.locator("summary").click()
        expect(page.locator("ins", has_text="снова работает").first).to_be_visible()
        page.get_by_text("Отклонить", exact=True).click()
        assert_accessible(page)
        picture(page, "head-phone-reject")
        page.set_viewport_size(DESK)
        picture(page, "head")

    await look(running, "head2", scenario)
    await running.decide("head2", message, "approve")


@pytest.mark.requirement("S3-61", "S3-66")
async def test_two_taps_decide_and_the_queue_moves_on_to_the_next(running: Product) -> None:
    first, second = await submitted(running, endorsers=("head",)), await submitted(running, endorsers=("head",))

    def endorse(page: Page, address: str) -> None:
        page.goto(f"{address}/queue")
        for _ in range(2):
            page.get_by_text("Согласовать", exact=True).click()
            page.get_by_role("button", name="Да, согласовать").click()
            expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()
        expect(page.get_by_role("heading", name="Больше ничего не ждёт")).to_be_visible()
        picture(page, "head-done-phone")

    def approve(page: Page, address: str) -> None:
        page.goto(f"{address}/queue")
        expect(page.get_by_text("ещё ждут: 1")).to_be_visible()
        page.get_by_text("Утвердить", exact=True).click()
        expect(page.get_by_text("Сразу уйдёт заявителю: Электронная почта.")).to_be_visible()
        picture(page, "head-phone-approve")
        page.get_by_role("button", name="Да, утвердить").click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()
        page.get_by_text("Утвердить", exact=True).click()
        page.get_by_role("button", name="Да, утвердить").click()
        expect(page.get_by_role("heading", name="Больше ничего не ждёт")).to_be_visible()

    await look(running, "head", endorse, scripts=False)
    await look(running, "head2", approve, scripts=False)

    assert {running.case(message)["outcome"] for message in (first, second)} == {"answered"}


@pytest.mark.requirement("S3-67")
async def test_ready_reason_rejects_in_two_taps_and_own_words_are_added(running: Product) -> None:
    first, second, third = [await submitted(running) for _ in range(3)]
    ready = "Не назван срок, к которому вопрос будет решён."

    def scenario(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{first}/decide")
        page.get_by_text("Отклонить", exact=True).click()
        page.get_by_role("button", name=ready).click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()
        page.goto(f"{address}/messages/{second}/decide")
        page.get_by_text("Отклонить", exact=True).click()
        page.get_by_label("Мотивированная причина отклонения").fill("Назовите день.")
        page.get_by_role("button", name=ready).click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()
        page.goto(f"{address}/messages/{third}/decide")
        page.get_by_text("Отклонить", exact=True).click()
        page.get_by_label("Мотивированная причина отклонения").fill("Своими словами.")
        page.get_by_label("Готовил не тот: вернуть на координацию").check()
        page.get_by_role("button", name="Отклонить с этой причиной").click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()

    await look(running, "head2", scenario)

    reasons = []
    for message in (first, second, third):
        (version,) = (await running.get("coordinator", f"/messages/{message}")).json()["answers"]
        reasons.append(version["returned"]["reason"])
    assert reasons == [ready, f"{ready} Назовите день.", "Своими словами."]
    assert [running.case(one)["stage"] for one in (first, second, third)] == ["execution", "execution", "coordination"]
    async with running.browse("coordinator") as browser:
        card = (await browser.get(f"/messages/{third}")).text
    assert "Возвращено руководителем" in card
    assert "готовил не тот, возвращено на координацию" in card


@pytest.mark.requirement("S3-63", "S3-68")
async def test_right_is_passed_on_in_two_taps(running: Product) -> None:
    endorsed, approved = await submitted(running, endorsers=("head",)), await submitted(running)

    def endorser(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{endorsed}/decide")
        page.get_by_text("Передать право согласования", exact=True).click()
        page.get_by_role("button", name="Сотрудник head2").click()
        expect(page.get_by_role("heading", name="Больше ничего не ждёт")).to_be_visible()

    def approver(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{approved}/decide")
        page.get_by_text("Передать право утверждения", exact=True).click()
        picture(page, "head-phone-delegate")
        assert_accessible(page)
        page.get_by_role("button", name="Сотрудник head", exact=True).click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()

    await look(running, "head", endorser)
    await look(running, "head2", approver)

    holders = [running.case(message)["holder"] for message in (endorsed, approved)]
    assert holders == [running.people["head2"], running.people["head"]]
    await running.decide("head2", endorsed, "reject", reason="Убрать из очереди")
    await running.decide("head", approved, "reject", reason="Убрать из очереди")


async def test_text_that_changed_meanwhile_is_read_before_it_is_approved(running: Product) -> None:
    message = await submitted(running)
    path = f"/messages/{message}/decide"
    async with running.browse("head2") as browser:
        page = await browser.get(path)
        approve = f"/messages/{message}/decisions/approve"
        fields = Hidden(page.text, approve).fields
        await running.decide("head2", message, "edit_answer", text="Совсем другой ответ.")

        refused = await browser.post(approve, data=fields)

    assert refused.status_code == 409
    assert "Пока вы работали" in words(refused)
    assert "Совсем другой ответ." in words(refused)
    assert Hidden(refused.text, approve).fields["version"] != fields["version"]
    assert running.case(message)["outcome"] is None
    await running.decide("head2", message, "approve")


async def test_rejection_without_a_reason_comes_back_open(running: Product) -> None:
    message = await submitted(running)
    async with running.browse("head2") as browser:
        page = await browser.get(f"/messages/{message}/decide")
        reject = f"/messages/{message}/decisions/reject"

        refused = await browser.post(reject, data=Hidden(page.text, reject).fields | {"reason": " "})

    assert refused.status_code == 422
    assert 'name="verdict" open' in refused.text
    assert 'id="f-reason-error"' in refused.text
    await running.decide("head2", message, "approve")


async def test_file_of_a_reason_outlives_what_was_wrong_with_the_form(running: Product) -> None:
    message = await submitted(running)

    def scenario(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{message}/decide")
        page.get_by_text("Отклонить", exact=True).click()
        file: FilePayload = {"name": "Приказ.txt", "mimeType": "text/plain", "buffer": "О записи".encode()}
        page.get_by_label("Файлы к причине").set_input_files(file)
        page.get_by_label("Мотивированная причина отклонения").fill("   ")
        page.get_by_role("button", name="Отклонить с этой причиной").click()
        expect(page.get_by_label("Загружен: Приказ.txt")).to_be_checked()
        page.get_by_label("Мотивированная причина отклонения").fill("Приложите приказ.")
        page.get_by_role("button", name="Отклонить с этой причиной").click()
        expect(page.get_by_text("Решение по предыдущему принято.")).to_be_visible()

    await look(running, "head2", scenario, allowed=("422",))

    (version,) = (await running.get("executor", f"/messages/{message}")).json()["answers"]
    assert [file["name"] for file in version["returned"]["files"]] == ["Приказ.txt"]


async def test_pictures_are_shown_where_they_belong(running: Product) -> None:
    headers = await running.headers("executor")
    kept = await running.http.post("/api/v1/attachments", params={"name": "фото.png"}, headers=headers, content=PNG)
    message = await submitted(running, files=[kept.json()["id"]])

    def scenario(page: Page, address: str) -> None:
        page.goto(f"{address}/messages/{message}/decide")
        image = page.get_by_role("img", name="фото.png")
        image.scroll_into_view_if_needed()
        expect(image).to_be_visible()
        page.wait_for_function("document.querySelector('.inline-picture').naturalWidth > 0")

    await look(running, "head2", scenario)
    await running.decide("head2", message, "approve")


async def test_redirect_is_decided_on_alike(running: Product) -> None:
    message = await running.accepted(text=QUESTION)
    proposal = {"organisation": "transport", "comment": "Автобусами занимаются они."}
    approver = running.people["head2"]
    await running.decide("coordinator", message, "propose_redirect", approver=approver, **proposal)
    async with running.browse("head2") as browser:
        page = await browser.get(f"/messages/{message}/decide")

    assert "Перенаправить Служба перевозок Автобусами занимаются они." in words(page)
    assert "Изменить ответ" not in words(page)
    await running.decide("head2", message, "approve")


async def test_who_has_not_to_decide_reads_the_card(running: Product) -> None:
    message = await submitted(running)
    async with running.browse("executor") as browser:
        elsewhere = await browser.get(f"/messages/{message}/decide")
        card = await browser.get(f"/messages/{message}")
    async with running.browse("head2") as browser:
        whole = await browser.get(f"/messages/{message}")

    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, f"/messages/{message}")
    assert (card.status_code, whole.status_code) == (200, 200)
    assert "Прочитать и решить" in whole.text
    assert "Прочитать и решить" not in card.text
    await running.decide("head2", message, "approve")


async def test_answer_that_is_put_off_makes_room_for_the_next(running: Product) -> None:
    messages = [await submitted(running) for _ in range(2)]
    async with running.browse("head2") as browser:
        first = await browser.get("/queue")
        there = first.headers["location"].split("/")[2]
        page = await browser.get(first.headers["location"])
        second = await browser.get(f"/queue?after={there}")

    assert "Отложить, к следующему" in words(page)
    assert {there, second.headers["location"].split("/")[2]} == set(messages)
    for message in messages:
        await running.decide("head2", message, "approve")
