"""Curators watch the work by category and the term of answers; whoever controls an order sees its process, in numbers alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio


def subcategory(running: Product) -> str:
    code = f"medicine.{uuid4().hex[:8]}"
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.category).values(code=code, parent="medicine", title=f"О {code}"))
        touch(connection)
    return code


async def arrived(running: Product, code: str, organisation: str = "polyclinic") -> str:
    message = await running.register(text=uuid4().hex, applicant={"email": f"{uuid4().hex}@example.org"})
    about = {"category": "medicine", "subcategory": code, "organisation": organisation}
    await running.decide("moderator", message, "accept", **about)
    return message


async def numbers(running: Product, login: str, code: str, **query: Any) -> dict[str, int] | None:
    answer = await running.get(login, "/oversight", **query)
    assert answer.status_code == 200, answer.text
    rows = answer.json()["rows"]
    found = next((row for row in rows if row["about"] and row["about"]["code"] == code), None)
    names = ("open", "due_soon", "overdue", "answered", "late")
    return {name: found[name] for name in names if found[name]} if found else None


def late(running: Product, message: str, *, answered: bool = False) -> None:
    """The answer was due, and perhaps came, yesterday."""
    running.write(
        "UPDATE message_case SET due_at = received_at + interval '1 millisecond', stage_due_at = NULL WHERE id = :id",
        id=message,
    )
    if answered:
        running.write(
            "UPDATE message_case SET stage = 'delivery', holder = NULL, outcome = 'answered', "
            "answered_at = received_at + interval '1 minute', closed_at = otklik_now() WHERE id = :id",
            id=message,
        )


@pytest.mark.requirement("S0-29")
async def test_curator_watches_each_category_and_whether_answers_go_out_in_time(running: Product) -> None:
    one, other = subcategory(running), subcategory(running)
    waits, overdue, answered = [await arrived(running, one) for _ in range(3)]
    elsewhere = await arrived(running, other, "transport")
    late(running, overdue)
    late(running, answered, answered=True)

    told = await numbers(running, "curator", one)
    by_place = await numbers(running, "curator", "polyclinic", by="organisation")
    here = await numbers(running, "curator", one, organisation="polyclinic")
    below = await numbers(running, "curator", one, organisation="branch")
    async with running.browse("curator") as browser:
        page = await browser.get("/oversight")
        listed = await browser.get(f"/work/overdue?subcategory={one}")
        opened = await browser.get(f"/work?sort=due&subcategory={one}")

    assert told == here == {"open": 2, "overdue": 1, "answered": 1, "late": 1}
    assert by_place is not None
    assert by_place["overdue"] >= 1
    assert below is None
    assert await numbers(running, "curator", other) is None, f"{elsewhere} lies beyond what he oversees"
    assert f'href="/work/overdue?subcategory={one}"' in page.text
    numbers_of = {message: running.case(message)["number"] for message in (waits, overdue)}
    assert numbers_of[overdue] in listed.text
    assert numbers_of[waits] not in listed.text
    assert all(number in opened.text for number in numbers_of.values())


async def test_nobody_but_curators_reads_the_numbers(running: Product) -> None:
    for login in ("coordinator", "executor", "head", "administrator", "operator"):
        answer = await running.get(login, "/oversight")
        assert (answer.status_code, answer.json()["code"]) == (403, "curators_only")
    assert (await running.http.get("/api/v1/oversight")).status_code == 401


@pytest.mark.requirement("S0-19")
async def test_whoever_controls_the_order_sees_measures_and_the_process_of_its_categories_on_one_page(
    running: Product,
) -> None:
    await running.measure()
    order = {"code": "S0", "title": "О сообщениях граждан", "body": "Министерство", "number": "1031пр"}
    more = {"signed_on": "2021-08-11", "controller": running.people["chief"]}
    made = await running.http.post("/api/v1/orders", headers=await running.headers("administrator"), json=order | more)
    assert made.status_code == 201, made.text
    due = {"kind": "train", "title": "Обучить координаторов", "organisation": "polyclinic", "due_on": "2024-02-01"}
    path = "/api/v1/orders/S0/measures"
    assert (await running.http.post(path, headers=await running.headers("administrator"), json=due)).status_code == 201
    late(running, await running.accepted())

    process = (await running.get("chief", "/orders/S0/process")).json()
    refused = await running.get("curator", "/orders/S0/process")
    async with running.browse("chief") as browser:
        said = words(await browser.get("/measures/orders/S0"))

    assert "polyclinic" in {row["about"]["code"] for row in process["by_organisation"]}
    row = next(row for row in process["by_category"] if row["about"]["code"] == "medicine.no_answer")
    assert row["overdue"] >= 1
    assert (refused.status_code, refused.json()["code"]) == (403, "controller_only")
    assert "Ждут исполнения 1 Просрочено 1" in said
    assert "Ход работы с сообщениями" in said
    assert "Недозвон в медицинскую организацию" in said


@pytest.mark.requirement("S0-17")
async def test_order_s0_is_public_with_its_role_model_and_who_answers(running: Product) -> None:
    order = (await running.http.get("/api/v1/orders/S0")).json()
    async with running.browse() as browser:
        said = words(await browser.get("/orders/S0"))

    assert order["number"] == "1031пр"
    assert len(order["categories"][0]["subcategories"]) == 30
    assert "Приложение № 1. Ролевая модель" in said
    assert "Распределение сообщений на исполнителей в рамках организации" in said
    milk = "Молочная кухня начальник отдела организации медицинской помощи детям и службы родовспоможения; руководители"
    assert milk in said
    assert "Сотрудник" not in said
