"""What the applicant decides meets what staff decided a moment before: he saw no version, and loses nothing by it."""

from __future__ import annotations

from uuid import uuid4

from domain.vocabulary import Action
from storage.inbox import Entry, Request, decide, decide_as_applicant
from tests.activities.desk import Desk


def test_choice_of_the_applicant_is_taken_after_a_decision_of_staff_that_waited(desk: Desk) -> None:
    message = desk.in_work()
    [before] = desk.rows("SELECT version FROM message_case WHERE id = :id", id=message)
    engine, reference, version = desk.database.engine, desk.reference, before["version"]
    correction = {"audience": "adult"}
    first = decide(
        engine,
        reference,
        Request(message, desk.people["coordinator"], Action.CORRECT_CARD, version, correction, str(uuid4())),
    )
    second = decide_as_applicant(engine, reference, message, Action.CHOOSE_LAW, {"law": "210-fz"}, "law")
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)

    desk.judge(message)

    decisions = desk.rows(
        "SELECT verdict FROM decision WHERE id IN (:first, :second)", first=first.id, second=second.id
    )
    [after] = desk.rows("SELECT version, outcome FROM message_case WHERE id = :id", id=message)
    assert [one["verdict"] for one in decisions] == ["accepted", "accepted"]
    assert after == {"version": version + 2, "outcome": "converted"}
