"""What waits for a head, one after the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import tables as t
from tests.product import Product

pytestmark = pytest.mark.anyio


async def queue(running: Product, login: str, **query: Any) -> tuple[str | None, int]:
    answer = await running.get(login, "/queue", **query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return (found["next"]["id"] if found["next"] else None), found["waiting"]


def due_earlier(running: Product, message: str, days: int) -> None:
    """The message's answer is due so many days before the others'."""
    case = t.message_case
    with running.engine.begin() as connection:
        earlier = case.c.due_at - timedelta(days=days)
        connection.execute(sa.update(case).where(case.c.id == message).values(due_at=earlier))


@pytest.fixture(autouse=True)
async def _nothing_waits(running: Product) -> None:
    """The tests share one record and come in any order: what another left waiting is sent back first."""
    for login in ("head", "head2"):
        while message := (await queue(running, login))[0]:
            await running.decide(login, message, "reject", reason="Уточните")


async def test_queue_moves_on_to_the_next_and_begins_anew_after_the_last(running: Product) -> None:
    last = await running.submitted(endorsers=("head",))
    first = await running.submitted(endorsers=())  # for head2's approval
    middle = await running.submitted(endorsers=())
    due_earlier(running, first, 5)
    due_earlier(running, middle, 3)
    await running.decide("head", last, "endorse")

    found = [
        await queue(running, "head2", **({"after": after} if after else {})) for after in ("", first, middle, last)
    ]

    assert found == [(first, 3), (middle, 3), (last, 3), (first, 3)]


async def test_queue_goes_on_behind_the_message_that_was_just_decided(running: Product) -> None:
    messages = [await running.submitted(endorsers=("head",)) for _ in range(3)]
    for place, message in enumerate(messages):
        due_earlier(running, message, 20 - place)
    await running.decide("head", messages[1], "endorse")

    assert await queue(running, "head", after=messages[1]) == (messages[2], 2)
    await running.decide("head", messages[0], "endorse")
    await running.decide("head", messages[2], "reject", reason="Уточните")
    assert await queue(running, "head", after=messages[2]) == (None, 0)


async def test_message_that_is_put_off_is_not_offered_again_at_once(running: Product) -> None:
    message = await running.submitted(endorsers=("head",))

    assert await queue(running, "head") == (message, 1)
    assert await queue(running, "head", after=message) == (None, 1)
    await running.decide("head", message, "endorse")


async def test_queue_holds_what_waits_for_oneself_alone(running: Product) -> None:
    await running.submitted(endorsers=("head",))

    assert await queue(running, "head_transport") == (None, 0)
    assert await queue(running, "executor") == (None, 0)
    assert (await running.http.get("/api/v1/queue")).status_code == 401


async def test_queue_does_not_tell_a_former_participant_when_the_answer_is_due_now(running: Product) -> None:
    gone = await running.accepted()
    await running.decide(
        "coordinator", gone, "propose_redirect", organisation="transport", approver=running.people["head2"]
    )
    await running.decide("head2", gone, "approve")
    first, last = [await running.submitted(endorsers=()) for _ in range(2)]
    due_earlier(running, first, 40)
    seen = []
    for days in (45, 0):  # before both that wait, and between them
        due_earlier(running, gone, days)
        seen.append((await queue(running, "head2", after=gone))[0])
        due_earlier(running, gone, -days)

    assert seen == [first] * 2
    for message in (first, last):
        await running.decide("head2", message, "reject", reason="Уточните")
