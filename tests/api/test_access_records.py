"""Who opened what: recorded once a reading, and read by the curators of where it lay."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.api.test_similar import answered
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def records(running: Product, message: str, login: str = "curator", **query: Any) -> list[dict[str, Any]]:
    answer = await running.get(login, "/access-records", message=message, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["records"]
    return found


def told(running: Product, found: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """Oldest first: who, what, with a task or without."""
    logins = {number: login for login, number in running.people.items()}
    return [(logins[one["person"]["number"]], one["opened"]["code"], one["with_task"]) for one in found[::-1]]


async def opens(running: Product, login: str, path: str) -> None:
    answer = await running.get(login, path)
    assert answer.status_code == 200, answer.text


async def test_opening_card_contacts_and_file_is_recorded_with_who_when_and_what(running: Product) -> None:
    answer = await running.http.post(
        "/api/v1/attachments", params={"name": "Снимок.pdf"}, headers=await running.headers("operator"), content=PDF
    )
    file = answer.json()["id"]
    message = await running.in_work(files=[file])

    await opens(running, "executor", f"/messages/{message}")
    await opens(running, "executor", f"/messages/{message}/contacts")
    await opens(running, "executor", f"/attachments/{file}")

    found = await records(running, message, everything=True)
    assert told(running, found) == [
        ("executor", "card", True),
        ("executor", "contacts", True),
        ("executor", "file", True),
    ]
    assert [one["file"] for one in found] == [file, None, None]
    assert {one["organisation"]["code"] for one in found} == {"polyclinic"}
    assert {one["number"] for one in found} == {running.case(message)["number"]}
    assert found[0]["at"] > found[1]["at"] > found[2]["at"]


async def test_reading_similar_answers_is_recorded_with_the_task_for_which_they_were_read(running: Product) -> None:
    text = "Не выдают справку о прививках ребёнка."
    theirs = await answered(running, text, "Справка готова, её выдаёт прививочный кабинет.")
    message = await running.in_work(text=text)

    for login in ("executor", "executor", "coordinator"):
        await opens(running, login, f"/messages/{message}/similar")

    assert told(running, await records(running, theirs, everything=True)) == [
        ("executor", "answer", True),
        ("coordinator", "answer", False),
    ]
    assert await records(running, message, everything=True) == []


async def test_reading_on_after_the_task_has_ended_is_another_reading(running: Product) -> None:
    message = await running.accepted()

    await opens(running, "coordinator", f"/messages/{message}")
    await opens(running, "coordinator", f"/messages/{message}")
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    await opens(running, "coordinator", f"/messages/{message}")

    found = await records(running, message, everything=True)
    assert told(running, found) == [("coordinator", "card", True), ("coordinator", "card", False)]


async def test_reading_without_a_task_is_what_the_curator_is_shown(running: Product) -> None:
    message = await running.submitted()

    for login in ("coordinator", "executor", "head", "head2", "operator", "administrator", "curator"):
        await opens(running, login, f"/messages/{message}")

    assert told(running, await records(running, message)) == [
        ("coordinator", "card", False),
        ("operator", "card", False),
        ("administrator", "card", False),
        ("curator", "card", False),
    ]
    assert len(await records(running, message, everything=True)) == 7


async def test_pool_has_the_task_together_and_loses_it_with_the_message(running: Product) -> None:
    message = await running.register(organisation="polyclinic")
    await opens(running, "moderator", f"/messages/{message}")
    await running.accept(message)
    await opens(running, "coordinator", f"/messages/{message}")
    await opens(running, "operator", f"/messages/{message}")

    found = await records(running, message, everything=True)

    assert told(running, found) == [("coordinator", "card", True), ("operator", "card", False)], (
        "not the root's reading"
    )


async def test_journal_is_part_of_the_card_and_reading_on_is_recorded_once(
    running: Product, shared_database: Database
) -> None:
    message = await running.in_work()

    await opens(running, "coordinator", f"/messages/{message}/journal")
    for _ in range(3):
        await opens(running, "coordinator", f"/messages/{message}")
    once = await records(running, message)
    shared_database.shift_clock(11 * 60)
    await opens(running, "coordinator", f"/messages/{message}")
    shared_database.shift_clock(0)

    assert told(running, once) == [("coordinator", "card", False)]
    assert len(await records(running, message)) == 2


async def test_card_that_stays_open_is_one_reading_however_often_it_is_read_anew(
    running: Product, shared_database: Database
) -> None:
    message = await running.in_work()
    await opens(running, "coordinator", f"/messages/{message}")
    for seconds in range(0, 20 * 60, 40):
        shared_database.shift_clock(seconds)
        await running.http.put(f"/api/v1/messages/{message}/presence", headers=await running.headers("coordinator"))
    await opens(running, "coordinator", f"/messages/{message}")

    while_open = await records(running, message)
    shared_database.shift_clock(22 * 60)
    await opens(running, "coordinator", f"/messages/{message}")
    shared_database.shift_clock(0)

    assert told(running, while_open) == [("coordinator", "card", False)]
    assert len(await records(running, message)) == 2, "it was closed in between"


async def test_what_was_refused_is_not_recorded(running: Product) -> None:
    message = await running.in_work()

    await running.get("head_transport", f"/messages/{message}")
    await running.get("curator", f"/messages/{message}/contacts")

    assert await records(running, message, everything=True) == []


@pytest.mark.parametrize("login", ["coordinator", "head", "executor", "administrator", "moderator", "operator"])
async def test_only_curators_read_the_records(running: Product, login: str) -> None:
    answer = await running.get(login, "/access-records")

    assert (answer.status_code, answer.json()["code"]) == (403, "curators_only")


async def test_curator_reads_of_his_own_organisations_and_categories_alone(running: Product) -> None:
    with running.engine.begin() as connection:
        values = {"role": "curator", "organisation": "ministry", "subtree": True, "categories": ["roads"]}
        connection.execute(sa.insert(t.grant).values(person=running.people["head_transport"], **values))
        touch(connection)
    medicine = await running.in_work()
    road = await running.register()
    await running.accept(road, category="roads", subcategory="roads.bus", organisation="transport")
    for message in (medicine, road):
        await opens(running, "operator", f"/messages/{message}")

    assert [len(await records(running, one)) for one in (medicine, road)] == [1, 0]
    assert [len(await records(running, one, "head_transport")) for one in (medicine, road)] == [0, 1]


async def test_pages_of_records_follow_one_another(running: Product) -> None:
    message = await running.submitted()
    for login in ("coordinator", "operator", "administrator", "curator"):
        await opens(running, login, f"/messages/{message}")

    seen, cursor = [], None
    while True:
        query = {"message": message, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await running.get("curator", "/access-records", **query)).json()
        seen += page["records"]
        if (cursor := page["next"]) is None:
            break

    assert [one["id"] for one in seen] == [one["id"] for one in await records(running, message)]
    assert len(await records(running, message, person=running.people["operator"])) == 1


async def test_records_cannot_be_changed_by_the_application(running: Product) -> None:
    with running.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        connection.execute(sa.text("UPDATE access_record SET with_task = true"))
