"""Whoever prepares an answer, or decides on it, reads the letter before it is sent: the same words, but for what he may not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest

from activities.writing import LetterWriter
from api.previews import HIDDEN_CODE, HIDDEN_CONTACT_PERSON, HIDDEN_NAME
from tests.activities.desk import SENDER, text_of
from tests.api.test_drafts import upload
from tests.process.clock import until
from tests.product import Product

pytestmark = pytest.mark.anyio

NAME = "Иванова Мария Петровна"
TEXT = "Добавлена вторая линия телефона.\n\nТеперь дозвониться проще."


async def previewed(running: Product, login: str, message: str, **answer: Any) -> httpx.Response:
    path = f"/api/v1/messages/{message}/preview"
    return await running.http.post(path, headers=await running.headers(login), json=answer)


async def letters(running: Product, login: str, message: str, **answer: Any) -> dict[tuple[str, str], dict[str, str]]:
    found = await previewed(running, login, message, **answer)
    assert found.status_code == 200, found.text
    assert found.headers["cache-control"] == "private, no-store"
    return {(one["kind"]["code"], one["way"]["code"]): one for one in found.json()["letters"]}


async def sent(running: Product, message: str, kind: str) -> tuple[str, str]:
    """The letter as it left, with the code hidden as in a preview: written in the midst of its sending it would be in doubt."""
    shared = running.app.state.resources
    writer = LetterWriter(shared.files, shared.keys, running.settings.public_url)
    query = "SELECT id, state FROM letter WHERE case_id = :id AND kind = :kind AND way = 'email'"
    await until(lambda: [row["state"] for row in running.rows(query, id=message, kind=kind)] == ["sent"])
    (row,) = running.rows(query, id=message, kind=kind)
    with running.engine.connect() as connection:
        mail = writer.write(connection, str(row["id"]), SENDER)
    code = shared.keys.tracking_code(UUID(message), 1)
    return mail["Subject"], text_of(mail).rstrip("\n").replace(code, HIDDEN_CODE)


async def approve(running: Product, message: str, **answer: Any) -> None:
    await running.decide("executor", message, "submit_answer", **answer, endorsers=[], approver=running.people["head2"])
    await running.decide("head2", message, "approve")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("answer", {"type": "solved"}),
        ("answer", {"type": "declined", "ground": "no_essence"}),
        ("postponement", {"type": "postponed"}),
        ("answer_ready", {"type": "not_solved", "secret": True}),
        ("answer_ready", {"type": "declined", "ground": "no_essence", "secret": True}),
    ],
)
async def test_letter_is_sent_in_the_words_of_its_preview(running: Product, kind: str, answer: dict[str, Any]) -> None:
    message = await running.in_work()
    answer = answer | {"text": TEXT}
    if kind != "answer_ready":
        answer["files"] = [await upload(running), await upload(running, name="вторая.txt")]
    if answer["type"] == "postponed":
        due_on = running.case(message)["due_at"].astimezone(ZoneInfo("Europe/Moscow")).date()
        answer["postponed_until"] = (due_on + timedelta(days=5)).isoformat()

    shown = (await letters(running, "executor", message, **answer))[kind, "email"]
    await approve(running, message, **answer)

    assert (shown["subject"], shown["text"]) == await sent(running, message, kind)
    assert (TEXT in shown["text"]) is (kind != "answer_ready")
    assert f"Здравствуйте, {NAME}!" in shown["text"]


async def test_head_reads_the_letter_without_the_name_that_he_may_not_see(running: Product) -> None:
    message = await running.submitted()

    answer = await running.get("head", f"/messages/{message}/preview")

    (letter,) = answer.json()["letters"]
    assert f"Здравствуйте, {HIDDEN_NAME}!" in letter["text"]
    assert "Добавлена вторая линия телефона." in letter["text"]
    assert NAME not in answer.text


async def test_head_reads_the_letter_with_the_text_that_he_is_changing(running: Product) -> None:
    message = await running.submitted()

    changed = await letters(running, "head", message, text="Изменено руководителем.")

    assert "Изменено руководителем." in changed["answer", "email"]["text"]
    assert "Добавлена вторая линия" not in changed["answer", "email"]["text"]


async def test_preview_tells_every_way_in_which_the_applicant_is_told(running: Product) -> None:
    company = {"kind": "legal_entity", "name": "ООО «Волна»", "contact_person": "Пётр Ильич", "inn": "7707083893"}
    message = await running.in_work(applicant=company | {"email": "applicant@example.org", "portal_account": "esia-1"})

    open_ = await letters(running, "executor", message, type="solved", text=TEXT)
    secret = await letters(running, "executor", message, type="solved", text=TEXT, secret=True)

    assert set(open_) == {("answer", "portal"), ("answer", "email")}
    assert set(secret) == {("answer", "portal"), ("answer_ready", "email")}
    assert f"Здравствуйте, {HIDDEN_CONTACT_PERSON}!" in open_["answer", "email"]["text"]


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"type": "postponed"}, "postponed_until"),
        ({"type": "declined"}, "ground"),
        ({"type": "declined", "ground": "nothing"}, "ground"),
        ({"type": "solved", "files": ["6f9619ff-8b86-4d01-b42d-00cf4fc964ff"]}, "files"),
    ],
)
async def test_preview_without_what_the_words_need_names_the_field(
    running: Product, answer: dict[str, Any], field: str
) -> None:
    message = await running.in_work()

    found = await previewed(running, "executor", message, text=TEXT, **answer)

    assert (found.status_code, found.json()["field"]) == (422, field)


async def test_letter_is_shown_before_it_is_sent_to_who_works_on_it_alone(running: Product) -> None:
    message = await running.submitted()
    path = f"/messages/{message}/preview"

    answers = {
        login: await running.get(login, path) for login in ("operator", "moderator", "executor2", "head_transport")
    }

    assert {login: answer.status_code for login, answer in answers.items()} == {
        "operator": 403,
        "moderator": 403,
        "executor2": 404,
        "head_transport": 404,
    }
    assert [(await running.get(login, path)).status_code for login in ("executor", "head", "head2")] == [200] * 3


async def test_there_is_no_letter_of_an_answer_that_is_not_there(running: Product) -> None:
    message = await running.in_work()

    assert (await running.get("executor", f"/messages/{message}/preview")).status_code == 404
    assert (await previewed(running, "executor", message, text=TEXT)).status_code == 404


async def test_who_looks_at_a_letter_has_opened_the_card(running: Product) -> None:
    message = await running.submitted()

    await running.get("head2", f"/messages/{message}/preview")

    query = "SELECT opened FROM access_record WHERE case_id = :id AND person = :person"
    assert running.rows(query, id=message, person=running.people["head2"]) == [{"opened": "card"}]
