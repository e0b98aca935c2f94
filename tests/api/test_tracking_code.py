"""A tracking code is issued anew: the old one stops, the new one opens, and only intake operators have it made."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from storage import journal
from storage.engine import reading
from tests.product import Product

pytestmark = pytest.mark.anyio


async def issue(running: Product, login: str, message: str, key: str | None = None) -> httpx.Response:
    path = f"/api/v1/messages/{message}/tracking-code"
    return await running.http.post(path, headers=await running.headers(login, key))


async def opens(running: Product, message: str, code: str) -> bool:
    body = {"number": running.case(message)["number"], "code": code}
    return (await running.http.post("/api/v1/track", json=body)).status_code == 200


async def test_new_code_opens_the_message_and_the_old_one_no_more(running: Product) -> None:
    message = await running.register()
    old = running.app.state.resources.keys.tracking_code(UUID(message), 1)
    assert await opens(running, message, old)

    issued = await issue(running, "operator", message)

    assert (issued.status_code, issued.headers["cache-control"]) == (200, "private, no-store")
    assert issued.json()["number"] == running.case(message)["number"]
    assert await opens(running, message, issued.json()["code"])
    assert not await opens(running, message, old)


async def test_journal_tells_who_had_a_code_issued_and_never_the_code(running: Product) -> None:
    message = await running.in_work()
    version = running.case(message)["version"]

    issued, key = await issue(running, "operator", message), str(uuid4())
    for _ in range(2):
        await issue(running, "operator", message, key)

    rows = (await running.get("coordinator", f"/messages/{message}/journal")).json()["rows"]
    told = [row for row in rows if row["event"]["code"] == "TrackingCodeReissued"]
    assert [row["event"]["title"] for row in told] == ["Заявителю выдан новый код"] * 2
    assert [row["person"]["number"] for row in told] == [running.people["operator"]] * 2
    assert [row["facts"] for row in told] == [{}, {}]
    assert issued.json()["code"] not in str(rows)
    assert running.case(message)["version"] == version
    with reading(running.engine) as connection:
        assert [one for one in journal.verify(connection) if one.case_id == message] == []


async def test_decision_after_a_new_code_continues_the_same_chain(running: Product) -> None:
    message = await running.in_work()
    await issue(running, "operator", message)

    await running.decide("executor", message, "return_to_coordination", reason="Не наш вопрос")

    with reading(running.engine) as connection:
        assert [one for one in journal.verify(connection) if one.case_id == message] == []


async def test_repeated_request_gives_the_code_in_force_and_makes_none(running: Product) -> None:
    message, key = await running.register(), str(uuid4())
    first = await issue(running, "operator", message, key)

    again = await issue(running, "operator", message, key)
    another = await issue(running, "operator", message)
    late = await issue(running, "operator", message, key)

    assert again.json() == first.json()
    assert another.json()["code"] != first.json()["code"]
    assert late.json() == another.json()


async def test_key_of_another_message_issues_nothing(running: Product) -> None:
    message, other, key = await running.register(), await running.register(), str(uuid4())
    await issue(running, "operator", message, key)

    refused = await issue(running, "operator", other, key)

    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert await opens(running, other, running.app.state.resources.keys.tracking_code(UUID(other), 1))


@pytest.mark.parametrize(
    ("login", "status", "code"),
    [
        ("coordinator", 403, "action_forbidden"),
        ("executor", 403, "action_forbidden"),
        ("curator", 403, "action_forbidden"),
        ("moderator", 403, "action_forbidden"),
        ("head_transport", 404, "not_found"),
        ("executor2", 404, "not_found"),
    ],
)
async def test_others_have_no_code_issued(running: Product, login: str, status: int, code: str) -> None:
    message = await running.in_work()

    refused = await issue(running, login, message)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await opens(running, message, running.app.state.resources.keys.tracking_code(UUID(message), 1))


async def test_request_without_a_key_or_a_token_issues_nothing(running: Product) -> None:
    message = await running.register()
    path = f"/api/v1/messages/{message}/tracking-code"
    token = {"Authorization": (await running.headers("operator"))["Authorization"]}

    assert (await running.http.post(path, headers=token)).status_code == 400
    assert (await running.http.post(path, headers={"Idempotency-Key": "k"})).status_code == 401
