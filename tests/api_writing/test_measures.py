"""Orders and what they ask to be done: kept by administrators, done with evidence, read by heads, seen by whoever controls them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.api_writing.alone import NOON, alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

TOMORROW = (NOON + timedelta(days=1)).date().isoformat()
LONG_AGO = "2024-02-01"
SITE = {"link": "https://minzdrav.example/documents/1031"}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`administrator` has everything; `curator` is administrator of the polyclinic alone; `chief` controls the order S0."""
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            grant = {"person": found.people["curator"], "role": "administrator", "organisation": "polyclinic"}
            connection.execute(sa.insert(t.grant).values(grant))
            touch(connection)
        order = {
            "code": "S0",
            "title": "Об организации работы с сообщениями граждан",
            "body": "Министерство здравоохранения",
            "number": "1031пр",
            "signed_on": "2021-08-11",
            "controller": found.people["chief"],
        }
        assert (await send(found, "administrator", "POST", "/orders", order)).status_code == 201
        yield found


async def send(running: Product, login: str, method: str, path: str, body: Any = None) -> httpx.Response:
    return await running.http.request(
        method, f"/api/v1{path}", headers=await running.headers(login), json=body if body is not None else None
    )


async def refused(running: Product, login: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await send(running, login, method, path, body)
    return answer.status_code, answer.json()["code"]


async def measure(running: Product, **fields: Any) -> dict[str, Any]:
    """A measure of S0 that `executor` of the polyclinic has to do by tomorrow."""
    body = {"kind": "publish", "title": "Разместить приказ", "clause": "S0, п. 5", "organisation": "polyclinic"}
    known = {"person": running.people["executor"], "due_on": TOMORROW}
    made = await send(running, "administrator", "POST", "/orders/S0/measures", body | known | fields)
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()
    return shown


async def seen(running: Product, login: str, **query: Any) -> list[int]:
    answer = await running.get(login, "/orders/S0/measures", **query)
    return [one["id"] for one in answer.json()["measures"]]


async def test_shipped_list_names_what_the_orders_ask_for(running: Product) -> None:
    listed = (await running.get("administrator", "/orders/S0/listed-measures")).json()

    assert {one["kind"]["code"] for one in listed} == {"job_regulations", "access", "publish", "acquaint", "train"}
    assert all(one["clause"].startswith("S0, ") for one in listed)
    sessions = (await running.get("administrator", "/orders/S1/listed-measures")).json()
    assert [one["kind"]["code"] for one in sessions] == ["publish", "session"]
    assert [one["kind"]["code"] for one in (await running.get("head", "/orders/S2/listed-measures")).json()] == [
        "register"
    ]


async def test_measure_is_done_with_evidence_by_whoever_is_responsible(running: Product) -> None:
    made = await measure(running)
    path = f"/measures/{made['id']}/done"

    waits = (await running.get("executor", "/measures")).json()["to_do"]
    without = await refused(running, "executor", "POST", path, {})
    done = await send(running, "executor", "POST", path, SITE)
    again = await refused(running, "executor", "POST", path, SITE)

    assert [one["id"] for one in waits] == [made["id"]]
    assert without == (422, "evidence_missing")
    assert (done.status_code, done.json()["link"]) == (200, SITE["link"])
    assert done.json()["done_by"]["number"] == running.people["executor"]
    assert done.json()["done_at"] is not None
    assert again == (409, "measure_over")
    assert (await running.get("executor", "/measures")).json()["to_do"] == []


async def test_measure_without_a_name_waits_for_the_head_of_the_unit_or_of_the_organisation(running: Product) -> None:
    unit = {"id": "staff", "organisation": "polyclinic", "title": "Отдел кадров", "head": running.people["executor2"]}
    assert (await send(running, "administrator", "POST", "/units", unit)).status_code == 201

    of_unit = await measure(running, kind="job_regulations", unit="staff", person=None)
    of_organisation = await measure(running, kind="train", person=None)

    async def mine(login: str) -> list[int]:
        return [one["id"] for one in (await running.get(login, "/measures")).json()["to_do"]]

    assert await mine("executor2") == [of_unit["id"]]
    assert await mine("head") == await mine("head2") == [of_organisation["id"]]
    assert await mine("head3") == await mine("head_transport") == [], "a head for some categories does not lead here"


async def test_overdue_measures_are_told_to_whoever_controls_the_order(running: Product) -> None:
    late, in_time = await measure(running, due_on=LONG_AGO), await measure(running)
    other = await measure(running, organisation="transport", person=running.people["executor_transport"])

    (order,) = (await running.get("chief", "/orders/controlled")).json()["orders"]

    assert (order["controlled"], order["open"], order["overdue"], order["done"]) == (True, 3, 1, 0)
    assert await seen(running, "chief") == [late["id"], in_time["id"], other["id"]]
    assert await seen(running, "chief", overdue=True) == [late["id"]]
    assert await seen(running, "curator") == [late["id"], in_time["id"]], "an administrator: of his organisations"
    assert await seen(running, "executor_transport") == [other["id"]]
    assert await seen(running, "operator") == []


async def test_heads_read_the_order_and_each_says_so_himself(running: Product) -> None:
    made = await measure(running, kind="acquaint")
    path = f"/measures/{made['id']}"

    asked = await send(
        running, "administrator", "POST", f"{path}/readers", {"organisations": ["polyclinic", "transport"]}
    )
    unread = (await running.get("head", "/measures")).json()["to_read"]
    early = await refused(running, "executor", "POST", f"{path}/done", SITE)
    stranger = await refused(running, "executor", "POST", f"{path}/acknowledge")
    for login in ("head", "head2", "head_transport"):
        assert (await send(running, login, "POST", f"{path}/acknowledge")).json()["to_read"] == []
    (first, *_) = (await running.get("chief", path)).json()["readers"]
    again = await send(running, "head", "POST", f"{path}/acknowledge")
    done = await send(running, "executor", "POST", f"{path}/done", {"evidence": "Лист ознакомления заполнен."})

    people = {one["person"]["number"]: one["organisation"]["code"] for one in asked.json()["readers"]}
    assert people == {
        running.people["head"]: "polyclinic",
        running.people["head2"]: "polyclinic",
        running.people["head_transport"]: "transport",
    }
    assert [(one["order"], one["number"]) for one in unread] == [("S0", "1031пр")]
    assert early == (409, "readers_left")
    assert stranger == (404, "not_found")
    assert first["acknowledged_at"] is not None
    readers = (await running.get("chief", path)).json()["readers"]
    assert readers[0]["acknowledged_at"] == first["acknowledged_at"], "a second press changes no date"
    assert again.status_code == 200
    assert (done.status_code, done.json()["acknowledged"], done.json()["asked"]) == (200, 3, 3)
    logged = running.rows("SELECT kind FROM reference_change WHERE kind = 'acknowledgement'")
    assert len(logged) == 6, "three were asked, three have read"


async def test_reader_who_is_head_no_more_is_released_unless_he_has_read(running: Product) -> None:
    made = await measure(running, kind="acquaint")
    path = f"/measures/{made['id']}"
    await send(running, "administrator", "POST", f"{path}/readers", {"organisations": ["polyclinic"]})
    await send(running, "head", "POST", f"{path}/acknowledge")

    for login in ("head", "head2"):
        number = running.people[login]
        assert (await send(running, "administrator", "POST", f"{path}/readers/{number}/release")).status_code == 200

    readers = (await running.get("administrator", path)).json()["readers"]
    assert [one["person"]["number"] for one in readers] == [running.people["head"]]


async def test_nobody_keeps_or_does_what_is_not_his(running: Product) -> None:
    made = await measure(running)
    path = f"/measures/{made['id']}"
    order = {"code": "S9", "title": "Приказ", "body": "Ведомство", "number": "1", "signed_on": "2026-01-01"}
    new = {"kind": "train", "title": "Обучить", "organisation": "transport", "due_on": TOMORROW}

    assert await refused(running, "curator", "POST", "/orders", order) == (403, "beyond_scope")
    assert await refused(running, "curator", "PATCH", "/orders/S0", {"number": "2"}) == (403, "beyond_scope")
    assert await refused(running, "curator", "POST", "/orders/S0/measures", new) == (403, "beyond_scope")
    assert await refused(running, "chief", "POST", "/orders/S0/measures", new) == (403, "action_forbidden")
    assert await refused(running, "executor2", "POST", f"{path}/done", SITE) == (404, "not_found")
    assert await refused(running, "chief", "POST", f"{path}/done", SITE) == (404, "not_found"), "he sees, others do"
    assert await refused(running, "executor", "PATCH", path, {"due_on": TOMORROW}) == (403, "action_forbidden")
    assert await refused(running, "executor", "POST", f"{path}/cancel", {"reason": "Нет"}) == (403, "action_forbidden")
    assert (await running.get("operator", path)).status_code == 404
    assert (await running.http.get("/api/v1/measures")).status_code == 401
    readers = {"organisations": ["polyclinic"]}
    assert await refused(running, "administrator", "POST", f"{path}/readers", readers) == (422, "no_reading")
    acquaint = await measure(running, kind="acquaint")
    elsewhere = {"organisations": ["transport"]}
    asked = await refused(running, "curator", "POST", f"/measures/{acquaint['id']}/readers", elsewhere)
    assert asked == (403, "beyond_scope")


async def test_measure_is_moved_to_another_and_cancelled_with_a_reason(running: Product) -> None:
    made = await measure(running)
    path = f"/measures/{made['id']}"

    moved = await send(running, "curator", "PATCH", path, {"person": running.people["executor2"], "due_on": LONG_AGO})
    gone = await send(running, "curator", "POST", f"{path}/cancel", {"reason": "Пункт отменён."})

    assert (moved.json()["person"]["number"], moved.json()["overdue"]) == (running.people["executor2"], True)
    assert (gone.json()["cancel_reason"], gone.json()["overdue"]) == ("Пункт отменён.", False)
    assert await refused(running, "executor2", "POST", f"{path}/done", SITE) == (409, "measure_over")
    changed = running.rows("SELECT after FROM reference_change WHERE kind = 'measure' ORDER BY id DESC LIMIT 1")
    assert changed[0]["after"]["cancel_reason"] == "Пункт отменён."


async def test_orders_in_force_are_told_to_everybody_without_names(running: Product) -> None:
    told = (await running.http.get("/api/v1/orders")).json()["orders"]
    await send(running, "administrator", "PATCH", "/orders/S0", {"active": False})
    after = (await running.http.get("/api/v1/orders")).json()["orders"]

    heads = [(one["code"], one["number"], one["signed_on"]) for one in told]
    assert heads == [("S0", "1031пр", "2021-08-11"), ("S2", "134", "2023-08-01")]
    assert "controller" not in told[0]
    assert [one["code"] for one in after] == ["S2"], "S2 is in force as the regulation"
