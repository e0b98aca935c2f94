"""The coordinator's desk without JavaScript: suggestions, many at once with a report, duplicates together, a minute to undo."""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape, unescape
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from tests.api.test_suggestions import arrived, subcategory
from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words
from tests.web.test_work import rows

pytestmark = pytest.mark.anyio


def told(answer: httpx.Response) -> str:
    """The page without the menu."""
    return words(answer).partition("Завершённые")[2]


async def some(running: Product, *texts: str) -> tuple[str, list[str]]:
    """A list, and messages in it with these texts that wait for the coordinator: all of a new subcategory."""
    code = subcategory(running, "Запись на приём")
    return f"/work/new?subcategory={code}&sort=received", [
        await arrived(running, code, text=text, applicant={"email": f"{uuid4().hex}@example.org"}) for text in texts
    ]


async def some_suggested(running: Product, *texts: str) -> tuple[str, list[str]]:
    """The same where `executor` was assigned before."""
    path, (known, *waiting) = await some(running, uuid4().hex, *texts)
    await running.decide("coordinator", known, "assign", executor=running.people["executor"])
    return path, waiting


def different(count: int) -> list[str]:
    """Texts that are not alike."""
    return [f"{uuid4().hex} {uuid4().hex}" for _ in range(count)]


def value(answer: httpx.Response, kind: str, message: str) -> str:
    """What the row's box (`pick`) or button (`one`) sends."""
    found = re.search(rf'name="{kind}" value="([^"]+)" id="{kind}-{message}"', answer.text)
    assert found, f"no {kind} in the row of {message}"
    return unescape(found[1])


async def test_suggestion_is_a_button_with_the_load_and_one_press_assigns(running: Product) -> None:
    path, (message,) = await some_suggested(running, *different(1))
    async with running.browse("coordinator") as browser:
        page = await browser.get(path)
        fields = Hidden(page.text, "/work/decisions").fields | {"one": value(page, "one", message)}

        report = await browser.post("/work/decisions", data=fields)
        again = await browser.post("/work/decisions", data=fields)

    assert re.search(r"Назначить: Сотрудник executor \d+ открытых", words(page))
    assert report.status_code == again.status_code == 200
    number = running.case(message)["number"]
    assert f"Назначить исполнителя: готово. № {number} → Сотрудник executor" in told(report)
    assert f'<a href="{escape(path)}">← К списку</a>' in report.text
    assert running.case(message)["holder"] == running.people["executor"]
    assert [row["event"] for row in running.journal(message)].count("ExecutorAssigned") == 1


async def test_ticked_messages_go_to_whom_was_suggested_and_the_report_tells_who_failed_and_why(
    running: Product,
) -> None:
    path, (good, another, changed) = await some_suggested(running, *different(3))
    async with running.browse("coordinator") as browser:
        page = await browser.get(path)
        await running.decide("coordinator", changed, "correct_card", complained_of="transport")
        fields: dict[str, object] = dict(Hidden(page.text, "/work/decisions").fields)
        fields |= {"what": "suggested", "pick": [value(page, "pick", one) for one in (good, another, changed)]}

        report = await browser.post("/work/decisions", data=fields)

    text = told(report)
    assert "готово, 2" in text
    assert "Не сделано: 1." in text
    refused = text.partition("Не сделано")[2]
    assert f"№ {running.case(changed)['number']} : Пока вы работали, по сообщению уже принято решение" in refused
    assert "(Сотрудник coordinator)" in refused
    assert [running.case(one)["stage"] for one in (good, another, changed)] == [
        "execution",
        "execution",
        "coordination",
    ]


async def test_action_with_fields_asks_them_once_for_all_and_says_what_is_wrong_beside_them(running: Product) -> None:
    path, messages = await some(running, *different(3))
    async with running.browse("coordinator") as browser:
        page = await browser.get(path)
        fields: dict[str, object] = dict(Hidden(page.text, "/work/decisions").fields)
        fields |= {"what": "assign", "pick": [value(page, "pick", one) for one in messages]}

        form = await browser.post("/work/decisions", data=fields)
        wrong = await browser.post("/work/decisions", data=fields | {"filled": "yes"})
        filled = fields | {"filled": "yes", "executor": str(running.people["executor2"])}
        report = await browser.post("/work/decisions", data=filled)

    assert "<h1>Назначить исполнителя: 3</h1>" in form.text
    assert form.text.count('type="hidden" name="pick"') == 3
    assert "Сотрудник executor2" in told(form)
    assert wrong.status_code == 422
    assert 'id="f-executor-error"' in wrong.text
    assert "готово, 3" in told(report)
    assert {running.case(one)["holder"] for one in messages} == {running.people["executor2"]}


