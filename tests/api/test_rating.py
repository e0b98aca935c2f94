"""The applicant rates and asks for a repeat by number and code; staff and curators read it. Source: S0, п. 2; G-28, G-44."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.api.test_tracking import proof, titles, tracked
from tests.product import Product

pytestmark = pytest.mark.anyio

SECRET_WORDS = "Мой телефон +7 900 123-45-67, перезвоните"
MISSING = "Не сказано, когда откроют регистратуру."


async def answered(running: Product, **fields: Any) -> str:
    message = await running.submitted(endorsers=(), **fields)
    await running.decide("head2", message, "approve")
    return message


async def decided(running: Product, message: str, action: str, key: str | None = None, **fields: Any) -> httpx.Response:
    given = proof(running, message)
    return await running.http.post(
        f"/api/v1/track/{given['number']}/decisions",
        headers={"X-Tracking-Code": given["code"], "Idempotency-Key": key or str(uuid4())},
        json={"action": action, "parameters": fields},
    )


@pytest.mark.requirement("S0-08")
async def test_low_rating_offers_a_repeat_which_begins_anew_and_shows_staff_what_is_missing(running: Product) -> None:
    message = await answered(running)
    before = (await tracked(running, message))["rating"]

    rated = (await decided(running, message, "rate", score=2, words=SECRET_WORDS)).json()
    again = (await decided(running, message, "ask_repeat", missing=MISSING)).json()
    card = (await running.get("coordinator", f"/messages/{message}")).json()

    assert (before["open"], before["repeat"], before["score"]) == (True, False, None)
    assert (rated["rating"]["score"], rated["rating"]["repeat"]) == (2, True)
    assert titles(again)[-2:] == ["Вы оценили ответ", "Начато повторное рассмотрение"]
    assert (again["finished"], again["rating"]) == (False, None)
    assert card["state"]["stage"]["code"] == "coordination"
    (shown,) = card["ratings"]
    assert (shown["score"], shown["words"], shown["missing"]) == (2, SECRET_WORDS, MISSING)
    assert card["answers"][-1]["text"] == "Добавлена вторая линия телефона."
    row = running.case(message)
    (due,) = [one for one in card["dates"] if one["kind"] == "message_due"]
    assert due["total_seconds"] == 30 * 86_400
    assert any("рассмотреть повторно" in sentence for sentence in due["sentences"])
    assert row["due_at"] > row["received_at"]


@pytest.mark.requirement("S0-08")
async def test_repeat_is_not_approved_by_whoever_approved_before(running: Product) -> None:
    message = await answered(running)
    await decided(running, message, "rate", score=1)
    await decided(running, message, "ask_repeat", missing=MISSING)
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    await running.decide("executor", message, "start_work")
    answer = {"type": "solved", "text": "Регистратуру откроют 5 августа.", "endorsers": []}

    refused = await running.try_to("executor", message, "submit_answer", **answer, approver=running.people["head2"])
    card = (await running.get("executor", f"/messages/{message}")).json()
    await running.decide("executor", message, "submit_answer", **answer, approver=running.people["head"])
    await running.decide("head", message, "approve")
    last = (await decided(running, message, "rate", score=2)).json()

    assert (refused.status_code, refused.json()["code"]) == (422, "approver_of_first_answer")
    assert "первый ответ: Сотрудник head." in refused.json()["detail"]
    (submit,) = [one for one in card["actions"] if one["action"] == "submit_answer"]
    assert str(running.people["head2"]) not in str(submit["fields"]["properties"]["approver"])
    assert last["rating"]["repeat"] is False
    assert "обжаловать" in last["rating"]["contest"]


async def test_rating_is_the_applicants_alone_and_within_its_scale(running: Product) -> None:
    message = await answered(running)
    by_staff = await running.try_to("coordinator", message, "rate", score=5)
    given = proof(running, message)
    stranger = await running.http.post(
        f"/api/v1/track/{given['number']}/decisions",
        headers={"X-Tracking-Code": "AAAA-AAAA-AAAA-AAAA", "Idempotency-Key": "x"},
        json={"action": "rate", "parameters": {"score": 5}},
    )

    assert by_staff.status_code in (403, 409)
    assert stranger.status_code == 404
    for score in (0, 6, None):
        assert (await decided(running, message, "rate", score=score)).status_code == 422
    assert (await decided(running, message, "ask_repeat", missing=MISSING)).status_code == 409


async def test_unanswered_message_is_not_rated(running: Product) -> None:
    message = await running.in_work()

    assert (await tracked(running, message))["rating"] is None
    assert (await decided(running, message, "rate", score=5)).status_code == 409


async def test_words_of_a_rating_are_sealed_and_hidden_from_whoever_sees_no_contacts(running: Product) -> None:
    message = await answered(running)
    await decided(running, message, "rate", score=3, words=SECRET_WORDS)

    (kept,) = running.rows("SELECT * FROM decision WHERE case_id = :id AND action = 'rate'", id=message)
    (row,) = running.rows("SELECT words FROM satisfaction WHERE case_id = :id", id=message)
    card = (await running.get("curator", f"/messages/{message}")).json()

    assert "900" not in str(kept["parameters"])
    assert SECRET_WORDS.encode() not in bytes(row["words"])
    assert "123-45-67" not in card["ratings"][0]["words"]


async def test_curator_reads_average_shares_and_repeats_of_his_organisations(running: Product) -> None:
    before = (await running.get("curator", "/satisfaction")).json()["whole"]
    for score in (5, 4, 1):
        message = await answered(running)
        await decided(running, message, "rate", score=score)
    survey(running, message)
    await decided(running, message, "ask_repeat", missing=MISSING)

    found = (await running.get("curator", "/satisfaction")).json()

    assert found["whole"]["ratings"] == before["ratings"] + 3
    assert found["whole"]["repeats"] == before["repeats"] + 1
    assert 1 <= found["whole"]["average"] <= 5
    assert [one["code"] for one in found["organisations"]] == ["polyclinic"]
    assert [one["code"] for one in found["categories"]] == ["medicine"]
    assert sum(one["ratings"] for one in found["categories"]) == found["whole"]["ratings"]


def survey(running: Product, message: str) -> None:
    """The answers of a survey stand in the same table; ratings are counted without them."""
    running.write(
        """INSERT INTO satisfaction (case_id, answer, source, at, questions, answers, channel, organisation, category)
        SELECT id, 1, 'survey', otklik_now(), 'S1-4/1', '{"satisfied": true, "term": 2}', 'page', organisation, category
        FROM message_case WHERE id = :id""",
        id=message,
    )


@pytest.mark.parametrize("login", ["executor", "coordinator", "head", "operator", "administrator"])
async def test_satisfaction_is_read_by_curators_alone(running: Product, login: str) -> None:
    assert (await running.get(login, "/satisfaction")).status_code == 403


@pytest.mark.requirement("S0-08")
async def test_answer_letter_tells_how_to_rate(running: Product) -> None:
    message = await running.submitted(endorsers=())

    seen = (await running.get("head2", f"/messages/{message}/preview")).json()

    assert any("Оцените ответ в течение 14 дней" in one["text"] for one in seen["letters"])
