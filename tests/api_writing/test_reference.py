"""Administrators write over what is theirs, and over nothing else; everybody reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import PASSWORD, Product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`administrator` has everything; `head3` is administrator of the polyclinic alone, `curator` of it and all below."""
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            for login, subtree in (("head3", False), ("curator", True)):
                connection.execute(
                    sa.insert(t.grant).values(
                        person=found.people[login], role="administrator", organisation="polyclinic", subtree=subtree
                    )
                )
            touch(connection)
        yield found


async def send(
    running: Product, login: str, method: str, path: str, body: Any = None, key: str | None = None
) -> httpx.Response:
    return await running.http.request(
        method, f"/api/v1{path}", headers=await running.headers(login, key), json=body if body is not None else None
    )


async def outcome(running: Product, login: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await send(running, login, method, path, body)
    shown = answer.json()
    return answer.status_code, shown.get("code", "") if answer.status_code >= 400 else ""


def changes(running: Product) -> list[dict[str, Any]]:
    return running.rows("SELECT person, kind, subject, before, after FROM reference_change ORDER BY id")


def version(running: Product) -> int:
    return int(running.rows("SELECT reference_version FROM installation")[0]["reference_version"])


async def test_organisation_is_created_changed_logged_and_in_force_at_once(running: Product) -> None:
    was = version(running)

    made = await send(
        running, "curator", "POST", "/organisations", {"id": "ward", "parent": "polyclinic", "title": "Отделение"}
    )
    renamed = await send(
        running, "curator", "PATCH", "/organisations/ward", {"title": "Второе отделение", "opens": "08:00"}
    )

    assert (made.status_code, made.json()["parent"], made.json()["closes"]) == (201, "polyclinic", "18:00")
    assert renamed.json()["title"] == "Второе отделение"
    assert version(running) == was + 2
    first, second = changes(running)
    assert (first["kind"], first["subject"], first["before"]) == ("organisation", "ward", None)
    assert second["before"] == {"title": "Отделение", "opens": "09:00:00"}
    assert second["after"] == {"title": "Второе отделение", "opens": "08:00:00"}
    assert second["person"] == running.people["curator"]


BEYOND: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("executor", "POST", "/organisations", {"id": "x", "parent": "branch", "title": "X"}, "action_forbidden"),
    ("curator", "POST", "/organisations", {"id": "x", "parent": "ministry", "title": "X"}, "beyond_scope"),
    ("curator", "POST", "/organisations", {"id": "x", "parent": "transport", "title": "X"}, "beyond_scope"),
    ("head3", "POST", "/organisations", {"id": "x", "parent": "polyclinic", "title": "X"}, "beyond_scope"),
    ("head3", "PATCH", "/organisations/branch", {"title": "X"}, "beyond_scope"),
    ("curator", "PATCH", "/organisations/ministry", {"self_approval": True}, "beyond_scope"),
    ("curator", "PATCH", "/organisations/transport", {"title": "X"}, "beyond_scope"),
    ("curator", "POST", "/units", {"id": "x", "organisation": "transport", "title": "X"}, "beyond_scope"),
    ("curator", "POST", "/categories", {"code": "x", "title": "X"}, "beyond_scope"),
    ("curator", "PATCH", "/categories/roads", {"days": 1}, "beyond_scope"),
    ("curator", "PUT", "/calendar/RU/2026-12-31", {"working": False}, "beyond_scope"),
    ("moderator", "PUT", "/calendar/RU/2026-12-31", {"working": False}, "action_forbidden"),
    ("curator", "POST", "/people", {"login": "new", "name": "Н", "organisation": "transport"}, "beyond_scope"),
    ("coordinator", "POST", "/people", {"login": "new", "name": "Н", "organisation": "branch"}, "action_forbidden"),
]


async def test_write_beyond_the_scope_is_refused_with_nothing_changed(running: Product) -> None:
    was = version(running)

    for login, method, path, body, expected in BEYOND:
        assert await outcome(running, login, method, path, body) == (403, expected), (login, method, path)

    assert (version(running), changes(running)) == (was, [])


