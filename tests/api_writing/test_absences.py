"""Who may enter, change and end whose absence; what is recorded; which messages are looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.shown import cursor_of
from storage import tables as t
from storage.reference import Reference, moment, touch
from tests.api_writing.alone import NOON, alone
from tests.api_writing.test_reference import outcome, send
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

TODAY = NOON.date()


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`administrator` has everything; `curator` is administrator of the polyclinic and all below."""
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            connection.execute(
                sa.insert(t.grant).values(
                    person=found.people["curator"], role="administrator", organisation="polyclinic", subtree=True
                )
            )
            touch(connection)
        yield found


def vacation(running: Product, of: str | None = None, *substitutes: str, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "code": "vacation",
        "first_day": TODAY.isoformat(),
        "last_day": (TODAY + timedelta(days=13)).isoformat(),
        "basis": "приказ № 12",
        "substitutes": [running.people[login] for login in substitutes],
    }
    return body | ({"person": running.people[of]} if of else {}) | more


def lying(running: Product, message: str, login: str) -> None:
    """The message lies with the person, past the rules."""
    running.write(
        "UPDATE message_case SET stage = 'approval', holder = :p WHERE id = :id", p=running.people[login], id=message
    )


def marked(running: Product) -> list[str]:
    return [str(row["id"]) for row in running.rows("SELECT id FROM message_case WHERE recheck")]


@pytest.mark.requirement("S2-51")
async def test_own_absence_is_recorded_and_in_the_directory_at_once(running: Product) -> None:
    made = await send(running, "head", "POST", "/absences", vacation(running, None, "head2", "head3"))

    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["first_day"], shown["lasts"], shown["over"]) == (TODAY.isoformat(), True, False)
    assert [one["number"] for one in shown["substitutes"]] == [running.people["head2"], running.people["head3"]]
    with running.engine.connect() as connection:
        at = moment(connection)
        directory = Reference().directory(connection, at)
    assert directory.is_away(running.people["head"], at.now)
    assert directory.is_absent(running.people["head"], TODAY + timedelta(days=13))
    assert not directory.is_absent(running.people["head"], TODAY + timedelta(days=14))
    [row] = running.rows("SELECT person, kind, subject, organisation FROM reference_change")
    assert row == {
        "person": running.people["head"],
        "kind": "absence",
        "subject": str(shown["id"]),
        "organisation": "polyclinic",
    }


@pytest.mark.parametrize(
    ("who", "of", "expected"),
    [
        ("head", "executor", (201, "")),
        ("curator", "executor", (201, "")),
        ("administrator", "executor", (201, "")),
        ("executor2", "executor", (403, "action_forbidden")),
        ("coordinator", "executor", (403, "action_forbidden")),
        ("curator", "moderator", (403, "action_forbidden")),
        ("head_transport", "executor", (403, "action_forbidden")),
        ("executor", "head", (403, "action_forbidden")),
        ("head", "head2", (403, "action_forbidden")),
        ("administrator", "head2", (201, "")),
    ],
)
async def test_absence_of_another_is_entered_by_his_head_or_administrator_alone(
    running: Product, who: str, of: str, expected: tuple[int, str]
) -> None:
    assert await outcome(running, who, "POST", "/absences", vacation(running, of)) == expected


async def test_absence_that_is_not_kept_is_neither_seen_nor_changed_nor_ended(running: Product) -> None:
    made = (await send(running, "head", "POST", "/absences", vacation(running))).json()

    period, paper = {"code": "other", "first_day": TODAY.isoformat()}, {"basis": "приказ № 1"}
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", period),
        ("PUT", "/basis", paper),
        ("POST", "/end", None),
    ):
        assert (await outcome(running, "executor", method, f"/absences/{made['id']}{path}", body))[0] == 404
    assert (await send(running, "executor", "GET", "/absences")).json() == {"items": [], "next": None}
    assert [one["id"] for one in (await send(running, "curator", "GET", "/absences")).json()["items"]] == [made["id"]]


