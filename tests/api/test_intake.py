"""What a new message must say before it is registered."""

from __future__ import annotations

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("concerned", [{}, {"name": "Петров Пётр"}, {"basis": "доверенность"}])
async def test_representative_names_whom_he_represents_and_on_what_grounds(
    running: Product, concerned: dict[str, str]
) -> None:
    body = {
        "channel": "phone",
        "text": "Отцу не дают направление.",
        "applicant": {"name": "Иванова Мария Петровна", "email": "applicant@example.org"},
        "concerned": {"relation": "represented"} | concerned,
    }

    answer = await running.http.post("/api/v1/messages", headers=await running.headers("operator"), json=body)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["detail"]) == (
        "concerned",
        "Для представителя укажите, кого он представляет и на каком основании.",
    )
