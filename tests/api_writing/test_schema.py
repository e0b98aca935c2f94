"""What the OpenAPI document promises holds for odd requests too, well formed or not: no 5xx, nothing undocumented."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from unittest import SkipTest

import httpx2 as httpx
import pytest
import schemathesis
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as promised

from embedded.ports import free_port
from storage import tables as t
from storage.reference import touch
from temporal import bell
from tests.conftest import Database
from tests.product import PASSWORD, populate, settings_of
from web.application import create_app

CHECKS = (
    checks.not_a_server_error,
    promised.status_code_conformance,
    promised.content_type_conformance,
    promised.response_schema_conformance,
)
EXAMPLES = 3
ENDLESS = {"/api/v1/changes"}
"""Streams, which end when their session does: `tests/api/test_changes.py` has them."""
_keys = count(1)


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application behind a real HTTP server of this process."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def all_powerful(database: Database) -> None:
    """The administrator may do everything, so that odd requests get as far as they can."""
    people = populate(database.engine)
    with database.engine.begin() as connection:
        for role in ("coordinator", "executor", "head", "curator", "moderator", "intake_operator"):
            values = {"person": people["administrator"], "role": role, "organisation": "ministry", "subtree": True}
            connection.execute(sa.insert(t.grant).values(values))
        touch(connection)


def test_api_keeps_what_its_document_promises(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*_: object, **__: object) -> None:
        raise bell.Unreachable("nobody there")

    monkeypatch.setattr(bell, "ring", unreachable)
    monkeypatch.setattr(bell, "start", unreachable)
    monkeypatch.setattr("api.decisions.PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("api.drafting.DRAFTS_FROM_ADDRESS", 1000)
    all_powerful(database)
    app = create_app(settings_of(database, tmp_path, "127.0.0.1:9", None))
    with served(app) as base, httpx.Client(base_url=base) as http:
        known = things(http)
        schema = schemathesis.openapi.from_dict(app.openapi())
        for result in schema.get_all_operations():
            if result.ok().path not in ENDLESS:
                attack(result.ok(), base, http, known)


def sign_in(http: httpx.Client) -> dict[str, str]:
    answer = http.post("/api/v1/sessions", json={"login": "administrator", "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def draft(http: httpx.Client) -> dict[str, str]:
    """The key of a draft that is complete."""
    applicant = {"name": "Имя", "email": "a@example.org"}
    body = {"text": "Текст", "applicant": applicant, "rules_agreed": True}
    return {"X-Draft-Key": http.post("/api/v1/public/drafts", json=body).json()["key"]}


def things(http: httpx.Client) -> dict[str, Any]:
    """Ids that exist, for the addresses of the document."""
    headers = sign_in(http) | {"Idempotency-Key": "made for all"}
    body = {"channel": "phone", "text": "Текст", "applicant": {"name": "Имя", "email": "a@example.org"}}
    message = http.post("/api/v1/messages", headers=headers, json=body).json()["id"]
    headers["Idempotency-Key"] = "a call for all"
    call = http.post("/api/v1/calls", headers=headers, json={"way": "phone"}).json()["id"]
    headers["Idempotency-Key"] = "a file for all"
    params = {"name": "a.txt"}
    file = http.post("/api/v1/attachments", headers=headers, params=params, content=b"text").json()["id"]
    return {
        "message_id": message,
        "file_id": file,
        "call_id": call,
        "number": 105,
        "organisation_id": "branch",
        "region": "RU-KL",
        "code": "roads",
    }


def attack(operation: Any, base: str, http: httpx.Client, known: dict[str, Any]) -> None:
    """Odd requests to one endpoint; each second one to something that exists."""
    for mode in GenerationMode:
        with contextlib.suppress(Unsatisfiable, SkipTest):  # nothing about it can be wrong
            attack_in_mode(operation, mode, base, http, known)


def attack_in_mode(operation: Any, mode: GenerationMode, base: str, http: httpx.Client, known: dict[str, Any]) -> None:
    """Requests that keep to the document, or that do not."""
    signs_out = operation.path.endswith("/sessions/current")
    standing = sign_in(http)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def once(case: Any) -> None:
        number = next(_keys)
        headers = (sign_in(http) if signs_out else standing) | {"Idempotency-Key": f"key {number}"}
        if number % 2 and "/drafts/current" in operation.path:
            headers |= draft(http)
        if number % 2 and case.path_parameters:
            for name in case.path_parameters:
                case.path_parameters[name] = known.get(name, case.path_parameters[name])
        answer = case.call(base_url=base, headers=headers, timeout=20)
        case.validate_response(answer, checks=CHECKS)

    once()
