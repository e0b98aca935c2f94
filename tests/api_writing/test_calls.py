"""An intake operator talks to applicants: nothing is told before they have shown who they are, and everything is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from storage.calls import LONGEST, TOLD
from tests.api_writing.alone import alone
from tests.api_writing.test_public_pages import SEEN
from tests.api_writing.test_reference import send
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

MARIA = {"name": "Иванова Мария Петровна", "phone": "8 900 123-45-67", "email": "maria@example.org"}
STEP = {"who": "Мы", "when": "до 5 августа", "what": "пришлём ответ."}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    async with alone(database, tmp_path) as found:
        yield found


async def write(
    running: Product, path: str, body: Any, login: str = "operator", key: str | None = None, method: str = "POST"
) -> httpx.Response:
    return await send(running, login, method, path, body, key)


async def begun(running: Product, login: str = "operator") -> str:
    answer = await write(running, "/calls", {"way": "phone"}, login)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def found(running: Product, call: str, login: str = "operator", **by: str) -> list[str]:
    answer = await write(running, f"/calls/{call}/search", by, login)
    assert answer.status_code == 200, answer.text
    return [one["message"] for one in answer.json()["found"]]


async def answer_questions(running: Product, call: str, message: str, **answers: str) -> httpx.Response:
    return await write(running, f"/calls/{call}/identity", {"message": message, "answers": answers})


async def note(running: Product, call: str, **fields: Any) -> httpx.Response:
    return await write(running, f"/calls/{call}", fields, method="PATCH")


async def end(running: Product, call: str, summary_to: str | None = None, **fields: Any) -> httpx.Response:
    """What was said is noted, and the call is over."""
    await note(running, call, **{"kind": "consultation", "subject": "Спросила о часах приёма; ответили."} | fields)
    return await write(running, f"/calls/{call}/end", {"summary_to": summary_to})


def code_of(running: Product, message: str) -> str:
    return str(running.app.state.resources.keys.tracking_code(UUID(message), 1))


@pytest.mark.requirement("S1-39", "S1-43", "S4-11", "S4-12", "S4-13")
@pytest.mark.parametrize("way", ["phone", "visit"])
async def test_call_begins_with_full_name_of_the_body_position_and_name_and_ends_with_thanks(
    running: Product, way: str
) -> None:
    await send(running, "administrator", "PUT", "/organisations/ministry/page", SEEN | {"full_name": "Министерство РК"})
    number = running.people["operator"]
    await send(running, "administrator", "PATCH", f"/people/{number}", {"position": "Специалист"})

    call = (await write(running, "/calls", {"way": way})).json()

    assert call["greeting"] == ("Здравствуйте! Министерство РК, Специалист Сотрудник operator. Как к вам обращаться?")
    assert "Спасибо" in call["farewell"]
    assert "свидания" in call["farewell"]


async def test_search_finds_by_number_phone_and_surname_and_shows_nothing_of_the_message(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    await running.register(applicant={"name": "Петрова Анна", "phone": "8 900 765-43-21"})
    number = running.case(message)["number"]
    call = await begun(running)

    by = [
        await found(running, call, **one)
        for one in ({"number": f"№ {number}"}, {"phone": "+7 (900) 123-45-67"}, {"surname": "ИВАНОВА Мария"})
    ]
    shown = await write(running, f"/calls/{call}/search", {"number": number})

    assert by == [[message]] * 3
    assert [one["code"] for one in shown.json()["found"][0]["questions"]] == ["code", "name", "phone", "email"]
    for secret in ("Иванова", "900", "maria", "дозвониться"):
        assert secret not in shown.text


async def test_surname_is_searched_where_the_operator_works_alone(running: Product, database: Database) -> None:
    message = await running.register(applicant=MARIA)
    database.owner("UPDATE message_case SET organisation = 'transport'")
    database.owner(
        "UPDATE grant_ SET organisation = 'polyclinic' WHERE person = :person", person=running.people["operator"]
    )
    await send(running, "administrator", "PATCH", "/categories/roads", {"title": "Дороги "})
    call = await begun(running)

    by_phone = await found(running, call, phone=MARIA["phone"])
    by_surname = await found(running, call, surname="Иванова")

    assert by_phone == [message]  # he took it in
    assert by_surname == []


async def test_nothing_of_a_message_is_told_before_the_caller_has_shown_that_it_is_his(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call = await begun(running)

    before = await running.get("operator", f"/calls/{call}/story")
    wrong = await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 000-00-00")
    still = await running.get("operator", f"/calls/{call}/story")
    right = await answer_questions(running, call, message, name="иванова мария", email="Maria@example.org")
    after = await running.get("operator", f"/calls/{call}/story")

    assert (before.status_code, before.json()["code"]) == (403, "identity_needed")
    assert wrong.json() == {"confirmed": False, "right": {"name": True, "phone": False}, "tries_left": 2}
    assert still.status_code == 403
    assert right.json()["confirmed"] is True
    assert after.json()["story"]["number"] == running.case(message)["number"]
    assert after.json()["story"]["next"]["text"].startswith("Модератор проверит")
    assert after.json()["before"] == []
    again = await answer_questions(running, call, message, name="Петрова Анна", phone="8 900 000-00-00")
    assert again.json() == {"confirmed": True, "right": {}, "tries_left": 2}


async def test_code_alone_shows_whose_the_message_is(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call = await begun(running)

    answer = await answer_questions(running, call, message, code=code_of(running, message).lower())

    assert answer.json()["confirmed"] is True


async def test_after_three_wrong_sets_of_answers_nobody_is_asked_again(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call = await begun(running)
    for _ in range(3):
        await answer_questions(running, call, message, name="Петрова Анна", phone="8 900 123-45-67")

    late = await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")
    shown = (await running.get("operator", f"/calls/{call}")).json()

    assert (late.status_code, late.json()["code"]) == (409, "identity_failed")
    assert (shown["identity"]["code"], shown["tries_left"]) == ("failed", 0)
    assert (await running.get("operator", f"/calls/{call}/story")).status_code == 403


async def test_wrong_answers_about_one_message_are_counted_over_all_calls_of_a_day(running: Product) -> None:
    message, other = await running.register(applicant=MARIA), await running.register(applicant=MARIA)
    for _ in range(2):
        call = await begun(running)
        for _ in range(3):
            await answer_questions(running, call, message, name="Петрова Анна", phone="8 900 123-45-67")
    call = await begun(running)
    right = {"name": "Иванова Мария", "phone": "8 900 123-45-67"}

    candidates = (await write(running, f"/calls/{call}/search", {"phone": MARIA["phone"]}, "operator")).json()["found"]
    late = await answer_questions(running, call, message, **right)
    elsewhere = await answer_questions(running, await begun(running), other, **right)

    assert (late.status_code, late.json()["code"]) == (409, "identity_failed")
    assert elsewhere.json()["confirmed"] is True
    assert {one["message"]: one["tries_left"] for one in candidates} == {message: 0, other: 3}


async def test_answers_sent_again_with_one_key_count_once(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call, key = await begun(running), str(uuid4())
    body = {"message": message, "answers": {"name": "Петрова Анна"}}

    answers = [(await write(running, f"/calls/{call}/identity", body, key=key)).json() for _ in range(2)]

    assert [answer["tries_left"] for answer in answers] == [2, 2]


async def test_message_that_the_operator_may_not_look_up_does_not_exist_for_him(
    running: Product, database: Database
) -> None:
    message = await running.register(applicant=MARIA)
    database.owner("UPDATE message_case SET organisation = 'transport'")
    database.owner("UPDATE message_case SET created_by = :person", person=running.people["head"])
    database.owner(
        "UPDATE grant_ SET organisation = 'polyclinic' WHERE person = :person", person=running.people["operator"]
    )
    await send(running, "administrator", "PATCH", "/categories/roads", {"title": "Дороги "})
    call = await begun(running)

    answer = await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")

    assert await found(running, call, number=running.case(message)["number"]) == []
    assert answer.status_code == 404


@pytest.mark.requirement("S1-41", "S1-42")
async def test_third_transfer_is_warned_of_and_needs_to_be_meant(running: Product) -> None:
    call = await begun(running)
    for to in ("Регистратура", "Заведующий отделением"):
        shown = (await write(running, f"/calls/{call}/transfers", {"to": to})).json()
    third = {"to": "Бухгалтерия"}

    warned = await write(running, f"/calls/{call}/transfers", third)
    meant = (await write(running, f"/calls/{call}/transfers", third | {"beyond_limit": True})).json()

    assert shown["transfers_left"] == 0
    assert (warned.status_code, warned.json()["code"], warned.json()["clause"]) == (
        409,
        "too_many_transfers",
        "S1, 6.5",
    )
    assert [one["to"] for one in meant["transfers"]] == ["Регистратура", "Заведующий отделением", "Бухгалтерия"]
    assert [one["beyond_limit"] for one in meant["transfers"]] == [False, False, True]


async def test_transfer_sent_again_with_one_key_is_one_link(running: Product) -> None:
    call, key = await begun(running), str(uuid4())

    for _ in range(2):
        shown = await write(running, f"/calls/{call}/transfers", {"to": "Регистратура"}, key=key)

    assert len(shown.json()["transfers"]) == 1


@pytest.mark.requirement("S4-10")
async def test_consultation_of_more_than_ten_minutes_is_marked(running: Product, database: Database) -> None:
    short, long = await begun(running), await begun(running)
    first = (await end(running, short)).json()
    database.shift_clock(11 * 60)

    second = (await end(running, long)).json()

    assert (first["too_long"], second["too_long"]) == (False, True)
    assert second["begun_at"] < second["ended_at"]


@pytest.mark.requirement("S4-14")
async def test_summary_says_who_does_what_by_when_and_is_sent_if_wished(running: Product) -> None:
    call = await begun(running)

    ended = (await end(running, call, steps=[STEP], summary_to="maria@example.org")).json()

    assert ended["summary"] == "Мы, до 5 августа: пришлём ответ."
    [letter] = running.rows("SELECT kind, call FROM short_letter")
    assert letter == {"kind": "call_summary", "call": UUID(call)}


async def test_summary_of_nothing_or_about_a_secret_matter_is_not_sent(running: Product) -> None:
    message = await running.register(applicant=MARIA, secret=True)
    empty, secret = await begun(running), await begun(running)
    await answer_questions(running, secret, message, name="Иванова Мария", phone="8 900 123-45-67")

    answers = [
        await end(running, empty, summary_to="maria@example.org"),
        await end(running, secret, steps=[STEP], summary_to="maria@example.org"),
    ]

    assert [(answer.status_code, answer.json()["field"]) for answer in answers] == [(422, "steps"), (422, "summary_to")]
    assert running.rows("SELECT * FROM short_letter") == []
    assert (await end(running, secret)).json()["ended_at"] is not None


async def test_call_without_kind_or_subject_does_not_end(running: Product) -> None:
    call = await begun(running)

    answers = [await end(running, call, kind=None), await end(running, call, subject="")]

    assert [(answer.status_code, answer.json()["field"]) for answer in answers] == [(422, "kind"), (422, "subject")]


@pytest.mark.requirement("S1-38")
async def test_journal_of_a_closed_message_tells_of_the_call_about_its_answer(
    running: Product, database: Database
) -> None:
    message = await running.register(applicant=MARIA)
    database.owner("UPDATE message_case SET closed_at = otklik_now(), outcome = 'answered', stage = 'delivery'")
    call = await begun(running)
    await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")

    await end(running, call, kind="about_answer", subject="Не поняла ответ; объяснили.")

    row = running.journal(message)[-1]
    assert (row["event"], row["person"]) == ("CallRecorded", running.people["operator"])
    assert row["facts"] == {"call": call, "kind": "about_answer", "way": "phone", "identity": "confirmed"}
    shown = (await running.get("operator", f"/messages/{message}/journal")).json()["rows"][-1]
    assert shown["call"] == {"code": "about_answer", "title": "Вопрос по ответу"}
    later = await begun(running)
    await answer_questions(running, later, message, name="Иванова Мария", phone="8 900 123-45-67")
    told = (await running.get("operator", f"/calls/{later}/story")).json()
    assert [one["subject"] for one in told["before"]] == ["Не поняла ответ; объяснили."]


async def test_call_in_which_a_message_was_taken_in_is_linked_to_it(running: Product) -> None:
    old = await running.register(applicant=MARIA)
    call = await begun(running)
    new = await running.register(applicant=MARIA)

    refused = await note(running, call, message=old)
    linked = (await note(running, call, kind="new_message", message=new)).json()

    assert (refused.status_code, refused.json()["code"]) == (422, "message_unknown")
    assert linked["message"] == {"id": new, "number": running.case(new)["number"], "code": code_of(running, new)}
    assert linked["identity"]["code"] == "taken_in"
    assert (await running.get("operator", f"/calls/{call}/story")).status_code == 200


async def test_code_is_told_to_who_took_the_message_in_until_an_hour_after_the_call(
    running: Product, database: Database
) -> None:
    call = await begun(running)
    new = await running.register(applicant=MARIA)
    await note(running, call, message=new)
    ended = (await end(running, call)).json()
    await colleague(running)

    others = (await running.get("moderator", f"/calls/{call}")).json()
    database.shift_clock(TOLD.total_seconds() + 60)
    later = (await running.get("operator", f"/calls/{call}")).json()

    assert ended["message"]["code"] == code_of(running, new)
    assert others["message"]["code"] is later["message"]["code"] is None


async def test_call_that_nobody_ended_tells_nothing_after_hours(running: Product, database: Database) -> None:
    old, call, confirmed = await running.register(applicant=MARIA), await begun(running), await begun(running)
    new = await running.register(applicant=MARIA)
    await note(running, call, message=new)
    await answer_questions(running, confirmed, old, name="Иванова Мария", phone="8 900 123-45-67")
    third = await begun(running)
    database.shift_clock((LONGEST + TOLD).total_seconds() + 60)
    later = await running.register(applicant=MARIA)

    stories = [await running.get("operator", f"/calls/{one}/story") for one in (call, confirmed)]
    linked = await note(running, third, message=later)
    shown = (await running.get("operator", f"/calls/{call}")).json()

    assert [(story.status_code, story.json()["code"]) for story in stories] == [(403, "action_forbidden")] * 2
    assert (linked.status_code, linked.json()["code"]) == (422, "message_unknown")
    assert shown["message"]["code"] is None
    assert (await end(running, call)).status_code == 200


async def test_message_that_went_elsewhere_is_told_there(running: Product, database: Database) -> None:
    message, call = await running.register(applicant=MARIA), await begun(running)
    await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")
    before = await running.get("operator", f"/calls/{call}/story")
    database.owner("UPDATE message_case SET organisation = 'transport'")
    database.owner("UPDATE message_case SET created_by = :person", person=running.people["head"])
    database.owner(
        "UPDATE grant_ SET organisation = 'polyclinic' WHERE person = :person", person=running.people["operator"]
    )
    await send(running, "administrator", "PATCH", "/categories/roads", {"title": "Дороги "})

    after = await running.get("operator", f"/calls/{call}/story")

    assert (before.status_code, after.status_code) == (200, 403)


async def test_telling_of_a_message_is_recorded_as_access_with_a_task(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call = await begun(running)
    await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")
    await running.get("operator", f"/calls/{call}/story")

    rows = running.rows("SELECT person, opened, with_task FROM access_record WHERE case_id = :id", id=message)

    assert rows == [{"person": running.people["operator"], "opened": "story", "with_task": True}]


async def test_reading_a_colleagues_call_is_recorded(running: Product) -> None:
    message, call = await running.register(applicant=MARIA), await begun(running)
    await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")
    await colleague(running)
    await running.get("operator", f"/calls/{call}")
    await running.get("moderator", f"/calls/{call}")

    rows = running.rows("SELECT person, opened FROM access_record WHERE case_id = :id", id=message)

    assert rows == [{"person": running.people["moderator"], "opened": "call"}]


async def test_calls_of_one_instant_are_all_listed(running: Product, database: Database) -> None:
    database.owner(
        "INSERT INTO call (id, operator, organisation, way, begun_at) "
        "SELECT gen_random_uuid(), :person, 'ministry', 'phone', now() FROM generate_series(1, 60)",
        person=running.people["operator"],
    )

    first = (await running.get("operator", "/calls")).json()
    second = (await running.get("operator", "/calls", cursor=first["next"])).json()
    wrong = await running.get("operator", "/calls", cursor="W10")

    assert len({one["id"] for one in first["calls"] + second["calls"]}) == 60
    assert second["next"] is None
    assert (wrong.status_code, wrong.json()["code"]) == (422, "cursor_invalid")


async def test_what_was_said_is_sealed_in_the_record(running: Product) -> None:
    call = await begun(running)
    await note(running, call, caller_name="Мария", caller_phone="8 900 123-45-67")
    await end(running, call, subject="Просила перезвонить", steps=[STEP])

    [row] = running.rows("SELECT caller_name, caller_phone, subject, steps FROM call")

    stored = b"".join(bytes(value) for value in row.values())
    for text in ("Мария", "9001234567", "перезвонить", "ответ"):
        assert text.encode() not in stored


async def test_ended_call_stays_as_it_is(running: Product) -> None:
    call = await begun(running)
    await end(running, call)

    answers = [
        await note(running, call, subject="Иное"),
        await write(running, f"/calls/{call}/transfers", {"to": "Регистратура"}),
        await end(running, call),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "call_ended")}


async def test_calls_are_for_intake_operators_of_the_organisation_alone(running: Product) -> None:
    message = await running.register(applicant=MARIA)
    call = await begun(running)
    await answer_questions(running, call, message, name="Иванова Мария", phone="8 900 123-45-67")
    before = {login: await statuses(running, login, call) for login in ("moderator", "administrator", "chief")}
    await colleague(running)

    after = (await running.get("moderator", f"/calls/{call}")).status_code
    theirs = await begun(running, "moderator")
    body = {"message": message, "answers": {"name": "Иванова Мария", "phone": "8 900 123-45-67"}}
    await write(running, f"/calls/{theirs}/identity", body, "moderator")
    about = (await running.get("moderator", f"/calls/{theirs}/story")).json()["before"]
    changed = await write(running, f"/calls/{call}/end", {}, "moderator")
    own = (await running.get("moderator", "/calls")).json()["calls"]

    assert set(before.values()) == {(404, 403, 404)}
    assert after == 200
    assert [one["id"] for one in about] == [call]
    assert changed.status_code == 404
    assert [one["id"] for one in own] == [theirs]


async def statuses(running: Product, login: str, call: str) -> tuple[int, ...]:
    """What whoever takes no calls is answered: the call, one's own, its story."""
    return (
        (await running.get(login, f"/calls/{call}")).status_code,
        (await running.get(login, "/calls")).status_code,
        (await running.get(login, f"/calls/{call}/story")).status_code,
    )


