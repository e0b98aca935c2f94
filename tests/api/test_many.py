"""Many decisions at once: each is accepted or refused by itself, and the answer tells which."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api import many
from temporal import bell
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

ABOUT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def decide(
    running: Product, login: str, decisions: list[dict[str, Any]], key: str | None = None
) -> dict[str, Any]:
    answer = await running.http.post(
        "/api/v1/decisions", headers=await running.headers(login, key), json={"decisions": decisions}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def assignment(running: Product, message: str, login: str = "executor", **other: Any) -> dict[str, Any]:
    return {
        "message": message,
        "action": "assign",
        "version": running.version(message),
        "parameters": {"executor": running.people[login]},
    } | other


async def test_each_decision_has_its_own_fate_in_the_order_of_the_request(running: Product) -> None:
    good, stale, nobody, another = [await running.accepted() for _ in range(4)]
    stranger = await running.register()

    found = await decide(
        running,
        "coordinator",
        [
            assignment(running, good),
            assignment(running, stale, version=0),
            assignment(running, stranger),
            assignment(running, nobody, "head"),
            assignment(running, another, "executor2"),
        ],
    )

    assert [fate["message"] for fate in found["decisions"]] == [good, stale, stranger, nobody, another]
    assert [fate["state"] for fate in found["decisions"]] == ["accepted", "refused", "refused", "refused", "accepted"]
    codes = [fate["refusal"] and fate["refusal"]["code"] for fate in found["decisions"]]
    assert codes == [None, "version_stale", "not_found", "person_without_authority", None]
    unfit = found["decisions"][3]["refusal"]["detail"]
    assert unfit == "Сотрудник head не является исполнителем по этой категории в этой организации."
    assert (found["accepted"], found["refused"], found["waiting"]) == (2, 3, 0)
    assert running.case(good)["holder"] == running.people["executor"]
    assert running.case(another)["holder"] == running.people["executor2"]
    assert [running.case(one)["stage"] for one in (stale, nobody)] == ["coordination", "coordination"]


async def test_request_repeated_after_a_broken_connection_decides_nothing_twice(running: Product) -> None:
    messages = [await running.accepted() for _ in range(3)]
    wanted, key = [assignment(running, message) for message in messages], str(uuid4())

    first = await decide(running, "coordinator", wanted, key)
    wanted[2]["parameters"] = {"executor": running.people["executor2"]}
    again = await decide(running, "coordinator", wanted, key)

    assert [fate["state"] for fate in again["decisions"]] == ["accepted", "accepted", "refused"]
    assert again["decisions"][:2] == first["decisions"][:2]
    assert again["decisions"][2]["refusal"]["code"] == "key_reused"
    for message in messages:
        assert [row["event"] for row in running.journal(message)].count("ExecutorAssigned") == 1


@pytest.mark.parametrize(("action", "login"), [("endorse", "head"), ("approve", "head2")])
async def test_texts_that_nobody_opened_are_not_approved_together(running: Product, action: str, login: str) -> None:
    message = await running.submitted(endorsers=("head",) if action == "endorse" else ())

    found = await decide(running, login, [{"message": message, "action": action, "version": running.version(message)}])

    (fate,) = found["decisions"]
    assert (fate["state"], fate["decision"], fate["refusal"]["code"]) == ("refused", None, "one_by_one")
    assert running.rows("SELECT 1 FROM decision WHERE case_id = :id AND action = :a", id=message, a=action) == []


async def test_wrong_requests_are_refused_as_a_whole(running: Product) -> None:
    message = await running.accepted()
    good = assignment(running, message)
    headers = await running.headers("coordinator")

    async def status(body: Any, **without: Any) -> tuple[int, str]:
        answer = await running.http.post("/api/v1/decisions", headers=headers | without, json=body)
        return answer.status_code, answer.json()["code"]

    assert await status({"decisions": []}) == (422, "invalid_request")
    assert await status({"decisions": [good, good]}) == (422, "invalid_request")
    too_many = [good | {"message": str(uuid4())} for _ in range(201)]
    assert await status({"decisions": too_many}) == (422, "invalid_request")
    assert await status({"decisions": [good | {"action": "limbo"}]}) == (422, "invalid_request")
    assert await status({"decisions": [good]}, **{"Idempotency-Key": " "}) == (400, "key_missing")
    assert running.case(message)["stage"] == "coordination"


async def test_wrong_fields_of_one_leave_the_others_alone(running: Product) -> None:
    wrong, good = await running.accepted(), await running.accepted()

    found = await decide(
        running,
        "coordinator",
        [assignment(running, wrong, parameters={"executor": "кто-нибудь"}), assignment(running, good)],
    )

    refused, accepted = found["decisions"]
    assert (refused["refusal"]["code"], refused["refusal"]["field"]) == ("invalid_request", "parameters.executor")
    assert accepted["state"] == "accepted"


async def test_decisions_without_verdicts_are_all_stored_and_only_the_first_are_waited_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []

    async def unreachable(_: object, case_id: str, *__: object, **___: object) -> None:
        rung.append(case_id)
        raise bell.Unreachable("nobody there")

    monkeypatch.setattr(bell, "ring", unreachable)
    monkeypatch.setattr(bell, "start", unreachable)
    monkeypatch.setattr("api.decisions.PATIENCE_SECONDS", 0.05)
    async with alone(database, tmp_path) as running:
        messages = [await running.register() for _ in range(12)]
        rung.clear()

        found = await decide(
            running,
            "moderator",
            [{"message": one, "action": "accept", "version": 0, "parameters": ABOUT} for one in messages],
        )

        assert {fate["state"] for fate in found["decisions"]} == {"pending"}
        assert found["waiting"] == 12
        assert 1 <= len(rung) <= many.AT_ONCE
        assert len(running.rows("SELECT 1 FROM decision WHERE verdict = 'pending'")) == 12
