"""Whom to assign: out of the last assignments in the subcategory, by load, and nobody whom the rule would refuse."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.product import Product

pytestmark = pytest.mark.anyio


def subcategory(running: Product, title: str = "Новая подкатегория") -> str:
    """A new subcategory of medicine, in which nobody was assigned yet."""
    code = f"medicine.{uuid4().hex[:8]}"
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.category).values(code=code, parent="medicine", title=title))
        touch(connection)
    return code


async def arrived(running: Product, code: str, **fields: Any) -> str:
    message = await running.register(**fields)
    about = {"category": "medicine", "subcategory": code, "organisation": "polyclinic"}
    await running.decide("moderator", message, "accept", **about)
    return message


async def assigned(running: Product, code: str, login: str) -> str:
    message = await arrived(running, code)
    await running.decide("coordinator", message, "assign", executor=running.people[login])
    return message


async def suggested(running: Product, code: str, login: str = "coordinator") -> dict[str, dict[str, Any] | None]:
    answer = await running.get(login, "/messages", section="new", subcategory=code, suggest=True)
    assert answer.status_code == 200, answer.text
    return {row["id"]: row["suggestion"] for row in answer.json()["messages"]}


def names(found: dict[str, dict[str, Any] | None]) -> list[str]:
    return [one["person"]["name"].removeprefix("Сотрудник ") if one else "" for one in found.values()]


def load(running: Product, login: str) -> int:
    query = "SELECT count(*) AS held FROM message_case WHERE holder = :person AND closed_at IS NULL"
    return int(running.rows(query, person=running.people[login])[0]["held"])


async def test_person_of_the_last_assignments_is_suggested_with_his_load(running: Product) -> None:
    code = subcategory(running)
    for _ in range(2):
        await assigned(running, code, "executor")
    message = await arrived(running, code)

    found = await suggested(running, code)

    assert found == {
        message: {
            "person": {"number": running.people["executor"], "name": "Сотрудник executor"},
            "organisation": None,
            "action": "assign",
            "reason": None,
            "load": load(running, "executor"),
            "times": 2,
        }
    }


async def test_of_several_the_one_with_less_to_do_comes_first_and_suggestions_are_spread(running: Product) -> None:
    code = subcategory(running)
    for login in ("executor", "executor2"):
        await assigned(running, code, login)
    while load(running, "executor2") <= load(running, "executor"):
        await assigned(running, code, "executor2")
    less = load(running, "executor2") - load(running, "executor")
    for _ in range(less + 2):
        await arrived(running, code)

    found = names(await suggested(running, code))

    assert found[:less] == ["executor"] * less
    assert sorted(found[less:]) == ["executor", "executor2"]


async def test_nobody_is_suggested_where_nobody_was_assigned_yet(running: Product) -> None:
    code = subcategory(running)
    await arrived(running, code)

    assert names(await suggested(running, code)) == [""]


async def test_whom_the_rule_would_refuse_is_not_suggested(running: Product) -> None:
    code = subcategory(running)
    with running.engine.begin() as connection:
        values = {"role": "executor", "organisation": "polyclinic"}
        connection.execute(sa.insert(t.grant).values(person=running.people["head3"], **values))
        touch(connection)
    await assigned(running, code, "head3")
    await arrived(running, code)
    before = names(await suggested(running, code))

    with running.engine.begin() as connection:
        connection.execute(
            sa.delete(t.grant).where(t.grant.c.person == running.people["head3"], t.grant.c.role == "executor")
        )
        touch(connection)

    assert (before, names(await suggested(running, code))) == (["head3"], [""])


async def test_only_who_may_assign_is_given_suggestions(running: Product) -> None:
    code = subcategory(running)
    await assigned(running, code, "executor")
    message = await arrived(running, code)

    answer = await running.get("curator", "/messages", subcategory=code, suggest=True)

    row = next(row for row in answer.json()["messages"] if row["id"] == message)
    assert row["suggestion"] is None
