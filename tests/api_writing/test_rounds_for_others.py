"""The morning round in the place of an absent head: whose it is, what the record and the pages say. S0-11."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api_writing.alone import NOON, alone
from tests.api_writing.test_absences import vacation
from tests.api_writing.test_reference import send
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        yield found


@pytest.mark.requirement("S0-11")
async def test_substitute_looks_for_an_absent_head_only_where_his_own_role_is_as_wide(running: Product) -> None:
    polyclinic = vacation(running, None, "executor", "head2", "head")
    await send(running, "head_transport", "POST", "/absences", vacation(running, None, "executor_transport"))
    await send(running, "head3", "POST", "/absences", polyclinic)

    no_head = await running.get("executor_transport", "/round")
    before = (await running.get("head2", "/round")).json()
    async with running.browse("head2") as browser:
        page = (await browser.get("/round")).text
    done = (await send(running, "head2", "POST", "/round")).json()
    absent = (await running.get("head3", "/round")).json()
    days = {one["person"]["number"]: one for one in (await running.get("curator", "/rounds")).json()["days"]}

    head2, head3 = running.people["head2"], running.people["head3"]
    assert no_head.status_code == 403
    assert [(one["person"]["number"], one["looked_at"]) for one in before["in_place_of"]] == [(head3, None)]
    assert "Вы замещаете и смотрите также за: <strong>Сотрудник head3</strong>" in page
    assert [one["by"]["number"] for one in done["in_place_of"]] == [head2]
    assert (absent["looked_at"], absent["looked_by"]["number"]) == (done["looked_at"], head2)
    assert {number: one["by"]["number"] for number, one in days.items()} == {head2: head2, head3: head2}
    assert (await running.get("head", "/round")).json()["in_place_of"] == []


async def test_substitute_who_looked_before_the_absence_looks_for_the_other_still(running: Product) -> None:
    await send(running, "head2", "POST", "/round")
    await send(running, "head", "POST", "/absences", vacation(running, None, "head2"))

    async with running.browse("head2") as browser:
        before = (await browser.get("/round")).text
        token = before.partition('name="_token" value="')[2].partition('"')[0]
        await browser.post("/round", data={"_token": token})
        after = (await browser.get("/round")).text
    async with running.browse("head") as browser:
        absent = (await browser.get("/round")).text

    assert "Просмотрено</button>" in before
    assert "Просмотрено</button>" not in after
    assert "За отсутствующего: Сотрудник head — просмотрено" in after
    assert "за вас посмотрел замещающий Сотрудник head2" in absent