GRANTS: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"role": "executor", "organisation": "polyclinic"}, (201, "")),
    ({"role": "administrator", "organisation": "branch", "subtree": True}, (201, "")),
    ({"role": "curator", "organisation": "polyclinic", "subtree": True}, (201, "")),
    ({"role": "curator", "organisation": "ministry"}, (403, "beyond_scope")),
    ({"role": "administrator", "organisation": "ministry", "subtree": True}, (403, "beyond_scope")),
    ({"role": "head", "organisation": "transport"}, (403, "beyond_scope")),
    ({"role": "head", "organisation": "nowhere"}, (422, "organisation_unknown")),
    ({"role": "head", "organisation": "branch", "categories": ["nothing"]}, (422, "category_unknown")),
    ({"role": "head", "organisation": "branch", "unit": "nothing"}, (422, "unit_unknown")),
    (
        {"role": "head", "organisation": "branch", "valid_until": "2020-01-01T00:00:00Z"},
        (422, "dates_wrong"),
    ),
    ({"role": "king", "organisation": "branch"}, (422, "invalid_request")),
    ({"role": "head", "organisation": "branch", "unit": "desk", "subtree": True}, (422, "unit_has_no_subtree")),
    ({"role": "head", "organisation": "branch", "unit": "shut"}, (422, "unit_inactive")),
    ({"role": "administrator", "organisation": "branch", "unit": "desk"}, (422, "role_impossible")),
    ({"role": "administrator", "organisation": "branch", "categories": ["roads"]}, (422, "role_impossible")),
    *(
        ({"role": "head", "organisation": "branch", name: at}, (422, "invalid_request"))
        for name in ("valid_from", "valid_until")
        for at in (
            "1999-12-31T00:00:00Z",
            "2101-01-02T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
        )
    ),
]


@pytest.mark.requirement("S2-13")
async def test_roles_are_given_over_the_administrators_own_scope_alone(running: Product) -> None:
    for unit in ("desk", "shut"):
        body = {"id": unit, "organisation": "branch", "title": "Стол"}
        assert await outcome(running, "curator", "POST", "/units", body) == (201, "")
    assert await outcome(running, "curator", "PATCH", "/units/shut", {"active": False}) == (200, "")

    for grant, expected in GRANTS:
        for person in ("curator", "executor_transport"):
            path = f"/people/{running.people[person]}/grants"
            assert await outcome(running, "curator", "POST", path, grant) == expected, grant


async def test_administrator_without_subtree_gives_no_role_with_one(running: Product) -> None:
    path = f"/people/{running.people['executor']}/grants"
    grant = {"role": "curator", "organisation": "polyclinic"}

    assert await outcome(running, "head3", "POST", path, grant | {"subtree": True}) == (403, "beyond_scope")
    assert await outcome(running, "head3", "POST", path, grant) == (201, "")


async def test_person_of_another_tree_is_not_changed(running: Product) -> None:
    path = f"/people/{running.people['executor_transport']}"

    for method, suffix, body in (
        ("PATCH", "", {"email": "thief@example.org"}),
        ("PATCH", "", {"active": False}),
        ("POST", "/password", None),
    ):
        assert await outcome(running, "curator", method, path + suffix, body) == (403, "beyond_scope")
    assert changes(running) == []


async def test_somebody_with_wider_rights_is_not_reset_dismissed_or_given_another_address_by_his_administrator(
    running: Product,
) -> None:
    coordinator = running.people["coordinator"]
    wider = {"role": "administrator", "organisation": "ministry", "subtree": True}
    assert await outcome(running, "administrator", "POST", f"/people/{coordinator}/grants", wider) == (201, "")

    for method, path, body in (
        ("POST", f"/people/{coordinator}/password", None),
        ("PATCH", f"/people/{coordinator}", {"email": "other@example.org"}),
        ("PATCH", f"/people/{coordinator}", {"active": False}),
    ):
        assert await outcome(running, "curator", method, path, body) == (403, "beyond_scope"), body
        assert await outcome(running, "administrator", method, path, body) == (200, ""), body
    assert await outcome(running, "curator", "PATCH", f"/people/{coordinator}", {"position": "Врач"}) == (200, "")


async def test_new_person_signs_in_with_the_one_time_password_and_must_change_it(running: Product) -> None:
    body = {"login": "Ochirova", "name": "Очирова Саглара", "organisation": "branch", "email": "o@example.org"}
    key = str(uuid4())
    made = await send(running, "curator", "POST", "/people", body, key)
    again = await send(running, "curator", "POST", "/people", body, key)
    taken = await outcome(running, "curator", "POST", "/people", body)
    password = made.json()["password"]

    signed = await running.http.post("/api/v1/sessions", json={"login": "ochirova", "password": password})
    token = {"Authorization": f"Bearer {signed.json()['token']}"}
    before = await running.http.get("/api/v1/categories", headers=token)
    weak, changed = [
        await running.http.post(
            "/api/v1/sessions/password",
            headers=token | {"Idempotency-Key": str(uuid4())},
            json={"old": password, "new": new},
        )
        for new in ("ochirova-2026", "серый волк в поле")
    ]
    after = await running.http.get("/api/v1/categories", headers=token)

    assert (made.status_code, again.json()["number"], again.json()["password"]) == (201, made.json()["number"], None)
    assert taken == (409, "already_exists")
    assert (before.status_code, before.json()["code"]) == (403, "password_change_required")
    assert (weak.status_code, weak.json()["code"]) == (422, "password_weak")
    assert (changed.status_code, after.status_code) == (204, 200)
    logged = str(changes(running))
    assert "argon2" not in logged
    assert password not in logged
    stored = str(running.rows("SELECT * FROM idempotency_key")) + str(running.rows("SELECT * FROM reference_change"))
    assert password not in stored


