"""What holds for every endpoint, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from api.openapi import operations
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

OPEN = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("POST", "/api/v1/sessions"),
    ("GET", "/api/v1/regulations"),  # the rules are everybody's (S2, 1.2 д)
    ("GET", "/api/v1/regulations/{code}"),
    ("GET", "/api/v1/organisations/{organisation_id}/public"),  # what an organisation tells everybody
    ("GET", "/api/v1/installation"),  # a demonstration says on every screen that it is one
    ("GET", "/api/v1/orders"),  # published for everybody (S0, п. 5)
    ("GET", "/api/v1/orders/{code}"),
}
"""Endpoints without a session. Below the others somebody has a code or a link instead: an applicant, a writer, a newcomer."""

OPEN_BELOW = ("/api/v1/track", "/api/v1/public/", "/api/v1/invitations")

WITHOUT_KEY = {
    ("POST", "/api/v1/sessions"),  # a repetition opens a session more, which does no harm
    ("DELETE", "/api/v1/sessions/current"),  # a repetition finds it closed
    ("DELETE", "/api/v1/sessions/{session_id}"),  # the same
    ("POST", "/api/v1/notices/read"),  # a repetition finds them read
    ("PUT", "/api/v1/messages/{message_id}/drafts/{action}"),  # a repetition finds it kept
    ("DELETE", "/api/v1/messages/{message_id}/drafts/{action}"),  # a repetition finds it gone
    ("PUT", "/api/v1/messages/{message_id}/presence"),  # a repetition says the same
    ("DELETE", "/api/v1/messages/{message_id}/presence"),
    ("PATCH", "/api/v1/calls/{call_id}"),  # a repetition finds it noted
    ("POST", "/api/v1/calls/{call_id}/search"),  # it looks and keeps nothing
    ("POST", "/api/v1/messages/{message_id}/preview"),  # it shows and keeps nothing
    ("POST", "/api/v1/hints"),  # it reads and keeps nothing
    ("POST", "/api/v1/answer-templates/preview"),  # it shows and keeps nothing
    ("POST", "/api/v1/absences/preview"),  # it shows and keeps nothing
    ("POST", "/api/v1/absences/{absence_id}/preview"),
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as found:
        yield found


def endpoints(running: Product) -> Iterator[tuple[str, str, dict[str, Any]]]:
    return operations(running.app.openapi())


def address(path: str) -> str:
    """The path with something plausible in it."""
    plain = re.sub(r"\{(message_id|decision_id|file_id|notice_id|call_id)\}", str(uuid4()), path)
    plain = (
        plain.replace("{number}", "1")
        .replace("{grant_id}", "1")
        .replace("{region}", "RU")
        .replace("{day}", "2026-01-05")
    )
    return re.sub(r"\{\w+\}", "1", plain)


def is_problem(answer: Any) -> bool:
    return answer.headers["content-type"] == "application/problem+json" and bool(answer.json()["code"])


async def test_every_endpoint_needs_a_session_except_those_listed(running: Product) -> None:
    for token in (None, "nobody's"):
        headers = {"Idempotency-Key": "k"} | ({"Authorization": f"Bearer {token}"} if token else {})
        for method, path, _ in endpoints(running):
            if (method, path) in OPEN or path.startswith(OPEN_BELOW):
                continue
            if token and (method, path) == ("DELETE", "/api/v1/sessions/current"):
                continue  # a repeated sign-out finds its token closed, and says that it is
            answer = await running.http.request(method, address(path), headers=headers)
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert is_problem(answer)


async def test_every_unsafe_endpoint_needs_an_idempotency_key(running: Product) -> None:
    headers = await running.headers("administrator")
    del headers["Idempotency-Key"]
    for method, path, operation in endpoints(running):
        if method not in UNSAFE or (method, path) in WITHOUT_KEY or path.startswith(OPEN_BELOW):
            continue
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert "Idempotency-Key" in named, (method, path)
        answer = await running.http.request(method, address(path), headers=headers, params={"name": "a.png"})
        assert answer.status_code in {400, 422}, (method, path, answer.status_code)


async def test_every_endpoint_tells_its_errors_as_problem_details(running: Product) -> None:
    for method, path, operation in endpoints(running):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        wanted = {"422", "500", "503"} | (
            {"401"} if (method, path) not in OPEN and not path.startswith(OPEN_BELOW) else set()
        )
        assert wanted <= set(errors), (method, path)
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"], (method, path)
        assert operation["summary"]
        assert operation["tags"]


async def test_every_answer_carries_the_security_headers(running: Product) -> None:
    answers = [
        await running.get("executor", "/categories"),
        await running.http.get("/api/v1/nothing"),
        await running.http.get("/docs"),
        await running.http.get("/openapi.json"),
        await running.http.get("/health/live"),
        await running.http.post("/api/v1/messages", content=b"x" * (2 << 20)),
    ]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert [answer.headers["cache-control"] for answer in answers[:2]] == ["no-store"] * 2


async def test_page_of_the_api_loads_nothing_and_names_every_endpoint(running: Product) -> None:
    page = (await running.http.get("/docs")).text

    assert "<script" not in page
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", page) == ["/openapi.json"]
    assert "http" not in page.replace("HTTP", "").replace("http-", "")
    for method, path, _ in endpoints(running):
        assert f"{method} {path}" in page


MESSAGE = {"channel": "phone", "text": "Текст", "applicant": {"name": "Имя", "email": "a@example.org"}}


BODIES: list[tuple[bytes, tuple[int, str]]] = [
    (b"{", (400, "invalid_json")),
    (b'"\xff"', (400, "invalid_json")),
    (b"\0{}", (400, "invalid_json")),
    (b'{"text": ' + b"9" * 5000 + b"}", (400, "invalid_json")),
    (b"[" * 100_000, (400, "invalid_json")),
    (b"[" * 30 + b"]" * 30, (400, "invalid_json")),
    (b"[]", (422, "invalid_request")),
    (b"1e999", (422, "invalid_request")),
    (json.dumps(MESSAGE | {"text": "a\0b"}).encode(), (422, "invalid_text")),
    (json.dumps(MESSAGE | {"text": "a\ud800b"}).encode(), (422, "invalid_text")),
    (json.dumps(MESSAGE | {"a\0": 1}).encode(), (422, "invalid_text")),
    (b" " * (1 << 20) + b"{}", (413, "body_too_large")),
    (b" " * 100_000_000, (413, "body_too_large")),
]


async def test_body_that_cannot_be_taken_is_told_and_changes_nothing(running: Product) -> None:
    headers = await running.headers("operator") | {"Content-Type": "application/json"}

    for body, expected in BODIES:
        answer = await running.http.post("/api/v1/messages", headers=headers, content=body)
        assert (answer.status_code, answer.json()["code"]) == expected, body[:20]
        assert is_problem(answer)

    assert running.rows("SELECT 1 FROM message UNION SELECT 1 FROM idempotency_key") == []


async def test_text_that_only_looks_like_a_nul_is_taken(running: Product) -> None:
    headers = await running.headers("operator")

    answer = await running.http.post(
        "/api/v1/messages", headers=headers, json=MESSAGE | {"text": "путь c:\\u0000 и 😀"}
    )

    assert answer.status_code == 201
    assert running.rows("SELECT text FROM message") == [{"text": "путь c:\\u0000 и 😀"}]


async def test_requests_that_make_no_sense_are_told_why(running: Product) -> None:
    headers = await running.headers("administrator")
    cases: list[tuple[str, str, dict[str, Any], tuple[int, str]]] = [
        ("GET", "/api/v1/people?name=%00", {}, (422, "invalid_text")),
        ("GET", "/api/v1/organisations/%00", {}, (422, "invalid_text")),
        ("GET", "/api/v1/people/99999999999999999999999", {}, (422, "invalid_request")),
        ("GET", "/api/v1/people/9007199254740992", {}, (404, "not_found")),
        ("GET", "/api/v1/people/0", {}, (422, "invalid_request")),
        ("GET", "/api/v1/people?cursor=9999999999999999999", {}, (422, "invalid_request")),
        ("GET", "/api/v1/organisations/nowhere", {}, (404, "not_found")),
        ("PATCH", "/api/v1/organisations/nowhere", {"json": {"title": "X"}}, (404, "not_found")),
        ("PATCH", "/api/v1/units/nowhere", {"json": {"title": "X"}}, (404, "not_found")),
        ("PATCH", "/api/v1/categories/nowhere", {"json": {"title": "X"}}, (404, "not_found")),
        ("PATCH", "/api/v1/people/9", {"json": {"name": "X"}}, (404, "not_found")),
        ("PATCH", "/api/v1/organisations/branch", {"json": {"title": None}}, (422, "invalid_request")),
        ("PATCH", "/api/v1/organisations/branch", {"json": {}}, (422, "invalid_request")),
        ("PATCH", "/api/v1/organisations/branch", {"json": {"opens": "19:00"}}, (422, "hours_wrong")),
        ("PATCH", "/api/v1/organisations/branch", {"json": {"time_zone": "Mars/Base"}}, (422, "invalid_request")),
        ("PUT", "/api/v1/calendar/RU/2026-02-30", {"json": {"working": True}}, (422, "invalid_request")),
        ("PUT", "/api/v1/calendar/RU/0001-01-01", {"json": {"working": True}}, (422, "invalid_request")),
        ("GET", "/api/v1/attachments/not-a-uuid", {}, (422, "invalid_request")),
        ("POST", "/api/v1/messages/not-a-uuid/decisions", {"json": {}}, (422, "invalid_request")),
        ("DELETE", "/api/v1/messages", {}, (405, "method_not_allowed")),
        ("GET", "/api/v1/nothing", {}, (404, "not_found")),
        ("GET", "/api/v1/categories", {"headers": {"X-Large": "x" * 20_000}}, (431, "headers_too_large")),
        (
            "POST",
            "/api/v1/messages",
            {"headers": {"Idempotency-Key": "k" * 129}, "json": MESSAGE},
            (422, "invalid_request"),
        ),
    ]

    for method, path, more, expected in cases:
        arguments = more | {"headers": headers | {"Idempotency-Key": str(uuid4())} | more.get("headers", {})}
        answer = await running.http.request(method, path, **arguments)
        assert is_problem(answer), (method, path)
        assert (answer.status_code, answer.json()["code"]) == expected, (method, path, answer.text)
    assert running.rows("SELECT 1 FROM reference_change") == []


async def test_same_message_twice_at_once_is_one_message(running: Product) -> None:
    headers = await running.headers("operator")

    answers = await asyncio.gather(
        *(running.http.post("/api/v1/messages", headers=headers, json=MESSAGE) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert len(running.rows("SELECT 1 FROM message")) == 1


async def test_same_decision_twice_at_once_is_one_decision(running: Product) -> None:
    message = await running.register()
    await running.headers("moderator")
    key = str(uuid4())
    fields = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}

    answers = await asyncio.gather(
        *(running.try_to("moderator", message, "accept", key=key, version=0, **fields) for _ in range(4))
    )

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_key_of_one_message_used_for_another_at_once_gives_one_decision_and_clear_refusals(
    running: Product,
) -> None:
    messages = [await running.register() for _ in range(4)]
    await running.headers("moderator")
    key = str(uuid4())
    fields = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}

    answers = await asyncio.gather(
        *(running.try_to("moderator", message, "accept", key=key, version=0, **fields) for message in messages)
    )

    codes = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
    assert codes[0] == (202, "")
    assert set(codes[1:]) <= {(409, "key_in_use"), (422, "key_reused")}
    assert len(running.rows("SELECT 1 FROM decision")) == 1


async def test_session_ends_with_time_and_with_sign_out(running: Product, database: Database) -> None:
    first = await running.headers("executor")
    running.tokens.clear()
    second = await running.headers("executor")

    signed_out = await running.http.delete("/api/v1/sessions/current", headers=first)
    after = [(await running.http.get("/api/v1/categories", headers=headers)).status_code for headers in (first, second)]
    database.shift_clock(12 * 3600 + 1)
    late = await running.http.get("/api/v1/categories", headers=second)

    assert (signed_out.status_code, after, late.status_code) == (204, [401, 200], 401)
    stored = running.rows("SELECT encode(token_hash, 'hex') AS hash FROM session")
    assert second["Authorization"].removeprefix("Bearer ") not in str(stored)


async def test_bug_is_told_by_an_incident_without_its_words(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Иванова Мария")

    monkeypatch.setattr("storage.places.page", broken)

    answer = await running.get("executor", "/categories")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "Иванова" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_lost_database_is_told_and_nothing_is_half_done(running: Product) -> None:
    headers = await running.headers("administrator")
    with running.engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE"))
        body = {"id": "x", "parent": "branch", "title": "X"}
        answer = await running.http.post("/api/v1/organisations", headers=headers, json=body)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    again = await running.http.post("/api/v1/organisations", headers=headers, json=body)
    assert again.status_code == 201