async def test_strangers_are_told_to_sign_in(running: Product) -> None:
    for method, path in (
        ("GET", "/absences"),
        ("POST", "/absences"),
        ("PUT", "/absences/1"),
        ("PUT", "/absences/1/basis"),
        ("POST", "/absences/1/end"),
    ):
        answer = await running.http.request(method, f"/api/v1{path}", headers={"Idempotency-Key": "1"}, json={})

        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"last_day": None}, "last_day_missing"),
        ({"last_day": (TODAY - timedelta(days=1)).isoformat()}, "dates_wrong"),
        ({"substitutes": [999_999]}, "person_unknown"),
        ({"person": 999_999}, "action_forbidden"),
        ({"code": "holiday"}, "invalid_request"),
        ({"first_day": "0001-01-01"}, "invalid_request"),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "invalid_request"),
        ({"substitutes": list(range(1, 12))}, "invalid_request"),
        ({"basis": "x" * 201}, "invalid_request"),
        ({"note": "x"}, "invalid_request"),
    ],
)
async def test_absence_that_cannot_be_is_refused_and_leaves_no_trace(
    running: Product, changed: dict[str, Any], code: str
) -> None:
    found = await outcome(running, "head", "POST", "/absences", vacation(running) | changed)

    assert found[1] == code
    assert running.rows("SELECT 1 FROM absence") == []


async def test_nobody_substitutes_himself_or_twice(running: Product) -> None:
    for who, code in ((["head"], "person_unknown"), (["head2", "head2"], "substitute_twice")):
        assert await outcome(running, "head", "POST", "/absences", vacation(running, None, *who)) == (422, code)


async def test_whoever_enters_the_absence_of_another_does_not_stand_in_himself(running: Product) -> None:
    body = vacation(running, "executor", "head")

    assert await outcome(running, "head", "POST", "/absences", body) == (422, "substitute_oneself")


async def test_period_over_another_is_refused_beside_its_field_and_may_be_changed_instead(running: Product) -> None:
    made = (await send(running, "head", "POST", "/absences", vacation(running))).json()
    last = datetime.fromisoformat(made["last_day"]).date()
    over = {"code": "sickness", "first_day": made["last_day"]}
    next_ = {
        "code": "other",
        "basis": "приказ № 13",
        "first_day": str(last + timedelta(days=1)),
        "last_day": str(last + timedelta(days=1)),
    }

    refused = await send(running, "head", "POST", "/absences", over)
    after = await send(running, "head", "POST", "/absences", next_)
    longer = vacation(running) | {"last_day": next_["last_day"]}
    reaching = await send(running, "head", "PUT", f"/absences/{made['id']}", longer)
    same = await send(running, "head", "PUT", f"/absences/{made['id']}", vacation(running))

    assert [one.status_code for one in (refused, after, reaching, same)] == [409, 201, 409, 200]
    assert [(one.json()["code"], one.json()["field"]) for one in (refused, reaching)] == [
        ("absence_overlaps", "first_day"),
        ("absence_overlaps", "last_day"),
    ]


async def test_sickness_has_no_end_until_the_person_is_back(running: Product) -> None:
    body = {"code": "sickness", "first_day": TODAY.isoformat()}
    made = (await send(running, "head", "POST", "/absences", body)).json()
    assert (made["last_day"], made["lasts"]) == (None, True)

    for _ in range(2):
        ended = (await send(running, "head", "POST", f"/absences/{made['id']}/end")).json()

        assert (ended["last_day"], ended["lasts"], ended["over"]) == (TODAY.isoformat(), False, True)
    late = await outcome(running, "head", "PUT", f"/absences/{made['id']}", body)
    assert late == (409, "absence_over")


@pytest.mark.requirement("S2-51")
@pytest.mark.parametrize("code", ["vacation", "dismissal", "other"])
@pytest.mark.parametrize("basis", ["", "   "])
async def test_absence_without_a_basis_is_refused_beside_its_field_unless_it_is_sickness(
    running: Product, code: str, basis: str
) -> None:
    answer = await send(running, "head", "POST", "/absences", vacation(running, code=code, basis=basis))
    sick = (await send(running, "head", "POST", "/absences", vacation(running, code="sickness", basis=basis))).json()
    changed = await send(running, "head", "PUT", f"/absences/{sick['id']}", vacation(running, code=code, basis=basis))

    for refused in (answer, changed):
        told = refused.json()
        assert (refused.status_code, told["code"], told["field"]) == (422, "basis_missing", "basis")
    assert sick["basis_missing"]


