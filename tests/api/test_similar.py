"""Approved answers to like questions: of what the person may see, nearest in words first, without anybody's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio

TEXT = "Не могу дозвониться в регистратуру поликлиники, линия занята."


async def answered(running: Product, text: str, answer: str, *, executor: str = "executor", **fields: Any) -> str:
    message = await running.accepted(text=text, **fields)
    await running.decide("coordinator", message, "assign", executor=running.people[executor])
    await running.decide(executor, message, "start_work")
    people = {"endorsers": [], "approver": running.people["head2"]}
    await running.decide(executor, message, "submit_answer", type="solved", text=answer, **people)
    await running.decide("head2", message, "approve")
    return message


async def similar(running: Product, login: str, message: str, **query: Any) -> list[dict[str, Any]]:
    answer = await running.get(login, f"/messages/{message}/similar", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: list[dict[str, Any]] = answer.json()["answers"]
    return found


async def test_nearest_in_words_comes_first_and_what_is_not_alike_last(running: Product) -> None:
    near = await answered(running, "Звоню в регистратуру, дозвониться нельзя.", "Добавлена вторая линия.")
    far = await answered(running, "Врач не перезвонил по результатам анализа крови.", "Врач перезвонит завтра.")
    message = await running.in_work(text=TEXT)

    found = await similar(running, "executor", message, limit=20)

    assert [one["message"] for one in found if one["message"] in (near, far)] == [near, far]
    assert found[0]["type"] == {"code": "solved", "title": "Решено"}
    assert len(await similar(running, "executor", message, limit=1)) == 1


async def test_equal_answers_are_told_once(running: Product) -> None:
    for spaces in (" ", "  "):
        await answered(running, "Нет талонов к окулисту.", f"Талоны{spaces}появятся в понедельник.")
    message = await running.in_work(text="Нет талонов к окулисту.")

    found = await similar(running, "executor", message, limit=20)

    assert len([one for one in found if "появятся в понедельник" in one["text"]]) == 1


@dataclass(frozen=True)
class Answered:
    """Words with an applicant's data, the message that finds them, and what is left of them there."""

    applicant: dict[str, str]
    text: str
    answer: str
    asks: str
    opening: str
    shown: str


NAMED = {
    "as it is written": Answered(
        {"name": "Манджиева Байрта Сергеевна", "email": "bairta@example.org"},
        "Пишет Манджиева Байрта, звоните 8 (8472) 24-10-75: регистратура молчит.",
        "Уважаемая Байрта Сергеевна! Сообщаем Манджиевой: звонили вам по 8 (8472) 24-10-75. Регистратура ответит.",
        "Регистратура молчит, пишет Манджиева Байрта: регистратура",
        "Пишет [имя] [имя], звоните [телефон]: регистратура молчит.",
        "Уважаемая [имя] [имя]! Сообщаем [имя]: звонили вам по [телефон]. Регистратура ответит.",
    ),
    "in capitals": Answered(
        {"name": "ЛИДЖИЕВА САГЛАРА ОЧИРОВНА"},
        "Пишет Лиджиева Саглара: не выдают рецепт, ЛИДЖИЕВОЙ отказали в РЕЦЕПТЕ.",
        "УВАЖАЕМАЯ САГЛАРА ОЧИРОВНА! Рецепт для Лиджиевой готов, МФЦ не нужен.",
        "Не выдают рецепт, отказали в рецепте, пишет Саглара",
        "Пишет [имя] [имя]: не выдают рецепт, [имя] отказали в РЕЦЕПТЕ.",
        "УВАЖАЕМАЯ [имя] [имя]! Рецепт для [имя] готов, МФЦ не нужен.",
    ),
    "in small and Latin letters": Answered(
        {"name": "убушаева алёна Smith", "email": "smith@example.org"},
        "пишет убушаева алена, smith@example.org: не приняли анализ мочи.",
        "Уважаемая Алена! Анализ убушаевой (SMITH) примут завтра.",
        "Не приняли анализ мочи, пишет алена",
        "пишет [имя] [имя], [эл. почта]: не приняли анализ мочи.",
        "Уважаемая [имя]! Анализ [имя] ([имя]) примут завтра.",
    ),
}


@pytest.mark.parametrize("one", NAMED.values(), ids=NAMED)
async def test_answers_are_without_data_of_their_applicants(running: Product, one: Answered) -> None:
    await answered(running, one.text, one.answer, applicant=one.applicant)
    message = await running.in_work(text=one.asks)

    (found,) = await similar(running, "executor", message, limit=1)

    assert (found["opening"], found["text"]) == (one.opening, one.shown)


async def test_answers_of_others_are_for_who_may_see_their_messages(running: Product) -> None:
    theirs = await answered(running, TEXT + " Третий корпус.", "Ответ второго исполнителя.", executor="executor2")
    message = await running.in_work(text=TEXT + " Третий корпус.")

    own = await similar(running, "executor", message, limit=20)
    overseen = await similar(running, "coordinator", message, limit=20)

    assert theirs not in [one["message"] for one in own]
    assert overseen[0]["message"] == theirs


async def test_secret_answers_and_other_subcategories_are_not_shown(running: Product) -> None:
    secret = await answered(running, TEXT + " Диагноз.", "О вашем диагнозе.", secret=True)
    message = await running.in_work(text=TEXT + " Диагноз.")
    other = await running.register(text=TEXT + " Диагноз.")
    place = {"category": "medicine", "subcategory": "medicine.vaccination", "organisation": "polyclinic"}
    await running.decide("moderator", other, "accept", **place)

    assert secret not in [one["message"] for one in await similar(running, "coordinator", message, limit=20)]
    assert await similar(running, "coordinator", other, limit=20) == []


async def test_similar_answers_are_for_who_works_on_the_message(running: Product) -> None:
    message = await running.in_work()

    statuses = {
        login: (await running.get(login, f"/messages/{message}/similar")).status_code
        for login in ("operator", "moderator", "executor2", "head_transport")
    }

    assert statuses == {"operator": 403, "moderator": 403, "executor2": 404, "head_transport": 404}
