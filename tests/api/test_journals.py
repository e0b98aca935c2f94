"""The journal as it is read: what lies beside its rows, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.product import Product

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def row(running: Product, login: str, message: str, event: str) -> dict[str, Any]:
    """The last row of this event as the login reads it."""
    answer = await running.get(login, f"/messages/{message}/journal")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = [one for one in answer.json()["rows"] if one["event"]["code"] == event]
    return found[-1]


async def test_files_of_a_rejection_are_listed_for_those_who_work_on_the_answer(running: Product) -> None:
    message = await running.submitted()
    answer = await running.http.post(
        "/api/v1/attachments", params={"name": "Замечания.pdf"}, headers=await running.headers("head"), content=PDF
    )
    file = answer.json()["id"]

    await running.decide("head", message, "reject", reason="Нет ответа по существу", reason_files=[file])

    for login in ("executor", "head", "curator"):
        (listed,) = (await row(running, login, message, "DraftRejected"))["written"]["files"]
        assert (listed["id"], listed["name"], listed["size"]) == (file, "Замечания.pdf", len(PDF))
    assert (await row(running, "operator", message, "DraftRejected"))["written"] is None


async def test_replaced_contacts_are_opened_with_the_present_ones_and_stand_in_no_journal(running: Product) -> None:
    message = await running.in_work()

    corrected = await running.decide(
        "operator", message, "correct_card", contacts={"email": "new@example.org"}, complained_of="transport"
    )

    for login in ("executor", "coordinator", "operator"):
        opened = (await running.get(login, f"/messages/{message}/contacts")).json()
        (former,) = opened["former"]
        assert (opened["email"], former["email"], former["decision"]) == (
            "new@example.org",
            "applicant@example.org",
            corrected["id"],
        )
        assert (await row(running, login, message, "CardCorrected"))["facts"]["complained_of"] == "transport"
    for login in ("executor", "operator", "curator", "moderator"):
        words = (await running.get(login, f"/messages/{message}/journal")).text
        assert "applicant@example.org" not in words
    assert (await row(running, "executor", message, "CardCorrected"))["written"] is None


async def test_place_that_the_moderator_replaced_is_told(running: Product) -> None:
    message = await running.register(location="улица Ленина, 1")
    about = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}

    await running.decide("moderator", message, "accept", location="улица Ленина, 11", **about)

    found = await row(running, "coordinator", message, "MessageAccepted")
    assert found["written"]["replaced"] == {"location": "улица Ленина, 1"}


async def test_handing_over_tells_how_to_all_and_to_whom_to_those_of_full_sight(running: Product) -> None:
    message = await running.submitted(applicant={"name": "Без адреса"}, endorsers=())
    await running.decide("head2", message, "approve")
    card = (await running.get("operator", f"/messages/{message}")).json()
    letter = next(one["id"] for one in card["letters"] if one["state"]["code"] == "task")

    await running.decide(
        "operator",
        message,
        "confirm_delivery",
        letter=letter,
        way="in_person",
        handed_over_at=datetime.now(UTC).isoformat(),
        recipient="Дочь заявителя",
    )

    full = await row(running, "operator", message, "DeliveryConfirmed")
    partial = await row(running, "curator", message, "DeliveryConfirmed")
    assert full["written"]["way"] == partial["written"]["way"] == {"code": "in_person", "title": "Лично"}
    assert (full["written"]["recipient"], partial["written"]["recipient"]) == ("Дочь заявителя", None)
    assert full["facts"]["way"] == "in_person"
    assert "recipient" not in full["facts"]


async def test_answer_that_its_executor_approved_himself_is_called_so(running: Product) -> None:
    executor = running.people["executor_transport"]
    with running.engine.begin() as connection:
        connection.execute(
            sa.update(t.organisation).where(t.organisation.c.id == "transport").values(self_approval=True)
        )
        connection.execute(sa.insert(t.grant).values(person=executor, role="head", organisation="transport"))
        touch(connection)
    message = await running.register()
    about = {"category": "roads", "subcategory": "roads.bus", "organisation": "transport"}
    await running.decide("moderator", message, "accept", **about)
    await running.decide("coordinator_transport", message, "assign", executor=executor)
    await running.decide("executor_transport", message, "start_work")
    await running.decide(
        "executor_transport", message, "submit_answer", type="solved", text="Рейс возвращён.", approver=executor
    )

    await running.decide("executor_transport", message, "approve")

    found = await row(running, "coordinator_transport", message, "AnswerApproved")
    assert found["event"]["title"] == "Ответ утверждён исполнителем"
