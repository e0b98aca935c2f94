"""Support requests through the API: kept, numbered, without applicants' contacts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product
from tests.storage.documents import photo

pytestmark = pytest.mark.anyio

ASKED: dict[str, Any] = {
    "cause": "Не открывается карточка",
    "essence": "Заявитель Иванова, 8 (917) 123-45-67, ivanova@mail.example: карточка 2026-0000123 не открылась.",
    "expected": "Открыть карточку",
    "context": {"number": "2026-0000123", "stage": "execution", "action": "submit_answer", "page": "/work/new"},
}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path, support_email="desk@support.example") as found:
        yield found


async def ask(running: Product, login: str = "executor", key: str | None = None, **more: Any) -> httpx.Response:
    return await running.http.post("/api/v1/support", headers=await running.headers(login, key), json=ASKED | more)


@pytest.mark.requirement("S2-60", "S3-75")
async def test_request_is_numbered_kept_and_names_who_asks(running: Product) -> None:
    answer = await ask(running)
    kept = (await running.get("executor", "/support")).json()

    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["number"] >= 1
    assert (told["name"], told["email"]) == ("Сотрудник executor", "executor@staff.example")
    assert (told["organisation"], told["cause"]) == ("Городская поликлиника", "Не открывается карточка")
    assert told["position"] == ""  # this account has none
    assert told["expected"] == "Открыть карточку"
    assert told["context"]["number"] == "2026-0000123"
    assert told["context"]["version"]
    assert kept["desk"]["email"] == "desk@support.example"
    assert [one["number"] for one in kept["requests"]] == [told["number"]]
    assert [row["kind"] for row in running.rows("SELECT kind FROM staff_mail")] == ["support"]


async def test_contacts_in_the_text_are_hidden_and_counted(running: Product) -> None:
    told = (await ask(running)).json()

    assert told["essence"] == "Заявитель Иванова, [скрыт номер], [скрыта почта]: карточка 2026-0000123 не открылась."
    assert told["hidden"] == 2


async def test_same_key_asks_once_and_another_text_under_it_is_refused(running: Product) -> None:
    key = str(uuid4())

    first, second = await ask(running, key=key), await ask(running, key=key)
    other = await ask(running, key=key, cause="Другое")

    assert first.json()["number"] == second.json()["number"]
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_requests_are_read_by_their_author_and_the_administrator_of_all(running: Product) -> None:
    await ask(running)

    seen = {
        login: len((await running.get(login, "/support")).json()["requests"])
        for login in ("executor", "executor2", "administrator")
    }

    assert seen == {"executor": 1, "executor2": 0, "administrator": 1}


@pytest.mark.parametrize(
    "context",
    [
        {"page": "/work?text=Иванова"},
        {"page": "https://evil.example"},
        {"number": "Иванова"},
        {"stage": "Иванова"},
        {"action": "Иванова"},
        {"incident": "Иванова"},
        {"applicant": "Иванова"},
    ],
)
async def test_context_takes_codes_alone(running: Product, context: dict[str, str]) -> None:
    answer = await ask(running, context=context)

    assert answer.status_code == 422
    assert running.rows("SELECT id FROM support_request") == []


async def upload(running: Product, content: bytes, name: str, login: str = "executor") -> str:
    answer = await running.http.post(
        "/api/v1/attachments", params={"name": name}, headers=await running.headers(login), content=content
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_screenshots_are_ones_own_pictures_each_named_once(running: Product) -> None:
    picture = await upload(running, photo("PNG"), "Снимок.png")
    others = await upload(running, photo("PNG"), "Снимок.png", "executor2")
    text = await upload(running, "Письмо".encode(), "Письмо.txt")

    refused = [
        await ask(running, screens=screens)
        for screens in ([others], [text], [picture, picture], [str(uuid4())], [picture] * 4)
    ]
    taken = await ask(running, screens=[picture])
    again = await ask(running, screens=[picture])

    codes = [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert codes == [
        (422, "file_unknown"),
        (422, "file_not_picture"),
        (422, "file_twice"),
        (422, "file_unknown"),
        (422, "invalid_request"),
    ]
    assert (taken.status_code, taken.json()["screens"]) == (201, 1)
    assert again.json()["code"] == "file_unknown", "it is the first request's"
    assert (await running.get("executor2", f"/attachments/{picture}")).status_code == 404


async def test_too_many_requests_are_refused(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.support.REQUESTS", 1)

    statuses = [(await ask(running)).status_code for _ in range(2)]

    assert statuses == [201, 429]


async def test_without_a_mailbox_the_request_is_kept_and_the_phone_is_told(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        with running.engine.begin() as connection:
            contacts = {"contacts": {"phone": "+78472200000"}}
            connection.execute(sa.update(t.organisation).where(t.organisation.c.id == "ministry").values(contacts))

        told = (await ask(running)).json()
        kept = (await running.get("executor", "/support")).json()

        assert (told["mailed"], len(running.rows("SELECT id FROM staff_mail"))) == (False, 1)
        assert kept["desk"] == {
            "email": None,
            "phone": "+78472200000",
            "organisation": "Министерство здравоохранения",
        }
        assert len(kept["requests"]) == 1
