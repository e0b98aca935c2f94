"""Absence on the real run: what waits goes to the substitute at midnight, comes back in one press, and never waits in silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from relay.bells import Bells
from storage import tables as t
from storage.reference import touch
from tests.process.clock import MOSCOW, Clock, until
from tests.process.walk import DAY, Walk
from tests.product import Product

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.mark.requirement("S2-51")
async def test_approval_goes_to_the_substitute_and_back_and_is_told_of_when_nobody_is_there(
    product: Product, clock: Clock
) -> None:
    lead(product, "chief", "ministry")
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await assigned_by_an_acting_coordinator(walk)
    await walk.submit(approver="head2")
    tomorrow = datetime.combine(clock.now().astimezone(MOSCOW).date() + DAY, datetime.min.time(), MOSCOW)
    entry, due = walk.case["entry"], walk.case["stage_due_at"]

    first = {"code": "vacation", "first_day": f"{tomorrow:%Y-%m-%d}", "last_day": f"{tomorrow + 6 * DAY:%Y-%m-%d}"}
    first |= {"basis": "приказ № 12"}
    absence = await post(walk, "head2", "/absences", first | {"substitutes": [walk.person("head")]})
    await rung(walk)
    assert walk.case["holder"] == walk.person("head2")
    await clock.to(walk.message, tomorrow)
    assert (walk.case["holder"], walk.case["acting_for"]) == (walk.person("head"), walk.person("head2"))
    assert walk.at("SubstituteActs") == [tomorrow]

    await post(walk, "head2", f"/absences/{absence['id']}/end", None)
    await rung(walk)
    assert (walk.case["holder"], walk.case["acting_for"]) == (walk.person("head2"), None)

    await clock.to(walk.message, tomorrow + 11 * HOUR)
    sick = await post(walk, "head2", "/absences", {"code": "sickness", "first_day": f"{tomorrow:%Y-%m-%d}"})
    await rung(walk)
    assert sick["lasts"]
    await clock.to(walk.message, tomorrow + 12 * HOUR + timedelta(minutes=1))

    [_, told] = [row for row in product.journal(walk.message) if row["event"] == "NobodyPresent"]
    assert {walk.person("curator"), walk.person("administrator")} <= set(told["facts"]["told"])
    assert tomorrow + 12 * HOUR <= told["at"] < tomorrow + 12 * HOUR + timedelta(minutes=1)
    assert (walk.case["stage"], walk.case["entry"], walk.case["stage_due_at"]) == ("approval", entry, due)
    await passed_on_by_the_head_above(walk)


async def assigned_by_an_acting_coordinator(walk: Walk) -> None:
    """The head above, told that nobody coordinates here, gives the role for today; whoever has it decides at once."""
    product, today = walk.product, f"{walk.clock.now().astimezone(MOSCOW):%Y-%m-%d}"
    await post(walk, "coordinator", "/absences", {"code": "sickness", "first_day": today})
    await rung(walk)
    early = await product.try_to("executor2", walk.message, "assign", executor=walk.person("executor"))
    await walk.later(HOUR + timedelta(minutes=1))
    assert walk.case["called"] == [walk.person("chief")]

    given = {"person": walk.person("executor2"), "last_day": today, "basis": "приказ № 14"}
    await post(walk, "chief", f"/messages/{walk.message}/acting", given)
    await rung(walk)
    await walk.do("executor2", "assign", executor=walk.person("executor"))
    await walk.do("executor", "start_work")

    assert early.status_code == 404
    told = [(row["event"], row["person"]) for row in product.journal(walk.message)][-4:]
    assert [event for event, _ in told] == ["NobodyPresent", "SomebodyPresent", "ExecutorAssigned", "WorkStarted"]
    assert told[2][1] == walk.person("executor2")


async def passed_on_by_the_head_above(walk: Walk) -> None:
    """He reads the card and passes the right; before he was told and after he has done it he does neither."""
    product, path = walk.product, f"/messages/{walk.message}"
    card = (await product.get("chief", path)).json()
    listed = (await product.get("chief", "/messages", number=card["number"])).json()
    contacts = await product.get("chief", f"{path}/contacts")
    others = await product.get("head_transport", path)
    await walk.do("chief", "delegate", head=walk.person("head"), reason="Решать некому", absence="sickness")
    again = await product.try_to("chief", walk.message, "delegate", head=walk.person("head2"), reason="Ещё")

    assert card["state"]["nobody_present"] is True
    assert {one["action"] for one in card["actions"] if not one["beside"]} == {"delegate"}
    assert (card["sight"], [one["id"] for one in listed["messages"]]) == ("without_contacts", [walk.message])
    assert (contacts.status_code, others.status_code) == (403, 404)
    assert walk.case["holder"] == walk.person("head")
    assert (again.status_code, walk.case["called"]) == (403, [])
    assert (await product.get("chief", path)).json()["sight"] == "former"


def lead(product: Product, login: str, organisation: str) -> None:
    """The person is a head there from now on."""
    with product.engine.begin() as connection:
        new = {"person": product.people[login], "role": "head", "organisation": organisation}
        connection.execute(sa.insert(t.grant).values(new))
        touch(connection)


async def test_decision_of_the_substitute_is_journaled_for_whom(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)
    today = f"{clock.now().astimezone(MOSCOW):%Y-%m-%d}"
    body = {
        "code": "other",
        "first_day": today,
        "last_day": today,
        "basis": "приказ № 13",
        "substitutes": [walk.person("executor2")],
    }
    await walk.accept()
    await walk.do("coordinator", "assign", executor=walk.person("executor"))

    await post(walk, "executor", "/absences", body)
    await rung(walk)
    late = await product.try_to("executor", walk.message, "start_work")
    await walk.do("executor2", "start_work")

    shown = (await product.get("executor2", f"/messages/{walk.message}")).json()
    assert shown["state"]["acting_for"]["number"] == walk.person("executor")
    assert (late.status_code, late.json()["code"]) == (403, "absent")
    row = product.journal(walk.message)[-1]
    assert (row["event"], row["person"]) == ("WorkStarted", walk.person("executor2"))
    assert row["facts"]["acting_for"] == walk.person("executor")


async def test_errand_of_an_absent_person_is_done_by_his_substitute_and_returns_with_him(
    product: Product, clock: Clock
) -> None:
    walk = await Walk.begin(product, clock)
    today = f"{clock.now().astimezone(MOSCOW):%Y-%m-%d}"
    body = {
        "code": "other",
        "first_day": today,
        "last_day": today,
        "basis": "приказ № 13",
        "substitutes": [walk.person("head")],
    }
    await walk.accept()
    await walk.assign()
    await walk.do("executor", "ask_co_executors", people=[walk.person("executor2")], text="Что известно отделу?")

    absence = await post(walk, "executor2", "/absences", body)
    await rung(walk)
    [theirs] = (await product.get("head", f"/messages/{walk.message}")).json()["errands"]
    await post(walk, "executor2", f"/absences/{absence['id']}/end", None)
    await rung(walk)
    [own] = (await product.get("executor2", f"/messages/{walk.message}")).json()["errands"]
    await post(walk, "executor2", "/absences", body)
    await rung(walk)
    await walk.do("head", "contribute", text="Осмотр назначен.")

    assert (theirs["mine"], theirs["acting_for"]["number"]) == (True, walk.person("executor2"))
    assert (own["mine"], own["acting_for"]) == (True, None)
    row = product.journal(walk.message)[-1]
    assert (row["event"], row["person"]) == ("ErrandDone", walk.person("head"))
    assert row["facts"]["acting_for"] == walk.person("executor2")
    assert (walk.case["holder"], walk.case["acting_for"]) == (walk.person("executor"), None)


async def post(walk: Walk, login: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    headers = await walk.product.headers(login)
    answer = await walk.product.http.post(f"/api/v1{path}", headers=headers, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rung(walk: Walk) -> None:
    """The relay has rung for what was marked, and it has been judged."""
    await Bells(walk.product.engine, walk.product.client, lambda: None).round()
    await until(lambda: not walk.case["recheck"])
    await walk.clock.settle(walk.message)
