"""The morning round over HTTP: whose it is, what it tells, who reads of others' rounds. Source: S0, п. 2, 4."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from api.shown import MOST_ID, cursor_of
from storage import tables as t
from storage.reference import touch
from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("S0-06", "S0-11")
async def test_head_looks_once_a_day_and_the_curator_reads_that_he_did(running: Product) -> None:
    message = await running.accepted()
    before = (await running.get("head", "/round")).json()

    done = await running.http.post("/api/v1/round", headers=await running.headers("head"))
    days = (await running.get("curator", "/rounds")).json()["days"]

    assert before["looked_at"] is None
    assert message in {row["id"] for row in before["messages"]}
    assert "applicant@example.org" not in str(before)
    assert done.status_code == 200
    (day,) = [one for one in days if one["person"]["number"] == running.people["head"]]
    assert day["looked_at"] == done.json()["looked_at"]
    assert day["counts"] == done.json()["counts"]
    assert day["on_day"] == done.json()["on_day"]


async def test_text_is_told_of_messages_alone_that_the_head_may_open_and_that_are_not_secret(running: Product) -> None:
    closed, opened, secret = await running.accepted(), await running.submitted(), await running.submitted()
    about_him = await running.accepted()
    await running.decide("coordinator", about_him, "correct_card", complained_of_person=running.people["head"])
    running.write(
        """UPDATE message_case SET rest = jsonb_set(rest, '{secret}', 'true') WHERE id = :id""",
        id=secret,
    )

    rows = {row["id"]: row for row in (await running.get("head", "/round")).json()["messages"]}

    assert (rows[closed]["opens"], rows[closed]["opening"]) == (False, "")
    assert rows[opened]["opens"]
    assert rows[opened]["opening"]
    assert rows[secret]["opening"] == ""
    assert about_him not in rows


@pytest.mark.parametrize("login", ["executor", "coordinator", "curator", "operator", "administrator"])
async def test_round_is_of_heads_alone(running: Product, login: str) -> None:
    read = await running.get(login, "/round")
    looked = await running.http.post("/api/v1/round", headers=await running.headers(login))

    assert (read.status_code, looked.status_code) == (403, 403)


@pytest.mark.parametrize("login", ["executor", "coordinator", "head", "administrator"])
async def test_rounds_of_others_are_read_by_curators_alone(running: Product, login: str) -> None:
    assert (await running.get(login, "/rounds")).status_code == 403


async def test_curator_reads_of_his_organisations_alone(running: Product) -> None:
    await running.http.post("/api/v1/round", headers=await running.headers("head_transport"))

    days = (await running.get("curator", "/rounds")).json()["days"]

    assert running.people["head_transport"] not in {one["person"]["number"] for one in days}


async def test_days_are_paged_each_told_once_in_the_order_of_all(running: Product) -> None:
    # not of "head" and "head2": tests come in any order, and theirs begin before the round
    with running.engine.begin() as connection:
        values = {"person": running.people["coordinator_branch"], "role": "head", "organisation": "branch"}
        connection.execute(sa.insert(t.grant).values(values))
        touch(connection)
    for login in ("head3", "coordinator_branch"):
        await running.http.post("/api/v1/round", headers=await running.headers(login))
    whole = (await running.get("curator", "/rounds")).json()["days"]

    pages, cursor = [], {}
    while cursor is not None:
        page = (await running.get("curator", "/rounds", limit=1, **cursor)).json()
        pages.append(page["days"])
        cursor = {"cursor": page["next"]} if page["next"] else None
    async with running.browse("curator") as browser:
        shown = await browser.get("/rounds?limit=1")

    assert len(whole) > 1
    assert pages == [[one] for one in whole]
    assert "Раньше" in shown.text
    assert (await running.get("curator", "/rounds", cursor="W10")).status_code == 422


async def test_page_behind_the_longest_title_and_name_is_shown(running: Product) -> None:
    cursor = cursor_of(date(2026, 1, 12), "Щ" * 300, "Ё" * 300, MOST_ID)

    answer = await running.get("curator", "/rounds", cursor=cursor)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "days",
    [
        {"first": "2026-02-01", "last": "2026-01-01"},
        {"first": "2010-01-01"},
        {"last": "0001-01-05"},
        {"last": "9999-12-31"},
    ],
)
@pytest.mark.parametrize("path", ["/rounds", "/satisfaction"])
async def test_days_are_so_many_in_their_order_and_not_at_the_end_of_the_calendar(
    running: Product, path: str, days: dict[str, str]
) -> None:
    assert (await running.get("curator", path, **days)).status_code == 422


@pytest.mark.requirement("S0-06")
async def test_page_has_one_button_and_then_says_when_it_was_pressed(running: Product) -> None:
    async with running.browse("head2") as browser:
        page = await browser.get("/round")
        token = page.text.partition('name="_token" value="')[2].partition('"')[0]
        await browser.post("/round", data={"_token": token})
        after = await browser.get("/round")

    assert page.text.count("Просмотрено</button>") == 1
    assert "Просмотрено</button>" not in after.text
    assert "Сегодня просмотрено" in after.text
