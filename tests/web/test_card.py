"""The card without JavaScript: what can be done, until when and why; people, versions, files, the way through the stages."""

from __future__ import annotations

import re

import pytest

from tests.api.test_tracking import PDF, attach, tracked
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0c"
    b"IDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


async def shown(running: Product, login: str, message: str) -> tuple[str, str]:
    """The card's page, as HTML and as people read it."""
    async with running.browse(login) as browser:
        answer = await browser.get(f"/messages/{message}")
    assert answer.status_code == 200
    return answer.text, words(answer)


async def test_card_says_on_top_what_i_can_do_and_until_when(running: Product) -> None:
    message = await running.submitted()

    html, told = await shown(running, "head", message)
    _, of_others = await shown(running, "executor", message)

    top = told.partition("Текст сообщения")[0]
    assert "Что можно сделать сейчас и до какого срока" in top
    assert "Согласование" in top
    assert "у вас" in top
    for title in ("Согласовать", "Отклонить", "Передать право согласования", "Изменить ответ"):
        assert title in top
    assert html.index('id="now"') < html.index('id="asked"') < html.index('id="actions"')
    assert "Сотрудник head" in of_others.partition("Текст сообщения")[0]


async def test_card_says_that_nobody_is_there_to_decide_and_what_each_reader_can_do_about_it(running: Product) -> None:
    endorsed, worked_on, waiting = await running.submitted(), await running.in_work(), await running.accepted()
    called = [running.people["head3"]]
    for message in (endorsed, worked_on, waiting):
        await running.run(message).terminate("its next verdict would find those who are there")
        running.write(
            "UPDATE message_case SET called = :called, rest = jsonb_set(rest, '{nobody_told}', 'true') WHERE id = :id",
            called=called,
            id=message,
        )

    async def said(login: str, message: str) -> str:
        return (await shown(running, login, message))[1]

    there = "выберите того, кто на месте"
    above, administrator = await said("head3", endorsed), await said("administrator", endorsed)
    assert "Решать некому. У кого: Сотрудник head (отсутствует, замещать некому)." in above
    assert f"Нажмите « Передать право согласования » и {there}: это право дано вам, пока решать некому." in above
    assert f"Нажмите « Передать право согласования » и {there}. Замещающего назначают в" in administrator
    assert "Передать право другому могут руководитель вышестоящего органа и администратор" in (
        await said("coordinator", endorsed)
    )
    assert f"Нажмите « Переназначить исполнителя » и {there}." in await said("coordinator", worked_on)
    assert "Переназначить исполнителя могут координатор и руководитель вышестоящего органа" in (
        await said("curator", worked_on)
    )
    pool = await said("coordinator", waiting)
    assert "У кого: координаторы (на месте нет никого). Об этом сообщено вышестоящим и куратору" in pool


async def test_each_date_opens_where_it_comes_from(running: Product) -> None:
    message = await running.in_work()
    card = (await running.get("executor", f"/messages/{message}")).json()

    html, told = await shown(running, "executor", message)

    for date in card["dates"]:
        for sentence in date["sentences"]:
            assert sentence in told
        assert f"Основание: {date['clause']}" in told
    for id_ in ("why-stage", "why-message", "why-warning"):
        assert re.search(rf'<details class="why" id="{id_}"', html)
    assert told.count("если идти в срок") == 2


async def test_contacts_are_behind_a_button_and_only_for_who_may(running: Product) -> None:
    message = await running.submitted()

    html, told = await shown(running, "executor", message)
    _, of_head = await shown(running, "head", message)

    assert "applicant@example.org" not in html
    assert f'href="/messages/{message}/contacts"' in html
    assert "Иванова Мария Петровна" in told
    assert "Иванова" not in of_head
    assert "скрыто" in of_head


