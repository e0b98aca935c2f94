"""What organisations tell the public: written by their administrators, read without sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.public_pages import version
from storage.reference import touch
from tests.api_writing.alone import alone
from tests.api_writing.test_reference import changes, outcome, send
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

PAGE: dict[str, Any] = {
    "full_name": "Государственное учреждение «Городская поликлиника»",
    "phones": [{"title": "Регистратура", "number": "+7 84722 0-00-00", "hours": "8:00–20:00"}],
    "hours": [{"days": "Понедельник – пятница", "hours": "8:00–20:00"}],
    "writing_ways": [
        {"title": "Через форму на сайте", "text": "Нужна электронная почта.", "link": "https://a.example/w"}
    ],
    "responsible": [{"position": "Заместитель главного врача", "about": "Жалобы"}],
    "reception": [{"position": "Главный врач", "days": "Вторник", "hours": "15:00–17:00"}],
    "controlling_bodies": [{"name": "Росздравнадзор", "phone": "8 800 000-00-00"}],
    "how_to_contest": "В вышестоящий орган или в суд.",
    "samples": [{"title": "Образец обращения", "text": "Главному врачу от …"}],
    "orders": [{"title": "Порядок рассмотрения", "number": "7", "signed_on": "2024-01-09"}],
}

SEEN = {"version": version({})}
"""Of a page that nobody has written yet."""


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`head3` is administrator of the polyclinic alone."""
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            values = {"person": found.people["head3"], "role": "administrator", "organisation": "polyclinic"}
            connection.execute(sa.insert(t.grant).values(values))
            touch(connection)
        yield found


async def test_page_is_written_by_its_administrator_and_read_by_everybody(running: Product) -> None:
    await send(running, "head3", "PATCH", "/organisations/polyclinic", {"contacts": {"address": "ул. Ленина, 1"}})

    written = await send(running, "head3", "PUT", "/organisations/polyclinic/page", PAGE | SEEN)
    found = (await running.http.get("/api/v1/organisations/polyclinic/public")).json()

    assert written.status_code == 200, written.text
    assert found["title"] == "Городская поликлиника"
    assert found["contacts"]["address"] == "ул. Ленина, 1"
    for name, value in PAGE.items():
        given = value if isinstance(value, str) else [found["page"][name][0] | one for one in value]
        assert found["page"][name] == given
    assert [one["number"] for one in found["orders"]] == ["7", "134"]


async def test_page_that_nobody_wrote_is_empty_and_an_unknown_or_resting_organisation_has_none(
    running: Product,
) -> None:
    await send(running, "administrator", "PATCH", "/organisations/transport", {"active": False})

    answers = [
        await running.http.get(f"/api/v1/organisations/{one}/public") for one in ("branch", "nowhere", "transport")
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert answers[0].json()["page"]["responsible"] == []


async def test_administrators_read_and_change_the_page_of_an_organisation_that_rests(running: Product) -> None:
    await send(running, "administrator", "PATCH", "/organisations/transport", {"active": False})
    path = "/organisations/transport/page"

    before = await running.get("administrator", path)
    seen = {"version": before.json()["version"]}
    written = await send(running, "administrator", "PUT", path, {"how_to_find": "Автобус 5."} | seen)
    after = await running.get("administrator", path)
    others = [(await running.get(login, path)).status_code for login in ("head3", "executor")]
    unknown = await running.get("administrator", "/organisations/nowhere/page")

    assert (before.status_code, written.status_code) == (200, 200)
    assert (after.json()["how_to_find"], after.json()["version"]) == ("Автобус 5.", written.json()["version"])
    assert (others, unknown.status_code) == ([404, 403], 404)


async def test_page_written_again_replaces_the_old_one_which_the_log_keeps(running: Product) -> None:
    path = "/organisations/polyclinic/page"
    written = (await send(running, "head3", "PUT", path, PAGE | SEEN)).json()

    without = await outcome(running, "head3", "PUT", path, {"full_name": "Вслепую"})
    late = await outcome(running, "head3", "PUT", path, SEEN | {"full_name": "Поздно"})
    await send(running, "head3", "PUT", path, {"full_name": "Иное", "version": written["version"]})

    assert (without, late) == ((422, "invalid_request"), (409, "page_stale"))
    found = (await running.http.get("/api/v1/organisations/polyclinic/public")).json()
    assert (found["page"]["full_name"], found["page"]["phones"]) == ("Иное", [])
    first, second = changes(running)
    assert (first["kind"], first["subject"], first["before"]) == ("organisation_page", "polyclinic", None)
    assert second["before"]["content"]["phones"][0]["title"] == "Регистратура"


@pytest.mark.parametrize(
    ("login", "organisation", "body", "expected"),
    [
        ("head3", "ministry", PAGE, (403, "beyond_scope")),
        ("executor", "polyclinic", PAGE, (403, "action_forbidden")),
        ("administrator", "nowhere", PAGE, (404, "not_found")),
        ("head3", "polyclinic", {"phones": [{"title": "Без номера"}]}, (422, "invalid_request")),
        ("head3", "polyclinic", {"orders": [{"title": "О", "link": "javascript:alert(1)"}]}, (422, "invalid_request")),
        ("head3", "polyclinic", {"how_to_contest": "я" * 6001}, (422, "invalid_request")),
    ],
)
async def test_page_is_refused_with_its_reason(
    running: Product, login: str, organisation: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await outcome(running, login, "PUT", f"/organisations/{organisation}/page", SEEN | body) == expected
    assert changes(running) == []


async def test_category_carries_a_hint_for_applicants(running: Product) -> None:
    await send(running, "administrator", "PATCH", "/categories/medicine.vaccination", {"hint": "Запись на прививку"})

    found = (await running.get("administrator", "/categories")).json()["items"]

    hints = {one["code"]: one["hint"] for one in found}
    assert hints["medicine.vaccination"] == "Запись на прививку"
    assert hints["roads"] == ""
