"""Invitations through the API: who may send one, and what the link is good for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.invitations import Invitation
from storage.reference import touch
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import PASSWORD, Product

pytestmark = pytest.mark.anyio

NEW = "серый волк в поле"


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`head3` is administrator of the polyclinic alone."""
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            values = {"person": found.people["head3"], "role": "administrator", "organisation": "polyclinic"}
            connection.execute(sa.insert(t.grant).values(values))
            touch(connection)
        yield found


async def invited(running: Product, who: str, by: str = "head3", key: str | None = None) -> httpx.Response:
    path = f"/api/v1/people/{running.people[who]}/invitations"
    return await running.http.post(path, headers=await running.headers(by, key))


def token(running: Product, who: str) -> str:
    """As the mail would carry it: of the last invitation."""
    query = "SELECT id, expires_at FROM invitation WHERE person = :person ORDER BY created_at DESC LIMIT 1"
    [row] = running.rows(query, person=running.people[who])
    return Invitation(str(row["id"]), running.people[who], row["expires_at"], "", "", "").token


async def accept(running: Product, link: str, password: str = NEW) -> httpx.Response:
    return await running.http.post("/api/v1/invitations/accept", json={"token": link, "password": password})


async def signs_in(running: Product, login: str, password: str) -> bool:
    answer = await running.http.post("/api/v1/sessions", json={"login": login, "password": password})
    return answer.status_code == 201


@pytest.mark.requirement("S3-24")
async def test_invited_person_sets_his_own_password_once(running: Product) -> None:
    before = await running.headers("executor")
    sent = await invited(running, "executor")
    link = token(running, "executor")

    read = await running.http.post("/api/v1/invitations/read", json={"token": link})
    weak = await accept(running, link, "executor-2026")
    first, second = await accept(running, link), await accept(running, link, "другой длинный пароль")

    assert sent.status_code == 201, sent.text
    assert sent.json()["email"] == "executor@staff.example"
    assert (read.json()["login"], read.json()["organisation"]) == ("executor", "Городская поликлиника")
    assert (weak.status_code, weak.json()["field"]) == (422, "password")
    assert (first.status_code, second.status_code) == (204, 404)
    assert second.json()["code"] == "invitation_over"
    assert await signs_in(running, "executor", NEW)
    assert not await signs_in(running, "executor", PASSWORD)
    assert (await running.http.get("/api/v1/sections", headers=before)).status_code == 401


async def test_only_who_may_reset_the_password_may_invite(running: Product) -> None:
    wider = {"role": "curator", "organisation": "ministry"}
    path = f"/api/v1/people/{running.people['coordinator']}/grants"
    await running.http.post(path, headers=await running.headers("administrator"), json=wider)

    refused = [
        await invited(running, "executor", by="coordinator"),
        await invited(running, "executor_transport"),
        await invited(running, "coordinator"),
        await invited(running, "head3"),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert [answer.json()["code"] for answer in refused] == [
        "action_forbidden",
        "beyond_scope",
        "beyond_scope",
        "own_password",
    ]
    assert running.rows("SELECT id FROM invitation") == running.rows("SELECT id FROM staff_mail") == []


async def test_who_cannot_be_written_to_is_not_invited(running: Product) -> None:
    async def change(**values: object) -> None:
        path = f"/api/v1/people/{running.people['executor']}"
        answer = await running.http.patch(path, headers=await running.headers("head3"), json=values)
        assert answer.status_code == 200, answer.text

    await change(email=None)
    nowhere = await invited(running, "executor")
    await change(email="e@example.org", active=False)
    gone = await invited(running, "executor")

    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "email")
    assert (gone.status_code, gone.json()["code"]) == (422, "person_inactive")


async def test_link_works_no_more_once_replaced_expired_or_withdrawn(running: Product) -> None:
    await invited(running, "executor")
    replaced = token(running, "executor")
    await invited(running, "executor")
    withdrawn = token(running, "executor")
    assert (await accept(running, replaced)).status_code == 404
    path = f"/api/v1/people/{running.people['executor']}"
    await running.http.patch(path, headers=await running.headers("head3"), json={"email": "other@example.org"})
    assert (await accept(running, withdrawn)).status_code == 404

    await invited(running, "executor")
    with running.engine.begin() as connection:
        long_ago = {
            "created_at": t.invitation.c.created_at - timedelta(days=8),
            "expires_at": t.invitation.c.expires_at - timedelta(days=8),
        }
        connection.execute(sa.update(t.invitation).where(t.invitation.c.ended_at.is_(None)).values(long_ago))
    expired = await accept(running, token(running, "executor"))
    again = await invited(running, "executor")

    assert (expired.status_code, again.status_code) == (404, 201)
    assert await signs_in(running, "executor", PASSWORD)


async def test_same_key_invites_once(running: Product) -> None:
    key = str(uuid4())

    answers = [await invited(running, "executor", key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(running.rows("SELECT id FROM staff_mail")) == 1


async def test_guessed_links_are_throttled(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.invitations.ADDRESS_ATTEMPTS", 2)

    answers = [(await accept(running, f"guess{place}")).status_code for place in range(3)]

    assert answers == [404, 404, 429]


async def test_only_his_administrator_sees_that_somebody_is_invited(running: Product) -> None:
    await invited(running, "executor")
    path = f"/people/{running.people['executor']}"

    seen, hidden = [(await running.get(login, path)).json()["invited_until"] for login in ("head3", "executor2")]

    assert seen is not None
    assert hidden is None
