"""Files of a case follow its sight: those of a message for who sees its contacts or decides, the others for fewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.temporal_server import TemporalServer
from tests.api_writing.test_attachments import pdf, status, uploaded
from tests.conftest import Database
from tests.product import Product, product

pytestmark = pytest.mark.anyio

EVERYBODY = (
    "operator", "moderator", "chief", "coordinator", "executor", "executor2", "head", "head2", "head3", "curator",
    "administrator", "coordinator_branch", "coordinator_transport", "executor_transport", "head_transport",
)  # fmt: skip


async def readers(running: Product, file: str) -> set[str]:
    found = {login: await status(running, login, file) for login in EVERYBODY}
    assert set(found.values()) <= {200, 404}
    return {login for login, code in found.items() if code == 200}


@pytest.mark.requirement("S2-38", "S2-39")
async def test_files_of_a_case_are_read_by_those_whom_they_concern(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with product(database, tmp_path, temporal.address) as running:
        sent = await uploaded(running, "operator", pdf(b"sent"))
        message = await running.in_work(files=[sent])
        answer, comment = [await uploaded(running, "executor", pdf(text)) for text in (b"answer", b"comment")]
        await running.decide(
            "executor",
            message,
            "submit_answer",
            type="solved",
            text="Добавлена вторая линия телефона.",
            files=[answer],
            comment="Для согласующих.",
            comment_files=[comment],
            endorsers=[running.people["head"]],
            approver=running.people["head2"],
        )

        prepared = {file: await readers(running, file) for file in (sent, answer, comment)}
        asked = await running.get("head", f"/messages/{message}")
        outside = await running.get("operator", f"/messages/{message}")
        await running.decide("head", message, "endorse")
        reason = await uploaded(running, "head2", pdf(b"reason"))
        await running.decide("head2", message, "reject", reason="Уточните сроки.", reason_files=[reason])
        rejected = await readers(running, reason)
        again = await running.try_to("executor", message, "submit_answer", type="solved", text="Иначе.",
            files=[comment], approver=running.people["head2"])  # fmt: skip
        await running.decide(
            "executor", message, "submit_answer", type="solved", text="Исправлено.", approver=running.people["head2"]
        )
        await running.decide("head2", message, "approve")
        late = await readers(running, answer)
        sent_late = await readers(running, sent)
        listed = {
            login: (await running.get(login, f"/messages/{message}")).json()["message"]["files"]
            for login in ("curator", "moderator")
        }

    (submitted,) = asked.json()["answers"]
    assert (submitted["comment"], [file["id"] for file in submitted["comment_files"]]) == (
        "Для согласующих.",
        [comment],
    )
    assert outside.json()["answers"] == []
    works = {"coordinator", "executor", "head", "curator"}
    assert prepared[comment] - {"head2"} == prepared[answer] - {"head2"} == works
    assert prepared[sent] == {"operator", "coordinator", "executor", "head", "head2"}
    assert sent_late == {"operator", "coordinator", "executor"}, "who has decided needs no evidence any more"
    assert [[one["id"] for one in files] for files in listed.values()] == [[sent]] * 2
    assert rejected == {"coordinator", "executor", "head", "head2", "curator"}
    assert (again.status_code, again.json()["code"]) == (422, "file_unknown")
    assert late == rejected, "a text that was never approved stays inside"


async def test_approved_answer_is_read_by_the_portal_and_a_former_organisation_reads_no_file(
    database: Database, temporal: TemporalServer, tmp_path: Path
) -> None:
    async with product(database, tmp_path, temporal.address) as running:
        sent = await uploaded(running, "operator", pdf(b"sent"))
        message = await running.register(files=[sent], organisation="polyclinic")
        moderated = await readers(running, sent)
        await running.accept(message)
        await running.decide(
            "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head2"]
        )
        await running.decide("head2", message, "approve")
        await running.decide("coordinator_transport", message, "assign", executor=running.people["executor_transport"])
        await running.decide("executor_transport", message, "start_work")
        answer = await uploaded(running, "executor_transport", pdf(b"answer"))
        await running.decide(
            "executor_transport",
            message,
            "submit_answer",
            type="solved",
            text="Рейс возвращён.",
            files=[answer],
            approver=running.people["head_transport"],
        )
        draft = await readers(running, answer)
        await running.decide("head_transport", message, "approve")
        approved = await readers(running, answer)
        original = await readers(running, sent)

    assert draft == {"coordinator_transport", "executor_transport", "head_transport"}
    assert approved == draft | {"operator"}
    assert moderated == {"operator", "moderator"}
    assert original == {"operator", "coordinator_transport", "executor_transport"}