async def test_basis_comes_later_also_of_an_absence_that_is_over_and_changes_nothing_else(
    running: Product, database: Database
) -> None:
    message = await running.register()
    lying(running, message, "executor")
    body = {"code": "sickness", "first_day": TODAY.isoformat(), "person": running.people["executor"]}
    made = (await send(running, "head", "POST", "/absences", body)).json()
    path = f"/absences/{made['id']}"
    await send(running, "head", "POST", f"{path}/end")
    running.write("UPDATE message_case SET recheck = false")
    database.at(NOON + timedelta(days=60))
    running.tokens.clear()
    before = (await send(running, "administrator", "GET", "/absences")).json()["items"]

    empty = await outcome(running, "head", "PUT", f"{path}/basis", {"basis": " "})
    more = {"basis": "листок № 900", "last_day": TODAY.isoformat()}
    founded = (await send(running, "head", "PUT", f"{path}/basis", {"basis": "листок № 900"})).json()

    assert [(one["id"], one["basis_missing"], one["over"]) for one in before] == [(made["id"], True, True)]
    assert empty == (422, "invalid_request")
    assert await outcome(running, "head", "PUT", f"{path}/basis", more) == (422, "invalid_request")
    assert before[0] | {"basis": "листок № 900", "basis_missing": False} == founded
    assert marked(running) == []
    assert (await send(running, "administrator", "GET", "/absences")).json()["items"] == [], "over long ago"
    [change] = running.rows("SELECT before, after FROM reference_change ORDER BY id DESC LIMIT 1")
    assert change == {"before": {"basis": ""}, "after": {"basis": "листок № 900"}}


async def test_absence_to_come_is_changed_or_cancelled(running: Product) -> None:
    later = {"first_day": (TODAY + timedelta(days=5)).isoformat()}
    made = (await send(running, "head", "POST", "/absences", vacation(running, None, **later))).json()
    assert not made["lasts"]

    moved = {"code": "vacation", "first_day": (TODAY + timedelta(days=7)).isoformat(), "last_day": made["last_day"]}
    moved |= {"basis": "приказ № 13"}
    changed = (await send(running, "head", "PUT", f"/absences/{made['id']}", moved)).json()
    assert changed["first_day"] == moved["first_day"]
    await send(running, "head", "POST", f"/absences/{made['id']}/end")

    assert (await send(running, "head", "GET", "/absences")).json()["items"] == []


async def test_absences_come_in_pages_in_the_order_of_their_beginning(running: Product) -> None:
    for login, days in (("head2", 3), ("head", 1), ("executor", 2)):
        first = {"first_day": (TODAY + timedelta(days=days)).isoformat()}
        made = await send(running, "administrator", "POST", "/absences", vacation(running, login, **first))
        assert made.status_code == 201, made.text

    found, address = [], "/absences?limit=2"
    while address:
        page = (await send(running, "administrator", "GET", address)).json()
        found.append([one["person"]["number"] for one in page["items"]])
        address = f"/absences?limit=2&cursor={page['next']}" if page["next"] else ""

    assert found == [[running.people["head"], running.people["executor"]], [running.people["head2"]]]
    for wrong in ("x", "WzEsMl0", cursor_of(NOON, True)):
        answer = await outcome(running, "administrator", "GET", f"/absences?cursor={wrong}")
        assert answer == (422, "cursor_invalid")


async def test_uncovered_roles_are_told(running: Product) -> None:
    by_executor = await send(running, "head", "POST", "/absences", vacation(running, None, "executor"))
    path = f"/absences/{by_executor.json()['id']}"
    by_head = await send(running, "head", "PUT", path, vacation(running, None, "executor", "head2"))

    assert [one["code"] for one in by_executor.json()["uncovered"]] == ["head"]
    assert by_head.json()["uncovered"] == []


async def test_messages_of_the_person_and_of_those_he_stands_in_for_are_looked_at_again(running: Product) -> None:
    first, second, third = [await running.register() for _ in range(3)]
    for message, login in ((first, "head"), (second, "head2"), (third, "executor")):
        lying(running, message, login)

    await send(running, "head", "POST", "/absences", vacation(running, None, "head2"))
    assert marked(running) == [first]
    running.write("UPDATE message_case SET recheck = false")
    await send(running, "head2", "POST", "/absences", vacation(running))

    assert sorted(marked(running)) == sorted([first, second])


