"""Hints are asked for by whoever is signed in, are about any text, and are kept nowhere."""

from __future__ import annotations

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio


async def test_hints_say_where_what_and_by_which_clause(running: Product) -> None:
    text = "😀 В ЦРБ нету талонов, звоните Ивановой: 8 (8472) 24-10-75."

    answer = await running.http.post("/api/v1/hints", headers=await running.headers("executor"), json={"text": text})

    hints = answer.json()["hints"]
    assert [(one["kind"]["code"], one["word"]) for one in hints] == [
        ("abbreviation", "ЦРБ"),
        ("colloquial", "нету"),
        ("identifier", "8 (8472) 24-10-75"),
    ]
    assert all(text[one["start"] : one["end"]] == one["word"] for one in hints)
    assert hints[0]["advice"] == "напишите: центральная районная больница"
    assert hints[1] | {"start": 0, "end": 0} == {
        "kind": {"code": "colloquial", "title": "Разговорное или устаревшее"},
        "start": 0,
        "end": 0,
        "word": "нету",
        "advice": "нет",
        "clause": "S1, 3.2, абзац 3",
    }


async def test_hints_are_for_staff_and_for_texts_that_can_be_sent(running: Product) -> None:
    headers = await running.headers("executor")

    assert (await running.http.post("/api/v1/hints", json={"text": "Текст"})).status_code == 401
    assert (await running.http.post("/api/v1/hints", headers=headers, json={"text": "я" * 50_001})).status_code == 422


async def test_answer_with_hints_is_accepted_all_the_same(running: Product) -> None:
    message = await running.in_work()

    answer = await running.try_to(
        "executor", message, "submit_answer", type="solved", text="Вы сами виноваты.", approver=running.people["head2"]
    )

    assert answer.status_code == 200