async def test_own_password_needs_the_old_one_and_closes_the_other_sessions(running: Product) -> None:
    mine = await running.headers("executor")
    other = (await running.http.post("/api/v1/sessions", json={"login": "executor", "password": PASSWORD})).json()
    new = {"old": PASSWORD, "new": "серый волк в поле"}

    wrong = await running.http.post("/api/v1/sessions/password", headers=mine, json=new | {"old": "wrong"})
    done, again = [await running.http.post("/api/v1/sessions/password", headers=mine, json=new) for _ in range(2)]
    still = await running.http.get("/api/v1/categories", headers=mine)
    closed = await running.http.get("/api/v1/categories", headers={"Authorization": f"Bearer {other['token']}"})

    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    assert (done.status_code, again.status_code) == (204, 204)
    assert (still.status_code, closed.status_code) == (200, 401)


async def test_guessing_the_old_password_is_throttled(running: Product) -> None:
    answers = []
    for _ in range(12):
        headers = await running.headers("executor")
        guess = {"old": "wrong", "new": "серый волк в поле"}
        answers.append(await running.http.post("/api/v1/sessions/password", headers=headers, json=guess))

    assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 2


async def test_dismissed_person_is_out_at_once_and_his_work_is_named(running: Product) -> None:
    message = await running.register()
    database_row = "UPDATE message_case SET stage='execution', holder=:p, executor=:p WHERE id=:m"
    with running.engine.begin() as connection:
        connection.execute(sa.text(database_row), {"p": running.people["executor"], "m": message})
    await running.headers("executor")

    gone = await send(running, "curator", "PATCH", f"/people/{running.people['executor']}", {"active": False})
    refused = await running.get("executor", "/categories")
    again = await running.http.post("/api/v1/sessions", json={"login": "executor", "password": PASSWORD})

    assert (gone.status_code, gone.json()["active"], gone.json()["waiting"]) == (200, False, 1)
    assert (refused.status_code, again.status_code) == (401, 401)


async def test_role_that_is_taken_away_stays_in_the_record(running: Product) -> None:
    number = running.people["head2"]
    shown = (await running.get("administrator", f"/people/{number}")).json()
    path = f"/people/{number}/grants/{shown['roles'][0]['id']}"

    foreign = await outcome(running, "coordinator_transport", "DELETE", path)
    ended = await send(running, "curator", "DELETE", path)
    again = await send(running, "curator", "DELETE", path)
    other = await outcome(running, "curator", "DELETE", f"/people/{running.people['head']}/grants/{path[-1]}")

    assert (foreign, other) == ((403, "action_forbidden"), (404, "not_found"))
    assert (ended.json()["roles"], again.status_code) == ([], 200)
    assert running.rows("SELECT valid_until FROM grant_ WHERE person=:p", p=number)[0]["valid_until"] is not None
    assert len(changes(running)) == 1


async def test_last_administrator_of_all_can_neither_go_nor_lose_the_role(running: Product) -> None:
    number = running.people["administrator"]
    grant = (await running.get("administrator", f"/people/{number}")).json()["roles"][0]["id"]

    gone = await outcome(running, "administrator", "PATCH", f"/people/{number}", {"active": False})
    lost = await outcome(running, "administrator", "DELETE", f"/people/{number}/grants/{grant}")

    assert gone == lost == (409, "last_administrator")


async def test_of_two_equal_grants_of_the_last_administrator_one_may_go(running: Product) -> None:
    number = running.people["administrator"]
    same = {"role": "administrator", "organisation": "ministry", "subtree": True}
    assert await outcome(running, "administrator", "POST", f"/people/{number}/grants", same) == (201, "")
    first, second = (await running.get("administrator", f"/people/{number}")).json()["roles"]

    gone = await outcome(running, "administrator", "DELETE", f"/people/{number}/grants/{first['id']}")
    last = await outcome(running, "administrator", "DELETE", f"/people/{number}/grants/{second['id']}")

    assert (gone, last) == ((200, ""), (409, "last_administrator"))


