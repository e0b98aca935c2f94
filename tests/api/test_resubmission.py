"""An answer that came back for rework goes out again as it was, but for what is changed."""

from __future__ import annotations

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio


async def upload(running: Product, login: str = "executor", name: str = "план.txt") -> str:
    headers = await running.headers(login)
    answer = await running.http.post("/api/v1/attachments", params={"name": name}, headers=headers, content=b"plan")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_answer_that_came_back_goes_out_with_its_files_again(running: Product) -> None:
    message, file, inner = await running.in_work(), await upload(running), await upload(running)
    people = {"endorsers": [running.people["head"]], "approver": running.people["head2"]}
    answer = {"type": "solved", "text": "Добавлена линия.", "files": [file], "comment_files": [inner]} | people
    await running.decide("executor", message, "submit_answer", **answer)
    await running.decide("head", message, "endorse")
    await running.decide("head2", message, "reject", reason="Уточните дату")

    swapped = await running.try_to(
        "executor", message, "submit_answer", **answer | {"files": [inner], "comment_files": []}
    )
    await running.decide("executor", message, "submit_answer", **answer)

    assert (swapped.status_code, swapped.json()["code"]) == (422, "file_unknown")
    assert running.case(message)["stage"] == "approval", "the same whole was endorsed before"
    roles = running.rows("SELECT role FROM attachment WHERE case_id = :id ORDER BY role", id=message)
    assert [row["role"] for row in roles] == ["answer", "comment"]


async def test_file_is_named_once_in_a_decision(running: Product) -> None:
    message, file = await running.in_work(), await upload(running)
    answer = {"type": "solved", "text": "Добавлена линия.", "approver": running.people["head2"]}

    for twice in ({"files": [file, file]}, {"files": [file], "comment_files": [file]}):
        refused = await running.try_to("executor", message, "submit_answer", **answer, **twice)

        assert (refused.status_code, refused.json()["code"]) == (422, "file_twice")


async def test_files_of_a_refused_resubmission_stay_with_the_answer(running: Product) -> None:
    message, file = await running.in_work(), await upload(running)
    answer = {"type": "solved", "text": "Добавлена линия.", "files": [file], "approver": running.people["head2"]}
    await running.decide("executor", message, "submit_answer", **answer)
    await running.decide("head2", message, "reject", reason="Уточните дату")
    other = await running.in_work()

    elsewhere = await running.try_to("executor", other, "submit_answer", **answer)
    wrong = await running.try_to("executor", message, "submit_answer", **answer | {"approver": 1})

    assert [elsewhere.json()["code"], wrong.json()["code"]] == ["file_unknown", "person_without_authority"]
    (row,) = running.rows("SELECT role, case_id::text FROM attachment WHERE id = :id", id=file)
    assert row == {"role": "answer", "case_id": message}


async def test_date_and_ground_of_another_type_are_not_kept(running: Product) -> None:
    message = await running.in_work()
    left = {"postponed_until": "2031-01-01", "ground": "no_essence"}

    await running.decide(
        "executor", message, "submit_answer", type="solved", text="Готово.", approver=running.people["head2"], **left
    )

    (version,) = running.rows("SELECT postponed_until, ground FROM answer_version WHERE case_id = :id", id=message)
    assert version == {"postponed_until": None, "ground": None}
