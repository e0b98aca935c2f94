"""Of whom a message complains: kept sealed or as a number, shown to whom it concerns, and left out of what may be chosen. G-06."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.product import Product

pytestmark = pytest.mark.anyio

TITLE = "медсестра процедурного кабинета Щукина"


async def card(running: Product, login: str, message: str) -> Mapping[str, Any]:
    answer = await running.get(login, f"/messages/{message}")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


def field(shown: Mapping[str, Any], action: str, name: str) -> Mapping[str, Any]:
    [found] = [one for one in shown["actions"] if one["action"] == action]
    own: Mapping[str, Any] = found["fields"]["properties"][name]
    return own


def chosen(own: Mapping[str, Any]) -> dict[int, str]:
    return {one["const"]: one["title"] for one in own["oneOf"]}


async def test_person_is_left_out_of_the_choice_with_the_reason_and_an_exception_is_journaled(running: Product) -> None:
    message, executor = await running.accepted(), running.people["executor"]
    await running.decide("coordinator", message, "correct_card", complained_of_person=executor)

    shown = await card(running, "coordinator", message)
    own = field(shown, "assign", "executor")
    assert executor not in chosen(own)
    assert "сообщение о нём" in own["x-note"]
    assert shown["message"]["complained_of_person"]["number"] == executor
    assert 0 in chosen(field(shown, "correct_card", "complained_of_person"))
    refused = await running.try_to("coordinator", message, "assign", executor=executor)
    assert (refused.status_code, refused.json()["code"], refused.json()["clause"]) == (
        422,
        "conflict_of_interest",
        "G-06",
    )
    await running.decide(
        "coordinator", message, "assign", executor=executor, conflict_reason="Отдел из одного человека"
    )

    rows = (await running.get("coordinator", f"/messages/{message}/journal")).json()["rows"]
    assert rows[-1]["facts"]["conflict_overridden"] is True
    assert rows[-1]["written"]["reason"] == "Отдел из одного человека"
    told = running.rows(
        "SELECT kind FROM notice WHERE case_id = :id AND person = :p", id=message, p=running.people["curator"]
    )
    assert "conflict" in {row["kind"] for row in told}


async def test_without_a_complaint_of_a_person_no_form_asks_for_an_exception(running: Product) -> None:
    shown = await card(running, "coordinator", await running.accepted())

    for action in ("assign", "take"):
        [found] = [one for one in shown["actions"] if one["action"] == action]
        assert "conflict_reason" not in found["fields"].get("properties", {})


async def test_words_about_a_person_are_sealed_and_shown_to_whoever_sees_the_applicant(running: Product) -> None:
    message = await running.submitted()
    await running.decide("coordinator", message, "correct_card", complained_of_title=TITLE)

    assert (await card(running, "coordinator", message))["message"]["complained_of_title"] == TITLE
    assert (await card(running, "head", message))["message"]["complained_of_title"] is None
    [kept] = running.rows("SELECT complained_of_title FROM message WHERE id = :id", id=message)
    assert TITLE.encode() not in bytes(kept["complained_of_title"])
    decisions = running.rows("SELECT parameters::text AS text FROM decision WHERE case_id = :id", id=message)
    journal = running.rows("SELECT facts::text AS text FROM journal WHERE case_id = :id", id=message)
    assert not [row for row in (*decisions, *journal) if "Щукина" in row["text"]]


async def test_choice_says_who_is_away_until_when_and_who_stands_in(running: Product) -> None:
    message, now = await running.accepted(), datetime.now(UTC)
    executor, executor2 = running.people["executor"], running.people["executor2"]
    values = {"person": executor, "code": "vacation", "entered_by": executor, "substitutes": [executor2]}
    period = {"begins_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=3)}
    with running.engine.begin() as connection:
        made = connection.execute(sa.insert(t.absence).values(values | period).returning(t.absence.c.id)).scalar_one()
        touch(connection)

    found = chosen(field(await card(running, "coordinator", message), "assign", "executor"))

    with running.engine.begin() as connection:
        connection.execute(sa.delete(t.absence).where(t.absence.c.id == made))
        touch(connection)
    assert " — в отпуске до " in found[executor]
    assert found[executor].endswith("замещает Сотрудник executor2")
    assert " — " not in found[executor2]


async def test_message_about_the_head_of_the_top_says_why_it_lies_with_his_own_people(running: Product) -> None:
    message, head = await running.register(), running.people["head"]
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.grant).values(person=head, role="head", organisation="ministry"))
        touch(connection)

    about = {"category": "medicine", "subcategory": "medicine.no_answer", "complained_of_person": head}
    refused = await running.try_to("moderator", message, "accept", **about, organisation="polyclinic")
    await running.accept(message, organisation="ministry", complained_of_person=head)

    assert refused.json()["detail"] == (
        "Сообщение о руководителе организации «Городская поликлиника»: его рассматривает «Министерство здравоохранения»."
    )
    rows = (await running.get("chief", f"/messages/{message}/journal")).json()["rows"]
    [accepted] = [row for row in rows if row["event"]["code"] == "MessageAccepted"]
    assert accepted["guard"] == (
        "Сообщение о руководителе: «Министерство здравоохранения»; выше такие сообщения никто не координирует"
    )