async def colleague(running: Product) -> None:
    """The moderator takes calls at the ministry from now on."""
    grant = {"role": "intake_operator", "organisation": "ministry"}
    answer = await send(running, "administrator", "POST", f"/people/{running.people['moderator']}/grants", grant)
    assert answer.status_code == 201, answer.text


async def test_operator_whose_role_has_ended_reads_and_goes_on_with_no_call(
    running: Product, database: Database
) -> None:
    call = await begun(running)
    database.owner("DELETE FROM grant_ WHERE person = :person", person=running.people["operator"])
    await send(running, "administrator", "PATCH", "/categories/roads", {"title": "Дороги "})

    read = await running.get("operator", f"/calls/{call}")
    noted = await note(running, call, subject="Иное")

    assert (read.status_code, noted.status_code) == (404, 404)


async def test_only_intake_operators_begin_calls_and_no_portal(running: Product, database: Database) -> None:
    database.owner("UPDATE person SET system = true WHERE id = :person", person=running.people["operator"])
    await send(running, "administrator", "PATCH", "/categories/roads", {"title": "Дороги "})

    answers = [await write(running, "/calls", {"way": "visit"}, login) for login in ("coordinator", "operator")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "action_forbidden")}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("search", {}),
        ("search", {"number": "1", "surname": "Иванова"}),
        ("search", {"phone": "не телефон"}),
        ("identity", {"message": str(uuid4()), "answers": {}}),
        ("identity", {"message": str(uuid4()), "answers": {"salary": "1"}}),
        ("transfers", {"to": " "}),
        ("end", {"summary_to": "не адрес"}),
    ],
)
async def test_call_of_another_shape_is_refused(running: Product, path: str, body: dict[str, Any]) -> None:
    call = await begun(running)

    assert (await write(running, f"/calls/{call}/{path}", body)).status_code == 422
