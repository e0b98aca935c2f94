"""What an absence would bring is told before: by whom it may be asked, what it says, and that nothing is entered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api import absences
from api.absence_previews import line_shown
from domain.foreseen import Prospect, presence_to_come
from domain.vocabulary import ErrandKind
from storage import cases, foreseeing
from storage import tables as t
from storage.foreseeing import Line
from storage.reference import Reference, moment
from tests.api_writing.alone import NOON, alone
from tests.api_writing.test_absences import TODAY, vacation
from tests.api_writing.test_reference import outcome, send
from tests.conftest import Database
from tests.product import Product
from tests.web.test_absences import post

pytestmark = pytest.mark.anyio

ADDRESS = "/absences/preview"


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        yield found


async def approving(running: Product, login: str, *, later: bool = False) -> str:
    """A message lies with the person for approval, past the rules; `later`: the endorser of before has it still."""
    message, people = await running.register(), running.people
    draft: dict[str, Any] = {"kind": "answer", "author": people["executor"], "endorsers": [], "approver": people[login]}
    draft |= {"digest": "0", "position": 0, "endorsed_here": 0, "answer_type": "solved", "postponed_until": None}
    draft |= {"organisation": None, "external": False, "external_email": False, "acting_for": None}
    draft |= {"endorsers": [people["head3"]]} if later else {}
    values: dict[str, Any] = {"stage": "endorsement" if later else "approval", "organisation": "polyclinic"}
    values |= {"holder": people["head3" if later else login], "executor": people["executor"]}
    with running.engine.begin() as connection:
        rest = connection.execute(sa.select(t.message_case.c.rest).where(t.message_case.c.id == message)).scalar_one()
        values["rest"] = rest | {"draft": draft}
        connection.execute(sa.update(t.message_case).where(t.message_case.c.id == message).values(values))
    return message


async def test_preview_says_what_passes_to_whom_and_the_absence_does_so(running: Product) -> None:
    message = await approving(running, "head")
    await approving(running, "head", later=True)

    answer = await send(running, "head", "POST", ADDRESS, vacation(running, None, "executor", "head2"))

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["total"], told["nobody"], told["next"], told["beyond"], told["until"]) == (2, 0, None, 0, None)
    assert [(one["id"], one["what"]["code"], one["later"]) for one in told["items"]] == [
        (message, "approval", False),
        (None, "approval", True),  # what is still with another unit's head he does not see himself
    ]
    assert [one["number"] is None for one in told["items"]] == [False, True], "what may not be seen is not named"
    [step] = told["items"][0]["passes"]
    assert (step["person"]["number"], step["nobody"]) == (running.people["head2"], False)
    assert running.rows("SELECT 1 FROM absence") == running.rows("SELECT 1 FROM reference_change") == []

    assert (await send(running, "head", "POST", "/absences", vacation(running, None, "head2"))).status_code == 201
    with running.engine.connect() as connection:
        at, record = moment(connection), cases.read(connection, message)
        assert record is not None
        world = Reference().world(connection, at, record.regulation, record.revision)
    came = [(change.at, after.holder.person) for change, after in presence_to_come(record.case, world, at.now)]
    assert [holder for _, holder in came] == [running.people["head2"]]


async def test_what_nobody_may_take_stands_first_and_pages_hold_each_line_once(running: Product) -> None:
    for _ in range(3):
        await approving(running, "head")
    body, found = vacation(running, None, "executor"), []
    page = (await send(running, "head", "POST", f"{ADDRESS}?limit=2", body)).json()
    found += page["items"]
    while page["next"]:
        page = (await send(running, "head", "POST", f"{ADDRESS}?limit=2&cursor={page['next']}", body)).json()
        found += page["items"]

    assert (page["total"], page["nobody"], len({one["number"] for one in found})) == (3, 3, 3)
    assert all(one["passes"][0]["nobody"] for one in found)
    assert [one["code"] for one in page["uncovered"]] == ["head"]
    assert (await outcome(running, "head", "POST", f"{ADDRESS}?cursor=x", body))[1] == "cursor_invalid"
    assert (await outcome(running, "head", "POST", f"{ADDRESS}?limit=1000", body))[1] == "invalid_request"


async def test_preview_says_how_much_it_leaves_out(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseeing, "MOST", 2)
    monkeypatch.setattr(absences, "MOST_PEOPLE", 1)
    for _ in range(3):
        await approving(running, "head")
    sick = vacation(running, code="sickness", last_day=None)

    told = (await send(running, "head", "POST", ADDRESS, sick)).json()
    async with running.browse("head") as browser:
        fields = {"code": "sickness", "first_day": TODAY.isoformat(), "_preview": "1"}
        page = (await post(browser, "/absences/new", "/absences/new", **fields)).text
        sought = fields | {"_preview": "", "_find": "substitutes", "find.substitutes": "HEAD3", "basis": "листок № 9"}
        found = (await post(browser, "/absences/new", "/absences/new", **sought)).text
        head2 = str(running.people["head2"])
        part = (await browser.get(f"/absences/substitutes?find.substitutes=нет&substitutes={head2}")).text
        others = await browser.get(f"/absences/substitutes?person={running.people['head_transport']}")
        kept = (await browser.get("/absences")).text

    assert (told["total"], told["beyond"]) == (2, 1)
    assert datetime.fromisoformat(told["until"]) == datetime.fromisoformat(told["begins_at"]) + timedelta(days=30)
    assert "Рассмотрены не все: ещё 1 сообщение, чей срок позже" in page
    assert "не загадываем: отсутствие продлится дольше" in page
    assert "Показаны не все: уточните слова" in page
    assert f'<option value="{running.people["head3"]}"' in found
    assert "листок № 9" in found
    assert f'<option value="{head2}" selected>' in part
    assert others.status_code == 403
    assert "В списке не все, ещё" in kept


async def test_preview_names_roles_of_which_nobody_would_be_there(running: Product) -> None:
    message = await running.register()
    running.write(
        "UPDATE message_case SET stage = 'coordination', organisation = 'polyclinic' WHERE id = :id", id=message
    )

    pools = (await send(running, "coordinator", "POST", ADDRESS, vacation(running))).json()["pools"]

    known = {one["organisation"]["code"]: (one["role"]["code"], one["waiting"]) for one in pools}
    assert known["polyclinic"] == ("coordinator", 1)


async def test_errand_in_a_message_that_may_not_be_seen_is_told_without_its_kind(running: Product) -> None:
    message = await approving(running, "head")
    with running.engine.connect() as connection:
        record = cases.read(connection, message)
    assert record is not None

    shown = line_shown(Line(record.case, Prospect(ErrandKind.MINOR, None, (), errand="1"), seen=False), {})

    assert (shown.number, shown.what.code, shown.errand) == (None, "errand", True)


async def test_change_of_an_absence_is_previewed_without_the_old_one(running: Product) -> None:
    await approving(running, "head")
    made = (await send(running, "head", "POST", "/absences", vacation(running))).json()

    body = vacation(running, None, "head2", last_day=str(TODAY))
    with running.engine.begin() as changing:  # a preview waits for no change, so none waits for a preview
        changing.execute(sa.select(t.absence).with_for_update())
        changed = await send(running, "head", "POST", f"/absences/{made['id']}/preview", body)

    assert changed.status_code == 200, changed.text
    assert [one["passes"][0]["person"]["number"] for one in changed.json()["items"]] == [running.people["head2"]]


@pytest.mark.parametrize(
    ("who", "of", "changed", "expected"),
    [
        ("executor2", "executor", {}, (403, "action_forbidden")),
        ("head", "head2", {}, (403, "action_forbidden")),
        ("head", None, {"last_day": None}, (422, "last_day_missing")),
        ("head", None, {"substitutes": [999_999]}, (422, "person_unknown")),
    ],
)
async def test_preview_is_refused_like_entering_it(
    running: Product, who: str, of: str | None, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await outcome(running, who, "POST", ADDRESS, vacation(running, of) | changed) == expected


async def test_preview_is_for_whoever_is_signed_in_and_of_absences_that_he_keeps(running: Product) -> None:
    made = (await send(running, "head", "POST", "/absences", vacation(running))).json()

    stranger = await running.http.post(f"/api/v1{ADDRESS}", json=vacation(running))
    other = await outcome(running, "executor", "POST", f"/absences/{made['id']}/preview", vacation(running))

    assert stranger.status_code == 401
    assert other[0] == 404
