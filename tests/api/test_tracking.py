"""The applicant follows his message: what happened, what happens next and by when, and nothing that is not his."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from api import tracking
from tests.product import Product

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def proof(running: Product, message: str) -> dict[str, str]:
    code = running.app.state.resources.keys.tracking_code(UUID(message), 1)
    return {"number": running.case(message)["number"], "code": code}


async def tracked(running: Product, message: str) -> dict[str, Any]:
    answer = await running.http.post("/api/v1/track", json=proof(running, message))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: dict[str, Any] = answer.json()
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [step["title"] for step in found["steps"]]


async def attach(running: Product, login: str, content: bytes, name: str) -> str:
    headers = await running.headers(login)
    answer = await running.http.post("/api/v1/attachments", params={"name": name}, headers=headers, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def download(running: Product, message: str, file: str) -> httpx.Response:
    given = proof(running, message)
    path = f"/api/v1/track/{given['number']}/files/{file}"
    return await running.http.get(path, headers={"X-Tracking-Code": given["code"]})


async def test_new_message_tells_what_happens_next_and_by_when(running: Product) -> None:
    message = await running.register()

    found = await tracked(running, message)

    assert titles(found) == ["Сообщение зарегистрировано"]
    assert found["next"]["text"].startswith("Модератор проверит сообщение")
    assert "не позднее" in found["next"]["text"]
    assert found["next"]["by"] == found["due_at"]
    assert (found["finished"], found["organisation"]) == (False, "Министерство здравоохранения")


async def test_answer_is_read_with_its_file_by_number_and_code(running: Product) -> None:
    message = await running.in_work()
    file = await attach(running, "executor", PDF, "Ответ.pdf")
    inner = await attach(running, "executor", PDF, "Справка.pdf")
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Добавлена вторая линия.",
        files=[file],
        comment="внутреннее",
        comment_files=[inner],
        approver=running.people["head2"],
    )
    early = await download(running, message, file)
    await running.decide("head2", message, "approve")

    found = await tracked(running, message)
    late = await download(running, message, file)

    assert titles(found)[-1] == "Ответ готов"
    assert [(one["type"], one["text"]) for one in found["answers"]] == [("Решено", "Добавлена вторая линия.")]
    assert [one["name"] for one in found["answers"][0]["files"]] == ["Ответ.pdf"]
    assert found["finished"] is True
    assert early.status_code == 404
    assert (late.status_code, late.content) == (200, PDF)
    assert late.headers["content-disposition"].startswith("attachment;")
    assert (await download(running, message, inner)).status_code == 404


async def test_header_proves_as_well_as_the_body(running: Product) -> None:
    message = await running.register()
    given = proof(running, message)

    answer = await running.http.get(
        f"/api/v1/track/{given['number']}", headers={"X-Tracking-Code": given["code"].lower().replace("-", " ")}
    )

    assert answer.json() == await tracked(running, message)


async def test_wrong_number_and_wrong_code_answer_alike(running: Product) -> None:
    message, other = await running.register(), await running.register()
    right = proof(running, message)

    answers = [
        await running.http.post("/api/v1/track", json=body)
        for body in (
            right | {"code": proof(running, other)["code"]},
            right | {"code": "не код"},
            right | {"number": "2001-0000001"},
            {"number": "2001-0000001", "code": "0000-0000-0000-0000"},
        )
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({json.dumps(sorted(answer.headers.keys())) for answer in answers}) == 1


async def test_guessing_is_slowed_down_and_a_known_number_no_differently_from_an_unknown(running: Product) -> None:
    message = await running.register()
    known = proof(running, message)["number"]

    seen: dict[str, list[int]] = {}
    for number in (known, f"1999-{uuid4().int % 10**7:07d}"):
        seen[number] = [
            (await running.http.post("/api/v1/track", json={"number": number, "code": "WRNG"})).status_code
            for _ in range(22)
        ]

    assert list(seen.values()) == [[404] * 20 + [429] * 2] * 2
    blocked = await running.http.post("/api/v1/track", json={"number": known, "code": "WRNG"})
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 900


async def test_guesses_of_others_do_not_lock_the_applicant_out_and_his_own_visits_do_not_count(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "ADDRESS_ATTEMPTS", 0)
    right = proof(running, await running.register())
    for _ in range(22):
        await running.http.post("/api/v1/track", json=right | {"code": "WRNG"})

    visits = [(await running.http.post("/api/v1/track", json=right)).status_code for _ in range(3)]
    wrong = await running.http.post("/api/v1/track", json=right | {"code": "WRNG"})

    assert visits == [200] * 3
    assert (wrong.status_code, wrong.json()["code"]) == (429, "too_many_attempts")


@pytest.mark.requirement("S2-19")
async def test_declined_message_tells_its_ground_and_reason(running: Product) -> None:
    message = await running.register()
    await running.decide("moderator", message, "decline", ground="no_essence", reason="Не указан адрес.")

    found = await tracked(running, message)

    assert titles(found) == ["Сообщение зарегистрировано", "Сообщение отклонено"]
    assert found["steps"][1]["text"].startswith("Из сообщения не ясна суть вопроса.")
    assert found["steps"][1]["text"].endswith("Не указан адрес.")


async def test_redirect_names_the_organisation_and_no_person_or_inner_word(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator",
        message,
        "propose_redirect",
        organisation="transport",
        approver=running.people["head"],
        endorsers=[running.people["head2"]],
        comment="секретное обоснование",
    )
    await running.decide("head2", message, "reject", reason="секретная причина")
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "approve")

    found = await tracked(running, message)

    assert titles(found) == ["Сообщение зарегистрировано", "Сообщение принято в работу", "Сообщение перенаправлено"]
    assert found["steps"][-1]["text"] == "Отвечает: Служба перевозок."
    assert found["organisation"] == "Служба перевозок"
    words = json.dumps(found, ensure_ascii=False)
    assert "секретн" not in words
    assert "Сотрудник" not in words
    assert "staff" not in words


async def test_message_forwarded_outside_tells_who_answers(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator", message, "propose_redirect", external_name="Администрация", approver=running.people["head"]
    )
    before = await tracked(running, message)
    await running.decide("head", message, "approve")

    after = await tracked(running, message)

    assert before["organisation"] == "Городская поликлиника"
    assert after["organisation"] == "Администрация"
    assert after["next"]["text"].startswith("Ответит «Администрация».")


async def test_postponement_tells_the_last_day(running: Product) -> None:
    message = await running.in_work()
    until = running.case(message)["due_at"].date() + timedelta(days=10)
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="postponed",
        postponed_until=until.isoformat(),
        text="Ремонт идёт.",
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")

    found = await tracked(running, message)

    last: date = until - timedelta(days=1)
    assert found["steps"][-1]["title"] == "Рассмотрение отложено"
    assert f"{last.day} " in found["steps"][-1]["text"]
    assert "23:59" in found["next"]["text"]
    assert [(one["type"], one["text"]) for one in found["answers"]] == [("Отложено", "Ремонт идёт.")]


async def test_secret_answer_is_not_shown_but_said_where_to_get(running: Product) -> None:
    message = await running.in_work(secret=True)
    file = await attach(running, "executor", PDF, "Выписка.pdf")
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Диагноз подтверждён.",
        files=[file],
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")

    found = await tracked(running, message)

    assert (found["answers"], found["finished"]) == ([], True)
    assert "Диагноз" not in json.dumps(found, ensure_ascii=False)
    assert "у оператора приёма" in found["steps"][-1]["text"]
    assert (await download(running, message, file)).status_code == 404


async def test_answer_without_any_address_is_promised_by_the_operator(running: Product) -> None:
    message = await running.submitted(applicant={"name": "Без адреса"}, endorsers=())
    await running.decide("head2", message, "approve")

    found = await tracked(running, message)

    assert found["next"]["text"].startswith("Оператор приёма передаст вам ответ не позднее")
    assert found["next"]["by"] is not None


async def test_overdue_message_says_so(running: Product) -> None:
    arrived = datetime.now().astimezone() - timedelta(days=31)
    message = await running.accepted(received_at=arrived.isoformat())

    found = await tracked(running, message)

    assert found["next"]["text"].startswith("Срок ответа истёк")


@pytest.mark.parametrize(
    "body",
    [{}, {"number": "1"}, {"number": "1", "code": ""}, {"number": "1", "code": "x", "more": 1}, {"code": "x" * 200}],
)
async def test_proof_of_another_shape_is_refused(running: Product, body: dict[str, Any]) -> None:
    answer = await running.http.post("/api/v1/track", json=body)

    assert answer.status_code == 422
    assert (await running.http.get("/api/v1/track/2026-0000001")).status_code == 422
