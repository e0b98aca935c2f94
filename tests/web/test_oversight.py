"""What curators see: everything of their organisations and those below, counts that lead on, and who read without a task."""

from __future__ import annotations

import re

import pytest

from tests.product import Product
from tests.web.test_signing_in import words
from tests.web.test_work import rows

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S3-70", "S3-71", "S3-72", "S3-74")
async def test_counts_by_stage_lead_to_lists_of_the_organisation_and_all_below(running: Product) -> None:
    moderated = await running.register(organisation="branch")
    below = await running.accepted()
    await running.decide("coordinator", below, "transfer_to_subordinate", organisation="branch")
    answered = await running.submitted()
    async with running.browse("curator") as browser:
        menu = (await browser.get("/work")).text
        found = {}
        for code in ("moderation", "coordination", "endorsement"):
            page = await browser.get(f"/work/stage_{code}")
            found[code] = rows(page)
        cards = [await browser.get(f"/messages/{message}") for message in (moderated, below, answered)]

    for title in ("Модерация", "Координация", "Исполнение", "Согласование", "Утверждение", "Завершённые"):
        assert re.search(rf'href="/work/[a-z_]+"[^>]*><span>{title}</span><span class="count"[^>]*>\d+', menu), title
    assert moderated in found["moderation"]
    assert below in found["coordination"]
    assert answered in found["endorsement"]
    assert [card.status_code for card in cards] == [200] * 3
    assert "Добавлена вторая линия телефона." in words(cards[2])


async def test_card_leads_curators_alone_to_the_run(running: Product) -> None:
    message = await running.in_work()
    run = f"/workflows/message-{message}"
    async with running.browse("curator") as browser:
        curator = await browser.get(f"/messages/{message}")
    async with running.browse("executor") as browser:
        executor = await browser.get(f"/messages/{message}")

    assert run in curator.text
    assert run not in executor.text


async def test_reading_without_a_task_is_shown_to_curators_and_narrowed(running: Product) -> None:
    message = await running.in_work()
    number = running.case(message)["number"]
    async with running.browse("coordinator") as browser:
        await browser.get(f"/messages/{message}")
    async with running.browse("executor") as browser:
        await browser.get(f"/messages/{message}")
    async with running.browse("curator") as browser:
        without = words(await browser.get(f"/access?message={message}"))
        everything = words(await browser.get(f"/access?message={message}&everything=true"))
        executor = running.people["executor"]
        narrowed = words(await browser.get(f"/access?person={executor}&everything=true"))
        wrong = await browser.get("/access?person=x")

    assert f"№ {number}" in everything
    assert "Сотрудник executor" not in without
    assert "Сотрудник executor" in everything
    assert "по задаче" in everything
    assert f"Сотрудник № {executor}" in narrowed
    assert wrong.status_code == 422


async def test_list_is_taken_away_as_it_stands_on_the_page_and_curators_read_of_it(running: Product) -> None:
    message = await running.in_work(text="Нет талонов к хирургу.")
    number = running.case(message)["number"]
    async with running.browse("coordinator") as browser:
        page = await browser.get(f"/work/in_unit?category=medicine&number={number}&text=Талонов")
        (address,) = re.findall(r'href="(/export\?[^"]*format=csv)"', page.text)
        file = await browser.get(address.replace("&amp;", "&"))
        wrong = await browser.get("/export?cursor=x")
    async with running.browse("curator") as browser:
        told = words(await browser.get(f"/access?message={message}"))

    assert "до 10 000 строк" in words(page)
    assert [line.partition(";")[0] for line in file.text.splitlines()] == ["\ufeffНомер", number]
    taken = f"Раздел: В подразделении на рассмотрении; Медицина; Слова: Талонов; № {number}"
    assert f"Выгрузка списка : {taken}" in re.sub(r"\s+", " ", told)
    assert wrong.status_code == 422


async def test_record_of_reading_is_for_curators(running: Product) -> None:
    async with running.browse("executor") as browser:
        answer = await browser.get("/access")
        work = await browser.get("/work")

    assert answer.status_code == 403
    assert "Кто читал без задачи" not in words(work)
