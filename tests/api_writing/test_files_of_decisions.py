"""A file that a decision names belongs to it from the moment it is taken, and is free again when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.judge import Judging
from storage.reference import Reference
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is judged here is judged by the test, after the answer."""
    monkeypatch.setattr("api.decisions.PATIENCE_SECONDS", 0.01)


ACCEPTED = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def _upload(running: Product, login: str) -> str:
    headers = await running.headers(login) | {"Content-Type": "application/octet-stream"}
    answer = await running.http.post(
        "/api/v1/attachments?name=spravka.txt", headers=headers, content="Справка".encode()
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_file_named_by_a_waiting_decision_is_nobody_elses(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        judging = Judging(database.engine, Reference())
        first, second = await running.register(), await running.register()
        for message in (first, second):
            for login, action, fields in (
                (
                    "moderator",
                    "accept",
                    ACCEPTED,
                ),
                ("coordinator", "assign", {"executor": running.people["executor"]}),
                ("executor", "start_work", {}),
            ):
                assert (await running.try_to(login, message, action, **fields)).status_code == 202
                judging.judge(message)
        file = await _upload(running, "executor")
        answer = {"type": "solved", "text": "Готово.", "files": [file], "approver": running.people["head2"]}

        taken = await running.try_to("executor", first, "submit_answer", **answer)
        again = await running.try_to("executor", second, "submit_answer", **answer)

        assert taken.status_code == 202
        assert (again.status_code, again.json()["code"]) == (422, "file_unknown")


async def test_files_of_a_refused_decision_are_free_again(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        judging = Judging(database.engine, Reference())
        message = await running.register()
        for login, action, fields in (
            (
                "moderator",
                "accept",
                ACCEPTED,
            ),
            ("coordinator", "assign", {"executor": running.people["executor"]}),
            ("executor", "start_work", {}),
        ):
            await running.try_to(login, message, action, **fields)
            judging.judge(message)
        file = await _upload(running, "executor")
        answer = {"type": "solved", "text": "Готово.", "files": [file], "approver": running.people["head2"]}
        await running.try_to("coordinator", message, "recall", reason="Другой исполнитель")
        late = await running.try_to("executor", message, "submit_answer", **answer)
        assert late.status_code == 202

        judging.judge(message)

        assert running.rows("SELECT verdict FROM decision WHERE action = 'submit_answer'") == [{"verdict": "refused"}]
        assert running.rows("SELECT role, case_id FROM attachment") == [{"role": "unused", "case_id": None}]
