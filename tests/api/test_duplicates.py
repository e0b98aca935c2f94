"""Likely duplicates: found by contact or text, near in time and matter, and told to who may see both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio

TEXT = (
    "Третий день не могу дозвониться в регистратуру поликлиники на улице Ленина. Трубку никто не берёт, на сайте записи нет, "
    "а ребёнку нужен врач. Прошу разобраться и ответить."
)


def words() -> str:
    """A text like no other."""
    return " ".join(f"к{uuid4().hex[:6]}" for _ in range(15))


def mail() -> str:
    return f"{uuid4().hex}@example.org"


async def accepted(running: Product, category: str = "medicine", **fields: Any) -> str:
    message = await running.register(**fields)
    subcategory = {"medicine": "medicine.no_answer", "roads": "roads.bus"}[category]
    about = {"category": category, "subcategory": subcategory, "organisation": "polyclinic"}
    await running.decide("moderator", message, "accept", **about)
    return message


async def told(running: Product, login: str, message: str) -> dict[str, list[str]]:
    """The duplicates of the message as the card tells them; the row of the list tells the same."""
    card = (await running.get(login, f"/messages/{message}")).json()
    number = card["number"]
    (row,) = (await running.get(login, "/messages", number=number, duplicates=True)).json()["messages"]
    assert row["duplicates"] == card["duplicates"]
    return {one["id"]: [same["code"] for same in one["same"]] for one in card["duplicates"]}


async def test_messages_of_one_applicant_about_one_thing_are_told_to_who_sees_contacts(running: Product) -> None:
    email = mail()
    first = await accepted(running, text=words(), applicant={"name": "А", "email": email})
    second = await accepted(running, text="Совсем другое дело и другие слова.", applicant={"name": "Б", "email": email})

    assert await told(running, "coordinator", first) == {second: ["contact"]}
    assert await told(running, "coordinator", second) == {first: ["contact"]}
    assert await told(running, "curator", first) == {}


async def test_telephone_counts_like_the_address(running: Product) -> None:
    phone = f"+7900{uuid4().int % 10**7:07d}"
    first = await accepted(running, text="Слова.", applicant={"name": "А", "phone": phone})
    second = await accepted(running, text="Иное.", applicant={"name": "Б", "phone": phone, "email": mail()})

    assert await told(running, "coordinator", first) == {second: ["contact"]}


async def test_near_identical_texts_of_two_applicants_are_told_to_who_sees_both(running: Product) -> None:
    first = await accepted(running, text=TEXT, applicant={"email": mail()})
    second = await accepted(running, text=TEXT.replace("Третий", "Четвёртый").upper(), applicant={"email": mail()})
    other = await accepted(running, text=words(), applicant={"email": mail()})

    for login in ("coordinator", "curator"):
        assert (await told(running, login, first))[second] == ["text"]
        assert other not in await told(running, login, first)
    moderator = (await running.get("moderator", f"/messages/{first}")).json()
    assert moderator["duplicates"] == []


async def test_same_words_about_another_thing_are_no_duplicate_unless_the_place_is_the_same(running: Product) -> None:
    text = words()
    one = await accepted(running, text=text, applicant={"email": mail()})
    other = await accepted(running, "roads", text=text, applicant={"email": mail()})
    here = await accepted(running, text=text, applicant={"email": mail()}, location="Ленина, 5")
    there = await accepted(running, "roads", text=text, applicant={"email": mail()}, location="ленина, 5")

    assert set(await told(running, "coordinator", one)) == {here}
    assert set(await told(running, "coordinator", here)) == {one, there}
    assert set(await told(running, "coordinator", other)) == {there}


async def test_what_came_weeks_before_is_no_duplicate(running: Product) -> None:
    text, now = words(), datetime.now(UTC)
    old = await accepted(
        running, text=text, applicant={"email": mail()}, received_at=(now - timedelta(days=15)).isoformat()
    )
    near = await accepted(
        running, text=text, applicant={"email": mail()}, received_at=(now - timedelta(days=13)).isoformat()
    )
    new = await accepted(running, text=text, applicant={"email": mail()})

    assert set(await told(running, "coordinator", new)) == {near}
    assert set(await told(running, "coordinator", near)) == {new, old}


async def test_message_of_another_organisation_is_not_told(running: Product) -> None:
    text, email = words(), mail()
    ours = await accepted(running, text=text, applicant={"email": email})
    theirs = await running.register(text=text, applicant={"email": email})
    about = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "transport"}
    await running.decide("moderator", theirs, "accept", **about)

    assert await told(running, "coordinator", ours) == {}
    assert await told(running, "coordinator_transport", theirs) == {}


async def test_row_tells_duplicates_only_when_asked(running: Product) -> None:
    text = words()
    first, second = [await accepted(running, text=text, applicant={"email": mail()}) for _ in range(2)]
    number = running.case(first)["number"]

    (row,) = (await running.get("coordinator", "/messages", number=number)).json()["messages"]

    assert row["duplicates"] == []
    assert set(await told(running, "coordinator", first)) == {second}