async def test_nothing_new_begins_in_an_organisation_or_unit_that_rests(running: Product) -> None:
    unit = {"id": "desk", "organisation": "transport", "title": "Стол"}
    assert await outcome(running, "administrator", "POST", "/units", unit) == (201, "")
    person = {"login": "new.person", "name": "Н", "organisation": "transport"}
    grants = f"/people/{running.people['executor']}/grants"
    assert await outcome(running, "administrator", "PATCH", "/units/desk", {"active": False}) == (200, "")

    in_unit = await outcome(running, "administrator", "POST", "/people", person | {"unit": "desk"})
    assert await outcome(running, "administrator", "PATCH", "/organisations/transport", {"active": False}) == (200, "")
    resting = [
        await outcome(running, "administrator", "POST", path, body)
        for path, body in (
            ("/people", person),
            ("/units", {"id": "table", "organisation": "transport", "title": "Стол"}),
            (grants, {"role": "executor", "organisation": "transport"}),
            ("/organisations", {"id": "depot", "parent": "transport", "title": "Депо"}),
        )
    ]

    assert in_unit == (422, "unit_inactive")
    assert resting == [(422, "organisation_inactive")] * 4


async def test_organisation_or_unit_with_open_work_does_not_rest(running: Product) -> None:
    unit = {"id": "desk", "organisation": "transport", "title": "Стол"}
    assert await outcome(running, "administrator", "POST", "/units", unit) == (201, "")
    message = await running.register()
    with running.engine.begin() as connection:
        statement = "UPDATE message_case SET organisation='transport', unit='desk' WHERE id=:m"
        connection.execute(sa.text(statement), {"m": message})

    for path in ("/organisations/transport", "/units/desk"):
        answer = await send(running, "administrator", "PATCH", path, {"active": False})
        assert (answer.status_code, answer.json()["code"], answer.json()["waiting"]) == (409, "work_waits", 1)
    in_use = await outcome(running, "administrator", "PATCH", "/organisations/polyclinic", {"active": False})
    root = await outcome(running, "administrator", "PATCH", "/organisations/ministry", {"active": False})
    idle = await outcome(running, "administrator", "PATCH", "/organisations/branch", {"active": False})

    assert (in_use, root, idle) == ((409, "organisation_in_use"), (409, "root_stays"), (200, ""))


async def test_categories_and_calendar_are_written_by_the_whole_installations_administrator(running: Product) -> None:
    made = await send(
        running, "administrator", "POST", "/categories", {"code": "roads.queue", "parent": "roads", "title": "О"}
    )
    changed = await send(running, "administrator", "PATCH", "/categories/medicine.vaccination", {"days": None})
    fact = {"code": "deep", "parent": "roads.queue", "title": "О"}
    assert await outcome(running, "administrator", "POST", "/categories", fact) == (201, "")
    deep = {"code": "deeper", "parent": "deep", "title": "О"}
    too_deep = await outcome(running, "administrator", "POST", "/categories", deep)
    for working in (False, False, True):
        body = {"working": working, "title": "Перенос"}
        day = await send(running, "administrator", "PUT", "/calendar/RU-KL/2026-03-02", body)
    days = (await running.get("executor", "/calendar/RU-KL", year=2026)).json()

    assert (made.status_code, changed.json()["days"], too_deep) == (201, None, (422, "category_unknown"))
    assert day.json() == {"region": "RU-KL", "on_day": "2026-03-02", "working": True, "title": "Перенос"}
    assert [one for one in days if one["on_day"] == "2026-03-02"] == [day.json()]
    assert any(one["region"] == "RU" for one in days)
    assert [row["kind"] for row in changes(running)] == [*["category"] * 3, *["calendar_day"] * 2]


async def test_staff_read_people_without_logins_and_addresses(running: Product) -> None:
    colleague = (await running.get("executor", "/people", name="executor2")).json()["items"]
    administered = (await running.get("curator", "/people", organisation="branch")).json()["items"]
    foreign = (await running.get("curator", "/people", organisation="transport")).json()["items"]

    assert [(one["login"], one["email"]) for one in colleague] == [(None, None)]
    assert colleague[0]["roles"][0]["role"] == "executor"
    assert [one["email"] for one in administered] == ["coordinator_branch@staff.example"]
    assert {one["email"] for one in foreign} == {None}
    assert "password" not in str(administered)


