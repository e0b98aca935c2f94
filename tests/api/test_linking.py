"""One answer to two messages of one applicant, on the real stack: one text, two letters. Source: G-45."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from relay.bells import Bells
from storage import letter_content
from storage.links import mark_followers
from tests.api.test_tracking import tracked
from tests.process.clock import until
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio


async def two(running: Product) -> tuple[str, str]:
    """An earlier message in work and a later one in coordination, of one applicant."""
    applicant = {"name": "Иванова Мария Петровна", "email": f"{uuid4().hex[:8]}@example.org"}
    return await running.in_work(applicant=applicant), await running.accepted(applicant=applicant)


async def link(running: Product, later: str, earlier: str) -> None:
    number = running.case(earlier)["number"]
    await running.decide("coordinator", later, "link", main=f"№ {number}", reason="Тот же вопрос.")


async def relayed(running: Product) -> None:
    """The relay has made its round, and the runs have heard it."""
    await Bells(running.engine, running.client, lambda: None).round()


async def test_later_message_waits_in_its_own_place_and_gets_the_same_answer(running: Product) -> None:
    earlier, later = await two(running)
    number = running.case(earlier)["number"]
    async with running.browse("coordinator") as browser:
        offered = await browser.get(f"/messages/{later}")
        form = await browser.get(f"/messages/{later}/decisions/link?main={number}")
    await link(running, later, earlier)

    card = (await running.get("coordinator", f"/messages/{later}")).json()
    of_main = (await running.get("executor", f"/messages/{earlier}")).json()
    of_later = (await running.get("executor", f"/messages/{later}")).json()
    new = (await running.get("coordinator", "/messages", section="new", limit=100)).json()["messages"]
    waiting = (await running.get("coordinator", "/messages", section="linked", limit=100)).json()["messages"]
    waits = await tracked(running, later)
    refused = await running.try_to("coordinator", later, "assign", executor=running.people["executor"])
    await running.decide(
        "executor", earlier, "submit_answer", type="solved", text="Линия добавлена.", approver=running.people["head2"]
    )
    await running.decide("head2", earlier, "approve")
    await relayed(running)
    await until(lambda: running.case(later)["outcome"] == "answered")
    found = await tracked(running, later)

    assert f"link?main={number}" in offered.text
    assert f'value="{number}"' in form.text
    assert card["linked_to"]["number"] == number
    assert [one["id"] for one in of_main["answers_too"]] == [later]
    assert of_later["sight"] == "full", "who prepares the answer reads both questions"
    assert later not in {row["id"] for row in new}
    assert next(row for row in waiting if row["id"] == later)["linked"]
    assert f"№ {number}" in waits["next"]["text"]
    assert (refused.status_code, refused.json()["code"]) == (422, "message_linked")
    assert [answer["text"] for answer in found["answers"]] == ["Линия добавлена."]
    [letter] = running.rows("SELECT id FROM letter WHERE case_id = :id AND kind = 'answer'", id=later)
    with running.engine.connect() as connection:
        content = letter_content.read(connection, letter["id"]).content
    assert (content.answer, content.facts["main_number"]) == ("Линия добавлена.", number)
    assert content.number == running.case(later)["number"]
    assert running.case(later)["answered_at"] == running.case(earlier)["answered_at"]


async def test_later_message_is_put_off_with_the_earlier(running: Product) -> None:
    earlier, later = await two(running)
    await link(running, later, earlier)
    until_day = (running.case(earlier)["due_at"] + timedelta(days=10)).date().isoformat()
    put_off = {"type": "postponed", "text": "Линию добавят к маю.", "postponed_until": until_day}
    await running.decide("executor", earlier, "submit_answer", **put_off, approver=running.people["head2"])
    await running.decide("head2", earlier, "approve")

    await relayed(running)
    await until(lambda: running.case(later)["due_at"] == running.case(earlier)["due_at"])

    [letter] = running.rows("SELECT id FROM letter WHERE case_id = :id AND kind = 'postponement'", id=later)
    with running.engine.connect() as connection:
        content = letter_content.read(connection, letter["id"]).content
    assert (content.answer, content.number) == ("Линию добавят к маю.", running.case(later)["number"])
    card = (await running.get("coordinator", f"/messages/{later}")).json()
    assert card["state"]["postponed_until"] == until_day
    assert (await tracked(running, later))["number"] == content.number


async def test_chain_of_two_links_made_at_the_same_time_comes_apart(running: Product) -> None:
    applicant = {"name": "Иванова Мария Петровна", "email": f"{uuid4().hex[:8]}@example.org"}
    first, middle, last = [await running.accepted(applicant=applicant) for _ in range(3)]
    await link(running, last, middle)
    with running.engine.begin() as connection:  # as two verdicts leave it that did not see each other
        connection.execute(
            sa.text("UPDATE message_case SET linked_to = :main WHERE id = :id"), {"main": first, "id": middle}
        )

    await relayed(running)
    await until(lambda: running.case(last)["linked_to"] is None)

    row = running.journal(last)[-1]
    assert (row["event"], row["facts"]["main_outcome"]) == ("LinkEnded", "linked")


async def test_later_message_comes_back_when_the_earlier_is_withdrawn(running: Product) -> None:
    earlier, later = await two(running)
    await link(running, later, earlier)
    await running.by_applicant(earlier, "ask_withdrawal")
    await running.decide("coordinator", earlier, "confirm_withdrawal")

    await relayed(running)
    await until(lambda: running.case(later)["linked_to"] is None)

    assert running.journal(later)[-1]["event"] == "LinkEnded"
    assert running.rows("SELECT 1 FROM notice WHERE case_id = :id AND kind = 'link_ended'", id=later)
    await running.decide("coordinator", later, "assign", executor=running.people["executor"])


async def test_withdrawn_message_gets_no_answer_with_the_other(running: Product) -> None:
    earlier, later = await two(running)
    await link(running, later, earlier)
    await running.by_applicant(later, "ask_withdrawal")
    await running.decide("coordinator", later, "confirm_withdrawal")

    card = (await running.get("executor", f"/messages/{earlier}")).json()

    assert card["answers_too"] == []


async def test_followers_that_somebody_holds_are_left_for_the_next_round(running: Product) -> None:
    pairs = [await two(running) for _ in range(2)]
    for earlier, later in pairs:
        await link(running, later, earlier)
    ids = [later for _, later in pairs]
    with running.engine.connect() as holder:
        holder.execute(sa.text("SELECT id FROM message_case WHERE id = :id FOR UPDATE"), {"id": ids[0]})
        with running.engine.begin() as connection:
            ends = sa.text("UPDATE message_case SET outcome = 'redirected' WHERE id = ANY(CAST(:ids AS uuid[]))")
            connection.execute(ends, {"ids": [earlier for earlier, _ in pairs]})

        mark_followers(running.engine)

        marked = {str(row["id"]) for row in running.rows("SELECT id FROM message_case WHERE recheck")}
        assert ids[1] in marked
        assert ids[0] not in marked
        holder.rollback()


async def test_message_of_another_applicant_and_of_one_not_seen_is_not_linked(running: Product) -> None:
    _, later = await two(running)
    stranger = await running.in_work(applicant={"name": "Петров", "email": f"{uuid4().hex[:8]}@example.org"})
    elsewhere = await running.register()

    answers = [
        await running.try_to("coordinator", later, "link", main=running.case(other)["number"], reason="Тот же вопрос.")
        for other in (stranger, elsewhere)
    ]
    forbidden = await running.try_to("executor", later, "link", main="2026-0000001", reason="Нет")

    assert [answer.json()["code"] for answer in answers] == ["other_applicant", "message_unknown"]
    assert forbidden.status_code in {403, 404}


async def test_message_of_a_neighbour_at_the_same_telephone_is_not_linked(running: Product) -> None:
    shared = {"email": f"{uuid4().hex[:8]}@example.org", "phone": "+79161234567"}
    of_one = await running.in_work(applicant={"name": "Иванова Мария Петровна"} | shared)
    of_other = await running.accepted(applicant={"name": "Сидоров Пётр Ильич"} | shared)

    number = running.case(of_one)["number"]
    answer = await running.try_to("coordinator", of_other, "link", main=number, reason="Тот же вопрос.")

    assert answer.json()["code"] == "other_applicant"
    assert running.case(of_other)["linked_to"] is None


async def test_page_says_to_both_where_the_answer_will_be(running: Product) -> None:
    earlier, later = await two(running)
    await link(running, later, earlier)

    async with running.browse("coordinator") as browser:
        of_later = words(await browser.get(f"/messages/{later}"))
        of_earlier = words(await browser.get(f"/messages/{earlier}"))

    assert f"Ответ будет дан по сообщению № {running.case(earlier)['number']}" in of_later
    assert f"Ответ на это сообщение получит и № {running.case(later)['number']}" in of_earlier
    assert "Самый ранний срок ответа" in of_earlier


async def test_joint_answer_stays_the_first_one_whatever_is_answered_to_repeats(running: Product) -> None:
    earlier, later = await two(running)
    await link(running, later, earlier)
    answer = {"type": "solved", "text": "Линия добавлена."}
    await running.decide("executor", earlier, "submit_answer", **answer, approver=running.people["head2"])
    await running.decide("head2", earlier, "approve")
    await relayed(running)
    await until(lambda: running.case(later)["outcome"] == "answered")
    await running.by_applicant(earlier, "rate", score=1)
    await running.by_applicant(earlier, "ask_repeat", missing="Диагноз")
    of_main = (await running.get("coordinator", f"/messages/{earlier}")).json()
    for login, action, fields in (
        ("coordinator", "assign", {"executor": running.people["executor"]}),
        ("executor", "start_work", {}),
        ("executor", "submit_answer", answer | {"text": "Диагноз", "secret": True, "approver": running.people["head"]}),
        ("head", "approve", {}),
    ):
        await running.decide(login, earlier, action, **fields)

    before = await tracked(running, later)
    await running.by_applicant(later, "rate", score=1)
    await running.by_applicant(later, "ask_repeat", missing="Когда добавят вторую?")
    after = await tracked(running, later)
    card = (await running.get("coordinator", f"/messages/{later}")).json()
    await running.decide("coordinator", later, "assign", executor=running.people["executor"])
    await running.decide("executor", later, "start_work")
    refused = await running.try_to("executor", later, "submit_answer", **answer, approver=running.people["head2"])

    assert of_main["answers_too"] == []  # while another answer is being written, the other message has had its own
    assert [one["text"] for one in before["answers"]] == ["Линия добавлена."]
    assert [one["text"] for one in after["answers"]] == ["Линия добавлена."]
    assert card["first_answer"]["number"] == running.case(earlier)["number"]
    assert refused.json()["code"] == "approver_of_first_answer"
