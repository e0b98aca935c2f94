"""A request that is refused at once leaves no trace: all tables and all files are compared, whatever they are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from embedded.postgres import Postgres
from tests.faults.office import Office, waiting_office
from tests.whole_record import changes

pytestmark = pytest.mark.anyio

HUGE = b" " * 100_000_000
PROGRAM = b"MZ\x90\0" + b"\0" * 64
NOBODYS = str(uuid4())
USED_KEY = "used for start_work"


@dataclass(frozen=True)
class Asked:
    """A request about a message in work with `executor`. `body`: bytes as they are, or what becomes JSON."""

    login: str
    path: str
    body: Any
    headers: dict[str, str | None] = field(default_factory=dict)
    """None: this header is left out."""


def decision(login: str, action: str, *, version: int = 3, message: str = "{message}", **fields: Any) -> Asked:
    """Against the present version, unless told otherwise."""
    return Asked(login, f"/messages/{message}/decisions", {"action": action, "version": version, "parameters": fields})


def without(asked: Asked, header: str) -> Asked:
    return Asked(asked.login, asked.path, asked.body, {header: None})


def call(login: str = "operator", **fields: Any) -> Asked:
    """A message that a citizen told by phone."""
    return Asked(login, "/messages", {"channel": "phone", "text": "Текст", "applicant": {"name": "Имя"}} | fields)


RETURN = decision("executor", "return_to_coordination", reason="Не моё.")
POSTPONE = {"type": "postponed", "text": "Позже.", "approver": "head2", "postponed_until": "2020-01-01"}
UNIT = {"id": "x", "organisation": "polyclinic", "title": "X"}
SOLVED = {"type": "solved", "text": "Готово.", "approver": "head2"}

REFUSED: dict[str, tuple[Asked, int, str]] = {
    "stale version": (decision("executor", "return_to_coordination", version=1, reason="Не моё."), 409, "version_stale"),
    "version to come": (decision("executor", "return_to_coordination", version=9, reason="Не моё."), 409, "version_stale"),
    "action of another stage": (decision("coordinator", "take"), 409, "action_not_allowed"),
    "action of somebody else": (decision("coordinator", "return_to_coordination", reason="Не моё."), 403, "action_forbidden"),
    "missing reason": (decision("executor", "return_to_coordination"), 422, "invalid_request"),
    "empty reason": (decision("executor", "return_to_coordination", reason=" "), 422, "invalid_request"),
    "field of another action": (decision("executor", "return_to_coordination", reason="Не моё.", head=1), 422, "invalid_request"),
    "unknown action": (decision("executor", "burn"), 422, "invalid_request"),
    "unknown category": (decision("operator", "correct_card", category="x", subcategory="x.y"), 422, "category_unknown"),
    "unknown colleague": (decision("coordinator", "reassign", executor=9_999, reason="Занят."), 422, "person_without_authority"),
    "date in the past": (decision("executor", "submit_answer", **POSTPONE), 422, "date_too_early"),
    "somebody else's file": (decision("executor", "submit_answer", **SOLVED, files=[NOBODYS]), 422, "file_unknown"),
    "decision of broken JSON": (Asked("executor", RETURN.path, b'{"action": "return'), 400, "invalid_json"),
    "decision of 100 MB": (Asked("executor", RETURN.path, HUGE), 413, "body_too_large"),
    "another organisation's message": (decision("head_transport", "approve"), 404, "not_found"),
    "nobody's message": (decision("executor", "start_work", message=NOBODYS), 404, "not_found"),
    "no key": (without(RETURN, "Idempotency-Key"), 400, "key_missing"),
    "key of another request": (Asked("executor", RETURN.path, RETURN.body, {"Idempotency-Key": USED_KEY}), 422, "key_reused"),
    "no session": (without(RETURN, "Authorization"), 401, "not_signed_in"),
    "message from the future": (call(received_at="2999-01-01T00:00:00Z"), 422, "received_in_future"),
    "message of long ago": (call(received_at="2020-01-01T00:00:00Z"), 422, "received_too_early"),
    "message of an unknown category": (call(category="nothing"), 422, "category_unknown"),
    "message by no operator": (call("executor"), 403, "action_forbidden"),
    "message of broken JSON": (Asked("operator", "/messages", b"{"), 400, "invalid_json"),
    "message of 100 MB": (Asked("operator", "/messages", HUGE), 413, "body_too_large"),
    "file of 100 MB": (Asked("executor", "/attachments?name=a.txt", HUGE), 413, "body_too_large"),
    "file that is a program": (Asked("executor", "/attachments?name=a.exe", PROGRAM), 415, "file_type_not_allowed"),
    "unit by no administrator": (Asked("executor", "/units", UNIT), 403, "action_forbidden"),
}  # fmt: skip


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Tests and fixtures of the module share one loop."""
    return "asyncio"


@pytest.fixture(scope="module")
async def office(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Office]:
    async with waiting_office(postgres, tmp_path_factory.mktemp("office")) as found:
        yield found


async def answered(office: Office, message: str, asked: Asked) -> tuple[int, str]:
    """Status and code of the refusal."""
    headers = {"Content-Type": "application/json"} | await office.running.headers(asked.login) | asked.headers
    body = asked.body
    if isinstance(body, dict):
        if "parameters" in body:
            body = body | {"parameters": office.numbered(body["parameters"])}
        body = json.dumps(body).encode()
    answer = await office.running.http.post(
        "/api/v1" + asked.path.format(message=message),
        headers={name: value for name, value in headers.items() if value is not None},
        content=body,
    )
    return answer.status_code, answer.json()["code"]


async def test_request_that_is_refused_at_once_leaves_nothing_at_all(office: Office) -> None:
    """Neither a row nor a file, nor a mark that somebody was there: sessions keep no last visit, refused keys are forgotten."""
    message = await office.message_in("execution")
    await office.taken(message, ("executor", "start_work", {}), key=USED_KEY)
    office.judge_all(message)
    for login in {asked.login for asked, _, _ in REFUSED.values()}:
        await office.running.headers(login)
    folder = office.running.settings.files_dir
    files, before = sorted(folder.rglob("*")), office.now()

    found = {}
    for name, (asked, _, _) in REFUSED.items():
        status, code = await answered(office, message, asked)
        found[name] = (status, code, dict(changes(before, office.now())))

    assert found == {name: (status, code, {}) for name, (_, status, code) in REFUSED.items()}
    assert sorted(folder.rglob("*")) == files


async def test_wrong_password_leaves_a_count_of_failures_and_nothing_else(office: Office) -> None:
    before = office.now()

    answer = await office.running.http.post("/api/v1/sessions", json={"login": "executor", "password": "wrong"})

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_password")
    assert changes(before, office.now()) == {"attempt: new": 2}  # with this login, and from this address