async def test_assignment_is_undone_within_the_minute_and_not_after_it(running: Product) -> None:
    path, (soon, later) = await some_suggested(running, *different(2))
    async with running.browse("coordinator") as browser:
        page = await browser.get(path)
        start = Hidden(page.text, "/work/decisions").fields
        reports = [
            await browser.post("/work/decisions", data=start | {"one": value(page, "one", one)})
            for one in (soon, later)
        ]
        undos = [Hidden(report.text, "/work/undo").fields for report in reports]
        with running.engine.begin() as connection:
            made = t.decision.c.case_id == later, t.decision.c.action == "assign"
            before = t.decision.c.decided_at - timedelta(seconds=70)
            connection.execute(sa.update(t.decision).where(*made).values(decided_at=before))

        in_time = await browser.post("/work/undo", data=undos[0])
        late = await browser.post("/work/undo", data=undos[1])

    assert "Отозвать" in told(in_time)
    assert "готово" in told(in_time)
    assert (running.case(soon)["stage"], running.case(soon)["holder"]) == ("coordination", None)
    assert late.status_code == 409
    assert "Минута прошла" in words(late)
    assert running.case(later)["stage"] == "execution"


async def test_undo_of_what_somebody_went_on_with_is_refused_with_the_reason(running: Product) -> None:
    path, (message,) = await some_suggested(running, *different(1))
    async with running.browse("coordinator") as browser:
        page = await browser.get(path)
        start = Hidden(page.text, "/work/decisions").fields
        report = await browser.post("/work/decisions", data=start | {"one": value(page, "one", message)})
        await running.decide("executor", message, "start_work")

        undone = await browser.post("/work/undo", data=Hidden(report.text, "/work/undo").fields)

    assert "Не сделано: 1." in told(undone)
    assert running.case(message)["holder"] == running.people["executor"]


async def test_likely_duplicates_stand_under_one_another(running: Product) -> None:
    word = f"двойник{uuid4().hex[:6]}"
    text = f"{word}: крыша корпуса протекает над детским кабинетом второй год подряд, вёдра стоят в коридоре."
    first = await running.accepted(text=text, applicant={"email": f"{uuid4().hex}@example.org"})
    between = await running.accepted(text=f"{word} и больше ничего", applicant={"email": f"{uuid4().hex}@example.org"})
    last = await running.accepted(text=text, applicant={"email": f"{uuid4().hex}@example.org"})
    async with running.browse("coordinator") as browser:
        page = await browser.get(f"/work/new?text={word}&sort=received")

    assert rows(page) == [last, first, between]
    assert re.search(rf'class="queue-row queue-twin[^"]*" id="row-{first}"', page.text)
    assert page.text.count("queue-twin") == 1
    assert "Похоже на" in words(page)
    assert "(тот же текст)" in words(page)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"what": "assign"}, 422, "Отметьте сообщения"),
        ({"what": "assign", "pick": "x"}, 422, "Отметьте сообщения"),
        ({"what": "assign", "pick": f"{uuid4()}|{'9' * 5000}|2026-1||"}, 422, "Отметьте сообщения"),
        ({"what": "assign", "pick": f"{uuid4()}|1|2026-1|{'9' * 30}|"}, 422, "Отметьте сообщения"),
        ({"what": "approve", "pick": f"{uuid4()}|1|2026-1||"}, 422, "по одному"),
        ({"what": "nothing", "pick": f"{uuid4()}|1|2026-1||"}, 422, "что сделать"),
        ({"what": "assign", "pick": f"{uuid4()}|1|2026-1||"}, 409, "недоступно"),
        ({"what": "suggested", "pick": f"{uuid4()}|1|2026-1||"}, 422, "нет предложения"),
    ],
)
async def test_press_that_cannot_be_is_told(running: Product, sent: dict[str, str], status: int, said: str) -> None:
    async with running.browse("coordinator") as browser:
        fields = await form_of(browser, "/work", "/work/decisions")

        answer = await browser.post("/work/decisions", data=fields | sent)

    assert answer.status_code == status
    assert said in words(answer)


async def test_who_does_not_share_work_out_has_no_desk_and_may_decide_nothing_by_it(running: Product) -> None:
    path, (message,) = await some(running, *different(1))
    async with running.browse("coordinator") as browser:
        picked = value(await browser.get(path), "pick", message)
    async with running.browse("curator") as browser:
        page = await browser.get("/work")
        token = {"_token": Hidden(page.text, "/sign-out").fields["_token"], "idempotency_key": str(uuid4())}
        forbidden = await browser.post("/work/decisions", data=token | {"what": "take", "pick": picked})

    assert 'name="pick"' not in page.text
    assert "desk.js" not in page.text
    assert forbidden.status_code == 409
    assert running.case(message)["holder"] is None
