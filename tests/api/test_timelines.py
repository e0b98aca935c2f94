"""The way through the stages, planned and real, each date with its explanation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.terms import due_of
from tests.product import Product

pytestmark = pytest.mark.anyio


async def timeline(running: Product, login: str, message: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.get(login, f"/messages/{message}")).json()["timeline"]
    return found


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_past_stages_have_real_times_and_those_ahead_planned_ones(running: Product) -> None:
    message = await running.in_work()

    found = await timeline(running, "executor", message)

    assert [(one["stage"]["code"], one["when"]) for one in found] == [
        ("moderation", "past"),
        ("coordination", "past"),
        ("execution", "present"),
        ("endorsement", "ahead"),
        ("approval", "ahead"),
    ]
    moderation, coordination, execution, endorsement, approval = found
    assert moderation["left_at"] == coordination["entered_at"]
    assert coordination["left_at"] == execution["entered_at"]
    assert [one["person"] and one["person"]["name"] for one in found] == [
        "Сотрудник moderator", "Сотрудник coordinator", None, None, None,
    ]  # fmt: skip
    assert not any(one["late"] for one in found)
    case = running.case(message)
    assert instant(execution["due_at"]) == case["stage_due_at"]
    assert (endorsement["entered_at"], endorsement["explained"]) == (None, None)
    assert instant(execution["due_at"]) < instant(endorsement["due_at"]) < instant(approval["due_at"])
    assert instant(approval["due_at"]) <= case["due_at"], "who is ahead of time gets no more than the annex gives"


async def test_every_date_is_the_one_of_its_receipt_in_the_journal(running: Product) -> None:
    message = await running.submitted()
    terms = [row["facts"]["term"] for row in running.journal(message) if "term" in row["facts"]]

    found = await timeline(running, "executor", message)

    real = [one for one in found if one["when"] != "ahead"]
    assert [instant(one["due_at"]) for one in real] == [due_of(term) for term in terms]
    assert [one["explained"]["total_seconds"] for one in real] == [term["total_seconds"] for term in terms]
    for one in real:
        assert one["explained"]["clause"].startswith("S2, ")
        assert one["explained"]["sentences"][-1].startswith("Срок этапа — до ")


async def test_stage_done_again_stands_there_again(running: Product) -> None:
    message = await running.submitted()
    await running.decide("head", message, "reject", reason="Нет ответа по существу")

    found = await timeline(running, "executor", message)

    assert [(one["stage"]["code"], one["when"]) for one in found] == [
        ("moderation", "past"),
        ("coordination", "past"),
        ("execution", "past"),
        ("endorsement", "past"),
        ("execution", "present"),
        ("endorsement", "ahead"),
        ("approval", "ahead"),
    ]
    assert found[3]["person"]["name"] == "Сотрудник head"


async def test_warnings_are_no_stages_and_a_stage_begins_when_its_term_does(running: Product) -> None:
    received_at = datetime.now(UTC) - timedelta(days=8)
    message = await running.accepted(received_at=received_at.isoformat())
    events = {row["event"] for row in running.journal(message)}

    moderation, coordination, *_ = await timeline(running, "coordinator", message)

    assert {"StageWarned", "StageOverdue"} <= events
    assert (moderation["stage"]["code"], coordination["stage"]["code"]) == ("moderation", "coordination")
    assert instant(moderation["entered_at"]) == received_at
    assert instant(moderation["due_at"]) < instant(moderation["left_at"])
    assert moderation["late"]
    assert moderation["left_at"] == coordination["entered_at"]


async def test_stage_that_is_late_says_so_and_those_ahead_are_planned_from_now(running: Product) -> None:
    message = await running.in_work()
    with running.engine.begin() as connection:
        ago = "otklik_now() - interval '1 day'"
        connection.exec_driver_sql(
            f"UPDATE message_case SET entered_at = {ago} - interval '1 day', stage_due_at = {ago} WHERE id = %s",
            (message,),
        )

    found = await timeline(running, "executor", message)

    (execution,) = [one for one in found if one["when"] == "present"]
    assert (execution["late"], execution["left_at"]) == (True, None)
    ahead = [instant(one["due_at"]) for one in found if one["when"] == "ahead"]
    assert ahead == sorted(ahead)
    assert ahead[0] > datetime.now(UTC)


async def test_correction_that_shortens_the_term_is_told_where_it_happened(running: Product) -> None:
    message = await running.in_work()
    await running.decide(
        "coordinator", message, "correct_card", category="medicine", subcategory="medicine.vaccination"
    )
    await running.decide(
        "executor", message, "submit_answer", type="solved", text="Сделано.", approver=running.people["head2"]
    )

    execution = next(one for one in await timeline(running, "executor", message) if one["stage"]["code"] == "execution")

    corrected = next(row for row in running.journal(message) if row["event"] == "CardCorrected")
    assert instant(execution["due_at"]) == instant(corrected["facts"]["stage_due_at"])
    assert "сократился" in execution["explained"]["sentences"][-1]


async def test_who_sees_a_former_part_has_no_timeline(running: Product) -> None:
    message = await running.in_work()

    assert await timeline(running, "moderator", message) == []