async def test_pages_follow_one_another_without_gaps(running: Product) -> None:
    for path, key in (("/people", "number"), ("/organisations", "id"), ("/categories", "code")):
        found: list[Any] = []
        after: dict[str, Any] = {}
        while True:
            page = (await running.get("executor", path, limit=3, **after)).json()
            found += [row[key] for row in page["items"]]
            if page["next"] is None:
                break
            after = {"cursor": page["next"]}
        everything = (await running.get("executor", path, limit=500)).json()["items"]
        assert found == [row[key] for row in everything]
    assert (await running.get("executor", "/people", cursor="x")).status_code == 422


async def test_candidates_are_those_with_authority_there_by_name(running: Product) -> None:
    async def of(**query: Any) -> set[int]:
        answer = await running.get("coordinator", "/people/candidates", **query)
        return {one["number"] for one in answer.json()["items"]}

    here = {"organisation": "polyclinic", "category": "medicine", "subcategory": "medicine.no_answer"}
    people = running.people

    assert await of(role="executor", **here) == {people["executor"], people["executor2"]}
    assert await of(role="head", **here) == {people["head"], people["head2"]}
    assert await of(role="head", organisation="polyclinic", category="roads") >= {people["head3"]}
    assert await of(role="executor", name="EXECUTOR2 сотрудник", **here) == {people["executor2"]}
    assert await of(role="executor", name="%", **here) == set()
    assert await of(role="executor", organisation="nowhere") == set()


async def test_log_is_read_by_administrators_each_his_own(running: Product, database: Database) -> None:
    for login, organisation in (("administrator", "transport"), ("curator", "branch")):
        assert await outcome(running, login, "PATCH", f"/organisations/{organisation}", {"title": "Новое имя"}) == (
            200,
            "",
        )

    all_of_it = (await running.get("administrator", "/reference-changes")).json()["items"]
    his = (await running.get("curator", "/reference-changes")).json()["items"]
    nobody = await running.get("executor", "/reference-changes")

    assert [row["subject"] for row in all_of_it] == ["branch", "transport"]
    assert [(row["subject"], row["name"]) for row in his] == [("branch", "Сотрудник curator")]
    assert nobody.status_code == 403
    with pytest.raises(sa.exc.ProgrammingError), running.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM reference_change"))


async def test_same_key_twice_at_once_makes_one_thing(running: Product) -> None:
    key = str(uuid4())
    body = {"id": "ward", "parent": "polyclinic", "title": "Отделение"}
    await running.headers("curator")

    answers = await asyncio.gather(*(send(running, "curator", "POST", "/organisations", body, key) for _ in range(5)))
    other = await send(running, "curator", "POST", "/organisations", body | {"title": "Иное"}, key)

    assert [answer.status_code for answer in answers] == [201] * 5
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert len(changes(running)) == 1


async def test_organisations_of_an_administrator_are_told_apart_from_all(running: Product) -> None:
    found = {
        login: [one["id"] for one in (await running.get(login, "/organisations", administered=True)).json()["items"]]
        for login in ("administrator", "curator", "head3", "executor")
    }

    assert found == {
        "administrator": ["branch", "ministry", "polyclinic", "transport"],
        "curator": ["branch", "polyclinic"],
        "head3": ["polyclinic"],
        "executor": [],
    }


async def test_unit_that_is_not_there_is_not_found(running: Product) -> None:
    answer = await running.get("executor", "/units/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.requirement("S0-15")
@pytest.mark.requirement("S0-16")
@pytest.mark.requirement("S0-20")
@pytest.mark.requirement("S0-21")
async def test_administrator_who_works_elsewhere_gives_accounts_and_roles_to_ministry_and_medical_organisations(
    running: Product,
) -> None:
    """As the order has it of the information centre: it belongs to the ministry, and serves all below it."""
    with running.engine.begin() as connection:
        values = {"role": "administrator", "organisation": "ministry", "subtree": True}
        connection.execute(sa.insert(t.grant).values(person=running.people["executor_transport"], **values))
        touch(connection)

    for place, role in (("ministry", "coordinator"), ("polyclinic", "executor"), ("branch", "head")):
        account = {"login": f"new.{place}", "name": "Новая Анна", "organisation": place}
        made = await send(running, "executor_transport", "POST", "/people", account)
        number = made.json()["number"]
        grant = {"role": role, "organisation": place}
        given = await send(running, "executor_transport", "POST", f"/people/{number}/grants", grant)
        assert (made.status_code, given.status_code) == (201, 201), (made.text, given.text)
        rows = running.rows("SELECT role, organisation FROM grant_ WHERE person = :person", person=number)
        assert rows == [grant]
    refused = await send(running, "executor", "POST", "/people", account | {"login": "new.none"})
    assert refused.status_code == 403
