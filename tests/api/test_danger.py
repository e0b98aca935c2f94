"""Danger to somebody's life on the way through the product: first in every list, the card says what to do, no half-written
answer becomes stale. Source: G-45."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.api.test_applicant import written
from tests.api.test_lists import page
from tests.api.test_rating import answered, decided
from tests.api.test_tracking import proof
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

TEXT = "Сосед угрожает ножом, а участковый врач не отвечает."


async def test_suggestion_goes_first_then_priorities_in_every_order_and_pages_go_on_from_each(running: Product) -> None:
    word = f"слово{uuid4().hex[:8]}"
    preferred(running, word=f"{word}спешно")
    first = await running.accepted(text=f"{TEXT} {word}")
    others = [await running.accepted(text=f"Не дозвониться, {word}.") for _ in range(3)]
    priorities = [await running.accepted(text=f"Не дозвониться, {word} {word}спешно.") for _ in range(2)]
    second = await running.accepted(text=f"{word}: не хочу жить.")

    for sort, expected in (
        ("due", [first, second, *priorities, *others]),
        ("received", [second, first, *reversed(priorities), *reversed(others)]),
    ):
        query: dict[str, Any] = {"text": word, "sort": sort, "limit": 2}
        pages = [await page(running, "coordinator", **query)]
        while pages[-1]["next"]:
            pages.append(await page(running, "coordinator", cursor=pages[-1]["next"], **query))
        back = [pages[-1]]
        while back[-1]["previous"]:
            back.append(await page(running, "coordinator", cursor=back[-1]["previous"], **query))

        assert [row["id"] for one in pages for row in one["messages"]] == expected
        assert [row["id"] for one in reversed(back) for row in one["messages"]] == expected
        assert pages[0]["messages"][0]["danger"] == {"code": "suggested", "title": "Возможна угроза жизни"}
        assert pages[-1]["messages"][-1]["danger"] is None


def preferred(running: Product, word: str) -> None:
    """A rule of the polyclinic makes what has this word a priority."""
    with running.engine.begin() as connection:
        values = {"organisation": "polyclinic", "place": 99, "active_revision": 1}
        rule = connection.execute(sa.insert(t.autorule).values(values).returning(t.autorule.c.id)).scalar_one()
        revision = {"title": "Спешно", "conditions": {"words": [word]}, "effects": {"priority": True}}
        revision |= {"rule": rule, "revision": 1, "made_by": running.people["administrator"]}
        connection.execute(sa.insert(t.autorule_revision).values(revision))
        touch(connection)


async def test_card_tells_which_revision_gave_a_mark_and_the_coordinator_takes_it_off(running: Product) -> None:
    word = f"слово{uuid4().hex[:8]}"
    preferred(running, word=word)
    message = await running.accepted(text=f"Не дозвониться, {word}.")

    found = (await running.get("coordinator", f"/messages/{message}")).json()
    forbidden = await running.try_to("operator", message, "correct_card", prioritised=False)
    async with running.browse("coordinator") as browser:
        shown = words(await browser.get(f"/messages/{message}"))
        form = words(await browser.get(f"/messages/{message}/decisions/correct_card"))
    await running.decide("coordinator", message, "correct_card", prioritised=False)
    afterwards = (await running.get("coordinator", f"/messages/{message}")).json()["state"]
    async with running.browse("coordinator") as browser:
        journal = words(await browser.get(f"/messages/{message}"))

    [mark] = found["state"]["marks"]
    assert (mark["title"], mark["by"].endswith(", редакция 1, «Спешно»")) == ("приоритетное", True)
    assert mark["by"] in shown
    assert "Приоритетное" in form
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "action_forbidden")
    assert (afterwards["prioritised"], afterwards["marks"]) == (False, [])
    assert "приоритет снят" in journal


async def test_card_says_what_to_do_until_it_is_dismissed_and_no_draft_becomes_stale(running: Product) -> None:
    message = await running.in_work(text=TEXT)
    version = running.version(message)

    found = (await running.get("executor", f"/messages/{message}")).json()
    async with running.browse("coordinator") as browser:
        shown = words(await browser.get(f"/messages/{message}"))
        listed = words(await browser.get("/work/in_unit"))
    refused = await running.try_to("executor", message, "dismiss_danger", reason="Нет")
    await running.decide("coordinator", message, "confirm_danger", comment="Передано в полицию.")
    confirmed = (await running.get("executor", f"/messages/{message}")).json()
    await running.decide("coordinator", message, "dismiss_danger", reason="Сосед уехал.")
    dismissed = (await running.get("executor", f"/messages/{message}")).json()

    assert found["danger"]["state"]["code"] == "suggested"
    assert found["danger"]["signs"] == ["угрожает ножом"]
    assert any("112" in step for step in found["danger"]["steps"])
    assert "Возможна угроза жизни" in shown
    assert "Возможна угроза жизни" in listed
    assert refused.status_code == 403
    assert confirmed["danger"]["state"]["code"] == "confirmed"
    assert (dismissed["danger"]["state"]["code"], dismissed["danger"]["steps"]) == ("dismissed", [])
    assert running.version(message) == version
    events = [row["event"] for row in running.journal(message)]
    assert events[-2:] == ["DangerConfirmed", "DangerDismissed"]
    told = running.rows(
        "SELECT person FROM notice WHERE case_id = :id AND kind = 'danger_confirmed' AND urgent", id=message
    )
    assert {running.people[login] for login in ("head", "head2", "curator")} <= {row["person"] for row in told}


async def test_those_on_duty_are_told_read_and_dismiss_before_any_moderator_and_nobody_else_does(
    running: Product,
) -> None:
    watching = ("executor_transport", "head_transport")
    on_duty(running, *watching)
    message = await running.register(text=f"{TEXT} Телефон 8 912 345-67-89.")

    cards = [await running.get(login, f"/messages/{message}") for login in (*watching, "coordinator_transport")]
    listed = (await page(running, "head_transport", text="участковый", sort="due"))["messages"]
    async with running.browse("head_transport") as browser:
        shown = words(await browser.get(f"/messages/{message}"))
    on_duty(running, "executor_transport")
    relieved = await running.get("head_transport", f"/messages/{message}")
    refused = await running.try_to("head_transport", message, "dismiss_danger", reason="Нет")
    unlisted = (await page(running, "head_transport", text="участковый", sort="due"))["messages"]
    await running.decide("executor_transport", message, "dismiss_danger", reason="Оборот речи.")
    on_duty(running)
    afterwards = [(await running.get(login, f"/messages/{message}")).status_code for login in watching]

    assert [card.status_code for card in cards] == [200, 200, 404]
    assert cards[0].json()["sight"] == "full"
    assert {"confirm_danger", "dismiss_danger"} == {one["action"] for one in cards[0].json()["actions"]}
    assert [row["id"] for row in listed] == [message]
    assert (relieved.status_code, refused.status_code, unlisted) == (404, 404, []), "whoever is on duty no more"
    assert "8 912 345-67-89" in shown
    assert "Угрозы жизни нет" in shown
    assert afterwards == [200, 404], "who decided reads that he did"
    told = running.rows(
        "SELECT person FROM notice WHERE case_id = :id AND kind = 'danger_suggested' AND urgent", id=message
    )
    logins = sorted(login for login, number in running.people.items() if number in [row["person"] for row in told])
    assert (logins, len(told)) == (["chief", "executor_transport", "head_transport", "moderator"], 4)


def on_duty(running: Product, *logins: str) -> None:
    """These are on duty at the root."""
    with running.engine.begin() as connection:
        table, numbers = t.organisation, [running.people[login] for login in logins]
        connection.execute(sa.update(table).where(table.c.parent.is_(None)).values(duty=numbers))
        touch(connection)


async def test_words_that_the_applicant_adds_suggest_it_too(running: Product) -> None:
    message = await running.in_work()

    answer = await written(running, message, text="Муж потерял сознание!")

    assert answer.status_code == 200, answer.text
    assert running.case(message)["danger"] == "suggested"
    assert "сознание" not in str(running.journal(message))


async def test_words_of_a_rating_and_of_a_repeat_suggest_it_and_the_card_shows_them(running: Product) -> None:
    rated, asked = await answered(running), await answered(running)

    await decided(running, rated, "rate", score=1, words="Муж потерял сознание!")
    await decided(running, asked, "rate", score=1)
    await decided(running, asked, "ask_repeat", missing="Сосед угрожает ножом.")
    cards = [(await running.get("coordinator", f"/messages/{one}")).json() for one in (rated, asked)]

    pages = [words(await running.http.post("/track", data=proof(running, one))) for one in (rated, asked)]
    assert all("Не ждите ответа, звоните: 103 , 112" in page for page in pages)
    assert [card["danger"]["signs"] for card in cards] == [["потерял сознание"], ["угрожает ножом"]]
    assert all(card["danger"]["state"]["code"] == "suggested" and card["danger"]["steps"] for card in cards)
    assert {"confirm_danger", "dismiss_danger"} <= {one["action"] for one in cards[0]["actions"]}
    told = running.rows("SELECT person FROM notice WHERE case_id = :id AND kind = 'danger_suggested'", id=rated)
    assert {running.people[login] for login in ("coordinator", "head")} <= {row["person"] for row in told}


async def test_what_a_caller_heard_suggests_it_too(running: Product) -> None:
    message = await running.in_work()
    await running.decide("executor", message, "ask_for_call", text="Где очередь?", caller=running.people["executor"])
    card = (await running.get("executor", f"/messages/{message}")).json()

    await running.decide(
        "executor",
        message,
        "record_attempt",
        errand=card["errands"][0]["id"],
        result="reached",
        text="Говорит, что не хочет жить.",
    )

    assert running.case(message)["danger"] == "suggested"