async def test_message_that_perhaps_nobody_may_approve_is_looked_at_again_when_a_head_goes(running: Product) -> None:
    about, other = [await running.register() for _ in range(2)]
    for message, person in ((about, running.people["executor"]), (other, None)):
        running.write(
            "UPDATE message_case SET stage = 'coordination', organisation = 'polyclinic', "
            "rest = jsonb_set(rest, '{complained_of_person}', CAST(:p AS jsonb)) WHERE id = :id",
            p="null" if person is None else str(person),
            id=message,
        )

    await send(running, "head", "POST", "/absences", vacation(running))

    assert marked(running) == [about]


async def test_queue_of_the_only_coordinator_is_looked_at_again_and_no_other(running: Product) -> None:
    first, second = [await running.register() for _ in range(2)]
    for message, organisation in ((first, "polyclinic"), (second, "branch")):
        running.write(
            "UPDATE message_case SET stage = 'coordination', organisation = :o WHERE id = :id",
            o=organisation,
            id=message,
        )

    await send(running, "coordinator", "POST", "/absences", vacation(running))

    assert marked(running) == [first]


async def test_new_coordinator_has_what_waited_for_nobody_looked_at_again_and_no_errand_is_forgotten(
    running: Product,
) -> None:
    first, second = [await running.register() for _ in range(2)]
    running.write("DELETE FROM grant_ WHERE role = 'coordinator'")
    running.write("UPDATE message_case SET stage = 'coordination', organisation = 'branch' WHERE id = :id", id=first)
    running.write(
        "INSERT INTO errand (id, case_id, kind, organisation, asked_at, pool, due_at, state) VALUES"
        " (gen_random_uuid(), :id, 'minor', 'branch', now(), 'coordinator', now(), 'open')",
        id=second,
    )

    body = {"role": "coordinator", "organisation": "branch"}
    made = await send(running, "administrator", "POST", f"/people/{running.people['head']}/grants", body)

    assert made.status_code == 201, made.text
    assert sorted(marked(running)) == sorted([first, second])
    [row] = running.rows(
        "SELECT valid_from = granted_at AS now FROM grant_ WHERE role = 'coordinator' AND organisation = 'branch'"
    )
    assert row["now"], "nobody has had a role before it was given"


@pytest.mark.parametrize("step", ["dismiss", "grant", "end grant"])
async def test_change_of_rights_is_looked_at_again_too(running: Product, step: str) -> None:
    message, head = await running.register(), running.people["head"]
    lying(running, message, "head")
    [own] = running.rows("SELECT id FROM grant_ WHERE person = :p", p=head)

    match step:
        case "dismiss":
            await send(running, "administrator", "PATCH", f"/people/{head}", {"active": False})
        case "grant":
            body = {"role": "head", "organisation": "branch"}
            await send(running, "administrator", "POST", f"/people/{head}/grants", body)
        case _:
            await send(running, "administrator", "DELETE", f"/people/{head}/grants/{own['id']}")

    assert marked(running) == [message]


async def test_dismissed_person_is_away_from_then_on_until_he_returns(running: Product) -> None:
    head = running.people["head"]

    await send(running, "administrator", "PATCH", f"/people/{head}", {"active": False})
    [row] = running.rows("SELECT code, ends_at FROM absence WHERE person = :p", p=head)
    assert row == {"code": "dismissal", "ends_at": None}
    [shown] = (await send(running, "administrator", "GET", "/absences")).json()["items"]
    assert shown["basis_missing"], "who is to go goes at once, the order is entered afterwards"
    await send(running, "administrator", "PATCH", f"/people/{head}", {"active": True})

    [row] = running.rows("SELECT ends_at IS NOT NULL AS over FROM absence WHERE person = :p", p=head)
    assert row["over"]


async def test_same_key_enters_one_absence(running: Product) -> None:
    made = [await send(running, "head", "POST", "/absences", vacation(running), key="once") for _ in range(2)]

    assert made[0].json()["id"] == made[1].json()["id"]
    assert len(running.rows("SELECT 1 FROM absence")) == 1
