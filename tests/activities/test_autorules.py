"""Auto-rules at work on the real record: with the decision that brought the message, at its instant, in its transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import Action
from storage import dry_runs, past_arrivals
from storage import tables as t
from storage.administration import Change, scope_of
from storage.reference import Reference, load_directory, moment, touch
from tests.activities.desk import Desk

LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PLACE = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


def switched_on(
    desk: Desk, effects: dict[str, Any], organisation: str = "polyclinic", place: int = 1, **conditions: Any
) -> int:
    """A rule of the organisation that is applied."""
    with desk.database.engine.begin() as connection:
        values = {"organisation": organisation, "place": place, "active_revision": 1}
        number: int = connection.execute(sa.insert(t.autorule).values(values).returning(t.autorule.c.id)).scalar_one()
        revision = {"rule": number, "revision": 1, "title": "Правило", "conditions": conditions, "effects": effects}
        connection.execute(sa.insert(t.autorule_revision).values(revision | {"made_by": desk.people["administrator"]}))
        touch(connection)
    return number


def accepted(desk: Desk, **values: Any) -> dict[str, Any]:
    """The case of a message that was just accepted."""
    message = desk.register(**values)
    desk.decide("moderator", message, Action.ACCEPT, **PLACE)
    return case_of(desk, message)


def case_of(desk: Desk, message: str) -> dict[str, Any]:
    [row] = desk.rows("SELECT * FROM message_case WHERE id = :id", id=message)
    return row | {"id": str(row["id"])}


def test_message_whose_words_match_in_another_form_is_assigned_at_once(desk: Desk) -> None:
    rule = switched_on(desk, {"executor": desk.people["executor"]}, words=["очереди в регистратурах", "нет записи"])

    matched = accepted(desk, text="В регистратуре огромная очередь.")
    other = accepted(desk, text="Не горит фонарь.")

    assert (matched["stage"], matched["executor"], matched["version"]) == ("execution", desk.people["executor"], 1)
    assert (other["stage"], other["executor"]) == ("coordination", None)
    rows = desk.rows(
        "SELECT event, person, decision, facts FROM journal WHERE case_id = :id ORDER BY seq", id=matched["id"]
    )
    assert [row["event"] for row in rows[1:]] == ["MessageAccepted", "AutoRuleApplied", "ExecutorAssigned"]
    assert [(row["person"], row["decision"]) for row in rows[2:]] == [(None, None)] * 2
    assert rows[2]["facts"] == {"rule": rule, "revision": 1, "done": ["assign"], "refused": {}}
    [application] = desk.rows("SELECT * FROM autorule_application")
    assert (str(application["case_id"]), application["rule"], application["done"]) == (matched["id"], rule, ["assign"])


def test_executor_is_told_and_the_coordinators_of_a_message_that_went_on_are_not(desk: Desk) -> None:
    switched_on(desk, {"executor": desk.people["executor"]})

    message = accepted(desk)["id"]

    told = desk.rows("SELECT person, kind, stage FROM notice WHERE case_id = :id ORDER BY id", id=message)
    mine = [row for row in told if row["person"] in (desk.people["executor"], desk.people["coordinator"])]
    assert mine == [{"person": desk.people["executor"], "kind": "task_arrived", "stage": "execution"}]


def test_rule_that_would_assign_somebody_without_authority_changes_nothing_and_coordinators_are_told(
    desk: Desk,
) -> None:
    switched_on(desk, {"executor": desk.people["head"]})

    case = accepted(desk)

    assert (case["stage"], case["executor"]) == ("coordination", None)
    [row] = desk.rows("SELECT done, refused FROM autorule_application")
    assert (row["done"], row["refused"]["assign"]["code"]) == ([], "person_without_authority")
    told = desk.rows("SELECT kind FROM notice WHERE person = :id ORDER BY kind", id=desk.people["coordinator"])
    assert [one["kind"] for one in told] == ["auto_rule_refused", "task_arrived"]


def test_recalled_message_stays_with_the_coordinators(desk: Desk) -> None:
    switched_on(desk, {"executor": desk.people["executor"]})
    message = accepted(desk)["id"]

    desk.decide("coordinator", message, Action.RECALL, reason="Решу сам")

    assert case_of(desk, message)["stage"] == "coordination"


def test_transferred_message_meets_the_rules_of_the_subordinate_organisation(desk: Desk) -> None:
    switched_on(desk, {"transfer": "branch", "tag": "филиал"})
    switched_on(desk, {"priority": True}, organisation="branch")

    case = accepted(desk)

    assert (case["organisation"], case["tags"], case["prioritised"]) == ("branch", ["филиал"], True)
    assert case["precedence"] == 1


def test_marks_that_a_coordinator_took_off_stay_off_where_the_next_rules_would_give_them(desk: Desk) -> None:
    switched_on(desk, {"priority": True, "tag": "связь"})
    switched_on(desk, {"priority": True, "tag": "связь"}, organisation="branch")
    message = accepted(desk)["id"]
    marked = case_of(desk, message)

    desk.decide("coordinator", message, Action.CORRECT_CARD, prioritised=False, tags_off=["связь"])
    desk.decide("coordinator", message, Action.TRANSFER_TO_SUBORDINATE, organisation="branch")

    there = case_of(desk, message)
    assert (marked["tags"], marked["prioritised"], marked["precedence"]) == (["связь"], True, 1)
    assert (there["organisation"], there["tags"], there["prioritised"]) == ("branch", [], False)
    applied = desk.rows("SELECT done, refused FROM autorule_application ORDER BY entry")
    assert [one["done"] for one in applied] == [["priority", "tag"], []]
    assert {kind: one["code"] for kind, one in applied[1]["refused"].items()} == {
        "priority": "taken_off",
        "tag": "taken_off",
    }


def test_dry_run_gives_no_mark_that_had_been_taken_off_when_the_message_came(desk: Desk) -> None:
    switched_on(desk, {"tag": "связь", "transfer": "branch"})
    messages = [desk.register() for _ in range(3)]
    for message in messages[:2]:
        desk.decide("moderator", message, Action.CORRECT_CARD, prioritised=False)
    desk.decide("moderator", messages[1], Action.CORRECT_CARD, prioritised=True)
    for message in messages:
        desk.decide("moderator", message, Action.ACCEPT, **PLACE)
    desk.decide("coordinator_branch", messages[2], Action.CORRECT_CARD, prioritised=False, tags_off=["связь"])

    with desk.database.engine.connect() as connection:
        rows = past_arrivals.part(connection, "branch", None, LONG_AGO, LATER, 10)
        came = {one.case.id: one.case for one in past_arrivals.arrivals(connection, "branch", rows)}

    marks = [(came[one].prioritised, came[one].unprioritised, came[one].tags) for one in messages]
    assert marks == [(False, True, ("связь",)), (True, False, ("связь",)), (False, False, ("связь",))]


def test_what_coordinators_are_asked_for_is_in_the_record_where_the_rule_transferred_the_message(desk: Desk) -> None:
    switched_on(desk, {"transfer": "branch"})
    message = desk.register()
    desk.decide("moderator", message, Action.SET_FLAG, flag="language")
    desk.decide("moderator", message, Action.ACCEPT, **PLACE)

    [errand] = desk.rows("SELECT pool, organisation FROM errand WHERE case_id = :id", id=message)

    assert errand == {"pool": "coordinator", "organisation": "branch"}


def test_repeated_message_is_told_by_the_contacts_of_its_applicant(desk: Desk) -> None:
    switched_on(desk, {"tag": "повторное"}, repeated=True)

    first, second = accepted(desk, email="once@example.org"), accepted(desk, email="once@example.org")
    stranger = accepted(desk, email="other@example.org")

    assert [one["tags"] for one in (first, second, stranger)] == [[], ["повторное"], []]


def test_redirect_waits_unsent_for_each_coordinator(desk: Desk) -> None:
    switched_on(desk, {"redirect": "transport"})

    case = accepted(desk)

    assert case["stage"] == "coordination"
    drafts = desk.rows("SELECT person, action FROM unsent_draft WHERE case_id = :id", id=case["id"])
    assert drafts == [{"person": desk.people["coordinator"], "action": "propose_redirect"}]


def test_dry_run_reads_out_of_the_journal_what_coordinators_did(desk: Desk) -> None:
    first, second = desk.register(), desk.register()
    for message in (first, second):
        desk.decide("moderator", message, Action.ACCEPT, **PLACE | {"organisation": "ministry"})
        desk.decide("chief", message, Action.TRANSFER_TO_SUBORDINATE, organisation="polyclinic")
    desk.decide("coordinator", first, Action.TRANSFER_TO_SUBORDINATE, organisation="branch")
    desk.decide("coordinator", second, Action.RETURN_TO_SUPERIOR, reason="Не наше")
    above = switched_on(desk, {"transfer": "polyclinic"}, organisation="ministry")
    below = switched_on(desk, {"transfer": "branch"})

    found = [tried(desk, rule) for rule in (above, below)]

    assert [one["counts"] for one in found] == [{"agrees": 2}, {"agrees": 1, "differs": 1}]
    assert found[1]["examples"]["differs"][0]["did"] == ["return", "ministry"]


def tried(desk: Desk, rule: int) -> dict[str, Any]:
    """What a dry run of the rule finds."""
    person = desk.people["administrator"]
    with desk.database.engine.begin() as connection:
        at = moment(connection).now
        change = Change(connection, person, at, scope_of(load_directory(connection), person, at))
        run = dry_runs.ask(change, rule, 1)
    dry_runs.go_on(desk.database.engine, Reference())
    [row] = desk.rows("SELECT found FROM autorule_dry_run WHERE id = :id", id=run)
    found: dict[str, Any] = row["found"]
    return found
