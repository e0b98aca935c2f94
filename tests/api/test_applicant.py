"""The applicant decides something himself: by number and code, beside the stage, sealed, and told to whoever works on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from storage import journal
from storage.engine import reading
from tests.product import Product

pytestmark = pytest.mark.anyio

FACTS = "Вчера звонил ещё раз, с 9 до 10 часов: занято. Мой телефон +7 900 123-45-67."


async def written(
    running: Product, message: str, action: str = "add_facts", *, code: str = "", key: str = "", **fields: Any
) -> httpx.Response:
    found = running.app.state.resources.keys.tracking_code(UUID(message), 1)
    return await running.http.post(
        f"/api/v1/track/{running.case(message)['number']}/decisions",
        headers={"X-Tracking-Code": code or found, "Idempotency-Key": key or str(uuid4())},
        json={"action": action, "parameters": fields or {"text": FACTS}},
    )


def decisions(running: Product, message: str) -> list[dict[str, Any]]:
    return running.rows("SELECT * FROM decision WHERE case_id = :id AND action = 'add_facts' ORDER BY seq", id=message)


async def test_what_the_applicant_adds_is_sealed_and_read_by_the_executor(running: Product) -> None:
    message = await running.in_work()

    answer = await written(running, message)

    assert answer.status_code == 200, answer.text
    assert "Вы дополнили сообщение" in [step["title"] for step in answer.json()["steps"]]
    (row,) = decisions(running, message)
    assert (row["person"], row["verdict"], row["beside"]) == (None, "accepted", True)
    assert "занято" not in str(row["parameters"])
    assert "занято" not in str(bytes(row["sealed"]))
    told = (await running.get("executor", f"/messages/{message}/journal")).json()["rows"][-1]
    assert (told["event"]["title"], told["person"]) == ("Заявитель дополнил сообщение", None)
    assert told["written"]["text"] == FACTS
    notices = running.rows("SELECT person FROM notice WHERE case_id = :id AND kind = 'applicant_wrote'", id=message)
    assert [one["person"] for one in notices] == [running.people["executor"]]
    with reading(running.engine) as connection:
        assert [one for one in journal.verify(connection) if one.case_id == message] == []


async def test_who_does_not_see_contacts_reads_facts_without_them(running: Product) -> None:
    message = await running.in_work()
    await written(running, message)

    told = (await running.get("curator", f"/messages/{message}/journal")).json()["rows"][-1]

    assert "занято" in told["written"]["text"]
    assert "123-45-67" not in told["written"]["text"]


async def test_answer_begun_before_the_applicant_wrote_is_not_stale(running: Product) -> None:
    message = await running.in_work()
    seen = running.version(message)

    await written(running, message)
    answer = await running.try_to(
        "executor",
        message,
        "submit_answer",
        version=seen,
        type="solved",
        text="Добавлена вторая линия.",
        endorsers=[],
        approver=running.people["head2"],
    )

    assert answer.status_code == 200, answer.text
    assert running.version(message) == seen + 1


async def test_same_key_of_the_applicant_writes_once(running: Product) -> None:
    message, other = await running.in_work(), await running.in_work()
    key = str(uuid4())

    answers = [await written(running, one, key=key) for one in (message, message, other)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [len(decisions(running, one)) for one in (message, other)] == [1, 1]


async def test_wrong_code_decides_nothing(running: Product) -> None:
    message = await running.in_work()

    answer = await written(running, message, code="0000-0000-0000-0000")

    assert answer.status_code == 404
    assert decisions(running, message) == []


async def test_staff_cannot_write_for_the_applicant(running: Product) -> None:
    message = await running.in_work()

    answers = [
        await running.try_to(login, message, "add_facts", text=FACTS)
        for login in ("executor", "coordinator", "operator")
    ]

    assert {answer.json()["code"] for answer in answers} == {"action_forbidden"}
    assert decisions(running, message) == []


@pytest.mark.parametrize("action", ["approve", "take", "submit_answer"])
async def test_applicant_is_offered_nothing_of_staff(running: Product, action: str) -> None:
    message = await running.in_work()

    answer = await written(running, message, action, text="…")

    assert answer.status_code == 422
