"""«Забыли код» on its page, and what the tracking page keeps to itself."""

from __future__ import annotations

import httpx2 as httpx
import pytest

from api import tracking
from api.story_shapes import NOT_HERE
from tests.api.test_tracking import proof
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio


async def lost(running: Product, number: str, email: str) -> httpx.Response:
    return await running.http.post("/track/code", data={"number": number, "email": email})


async def test_lost_code_is_asked_for_on_a_page_that_tells_nobody_whether_there_is_such_a_message(
    running: Product,
) -> None:
    number = running.case(await running.register())["number"]

    mine = await lost(running, number, "applicant@example.org")
    nobodys = await lost(running, "1999-0000001", "applicant@example.org")

    assert (mine.status_code, nobodys.status_code) == (200, 200)
    assert "на него придёт письмо с новым кодом" in words(mine)
    assert words(mine).replace(number, "") == words(nobodys).replace("1999-0000001", "")
    ordered = running.rows("SELECT number FROM short_letter WHERE kind = 'tracking_code'")
    assert {row["number"] for row in ordered} >= {number}


@pytest.mark.parametrize(("number", "email", "field"), [("", "a@b.example", "number"), ("2026-1", "нет", "email")])
async def test_form_comes_back_with_what_is_wrong_beside_its_field(
    running: Product, number: str, email: str, field: str
) -> None:
    answer = await lost(running, number, email)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'value="{number or email}"' in answer.text


async def test_too_many_wishes_for_a_code_are_told_on_the_page(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "LOST_CODES", 0)

    answer = await lost(running, "2026-0000009", "a@b.example")

    assert answer.status_code == 429
    assert 900 < int(answer.headers["retry-after"]) <= 86400
    assert "Слишком много попыток" in words(answer)


async def test_secret_answer_is_not_on_the_page_which_says_where_to_get_it(running: Product) -> None:
    message = await running.in_work(secret=True)
    secret = "Анализ показал то, о чём здесь нельзя."
    approver = running.people["head2"]
    await running.decide("executor", message, "submit_answer", type="solved", text=secret, approver=approver)
    await running.decide("head2", message, "approve")

    answer = await running.http.post("/track", data=proof(running, message))

    assert answer.status_code == 200
    assert secret not in answer.text
    assert NOT_HERE in words(answer)