@pytest.mark.requirement("S3-44")
@pytest.mark.parametrize(
    ("concerned", "said"),
    [
        (
            {"relation": "represented", "name": "Иванов Пётр", "basis": "свидетельство о рождении"},
            "О ком Иванов Пётр (свидетельство о рождении) заявитель его представляет Кого касается сообщение, сказано",
        ),
        ({"relation": "other_with_consent"}, "О ком о другом человеке он согласен"),
        (
            {"relation": "other_without_consent"},
            "о другом человеке без его согласия: сведений о нём в ответе заявителю",
        ),
    ],
)
async def test_card_warns_that_the_message_is_about_somebody_else(
    running: Product, concerned: dict[str, str], said: str
) -> None:
    message = await running.in_work(concerned=concerned)
    own = await running.in_work()

    _, told = await shown(running, "executor", message)
    _, of_own = await shown(running, "executor", own)
    async with running.browse("executor") as browser:
        form = words(await browser.get(f"/messages/{message}/decisions/submit_answer"))

    assert said in told
    assert ("Сообщение о другом человеке без его согласия" in form) == (
        concerned["relation"] == "other_without_consent"
    )
    assert "О ком" not in of_own


@pytest.mark.requirement("S3-53")
async def test_comment_is_read_by_the_head_and_not_by_the_applicant(running: Product) -> None:
    message = await running.in_work()
    answer = {"type": "solved", "text": "Добавлена вторая линия.", "comment": "Договор подписан вчера"}
    await running.decide("executor", message, "submit_answer", **answer, approver=running.people["head2"])
    _, of_head = await shown(running, "head2", message)
    await running.decide("head2", message, "approve")
    story = await tracked(running, message)

    assert "Договор подписан вчера" in of_head
    assert "Добавлена вторая линия." in str(story)
    assert "Договор" not in str(story)


async def test_versions_show_what_changed_and_why_one_came_back(running: Product) -> None:
    message = await running.submitted()
    await running.decide("head", message, "reject", reason="Назовите день")
    head2 = running.people["head2"]
    await running.decide(
        "executor", message, "submit_answer", type="solved", text="С 3 марта добавлена вторая линия.", approver=head2
    )

    html, told = await shown(running, "executor", message)

    assert "версия 2" in told.partition("версия 1")[0], "the last comes first"
    assert "<ins>С 3 марта" in html
    assert "<del>" in html
    assert re.search(r"Возвращён .*Сотрудник head\. Назовите день", told)


async def test_picture_is_looked_at_in_place_and_other_files_are_saved(running: Product) -> None:
    picture, paper = (
        await attach(running, "operator", PNG, "Двор.png"),
        await attach(running, "operator", PDF, "Акт.pdf"),
    )
    message = await running.in_work(files=[picture, paper])

    html, _ = await shown(running, "executor", message)
    async with running.browse("executor") as browser:
        answer = await browser.get(f"/messages/{message}/files/{picture}")

    assert re.search(
        rf'<details id="file-{picture}">.*<img[^>]+loading="lazy" src="/messages/{message}/files/{picture}"', html
    )
    assert f'<a href="/messages/{message}/files/{paper}" download>Акт.pdf</a>' in html
    assert answer.headers["content-type"] == "image/png"


async def test_likely_duplicates_are_named_with_what_they_share(running: Product) -> None:
    text = "Крыша корпуса протекает над детским кабинетом второй год подряд, вёдра стоят в коридоре."
    first = await running.accepted(text=text, applicant={"email": "one@example.org"})
    second = await running.accepted(text=text, applicant={"email": "two@example.org"})

    html, told = await shown(running, "coordinator", first)

    assert f'<a href="/messages/{second}">' in html
    assert "Вероятно, это о том же" in told
    assert "(тот же текст)" in told


async def test_card_that_left_shows_the_former_part_alone(running: Product) -> None:
    message = await running.in_work()

    html, told = await shown(running, "moderator", message)

    assert "Сообщение от вас ушло" in told
    for part in ('id="now-title"', 'id="timeline"', 'class="card-moves"'):
        assert part not in html


async def test_others_on_the_card_are_named_without_scripts_too(running: Product) -> None:
    message = await running.submitted()

    await shown(running, "executor", message)
    _, told = await shown(running, "head", message)

    assert "Сейчас здесь ещё: Сотрудник executor" in told
