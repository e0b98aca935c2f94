"""What is written and not sent yet is kept for whoever writes it, and for nobody else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.files import FileStore
from storage.tidying import tidy
from storage.uploads import tidy_files
from tests.product import Product

pytestmark = pytest.mark.anyio

HALF = {"type": "solved", "text": "В регистратуре добавлена вто", "endorsers": [], "approver": None}


async def keep(
    running: Product, message: str, parameters: dict[str, Any], version: int = 0, login: str = "executor", **more: str
) -> httpx.Response:
    action = more.get("action", "submit_answer")
    body = {"version": version, "parameters": parameters}
    return await running.http.put(
        f"/api/v1/messages/{message}/drafts/{action}", headers=await running.headers(login), json=body
    )


async def kept(running: Product, message: str, login: str = "executor", action: str = "submit_answer") -> Any:
    answer = await running.get(login, f"/messages/{message}/drafts/{action}")
    return answer.json() if answer.status_code == 200 else None


async def upload(running: Product, login: str = "executor", name: str = "план.txt") -> str:
    headers = await running.headers(login)
    answer = await running.http.post("/api/v1/attachments", params={"name": name}, headers=headers, content=b"plan")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_draft_is_there_on_another_device_after_the_session_ended(running: Product) -> None:
    message = await running.in_work()
    await keep(running, message, HALF)
    await running.http.delete("/api/v1/sessions/current", headers=await running.headers("executor"))
    del running.tokens["executor"]

    found = await running.get("executor", f"/messages/{message}/drafts/submit_answer")

    assert found.json()["parameters"] == HALF
    assert found.headers["cache-control"] == "private, no-store"


async def test_draft_of_a_former_participant_does_not_tell_that_the_work_is_done(running: Product) -> None:
    message = await running.accepted()
    half = {"reason": "Не наш"}
    before = await keep(running, message, half, login="moderator", action="decline")
    with running.engine.begin() as connection:
        closed = sa.update(t.message_case).where(t.message_case.c.id == message)
        connection.execute(closed.values(closed_at=sa.func.otklik_now(), outcome="answered"))

    after = await keep(
        running, message, {"reason": "Не"}, before.json()["version"], login="moderator", action="decline"
    )
    inside = await keep(running, message, {"reason": "Не"}, login="coordinator", action="recall")

    assert [before.status_code, after.status_code] == [200, 200]
    assert (inside.status_code, inside.json()["code"]) == (409, "case_closed")


async def test_draft_of_one_is_nobody_elses(running: Product) -> None:
    message = await running.in_work()
    await keep(running, message, HALF)

    assert await kept(running, message, "coordinator") is None
    assert await kept(running, message, "curator") is None
    assert await kept(running, message, action="reassign") is None


@pytest.mark.parametrize("login", ["executor2", "head_transport"])
async def test_draft_for_a_message_that_is_not_seen_is_not_taken(running: Product, login: str) -> None:
    message = await running.in_work()

    answer = await keep(running, message, HALF, login=login)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await running.get(login, f"/messages/{message}/drafts/submit_answer")).status_code == 404


async def test_nobody_signed_in_keeps_and_reads_nothing(running: Product) -> None:
    path = f"/api/v1/messages/{await running.in_work()}/drafts/submit_answer"

    assert (await running.http.get(path)).status_code == 401
    assert (await running.http.put(path, json={"version": 0, "parameters": {}})).status_code == 401
    assert (await running.http.delete(path, params={"version": 1})).status_code == 401


async def test_second_tab_does_not_overwrite_what_it_has_not_seen(running: Product) -> None:
    message = await running.in_work()
    first = (await keep(running, message, HALF)).json()

    other = await keep(running, message, HALF | {"text": "Из второй вкладки"})
    one = await keep(running, message, HALF | {"text": "Дописано"}, first["version"])
    late = await keep(running, message, HALF | {"text": "Опоздало"}, first["version"])

    assert (other.status_code, other.json()["code"]) == (409, "draft_stale")
    assert one.status_code == 200
    assert one.json()["version"] > first["version"]
    assert late.status_code == 409
    assert (await kept(running, message))["parameters"]["text"] == "Дописано"


async def test_request_that_is_repeated_after_a_broken_connection_is_answered_alike(running: Product) -> None:
    message = await running.in_work()
    first = await keep(running, message, HALF)

    again = await keep(running, message, HALF)

    assert (again.status_code, again.json()) == (200, first.json())


async def test_draft_thrown_away_elsewhere_is_not_called_back_to_life(running: Product) -> None:
    message = await running.in_work()
    version = (await keep(running, message, HALF)).json()["version"]
    headers = await running.headers("executor")
    path = f"/api/v1/messages/{message}/drafts/submit_answer"

    gone = [await running.http.delete(path, headers=headers, params={"version": version}) for _ in range(2)]
    late = await keep(running, message, HALF | {"text": "Опоздало"}, version)
    await keep(running, message, HALF | {"text": "Новый"})
    stale = await running.http.delete(path, headers=headers, params={"version": version})

    assert [answer.status_code for answer in gone] == [204, 204]
    assert (late.status_code, stale.status_code) == (409, 409)
    assert (await kept(running, message))["parameters"]["text"] == "Новый"


async def test_accepted_decision_takes_its_own_draft_along(running: Product) -> None:
    message = await running.in_work()
    await keep(running, message, HALF)
    await keep(running, message, {"reason": "Ухожу в о"}, action="reassign")

    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Добавлена вторая линия.",
        endorsers=[],
        approver=running.people["head2"],
    )

    assert await kept(running, message) is None
    assert (await kept(running, message, action="reassign"))["parameters"] == {"reason": "Ухожу в о"}


async def test_refused_decision_leaves_the_draft(running: Product) -> None:
    message = await running.in_work()
    await keep(running, message, HALF)

    answer = await running.try_to("executor", message, "submit_answer", type="solved", text="Готово.", approver=1)

    assert answer.status_code == 422
    assert (await kept(running, message))["parameters"] == HALF


async def test_executor_who_lost_the_message_keeps_his_words(running: Product) -> None:
    message = await running.in_work()
    version = (await keep(running, message, HALF)).json()["version"]
    await running.decide("coordinator", message, "recall", reason="Другой исполнитель")

    answer = await keep(running, message, HALF | {"text": "Дописано после отзыва"}, version)

    assert answer.status_code == 200
    assert (await kept(running, message))["parameters"]["text"] == "Дописано после отзыва"


async def test_closed_case_has_no_drafts(running: Product) -> None:
    message = await running.in_work(applicant={"name": "Без адреса"})
    await running.by_applicant(message, "ask_withdrawal")
    await running.decide("coordinator", message, "confirm_withdrawal")
    await keep(running, message, {"contacts": {"email": "new@exam"}}, login="coordinator", action="correct_card")
    now = running.rows("SELECT otklik_now() AS at")[0]["at"].isoformat()
    for letter in running.rows("SELECT id::text FROM letter WHERE case_id = :id", id=message):
        handed_over: dict[str, Any] = {"way": "phone", "recipient": "Заявитель", "handed_over_at": now}
        await running.decide("operator", message, "confirm_delivery", letter=letter["id"], **handed_over)

    late = await keep(running, message, HALF, login="coordinator")

    assert running.case(message)["closed_at"] is not None
    assert running.rows("SELECT action FROM unsent_draft WHERE case_id = :id", id=message) == []
    assert (late.status_code, late.json()["code"]) == (409, "case_closed")


async def test_draft_kept_in_the_moment_of_closing_is_tidied(running: Product) -> None:
    message, other = await running.register(), await running.register()
    await keep(running, message, {"reason": "П"}, login="moderator", action="decline")
    await keep(running, other, {"reason": "П"}, login="moderator", action="decline")
    with running.engine.begin() as connection:
        closed = sa.update(t.message_case).where(t.message_case.c.id == message)
        connection.execute(closed.values(closed_at=sa.func.otklik_now(), outcome="declined"))

    tidy(running.engine)

    assert await kept(running, message, "moderator", "decline") is None
    assert await kept(running, other, "moderator", "decline") is not None


async def test_words_of_a_draft_are_sealed_in_the_record(running: Product) -> None:
    message = await running.in_work()
    await keep(running, message, HALF)

    (row,) = running.rows("SELECT parameters FROM unsent_draft WHERE case_id = :id", id=message)

    assert "регистратуре".encode() not in bytes(row["parameters"])


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"colour": "red"}, 422, "invalid_request"),
        ({"files": ["no id"]}, 422, "invalid_request"),
        ({"text": "я" * 200_001}, 413, "draft_too_long"),
    ],
)
async def test_what_no_decision_could_be_made_of_is_not_kept(
    running: Product, parameters: dict[str, Any], status: int, code: str
) -> None:
    message = await running.in_work()

    answer = await keep(running, message, parameters)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await kept(running, message) is None


async def test_file_of_a_draft_is_kept_as_long_as_the_draft_names_it(running: Product) -> None:
    message, file, lonely = await running.in_work(), await upload(running), await upload(running)
    draft = (await keep(running, message, HALF | {"files": [file]})).json()
    files = FileStore(running.settings.files_dir, running.app.state.resources.keys)
    with running.engine.begin() as connection:
        old = sa.update(t.attachment).where(t.attachment.c.id.in_([file, lonely]))
        connection.execute(old.values(uploaded_at=sa.text("otklik_now() - interval '2 days'")))

    tidy_files(running.engine, files)
    left = [row["id"] for row in running.rows("SELECT id::text FROM attachment WHERE role = 'unused'")]
    await keep(running, message, HALF, draft["version"])
    tidy_files(running.engine, files)

    assert [one["name"] for one in draft["files"]] == ["план.txt"]
    assert file in left
    assert lonely not in left
    assert running.rows("SELECT id FROM attachment WHERE id = :id", id=file) == []


async def test_files_of_others_are_not_told_of_in_a_draft(running: Product) -> None:
    message, file = await running.in_work(), await upload(running, "executor2")

    found = (await keep(running, message, HALF | {"files": [file, str(uuid4())]})).json()

    assert found["files"] == []
