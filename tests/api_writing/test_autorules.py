"""Auto-rules are kept by administrators of their organisation, tried before they are switched on, and by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product

pytestmark = pytest.mark.anyio

RULE = {"organisation": "polyclinic", "title": "Недозвон", "words": "не могу дозвониться", "tag": "недозвон"}


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`administrator` has everything; `head3` is administrator of the transport alone."""
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            grant = {"person": found.people["head3"], "role": "administrator", "organisation": "transport"}
            connection.execute(sa.insert(t.grant).values(grant))
            touch(connection)
        yield found


async def send(
    running: Product, method: str, path: str, body: Any = None, login: str = "administrator"
) -> httpx.Response:
    return await running.http.request(
        method, f"/api/v1/autorules{path}", headers=await running.headers(login), json=body
    )


async def created(running: Product, **fields: Any) -> int:
    answer = await send(running, "POST", "", RULE | fields)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def test_rule_is_switched_on_only_after_a_dry_run_of_exactly_its_revision(running: Product) -> None:
    rule = await created(running)

    untried = await send(running, "POST", f"/{rule}/switch", {"revision": 1})
    await send(running, "POST", f"/{rule}/dry-runs", {"revision": 1})
    on = await send(running, "POST", f"/{rule}/switch", {"revision": 1})
    edited = await send(running, "PUT", f"/{rule}", {"title": "Недозвон", "words": "занято", "tag": "недозвон"})
    newer = await send(running, "POST", f"/{rule}/switch", {"revision": 2})

    assert (untried.status_code, untried.json()["code"]) == (409, "dry_run_missing")
    assert on.json()["active_revision"] == 1
    assert (edited.json()["revision"], edited.json()["active_revision"]) == (2, 1)
    assert newer.json()["code"] == "dry_run_missing"


async def test_each_edit_is_a_revision_that_stays_and_the_same_again_is_none(running: Product) -> None:
    rule = await created(running)
    body = {"title": "Занято", "categories": ["medicine"], "days": 3}
    for _ in range(2):
        await send(running, "PUT", f"/{rule}", body)

    found = (await send(running, "GET", f"/{rule}/revisions")).json()

    assert [one["revision"] for one in found] == [2, 1]
    assert [one["rule"]["title"] for one in found] == ["Занято", "Недозвон"]
    assert found[1]["rule"]["words"] == "не могу дозвониться"
    kinds = running.rows("SELECT kind, subject FROM reference_change WHERE kind = 'autorule'")
    assert len(kinds) == 3


async def test_order_is_what_the_administrator_says(running: Product) -> None:
    rules = [await created(running, title=title) for title in ("один", "два", "три")]

    await send(running, "POST", f"/{rules[2]}/place", {"place": 1})
    mode = await send(running, "PUT", "/organisations/polyclinic", {"every": True})

    assert [one["rule"]["title"] for one in mode.json()["items"]] == ["три", "один", "два"]
    assert mode.json()["every"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "?organisation=polyclinic", None),
        ("POST", "", RULE),
        ("GET", "/{rule}", None),
        ("PUT", "/{rule}", {"title": "Чужое", "tag": "а"}),
        ("GET", "/{rule}/revisions", None),
        ("GET", "/{rule}/applications", None),
        ("POST", "/{rule}/switch", {"revision": None}),
        ("POST", "/{rule}/place", {"place": 1}),
        ("POST", "/{rule}/dry-runs", {"revision": 1}),
        ("GET", "/{rule}/dry-runs/1", None),
        ("GET", "/dry-runs/{run}", None),
        ("PUT", "/organisations/polyclinic", {"every": True}),
    ],
)
async def test_nobody_but_an_administrator_of_the_organisation_keeps_its_rules(
    running: Product, method: str, path: str, body: Any
) -> None:
    rule = await created(running)
    run = (await send(running, "POST", f"/{rule}/dry-runs", {"revision": 1})).json()["id"]
    before = running.rows("SELECT count(*) AS count FROM reference_change")
    path = path.format(rule=rule, run=run)

    coordinator = await send(running, method, path, body, "coordinator")
    elsewhere = await send(running, method, path, body, "head3")

    assert coordinator.status_code == 403
    assert elsewhere.status_code in (403, 404)
    assert running.rows("SELECT count(*) AS count FROM reference_change") == before


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"tag": None}, "effects_missing", None),
        ({"unit": "nowhere"}, "unit_unknown", "unit"),
        ({"transfer": "transport"}, "organisation_not_subordinate", "transfer"),
        ({"redirect": "branch"}, "organisation_subordinate", "redirect"),
        ({"redirect": "polyclinic"}, "organisation_unknown", "redirect"),
        ({"transfer": "branch", "redirect": "transport"}, "effects_conflict", "redirect"),
        ({"executor": 101}, "person_without_authority", "executor"),
        ({"categories": ["no.such"]}, "code_unknown", "categories"),
        ({"words": "!!!"}, "invalid_request", None),
        ({"days": 0}, "invalid_request", None),
    ],
)
async def test_rule_that_could_never_work_is_refused(
    running: Product, fields: dict[str, Any], code: str, field: str | None
) -> None:
    answer = await send(running, "POST", "", RULE | fields)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert field is None or answer.json()["field"] == field


async def test_same_key_makes_one_rule(running: Product) -> None:
    headers = await running.headers("administrator", "one-key")
    answers = [await running.http.post("/api/v1/autorules", headers=headers, json=RULE) for _ in range(2)]

    assert answers[0].json()["id"] == answers[1].json()["id"]
