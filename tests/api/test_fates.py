"""What became of each version: who endorsed that very text, what a head changed, why it came back, who approved it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_drafts import upload
from tests.product import Product

pytestmark = pytest.mark.anyio


async def answers(running: Product, login: str, message: str) -> list[dict[str, Any]]:
    answer = await running.get(login, f"/messages/{message}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["answers"]
    return found


def endorsers(version: dict[str, Any]) -> list[str]:
    return [one["person"]["name"] for one in version["endorsed"]]


@pytest.mark.requirement("S2-43")
async def test_head_sees_who_endorsed_which_text_and_what_each_changed(running: Product) -> None:
    message = await running.submitted(endorsers=("head",))
    await running.decide("head", message, "edit_answer", text="Добавлена вторая линия связи.")
    await running.decide("head", message, "endorse")
    await running.decide("head2", message, "edit_answer", text="С марта добавлена вторая линия связи.")

    first, second, third = await answers(running, "head2", message)

    assert [one["edited"] for one in (first, second, third)] == [False, True, True]
    assert [endorsers(one) for one in (first, second, third)] == [[], ["Сотрудник head"], []]
    assert [one["author"]["name"] for one in (second, third)] == ["Сотрудник head", "Сотрудник head2"]
    assert [piece["text"] for piece in third["difference"] if piece["change"] == "added"] == ["С марта добавлена"]


async def test_endorsement_holds_for_the_same_text_of_a_later_submission(running: Product) -> None:
    message = await running.submitted(endorsers=("head",))
    await running.decide("head", message, "endorse")
    await running.decide("head2", message, "reject", reason="Уточните")
    people = {"endorsers": [running.people["head"]], "approver": running.people["head2"]}
    text = "Добавлена вторая линия телефона."
    await running.decide("executor", message, "submit_answer", type="solved", text=text, **people)
    await running.decide("head2", message, "approve")

    first, second = await answers(running, "head2", message)

    assert endorsers(first) == endorsers(second) == ["Сотрудник head"]
    assert (first["approved_by"], second["approved_by"]["name"]) == (None, "Сотрудник head2")


async def test_return_tells_the_executor_who_sent_the_version_back_and_why(running: Product) -> None:
    message, file = await running.submitted(endorsers=("head",)), await upload(running, "head", "замечания.txt")
    await running.decide("head", message, "reject", reason="Не назван срок.", reason_files=[file])

    (version,) = await answers(running, "executor", message)

    returned = version["returned"]
    assert (returned["person"]["name"], returned["reason"]) == ("Сотрудник head", "Не назван срок.")
    assert [one["name"] for one in returned["files"]] == ["замечания.txt"]


async def test_reason_of_a_return_is_for_who_works_on_the_answer(running: Product) -> None:
    message = await running.submitted(endorsers=("head",))
    await running.decide("head", message, "reject", reason="Тайное замечание.")

    for login in ("operator", "moderator", "administrator"):
        answer = await running.get(login, f"/messages/{message}")
        assert "Тайное замечание." not in answer.text


async def test_rejected_redirect_is_no_return_of_an_answer(running: Product) -> None:
    message = await running.submitted(endorsers=())
    await running.decide("head2", message, "reject", reason="Не наш вопрос")
    await running.decide("executor", message, "return_to_coordination", reason="Не наш вопрос")
    approver = running.people["head"]
    await running.decide("coordinator", message, "propose_redirect", organisation="transport", approver=approver)
    await running.decide("head", message, "reject", reason="Всё-таки наш")

    (version,) = await answers(running, "coordinator", message)

    assert version["returned"]["reason"] == "Не наш вопрос"


async def test_rejection_offers_ready_reasons_to_begin_with(running: Product) -> None:
    message = await running.submitted(endorsers=("head",))

    card = (await running.get("head", f"/messages/{message}")).json()

    (reject,) = [one for one in card["actions"] if one["action"] == "reject"]
    assert "Не назван срок, к которому вопрос будет решён." in reject["fields"]["properties"]["reason"]["examples"]
