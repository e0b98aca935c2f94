"""The public form: a draft is nobody's but its key's, nothing is registered before the code, and strangers are slowed down."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from api import drafting
from api.app import STRANGERS_AT_ONCE, STRANGERS_OF_ONE
from api.places import Places
from storage.files import FileStore
from storage.public_drafts import CODE_LIFETIME, CODE_PAUSE, LIFETIME, WRONG_CODES, tidy_drafts
from storage.tidying import tidy
from storage.uploads import tidy_files
from tests.api_writing.alone import alone
from tests.api_writing.test_public_pages import SEEN
from tests.api_writing.test_reference import send
from tests.conftest import Database
from tests.product import Product
from tests.storage import documents

pytestmark = pytest.mark.anyio

EMAIL = "applicant@example.org"
FORM: dict[str, Any] = {
    "text": "Третий день не могу дозвониться в регистратуру.",
    "applicant": {"name": "Иванова Мария Петровна", "email": EMAIL, "phone": "8 900 123-45-67"},
    "category": "medicine",
    "subcategory": "medicine.no_answer",
    "organisation": "polyclinic",
    "rules_agreed": True,
}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as found:
        yield found


async def ask(running: Product, method: str, path: str, key: str = "", **more: Any) -> httpx.Response:
    """A request to the form's endpoints, as a browser makes it that holds the draft's key."""
    headers = {"X-Draft-Key": key} if key else {}
    headers |= more.pop("headers", {})
    return await running.http.request(method, f"/api/v1/public/drafts{path}", headers=headers, **more)


async def begun(running: Product, **changes: Any) -> str:
    answer = await ask(running, "POST", "", json=FORM | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def code_of(running: Product, email: str = EMAIL) -> str:
    """The code of the only draft, as its letter says it."""
    [draft] = running.rows("SELECT id, code_issue FROM public_draft")
    keys = running.app.state.resources.keys
    return str(keys.one_time_code(UUID(str(draft["id"])), draft["code_issue"], email))


async def with_code(running: Product, **changes: Any) -> str:
    key = await begun(running, **changes)
    answer = await ask(running, "POST", "/current/code", key)
    assert answer.status_code == 202, answer.text
    return key


async def confirm(running: Product, key: str, code: str) -> httpx.Response:
    return await ask(running, "POST", "/current/confirmation", key, json={"code": code})


async def upload(running: Product, key: str, content: bytes = documents.JPEG, once: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": once or str(uuid4())}
    return await ask(
        running, "POST", "/current/files", key, headers=headers, params={"name": "фото.jpg"}, content=content
    )


def registered(running: Product) -> list[dict[str, Any]]:
    return running.rows("SELECT * FROM message")


def stored_files(running: Product) -> int:
    return sum(1 for path in running.settings.files_dir.rglob("*") if path.is_file())


async def test_draft_has_no_number_no_term_and_no_case_until_its_code_is_given(running: Product) -> None:
    key = await with_code(running)

    before = (registered(running), running.rows("SELECT * FROM message_case"))
    draft = (await ask(running, "GET", "/current", key)).json()
    answer = await confirm(running, key, code_of(running))

    assert before == ([], [])
    assert draft["message"] is None
    assert draft["form"]["text"] == FORM["text"]
    assert draft["code"]["sent_to"] == EMAIL
    assert answer.status_code == 200, answer.text
    [message] = registered(running)
    assert answer.json()["number"] == message["number"]
    assert (message["channel"], message["rules_agreed"]) == ("form", True)
    [case] = running.rows("SELECT * FROM message_case")
    assert (case["regulation"], case["stage"]) == ("S2", "moderation")
    [letter] = running.rows("SELECT kind, way FROM letter")
    assert letter == {"kind": "registration", "way": "email"}


async def test_message_is_received_when_it_is_confirmed_and_belongs_to_the_form(
    running: Product, database: Database
) -> None:
    key = await with_code(running)
    database.shift_clock(600)
    [now] = running.rows("SELECT otklik_now() AS at")

    found = (await confirm(running, key, code_of(running))).json()

    [message] = registered(running)
    assert now["at"] <= message["received_at"] == message["created_at"] == datetime.fromisoformat(found["received_at"])
    [person] = running.rows("SELECT * FROM person WHERE id = :id", id=message["created_by"])
    assert (person["system"], person["password_hash"], person["organisation"]) == (True, None, "ministry")


async def test_number_and_code_open_the_message_and_are_told_again_to_the_same_key(running: Product) -> None:
    key = await with_code(running)
    first = (await confirm(running, key, code_of(running))).json()

    again = (await confirm(running, key, "000000")).json()
    draft = (await ask(running, "GET", "/current", key)).json()
    tracked = await running.http.post("/api/v1/track", json={"number": first["number"], "code": first["code"]})

    assert again == first == draft["message"]
    assert (draft["form"], draft["code"]) == (None, None)
    assert tracked.status_code == 200
    assert len(registered(running)) == 1


async def test_draft_is_sealed_in_the_record_and_its_key_is_not_there(running: Product) -> None:
    key = await begun(running)

    [row] = running.rows("SELECT key_hash, content FROM public_draft")

    for mark in (FORM["text"], "Иванова", EMAIL):
        assert mark.encode() not in bytes(row["content"])
    assert key.encode() not in bytes(row["key_hash"])


async def test_what_was_typed_is_gone_from_the_draft_when_it_is_a_message(running: Product) -> None:
    key = await with_code(running)

    await confirm(running, key, code_of(running))

    [row] = running.rows("SELECT content FROM public_draft")
    assert row["content"] is None
    assert (await ask(running, "PUT", "/current", key, json=FORM)).json()["code"] == "draft_confirmed"


async def test_unfinished_form_is_kept_as_it_is_typed(running: Product) -> None:
    key = await begun(running, applicant={"email": "неп"}, text="", rules_agreed=False)

    saved = await ask(running, "PUT", "/current", key, json=FORM | {"text": "Ещё пишу"})

    assert saved.status_code == 200
    assert (await ask(running, "GET", "/current", key)).json()["form"]["text"] == "Ещё пишу"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": "  "}, {"text"}),
        ({"applicant": {"name": "Имя"}}, {"applicant.email"}),
        ({"applicant": {"email": EMAIL}}, {"applicant.name"}),
        ({"rules_agreed": False}, {"rules_agreed"}),
        (
            {"applicant": {"name": "Имя", "email": "не адрес", "phone": "не телефон"}},
            {"applicant.email", "applicant.phone"},
        ),
        ({"applicant": {"kind": "legal_entity", "name": "ООО", "email": EMAIL}}, {"applicant"}),
        ({"concerned": {"relation": "represented"}}, {"concerned"}),
        ({"text": "", "rules_agreed": False}, {"text", "rules_agreed"}),
    ],
)
async def test_code_is_sent_for_a_complete_form_alone(
    running: Product, changes: dict[str, Any], fields: set[str]
) -> None:
    key = await begun(running, **changes)

    answer = await ask(running, "POST", "/current/code", key)

    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == fields
    assert running.rows("SELECT * FROM short_letter") == []


@pytest.mark.requirement("S2-06")
async def test_rules_and_reasons_to_decline_are_shown_before_anything_is_sent_and_must_be_agreed_to(
    running: Product,
) -> None:
    key = await begun(running, rules_agreed=False)

    shown = (await running.http.get("/api/v1/public/form")).json()
    refused = await ask(running, "POST", "/current/code", key)

    assert "Опишите суть" in [one["title"] for one in shown["rules"]]
    assert "Из сообщения не ясна суть вопроса" in [one["title"] for one in shown["grounds"]]
    assert "ознакомились с правилами" in refused.json()["errors"][0]["detail"]


async def test_form_shows_notice_categories_with_hints_and_where_to_call(running: Product) -> None:
    await send(running, "administrator", "PATCH", "/categories/medicine.vaccination", {"hint": "Запись на прививку"})
    await send(
        running, "administrator", "PATCH", "/organisations/ministry", {"contacts": {"phone": "+7 847 224-10-75"}}
    )
    await send(running, "administrator", "PATCH", "/categories/roads", {"active": False})

    shown = (await running.http.get("/api/v1/public/form")).json()

    [category] = shown["categories"]
    assert [one["hint"] for one in category["subcategories"]] == ["Запись на прививку", ""]
    assert shown["phone"] == "+78472241075"
    assert [one["number"] for one in shown["emergencies"]] == ["103", "112"]
    assert "Министерство здравоохранения" in shown["processing_notice"]
    assert {"code": "polyclinic", "title": "Городская поликлиника"} in shown["organisations"]


async def test_written_notice_goes_before_the_usual_one(running: Product) -> None:
    page = {"processing_notice": "Данные обрабатывает министерство."}
    await send(running, "administrator", "PUT", "/organisations/ministry/page", page | SEEN)

    shown = (await running.http.get("/api/v1/public/form")).json()

    assert shown["processing_notice"] == page["processing_notice"]


async def test_wrong_code_is_counted_and_after_some_only_a_new_one_helps(running: Product) -> None:
    key = await with_code(running)
    wrong = "".join(str((int(digit) + 1) % 10) for digit in code_of(running))

    answers = [await confirm(running, key, wrong) for _ in range(WRONG_CODES)]
    late = await confirm(running, key, code_of(running))

    assert {answer.json()["code"] for answer in answers} == {"code_wrong"}
    assert "Осталось попыток: 4" in answers[0].json()["detail"]
    assert late.json()["code"] == "code_expired"
    assert registered(running) == []


async def test_code_is_good_for_a_quarter_of_an_hour(running: Product, database: Database) -> None:
    key = await with_code(running)
    code = code_of(running)
    database.shift_clock(CODE_LIFETIME.total_seconds() + 1)

    answer = await confirm(running, key, code)

    assert answer.json()["code"] == "code_expired"
    assert registered(running) == []


async def test_new_code_voids_the_one_before_and_is_not_sent_at_once(running: Product, database: Database) -> None:
    key = await with_code(running)
    old = code_of(running)
    early = await ask(running, "POST", "/current/code", key)
    database.shift_clock(CODE_PAUSE.total_seconds() + 1)

    await ask(running, "POST", "/current/code", key)
    answers = [await confirm(running, key, code) for code in (old, code_of(running))]

    assert (early.status_code, early.json()["code"]) == (429, "code_sent_already")
    assert 0 < int(early.headers["retry-after"]) <= 60
    assert old != code_of(running)
    assert [answer.status_code for answer in answers] == [422, 200]


async def test_code_proves_the_address_that_it_was_sent_to_and_no_other(running: Product) -> None:
    key = await with_code(running)
    code = code_of(running)
    other = FORM | {"applicant": FORM["applicant"] | {"email": "victim@example.org"}}

    await ask(running, "PUT", "/current", key, json=other)
    answer = await confirm(running, key, code)

    assert answer.json()["code"] == "code_wrong"
    assert registered(running) == []


async def test_message_that_the_rules_refuse_stays_a_draft(running: Product) -> None:
    key = await with_code(running, category="nothing", subcategory="")

    answer = await confirm(running, key, code_of(running))

    assert (answer.status_code, answer.json()["code"]) == (422, "category_unknown")
    assert registered(running) == []
    assert (await ask(running, "GET", "/current", key)).json()["form"]["category"] == "nothing"


async def test_files_go_with_the_message_and_photos_lose_what_is_beside_the_picture(running: Product) -> None:
    key = await begun(running)
    kept = await upload(running, key, documents.HEIC)
    gone = await upload(running, key)

    removed = await ask(running, "DELETE", f"/current/files/{gone.json()['id']}", key)
    await ask(running, "POST", "/current/code", key)
    await confirm(running, key, code_of(running))

    assert (kept.status_code, kept.json()["media_type"]) == (201, "image/jpeg")
    assert removed.status_code == 204
    [file] = running.rows("SELECT id, role, case_id FROM attachment")
    assert str(file["id"]) == kept.json()["id"]
    assert (file["role"], file["case_id"]) == ("message", registered(running)[0]["id"])
    assert stored_files(running) == 1


async def test_same_file_sent_again_with_one_key_is_there_once(running: Product) -> None:
    key = await begun(running)

    first, again = [await upload(running, key, once="once") for _ in range(2)]

    assert first.json()["id"] == again.json()["id"]
    assert len((await ask(running, "GET", "/current", key)).json()["files"]) == 1


async def test_too_many_files_are_refused_and_leave_nothing(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "FILES", 1)
    key = await begun(running)
    await upload(running, key)

    answer = await upload(running, key)

    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_files")
    assert stored_files(running) == 1


async def test_draft_is_nobodys_without_its_key(running: Product) -> None:
    key = await begun(running)
    file = (await upload(running, key)).json()["id"]
    other = (await ask(running, "POST", "", json={})).json()["key"]

    answers = [
        await ask(running, "GET", "/current", "x"),
        await ask(running, "PUT", "/current", "x", json=FORM),
        await ask(running, "DELETE", "/current", "x"),
        await upload(running, "x"),
        await ask(running, "POST", "/current/code", "x"),
        await confirm(running, "x", "000000"),
    ]
    await ask(running, "DELETE", f"/current/files/{file}", other)

    assert {answer.status_code for answer in answers} == {404}
    assert (await ask(running, "GET", "/current")).status_code == 422
    assert len((await ask(running, "GET", "/current", key)).json()["files"]) == 1
    assert (await running.get("administrator", f"/attachments/{file}")).status_code == 404


async def test_draft_of_yesterday_is_gone_with_its_files_and_letters(running: Product, database: Database) -> None:
    key = await with_code(running)
    await upload(running, key)
    files = FileStore(running.settings.files_dir, running.app.state.resources.keys)
    assert tidy_drafts(running.engine, files) == 0

    database.shift_clock(LIFETIME.total_seconds() + 1)
    seen = await ask(running, "GET", "/current", key)
    gone = tidy_drafts(running.engine, files)

    assert (seen.status_code, gone) == (404, 1)
    for table in ("public_draft", "short_letter", "attachment"):
        assert running.rows(f"SELECT * FROM {table}") == []
    assert stored_files(running) == 0


async def test_confirmed_draft_of_yesterday_is_gone_and_its_message_stays_with_its_file(
    running: Product, database: Database
) -> None:
    key = await begun(running)
    await upload(running, key)
    await ask(running, "POST", "/current/code", key)
    await confirm(running, key, code_of(running))
    files = FileStore(running.settings.files_dir, running.app.state.resources.keys)

    database.shift_clock(2 * LIFETIME.total_seconds())
    gone = tidy_drafts(running.engine, files)
    tidy_files(running.engine, files)
    tidy(running.engine)

    assert gone == 1
    assert len(registered(running)) == stored_files(running) == 1


async def test_draft_that_its_writer_discards_is_gone_at_once(running: Product) -> None:
    key = await begun(running)
    await upload(running, key)

    answer = await ask(running, "DELETE", "/current", key)

    assert answer.status_code == 204
    assert running.rows("SELECT * FROM public_draft") == []
    assert stored_files(running) == 0


@pytest.mark.parametrize("limit", ["CODES_TO_EMAIL", "CODES_FROM_ADDRESS", "CODES"])
async def test_letters_with_codes_are_bounded_by_address_by_email_and_in_all(
    running: Product, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(drafting, limit, 2)

    answers = [await ask(running, "POST", "/current/code", await begun(running)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert len(running.rows("SELECT * FROM short_letter")) == 2


async def test_letters_to_one_email_are_bounded_by_the_day(
    running: Product, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "CODES_TO_EMAIL", 1)
    await ask(running, "POST", "/current/code", await begun(running))

    passed = timedelta(hours=18).total_seconds()
    database.shift_clock(passed)
    same_day = await ask(running, "POST", "/current/code", await begun(running))
    told = int(same_day.headers["retry-after"])
    database.shift_clock(passed + told)
    then = await ask(running, "POST", "/current/code", await begun(running))

    assert [same_day.status_code, then.status_code] == [429, 202]
    assert 0 < told <= timedelta(hours=6).total_seconds()
    assert same_day.json()["detail"] == "Слишком много попыток. Повторите через 6 часов."


@pytest.mark.parametrize("limit", ["DRAFTS_FROM_ADDRESS", "DRAFTS"])
async def test_drafts_are_bounded_by_address_and_in_all(
    running: Product, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(drafting, limit, 1)

    answers = [await ask(running, "POST", "", json=FORM) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 429]


async def test_address_that_is_refused_uses_up_nothing_of_the_others(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "DRAFTS_FROM_ADDRESS", 1)

    for _ in range(3):
        await ask(running, "POST", "", json=FORM)

    [all_together] = running.rows("SELECT count FROM attempt WHERE scope = 'draft'")
    assert all_together["count"] == 1


async def test_who_asks_for_a_code_twice_uses_up_none_of_the_day(running: Product, database: Database) -> None:
    key = await begun(running)

    answers = [await ask(running, "POST", "/current/code", key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 429, 429]
    assert [row["count"] for row in running.rows("SELECT count FROM attempt WHERE scope = 'code_email'")] == [1]


async def test_form_whose_account_rests_is_closed(running: Product) -> None:
    await begun(running)
    [account] = running.rows("SELECT id FROM person WHERE login = 'public-form'")
    await send(running, "administrator", "PATCH", f"/people/{account['id']}", {"active": False})

    answer = await ask(running, "POST", "", json=FORM)

    assert (answer.status_code, answer.json()["code"]) == (403, "form_closed")


@pytest.mark.parametrize(
    "body",
    [{"more": 1}, {"applicant": {"name": "я" * 301}}, {"channel": "portal"}, {"secret": True}],
)
async def test_form_of_another_shape_is_refused(running: Product, body: dict[str, Any]) -> None:
    assert (await ask(running, "POST", "", json=body)).status_code == 422


async def test_code_is_of_six_digits_and_forgives_spaces(running: Product) -> None:
    key = await with_code(running)
    code = code_of(running)

    answer = await confirm(running, key, f" {code[:3]} {code[3:]}")

    assert re.fullmatch("[0-9]{6}", code)
    assert answer.status_code == 200


async def test_holder_of_a_key_sends_a_long_text_and_a_large_file(running: Product) -> None:
    key = (await ask(running, "POST", "", json={})).json()["key"]
    long = FORM | {"text": "ы" * 20_000}

    saved = [await ask(running, "PUT", "/current", one, json=long) for one in (key, "nobody's")]
    longer = await ask(running, "PUT", "/current", key, json=long | {"text": "ы" * 20_001})
    stored = [await upload(running, one, documents.PDF + bytes(1 << 20)) for one in (key, "nobody's")]

    assert [answer.status_code for answer in saved] == [200, 413]
    assert longer.json()["code"] == "invalid_request"
    assert [answer.status_code for answer in stored] == [201, 413]


async def test_uploads_need_their_length_and_say_so(running: Product) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield documents.PDF

    paths = ("/api/v1/public/drafts/current/files", "/api/v1/attachments")
    described = (await running.http.get("/openapi.json")).json()["paths"]

    answers = [await running.http.post(path, content=pieces(), params={"name": "a.pdf"}) for path in paths]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(411, "length_required")] * 2
    assert ["411" in described[path]["post"]["responses"] for path in paths] == [True, True]


async def test_one_address_has_two_uploads_at_a_time_and_leaves_the_others_theirs(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = running.app.state.resources
    monkeypatch.setitem(shared.__dict__, "strangers_uploads", Places(STRANGERS_AT_ONCE, STRANGERS_OF_ONE, 0.05))
    key = await begun(running)

    async with AsyncExitStack() as taken:
        for address in ["10.0.0.1", "127.0.0.1"] * STRANGERS_OF_ONE:
            await taken.enter_async_context(shared.strangers_uploads.taken_by(address))
        during = await upload(running, key)
    async with shared.strangers_uploads.taken_by("10.0.0.1"), shared.strangers_uploads.taken_by("10.0.0.1"):
        other = await upload(running, key)

    assert (during.status_code, during.json()["code"]) == (503, "too_busy")
    assert other.status_code == 201
