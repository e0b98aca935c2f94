"""A new revision published while 1,000 messages run changes what its preview said and nothing else, and is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import load_directory, touch
from tests.product import Product

pytestmark = pytest.mark.anyio

SUBCATEGORIES = ("no_answer", "pharmacies", "benefits", "queue", "milk_kitchen", "equipment", "record", "care")
RUNNING = 1000
ORDER = {"act": "S0", "issuer": "Минздрав", "order_number": "15пр", "signed_on": "2026-01-12", "title": "Об изменениях"}


def copies(running: Product, message: str, count: int) -> None:
    """As many running messages more, alike but for id, number and subcategory."""
    columns = {
        table: ", ".join(f'"{column.name}"' for column in table.columns if column.name not in ("id", "number"))
        for table in (t.message, t.message_case)
    }
    with running.engine.begin() as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE made (n int, id uuid) ON COMMIT DROP"))
        fill = "INSERT INTO made SELECT n, gen_random_uuid() FROM generate_series(1, :count) n"
        connection.execute(sa.text(fill), {"count": count})
        for table, names in columns.items():
            copy = (
                f"INSERT INTO {table.name} (id, number, {names}) SELECT made.id, 'К-' || made.n, {names} "
                f"FROM made, (SELECT {names} FROM {table.name} WHERE id = :message) one"
            )
            connection.execute(sa.text(copy), {"message": message})
        spread = (
            "UPDATE message_case SET subcategory = (CAST(:codes AS text[]))[1 + made.n % :many] "
            "FROM made WHERE made.id = message_case.id"
        )
        codes = [f"medicine.{short}" for short in SUBCATEGORIES]
        connection.execute(sa.text(spread), {"codes": codes, "many": len(codes)})


def cases(running: Product) -> dict[str, dict[str, Any]]:
    return {row["number"]: row for row in running.rows("SELECT * FROM message_case")}


def routes(running: Product) -> dict[str, tuple[object, ...]]:
    """What the directory of this instant says of each running message: who answers, and whether others may have its subcategory."""
    with running.engine.connect() as connection:
        directory = load_directory(connection)
    return {
        number: (
            directory.responsible.get(row["subcategory"]),
            directory.is_subcategory(row["subcategory"], row["category"]),
            directory.term_days(row["category"], row["subcategory"], 30),
        )
        for number, row in cases(running).items()
        if row["closed_at"] is None
    }


async def write(running: Product, login: str, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    headers = await running.headers(login, str(uuid4()))
    answer = await running.http.request(method, f"/api/v1{path}", headers=headers, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def prepared(running: Product) -> None:
    """A second administrator, the annex's subcategories, and 1,000 messages that run."""
    with running.engine.begin() as connection:
        second = {"role": "administrator", "organisation": "ministry", "subtree": True}
        connection.execute(sa.insert(t.grant).values(person=running.people["chief"], **second))
        for short in SUBCATEGORIES[1:]:
            values = {"code": f"medicine.{short}", "parent": "medicine", "title": short}
            connection.execute(sa.insert(t.category).values(values))
        touch(connection)
    copies(running, await running.accepted(), RUNNING - 1)


@pytest.mark.requirement("S0-04")
async def test_revision_published_while_messages_run_changes_what_its_preview_said_and_is_taken_back(
    running: Product,
) -> None:
    await prepared(running)
    draft = await write(running, "administrator", "POST", "/annexes", ORDER | {"kind": "categories"})
    lines = [
        {"category": line["category"], "title": line["title"], "responsible": line["responsible"]}
        for line in draft["lines"]
        if line["title"] != "Льготы"
    ]
    for line in lines:
        if line["title"] in ("Аптеки", "Недозвон в медицинскую организацию"):
            line["responsible"] = ["quality", "adults"]
    content = {"version": draft["version"], "lines": lines}
    draft = await write(running, "administrator", "PUT", f"/annexes/{draft['id']}/content", content)
    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    before, routed_before = cases(running), routes(running)

    today = str(datetime.now(ZoneInfo("Europe/Moscow")).date())
    body = {"version": draft["version"], "valid_from": today, "seen": preview["seen"]}
    await write(running, "chief", "POST", f"/annexes/{draft['id']}/publication", body)

    routed = routes(running)
    moved = {number for number in routed if routed[number] != routed_before[number]}
    foretold = {one["code"]: one["touched"] for one in preview["differences"]}
    assert preview["running"] == len(before) == RUNNING
    assert set(foretold) == {"medicine.benefits", "medicine.pharmacies", "medicine.no_answer"}
    assert len(moved) == preview["touched"] == sum(foretold.values()) > 300
    assert {before[number]["subcategory"] for number in moved} == set(foretold)
    assert {one["number"] for one in preview["messages"]} <= moved
    assert cases(running) == before, "terms, stages, holders and revisions stay"

    one = next(row for row in before.values() if row["subcategory"] == "medicine.no_answer" and row["started_run_at"])
    await running.decide("coordinator", one["id"], "assign", executor=running.people["executor"])
    assert running.case(one["id"])["due_at"] == one["due_at"]
    late = await running.register()
    refused = await running.try_to(
        "moderator", late, "accept", category="medicine", subcategory="medicine.benefits", organisation="polyclinic"
    )
    assert refused.status_code == 422, "what is listed no more is given to no new message"

    path = f"/annexes/{draft['id']}/withdrawal"
    seen = (await running.get("chief", path)).json()["seen"]
    await write(running, "chief", "POST", path, {"reason": "Ошибка в строках", "seen": seen})

    now = routes(running)
    assert {number: now[number] for number in routed_before} == routed_before
    await running.accept(late, subcategory="medicine.benefits")
