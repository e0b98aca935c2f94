"""«Забыли код»: the answer tells nobody whether there is such a message, and asking is bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from api import tracking
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as found:
        yield found


async def ask(running: Product, number: str, email: str) -> httpx.Response:
    return await running.http.post("/api/v1/track/code", json={"number": number, "email": email})


async def test_answer_is_the_same_whether_there_is_such_a_message_or_not(running: Product) -> None:
    number = running.case(await running.register())["number"]

    answers = [
        await ask(running, given, email)
        for given, email in (
            (f"№ {number}", "Applicant@Example.org"),
            (number, "other@example.org"),
            ("1999-0000001", "a@b.example"),
        )
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert {answer.content for answer in answers} == {b""}
    ordered = running.rows("SELECT kind, number FROM short_letter ORDER BY created_at")
    assert ordered[0] == {"kind": "tracking_code", "number": number}
    assert len(ordered) == 3
    assert running.rows("SELECT code_issue FROM message") == [{"code_issue": 1}]


async def test_asked_for_address_is_sealed_in_the_record(running: Product) -> None:
    await ask(running, "1999-0000001", "applicant@example.org")

    [row] = running.rows("SELECT recipient FROM short_letter")

    assert b"applicant" not in bytes(row["recipient"])


@pytest.mark.parametrize("limit", ["LOST_CODES", "LOST_CODES_FROM_ADDRESS"])
async def test_asking_is_bounded_by_message_and_by_address(
    running: Product, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(tracking, limit, 1)

    answers = [await ask(running, "1999-0000001", "applicant@example.org") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 429]
    assert len(running.rows("SELECT * FROM short_letter")) == 1


@pytest.mark.parametrize(
    "body", [{}, {"number": "1"}, {"number": "1", "email": "не адрес"}, {"number": "", "email": "a@b.example"}]
)
async def test_question_of_another_shape_is_refused(running: Product, body: dict[str, Any]) -> None:
    assert (await running.http.post("/api/v1/track/code", json=body)).status_code == 422
