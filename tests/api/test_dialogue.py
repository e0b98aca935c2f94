"""The applicant is asked and answers: sealed in the record, told by his ways, read on the card and at his page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest

from api import applicant, drafting
from storage import uploads
from tests.api.test_applicant import written
from tests.api.test_tracking import attach, proof, titles, tracked
from tests.product import Product
from tests.storage import documents

pytestmark = pytest.mark.anyio

QUESTION = "В какие часы вы звонили по номеру +7 900 123-45-67?"
REPLY = "С девяти до десяти, почта applicant@example.org."


async def ask(running: Product, message: str, login: str = "executor", **fields: Any) -> str:
    await running.decide(login, message, "ask_applicant", **({"text": QUESTION} | fields))
    return str((await errands(running, message))[-1]["id"])


async def errands(running: Product, message: str, login: str = "executor") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.get(login, f"/messages/{message}")).json()["errands"]
    return found


async def test_applicant_reads_the_question_and_answers_it(running: Product) -> None:
    message = await running.in_work()
    before = running.case(message)
    question = await ask(running, message)

    found = await tracked(running, message)
    answer = await written(running, message, "answer_question", errand=question, text=REPLY)

    (shown,) = found["questions"]
    assert (shown["id"], shown["text"], shown["late"]) == (question, QUESTION, False)
    assert titles(found)[-1] == "Вам задан вопрос"
    assert answer.status_code == 200, answer.text
    assert answer.json()["questions"] == []
    assert titles(answer.json())[-1] == "Вы ответили на вопрос"
    (done,) = await errands(running, message)
    assert (done["state"]["code"], done["text"], done["reply"], done["settled_by"]) == ("done", QUESTION, REPLY, None)
    after = running.case(message)
    assert [after[name] for name in ("due_at", "stage_due_at", "version", "stage")] == [
        before[name] for name in ("due_at", "stage_due_at", "version", "stage")
    ]
    assert datetime.fromisoformat(shown["due_at"]) - datetime.fromisoformat(shown["asked_at"]) == timedelta(days=5)


async def test_question_and_answer_lie_sealed_and_not_in_the_journal(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)
    await written(running, message, "answer_question", errand=question, text=REPLY)

    rows = running.rows("SELECT parameters FROM decision WHERE case_id = :id AND beside", id=message)
    facts = running.rows("SELECT facts FROM journal WHERE case_id = :id", id=message)

    assert len(rows) == 2
    assert not any(word in json.dumps([*rows, *facts], ensure_ascii=False) for word in ("звонили", "девяти"))


async def test_who_sees_no_contacts_reads_the_dialogue_without_them(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)
    await written(running, message, "answer_question", errand=question, text=REPLY)

    (seen,) = await errands(running, message, "curator")

    assert "В какие часы" in seen["text"]
    assert "123-45-67" not in seen["text"]
    assert "applicant@example.org" not in seen["reply"]


async def test_coordinator_takes_a_question_back(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)

    await running.decide("coordinator", message, "cancel_errand", errand=question, reason="Нашли запись разговора.")
    late = await written(running, message, "answer_question", errand=question, text=REPLY)

    assert (await tracked(running, message))["questions"] == []
    assert late.json()["code"] == "action_not_allowed"
    assert (await errands(running, message))[0]["state"]["code"] == "cancelled"


async def test_stranger_neither_asks_nor_reads(running: Product) -> None:
    message = await running.in_work()
    await ask(running, message)

    asked = await running.try_to("coordinator_transport", message, "ask_applicant", text=QUESTION)
    head = await running.try_to("head", message, "ask_applicant", text=QUESTION)
    read = await running.get("executor_transport", f"/messages/{message}")

    assert (asked.status_code, read.status_code) == (404, 404)
    assert head.status_code in {403, 404}


async def test_portal_sends_a_file_with_the_applicants_words(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    message, other = await running.in_work(), await running.in_work()
    known = proof(running, message)
    monkeypatch.setattr(drafting, "UPLOADS_FROM_ADDRESS", 0)  # a region's files come from the portal's one address
    monkeypatch.setattr(drafting, "MEGABYTES_FROM_ADDRESS_A_DAY", 0)

    async def send(
        key: str, code: str = known["code"], content: bytes = documents.PDF + bytes(1 << 16)
    ) -> httpx.Response:
        return await running.http.post(
            f"/api/v1/track/{known['number']}/files",
            params={"name": "Справка.pdf"},
            headers={"X-Tracking-Code": code, "Idempotency-Key": key},
            content=content,
        )

    kept, again = await send("one"), await send("one")
    stranger = await send("two", proof(running, other)["code"])
    small_stranger = await send("two", proof(running, other)["code"], documents.PDF)
    program = await send("three", content=b"MZ\x90\x00" + bytes(100))
    refused = {}
    for where, limit in ((applicant, "WAITING"), (uploads, "UNUSED_BYTES_OF_SYSTEM"), (applicant, "UPLOADS")):
        with monkeypatch.context() as patched:
            patched.setattr(where, limit, 1)
            refused[limit] = await send(limit)
            if limit != "UPLOADS":
                assert (await send("one")).json()["id"] == kept.json()["id"], "a repeat is no new file"
    elsewhere = await written(running, other, "add_facts", text="Вот справка.", own_files=[kept.json()["id"]])
    added = await written(running, message, "add_facts", text="Вот справка.", own_files=[kept.json()["id"]])
    await running.by_applicant(message, "ask_withdrawal")
    await running.decide("coordinator", message, "confirm_withdrawal")
    late = await send("four")

    assert (kept.status_code, again.json()["id"]) == (201, kept.json()["id"])
    assert (stranger.status_code, small_stranger.status_code, program.status_code) == (413, 404, 415)
    assert {answer.status_code for answer in refused.values()} == {429}
    assert "Сейчас файлы не принимаются" in refused["UNUSED_BYTES_OF_SYSTEM"].json()["detail"]
    assert 0 < int(refused["WAITING"].headers["retry-after"]) <= 86400
    assert elsewhere.json()["code"] == "file_unknown"
    assert added.status_code == 200, added.text
    assert (late.status_code, late.json()["code"]) == (409, "action_not_allowed")


async def test_applicant_cannot_name_a_file_of_staff(running: Product) -> None:
    message = await running.in_work()
    question = await ask(running, message)
    file = await attach(running, "executor", b"text", "a.txt")

    answer = await written(running, message, "answer_question", errand=question, text=REPLY, own_files=[file])

    assert answer.json()["code"] == "file_unknown"


async def test_operator_to_whom_the_applicant_speaks_writes_the_answer_down(running: Product) -> None:
    message = await running.in_work(applicant={"name": "Иванова Мария", "phone": "+7 900 123-45-67"})
    question = await ask(running, message)
    handed = running.rows("SELECT state FROM letter WHERE case_id = :id AND kind = 'question'", id=message)

    early = await running.try_to("operator", message, "answer_question", errand=question, text=REPLY)
    before = (await running.get("operator", f"/messages/{message}")).json()
    call = await running.talking()
    running.write(
        "UPDATE call SET case_id = :message, identity = 'confirmed' WHERE id = :call", message=message, call=call
    )
    after_call = (await running.get("operator", f"/messages/{message}")).json()
    async with running.browse("operator") as browser:
        talk = await browser.get(f"/calls/{call}")
    await running.decide("operator", message, "answer_question", errand=question, text=REPLY)

    (done,) = await errands(running, message)
    assert (early.status_code, early.json()["code"]) == (422, "identity_not_confirmed")
    assert "answer_question" not in {one["action"] for one in before["actions"]}
    assert {"answer_question", "record_withdrawal"} <= {one["action"] for one in after_call["actions"]}
    assert f'href="/messages/{message}/decisions/answer_question"' in talk.text
    assert [row["state"] for row in handed] == ["task"]
    assert done["settled_by"]["number"] == running.people["operator"]
    after = running.rows("SELECT state FROM letter WHERE case_id = :id AND kind = 'question'", id=message)
    assert [row["state"] for row in after] == ["not_needed"]


async def test_danger_is_looked_for_in_what_an_operator_writes_down_and_in_the_reason_of_a_withdrawal(
    running: Product,
) -> None:
    heard, withdrawn = await running.in_work(), await running.in_work()
    question = await ask(running, heard)
    call = await running.talking()
    running.write(
        "UPDATE call SET case_id = :message, identity = 'confirmed' WHERE id = :call", message=heard, call=call
    )
    words = "Сосед угрожает ножом."

    await running.decide("operator", heard, "answer_question", errand=question, text=words)
    await running.by_applicant(withdrawn, "ask_withdrawal", reason=words)

    assert [running.case(one)["danger"] for one in (heard, withdrawn)] == ["suggested", "suggested"]
    for one in (heard, withdrawn):
        card = (await running.get("coordinator", f"/messages/{one}")).json()
        assert card["danger"]["signs"] == ["угрожает ножом"]
