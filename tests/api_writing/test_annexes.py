"""Annexes of orders: drawn up by one administrator, published by another, taken back. Source: S0, п. 1; G-46."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import openpyxl
import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.midnight import call_by_their_names
from storage.reference import Reference, load_directory, touch
from tests.api_writing.alone import NOON, alone
from tests.conftest import Database
from tests.process.clock import until
from tests.product import Product
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

ORDER = {"act": "S0", "issuer": "Минздрав", "order_number": "15пр", "signed_on": "2026-01-12", "title": "Об изменениях"}
TODAY = NOON.date()

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
async def running(database: Database, tmp_path: Path) -> AsyncIterator[Product]:
    """`administrator` and `chief` administer everything, `curator` the polyclinic."""
    database.at(NOON)
    async with alone(database, tmp_path) as found:
        with found.engine.begin() as connection:
            for login, organisation in (("chief", "ministry"), ("curator", "polyclinic")):
                values = {"role": "administrator", "organisation": organisation, "subtree": True}
                connection.execute(sa.insert(t.grant).values(person=found.people[login], **values))
            touch(connection)
        yield found


async def send(running: Product, login: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = await running.headers(login, str(uuid4()))
    return await running.http.request(method, f"/api/v1{path}", headers=headers, json=body)


async def drafted(running: Product, kind: str = "categories", **order: Any) -> dict[str, Any]:
    made = await send(running, "administrator", "POST", "/annexes", ORDER | {"kind": kind} | order)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def written(running: Product, draft: dict[str, Any], **content: Any) -> dict[str, Any]:
    path = f"/annexes/{draft['id']}/content"
    answer = await send(running, "administrator", "PUT", path, {"version": draft["version"]} | content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def published(running: Product, draft: dict[str, Any], login: str = "chief", **more: Any) -> httpx.Response:
    body = {"version": draft["version"], "valid_from": str(TODAY), "seen": await seen(running, draft, more)} | more
    return await send(running, login, "POST", f"/annexes/{draft['id']}/publication", body)


async def taken_back(running: Product, revision: dict[str, Any], login: str = "chief", **more: Any) -> httpx.Response:
    path = f"/annexes/{revision['id']}/withdrawal"
    body = {"reason": "Ошибка", "seen": (await running.get("chief", path)).json().get("seen", "")} | more
    return await send(running, login, "POST", path, body)


async def seen(running: Product, draft: dict[str, Any], day: Mapping[str, Any]) -> str:
    """Which differences the preview of that day shows."""
    on = {"on": day["valid_from"]} if "valid_from" in day else {}
    preview = await running.get("chief", f"/annexes/{draft['id']}/preview", **on)
    return str(preview.json().get("seen", ""))


def changed(draft: dict[str, Any], title: str, responsible: list[str]) -> list[dict[str, Any]]:
    """The lines of the draft with another list for one of them."""
    kept = [{name: line[name] for name in ("category", "title", "responsible")} for line in draft["lines"]]
    return [line | {"responsible": responsible} if line["title"] == title else line for line in kept]


def responsible(running: Product, code: str) -> tuple[str, ...]:
    with running.engine.connect() as connection:
        return load_directory(connection).responsible.get(code, ())


def log(running: Product) -> list[dict[str, Any]]:
    return running.rows("SELECT person, subject, before, after FROM reference_change WHERE kind = 'annex' ORDER BY id")


@pytest.mark.requirement("S0-03")
@pytest.mark.requirement("S0-04")
async def test_revision_is_drawn_up_by_one_published_by_another_and_taken_back(running: Product) -> None:
    draft = await drafted(running)
    draft = await written(running, draft, lines=changed(draft, "Аптеки", ["adults", "quality"]))

    own = await published(running, draft, "administrator")
    done = await published(running, draft)
    in_force = responsible(running, "medicine.pharmacies")
    public = (await running.http.get("/api/v1/orders/S0")).json()
    back = await taken_back(running, draft)

    assert (own.status_code, own.json()["code"]) == (403, "second_person_needed")
    assert (done.status_code, done.json()["state"], done.json()["in_force"]) == (200, "published", True)
    assert in_force == ("adults", "quality")
    # the order stays the one that it is; of its annex everybody reads which order changed it, and since when
    assert public["number"] != draft["order_number"] == public["annexes"]["categories"]["number"]
    assert public["annexes"]["categories"]["valid_from"] == str(TODAY)
    assert public["annexes"]["roles"]["number"] == public["number"]
    assert (back.json()["state"], back.json()["in_force"]) == ("taken_back", False)
    assert responsible(running, "medicine.pharmacies") == ("adults",)
    steps = [(line["after"].get("state"), line["person"]) for line in log(running)]
    author, second = running.people["administrator"], running.people["chief"]
    assert steps == [("draft", author), (None, author), ("published", second), ("taken_back", second)]


@pytest.mark.requirement("S0-03")
async def test_role_model_is_an_annex_under_an_order_too(running: Product) -> None:
    draft = await drafted(running, "roles")
    roles = [{"code": one["code"], "title": one["title"], "text": one["text"]} for one in draft["roles"]]
    roles[1]["text"] = "Распределяет сообщения"
    toml = "".join(
        f'[[roles]]\ncode = "{one["code"]}"\ntitle = "{one["title"]}"\ntext = "{one["text"]}"\n' for one in roles
    )
    draft = await written(running, draft, toml=toml)

    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    done = await published(running, draft)

    assert [one["subject"] for one in preview["differences"]] == ["roles.coordinator.text"]
    assert preview["differences"][0]["after"] == "Распределяет сообщения"
    assert done.json()["roles"][1]["text"] == "Распределяет сообщения"


async def test_preview_tells_each_difference_in_the_words_of_the_orders(running: Product) -> None:
    draft = await drafted(running)
    lines = [line for line in changed(draft, "Аптеки", ["adults", "miac"]) if line["title"] != "Льготы"]
    added = {"category": "Медицина", "title": "Телемедицина", "responsible": ["miac"]}
    draft = await written(running, draft, lines=[*lines, added])

    found = (await running.get("administrator", f"/annexes/{draft['id']}/preview")).json()["differences"]

    told = {one["subject"]: (one["before"], one["after"]) for one in found}
    adults = "начальник отдела организации медицинской помощи взрослому населению и лекарственного обеспечения"
    assert told["Медицина / Аптеки"] == (adults, f"{adults}; БУ РК «МИАЦ»")
    assert told["Медицина / Льготы"][1] is None
    assert told["Медицина / Телемедицина"] == (None, "БУ РК «МИАЦ»")
    assert len(told) == 3


async def test_new_subcategory_is_there_when_its_revision_is_in_force_and_gone_when_taken_back(
    running: Product,
) -> None:
    draft = await drafted(running)
    added = {"category": "Медицина", "title": "Телемедицина", "responsible": ["miac"]}
    draft = await written(running, draft, lines=[*changed(draft, "", []), added])

    def active() -> bool:
        with running.engine.connect() as connection:
            return load_directory(connection).is_subcategory("medicine.telemeditsina", "medicine")

    await published(running, draft)
    while_in_force = active()
    await taken_back(running, draft)

    assert while_in_force
    assert not active()


async def test_revision_of_tomorrow_leaves_today_as_it_is(running: Product) -> None:
    draft = await drafted(running)
    draft = await written(running, draft, lines=changed(draft, "Аптеки", ["miac"]))

    past = await published(running, draft, valid_from=str(TODAY - timedelta(days=2)))
    done = await published(running, draft, valid_from=str(TODAY + timedelta(days=9)))

    assert (past.status_code, past.json()["code"], past.json()["field"]) == (422, "day_over", "valid_from")
    assert (done.json()["state"], done.json()["in_force"]) == ("published", False)
    assert responsible(running, "medicine.pharmacies") == ("adults",)


async def test_table_from_word_and_workbook_and_toml_give_the_same_draft(running: Product) -> None:
    draft = await drafted(running)
    book = openpyxl.Workbook()
    for line in draft["table"].splitlines():
        book.active.append(line.split("\t"))
    content = io.BytesIO()
    book.save(content)
    path = Path(__file__).parents[2] / "regulations" / "s0.toml"

    pasted = await written(running, draft, table=draft["table"])
    sheet = await written(running, pasted, workbook=base64.b64encode(content.getvalue()).decode())
    toml = await written(running, sheet, toml=path.read_text(encoding="utf-8"))

    assert draft["hash"] == pasted["hash"] == sheet["hash"] == toml["hash"]
    nothing = await published(running, toml)
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_changes")


async def test_every_fault_of_a_table_is_told_and_nothing_is_kept(running: Product) -> None:
    draft = await drafted(running)
    table = "Медицина\tАптеки\tначальник отдела кадровова обеспечения\nМедицина\tЛьготы\tчародей"
    shipped = (Path(__file__).parents[2] / "regulations" / "s0.toml").read_text(encoding="utf-8")

    for content in (
        {"table": table},
        {"toml": "[[answerers]"},
        {"toml": "x = 1"},
        {"toml": "x = " + "[" * 5000},
        {"toml": f"[[answerers]]\n{'a.' * 5000}b = 1\n[[categories]]"},
        {"toml": f"[[answerers]]\ncode = 'x'\nalone = 'y'\ntitle.{'a.' * 5000}b = 1\n[[categories]]"},
        {"toml": shipped.replace("Аптеки", "а" * 301)},
        {"toml": shipped.replace("Аптеки", "а\\u0000")},
        {"lines": [], "table": table},
    ):
        body = {"version": draft["version"]} | content
        answer = await send(running, "administrator", "PUT", f"/annexes/{draft['id']}/content", body)
        assert answer.status_code == 422, content
        if content == {"table": table}:
            first, second = answer.json()["detail"].splitlines()
            assert "строка 1, столбец «Ответственные»" in first
            assert "начальник отдела кадрового обеспечения" in first
            assert "строка 2, столбец «Ответственные»: «чародей» не найден" in second
    now = (await running.get("administrator", f"/annexes/{draft['id']}")).json()
    assert (now["version"], now["hash"]) == (draft["version"], draft["hash"])


async def test_draft_that_says_what_cannot_be_told_is_opened_and_discarded(running: Product) -> None:
    draft = await drafted(running)
    long = "jsonb_set(body, '{answerers,0,alone}', to_jsonb(repeat('а', 1001)))"
    running.write(f"UPDATE annex_revision SET body = {long} WHERE id = {draft['id']}")

    whole = await running.get("chief", f"/annexes/{draft['id']}")
    async with running.browse("chief") as browser:
        page = words(await browser.get(f"/admin/orders/{draft['id']}"))
    refused = await published(running, draft)
    table = {"version": draft["version"], "table": draft["table"]}
    kept = await send(running, "administrator", "PUT", f"/annexes/{draft['id']}/content", table)
    gone = await send(running, "administrator", "POST", f"/annexes/{draft['id']}/discarding", {"version": 1})

    assert "длиннее 1000 знаков" in whole.json()["fault"]
    assert "длиннее 1000 знаков" in page
    assert "Удалить проект" in page
    assert [one.status_code for one in (refused, kept, gone)] == [422, 422, 204]


async def test_two_administrators_do_not_overwrite_each_other(running: Product) -> None:
    draft = await drafted(running)
    await written(running, draft, lines=changed(draft, "Аптеки", ["miac"]))

    body = {"version": draft["version"], "lines": changed(draft, "Аптеки", ["medical"])}
    late = await send(running, "chief", "PUT", f"/annexes/{draft['id']}/content", body)

    assert (late.status_code, late.json()["code"]) == (409, "draft_stale")


async def test_nobody_who_changed_a_draft_publishes_it(running: Product) -> None:
    draft = await drafted(running)
    body = {"version": draft["version"], "lines": changed(draft, "Аптеки", ["miac"])}
    found = (await send(running, "chief", "PUT", f"/annexes/{draft['id']}/content", body)).json()

    refused = await published(running, found)

    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
    assert found["editors"] == [running.people["administrator"], running.people["chief"]]


async def test_who_is_named_no_more_and_has_open_work_leaves_it_to_a_successor(running: Product) -> None:
    running.write("UPDATE organisation SET order_code = 'miac' WHERE id = 'ministry'")
    await running.register()
    draft = await drafted(running)
    lines = [
        line | {"responsible": [code for code in line["responsible"] if code != "miac"] or ["medical"]}
        for line in changed(draft, "", [])
    ]
    draft = await written(running, draft, lines=lines)

    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    without = await published(running, draft)
    unknown = await published(running, draft, successors={"miac": "nobody"})
    done = await published(running, draft, successors={"miac": "medical"})

    assert [(one["code"], one["waiting"]) for one in preview["leaving"]] == [("miac", 1)]
    assert (without.status_code, without.json()["code"], without.json()["waiting"]) == (422, "successor_needed", 1)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "successor_unknown")
    assert (done.status_code, done.json()["successors"]) == (200, {"miac": "medical"})


async def test_new_revision_of_the_regulation_goes_the_same_way(running: Product) -> None:
    path = Path(__file__).parents[2] / "regulations" / "s2.toml"
    shipped = path.read_text(encoding="utf-8")
    later = shipped.replace('revision = "2023-08-01"', 'revision = "2026-test"', 1)
    later = later.replace("[settings.bounce_days]\nvalue = 3", "[settings.bounce_days]\nvalue = 5", 1)
    draft = await drafted(running, "regulation", act="S2")
    first = await running.register()

    draft = await written(running, draft, toml=later)
    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    done = await published(running, draft)
    second = await running.register()
    await taken_back(running, draft)
    third = await running.register()

    assert done.status_code == 200, done.text
    assert {one["subject"] for one in preview["differences"]} <= {"revision", "settings.bounce_days.value"}
    assert (preview["touched"], preview["running"]) == (0, 1)
    revisions = [running.case(message)["revision"] for message in (first, second, third)]
    assert revisions == ["2023-08-01", "2026-test", "2023-08-01"]
    shown = (await running.get("chief", "/regulations")).json()["regulations"]
    assert [(one["revision"], one["in_force"]) for one in shown] == [("2026-test", False), ("2023-08-01", True)]


async def test_last_revision_of_the_regulation_cannot_be_taken_back(running: Product) -> None:
    all_of = (await running.get("chief", "/annexes")).json()["annexes"]
    [regulation] = [one for one in all_of if one["kind"] == "regulation"]

    refused = await taken_back(running, regulation)
    async with running.browse("chief") as browser:
        page = words(await browser.get(f"/admin/orders/{regulation['id']}"))

    assert (refused.status_code, refused.json()["code"]) == (409, "last_regulation")
    assert "Отозвать Это единственная редакция регламента" in page


async def test_orders_are_for_administrators_of_the_whole_installation_alone(running: Product) -> None:
    draft = await drafted(running)
    path = f"/annexes/{draft['id']}"
    version = {"version": draft["version"]}
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/annexes", None),
        ("GET", path, None),
        ("GET", f"{path}/preview", None),
        ("POST", "/annexes", ORDER | {"kind": "categories"}),
        ("PATCH", path, version | {"title": "Другое"}),
        ("PUT", f"{path}/content", version | {"lines": changed(draft, "Аптеки", ["miac"])}),
        ("POST", f"{path}/publication", version | {"valid_from": str(TODAY), "seen": "a"}),
        ("GET", f"{path}/withdrawal", None),
        ("POST", f"{path}/withdrawal", {"reason": "Нет", "seen": "a"}),
        ("POST", f"{path}/discarding", version),
    ]

    for login in ("curator", "executor", "coordinator"):
        for method, address, body in calls:
            assert (await send(running, login, method, address, body)).status_code == 403, (login, method, address)
    now = (await running.get("administrator", path)).json()
    assert (now["state"], now["version"]) == ("draft", draft["version"])


async def test_draft_is_described_and_discarded(running: Product) -> None:
    draft = await drafted(running)
    path = f"/annexes/{draft['id']}"

    described = await send(running, "administrator", "PATCH", path, {"version": 1, "order_number": "16пр"})
    gone = await send(running, "administrator", "POST", f"{path}/discarding", {"version": 2})

    assert (described.json()["order_number"], described.json()["version"]) == ("16пр", 2)
    assert gone.status_code == 204
    assert (await running.get("administrator", path)).status_code == 404


async def test_what_is_published_is_changed_by_nobody(running: Product) -> None:
    all_of = (await running.get("chief", "/annexes")).json()["annexes"]
    [shipped] = [one for one in all_of if one["kind"] == "categories"]

    refused = await send(running, "chief", "PATCH", f"/annexes/{shipped['id']}", {"version": 1, "title": "Иное"})

    assert (refused.status_code, refused.json()["code"]) == (409, "annex_published")
    assert shipped["author"] is None
    assert shipped["in_force"]


@pytest.mark.requirement("S0-05")
async def test_units_and_organisations_that_carry_a_code_are_who_answers_here(running: Product) -> None:
    unit = {"id": "children", "organisation": "ministry", "title": "Отдел помощи детям"}
    alone = await send(running, "administrator", "POST", "/units", unit | {"order_code": "children"})
    await send(running, "administrator", "POST", "/units", unit)
    draft = await drafted(running, "structure")
    places = [
        {"id": "children", "unit": True, "order_code": "children"},
        {"id": "polyclinic", "parent": "ministry", "order_code": "medical"},
    ]
    await published(running, await written(running, draft, places=places))

    found = (await running.get("executor", "/answerers")).json()

    assert (alone.status_code, alone.json()["field"]) == (422, "order_code"), "nobody says alone who answers"
    here = {one["code"]: (one["units"], one["organisations"]) for one in found["answerers"]}
    assert here["children"] == (["children"], [])
    assert here["medical"] == ([], ["polyclinic"])
    assert found["responsible"]["medicine.appointment"] == ["medical", "children", "miac"]


async def test_public_form_offers_what_the_annex_in_force_lists(running: Product) -> None:
    draft = await drafted(running)
    lines = [line for line in changed(draft, "", []) if line["title"] != "Недозвон в медицинскую организацию"]
    draft = await written(running, draft, lines=lines)

    def offered(form: dict[str, Any]) -> set[str]:
        return {inner["code"] for above in form["categories"] for inner in above["subcategories"]}

    before = offered((await running.http.get("/api/v1/public/form")).json())
    await published(running, draft)
    after = offered((await running.http.get("/api/v1/public/form")).json())

    assert before - after == {"medicine.no_answer"}


async def test_categories_of_the_shipped_order_are_made_where_they_are_missing(running: Product) -> None:
    [shipped] = [
        one for one in (await running.get("chief", "/annexes")).json()["annexes"] if one["kind"] == "categories"
    ]
    path = f"/annexes/{shipped['id']}"
    before = (await running.get("chief", path)).json()["missing"]

    refused = await send(running, "executor", "POST", f"{path}/categories")
    made = await send(running, "chief", "POST", f"{path}/categories")

    assert (before, refused.status_code, made.json()["missing"]) == (29, 403, 0)
    rows = running.rows("SELECT title, parent, act FROM category WHERE code = 'medicine.queue'")
    assert rows == [{"title": "Очередь на прием к врачу", "parent": "medicine", "act": "S0"}]


async def test_code_of_a_subcategory_goes_on_meaning_what_it_meant(running: Product) -> None:
    draft = await drafted(running)
    shipped = (Path(__file__).parents[2] / "regulations" / "s0.toml").read_text(encoding="utf-8")
    renamed = await written(running, draft, toml=shipped.replace('title = "Аптеки"', 'title = "Аптеки и оптики"'))

    refused = await published(running, renamed)

    assert (refused.status_code, refused.json()["code"]) == (422, "category_renamed")
    assert "«Медицина / Аптеки»" in refused.json()["detail"]


def called(running: Product) -> str:
    [row] = running.rows("SELECT title FROM category WHERE code = 'medicine.no_answer'")
    return str(row["title"])


async def of_three_days_ago(running: Product) -> str:
    """A message about no answer by telephone that waits for the ministry's coordinators."""
    message = await running.register()
    with running.engine.begin() as connection:
        came = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "ministry"}
        days_ago = sa.func.otklik_now() - timedelta(days=3)
        connection.execute(sa.update(t.message_case).values(came | {"received_at": days_ago, "stage": "coordination"}))
    return message


async def test_order_renames_a_subcategory_which_keeps_its_code_and_older_messages_their_name(running: Product) -> None:
    old, new = "Недозвон в медицинскую организацию", "Недозвон"
    message = await of_three_days_ago(running)
    draft = await drafted(running)
    lines = changed(draft, "", [])
    unknown = [line | ({"title": new, "formerly": "Перезвон"} if line["title"] == old else {}) for line in lines]
    refused = await send(
        running,
        "administrator",
        "PUT",
        f"/annexes/{draft['id']}/content",
        {"version": draft["version"], "lines": unknown},
    )
    table = "\n".join(f"{line['category']}\t{line['title']}\t{line['words']}" for line in draft["lines"])
    table = table.replace(f"\t{old}\t", f"\t{new} (прежнее наименование: «{old}»)\t")
    draft = await written(running, draft, table=table)
    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    done = await published(running, draft, valid_from=str(TODAY + timedelta(days=1)))

    before = called(running)
    running.write("UPDATE annex_revision SET valid_from = valid_from - 1 WHERE author IS NOT NULL")
    with ThreadPoolExecutor() as pool, running.engine.begin() as publishing:
        touch(publishing)
        renaming = pool.submit(call_by_their_names, running.engine, Reference())
        await until(lambda: running.rows(WAITING))
        free = publishing.execute(sa.select(t.category.c.code).with_for_update(skip_locked=True)).scalars().all()
    told = [renaming.result(), call_by_their_names(running.engine, Reference())]
    after = called(running)
    card = (await running.get("chief", f"/messages/{message}")).json()
    following = await drafted(running)
    await taken_back(running, draft)

    assert (refused.status_code, "«Перезвон»" in refused.json()["detail"]) == (422, True)
    assert [(one["code"], one["formerly"], one["touched"]) for one in preview["differences"]] == [
        ("medicine.no_answer", old, 1)
    ]
    assert done.status_code == 200, done.text
    assert f"{new} (прежнее наименование: «{old}»)" in done.json()["table"]
    assert "medicine.no_answer" in free, "who waits for another has nothing that the other needs"
    assert (before, told, after, called(running)) == (old, [True, False], new, old)
    assert (card["state"]["subcategory"]["title"], card["state"]["subcategory_then"]) == (new, old)
    assert {line["formerly"] for line in following["lines"]} == {""}


async def test_order_renames_a_category_and_moves_a_subcategory_which_running_messages_do_not_follow(
    running: Product,
) -> None:
    title = "Недозвон в медицинскую организацию"
    await running.template(categories=["roads"])
    message = await of_three_days_ago(running)
    draft = await drafted(running)
    lines = changed(draft, "", [])
    lines[0] |= {"category": "Здоровье", "category_formerly": "Медицина"}
    moved = {"category": "Дороги", "title": title, "formerly": f"Медицина / {title}"}
    draft = await written(running, draft, lines=[line | (moved if line["title"] == title else {}) for line in lines])

    def stands() -> tuple[Any, ...]:
        rows = running.rows("SELECT code, title, parent FROM category WHERE code LIKE 'medicine%' ORDER BY code")
        with running.engine.connect() as connection:
            directory = load_directory(connection)
        places = [directory.is_subcategory("medicine.no_answer", above) for above in ("medicine", "roads")]
        return rows[0]["title"], next(row["parent"] for row in rows if row["code"] == "medicine.no_answer"), places

    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    before = stands()
    done = await published(running, draft)
    during, card = stands(), (await running.get("chief", f"/messages/{message}")).json()["state"]
    following = await drafted(running)
    async with running.browse("chief") as browser:
        page = words(await browser.get(f"/admin/orders/{draft['id']}"))
    await taken_back(running, draft)

    assert {one["code"]: (one["formerly"], one["moved"], one["touched"]) for one in preview["differences"]} == {
        "medicine": ("Медицина", False, 1),
        "medicine.no_answer": (f"Медицина / {title}", True, 1),
    }
    assert preview["touched"] == 1
    gain = [(one["kind"], one["title"], one["loses"], one["gains"]) for one in preview["limited"]]
    assert gain == [("grant", "Сотрудник head3", False, True), ("template", "Линия добавлена", False, True)]
    assert done.status_code == 200, done.text
    assert before == ("Медицина", "medicine", [True, False])
    assert during == ("Здоровье", "roads", [False, True])
    assert (card["category"]["title"], card["category_then"], card["subcategory_then"]) == (
        "Здоровье",
        "Медицина",
        None,
    )
    assert "перенесена, прежде: «Медицина / Недозвон" in page
    assert "право: Сотрудник head3 , руководитель" in page
    assert {line["category_formerly"] + line["formerly"] for line in following["lines"]} == {""}
    assert stands() == before
    assert running.case(message)["category"] == "medicine"


@pytest.mark.requirement("S0-04")
async def test_category_of_an_order_is_not_renamed_or_ended_by_one_person(running: Product) -> None:
    path = "/categories/medicine.no_answer"

    answers = [
        await send(running, "administrator", "PATCH", path, fields)
        for fields in ({"title": "Совсем другое"}, {"active": False}, {"days": 20, "active": True})
    ]
    draft = await drafted(running)
    road = {"category": "Дороги", "title": "Автобусы", "responsible": ["miac"]}
    draft = await written(running, draft, lines=[*changed(draft, "", []), road])
    rename = {"title": "Троллейбусы"}
    await published(running, draft, valid_from=str(TODAY + timedelta(days=9)))
    soon = await send(running, "administrator", "PATCH", "/categories/roads.bus", rename)
    await taken_back(running, draft)
    own = await send(running, "administrator", "PATCH", "/categories/roads.bus", rename)

    assert (soon.status_code, own.status_code) == (409, 200), "what an order will list stays as it says"
    assert [(one.status_code, one.json().get("field")) for one in answers] == [
        (409, "title"),
        (409, "active"),
        (200, None),
    ]
    assert answers[0].json()["code"] == "category_of_order"


@pytest.mark.requirement("S0-04")
async def test_facts_come_go_and_are_renamed_by_orders_alone(running: Product) -> None:
    message, subcategory = await of_three_days_ago(running), "medicine.no_answer"
    title = "Недозвон в медицинскую организацию"
    busy, silent = f"{subcategory}.zanyato", f"{subcategory}.ne_otvechayut"

    def known() -> tuple[set[str], dict[str, str]]:
        """Which of the facts new messages may have, and what they are called."""
        rows = running.rows("SELECT code, title FROM category WHERE parent = :above", above=subcategory)
        with running.engine.connect() as connection:
            directory = load_directory(connection)
        return {one["code"] for one in rows if directory.is_fact(one["code"], subcategory)}, {
            one["code"]: one["title"] for one in rows
        }

    def with_facts(draft: dict[str, Any], *facts: dict[str, str]) -> list[dict[str, Any]]:
        lines = changed(draft, "", [])
        return [line | ({"facts": list(facts)} if line["title"] == title else {}) for line in lines]

    async def listed(code: str) -> dict[str, Any]:
        rows = (await running.get("executor", "/categories")).json()["items"]
        given = (await running.get("executor", "/categories", active=True)).json()["items"]
        found: dict[str, Any] = next(one for one in rows if one["code"] == code)
        assert found["active"] == (code in {one["code"] for one in given})
        return found

    first = await drafted(running)
    first = await written(running, first, lines=with_facts(first, {"title": "Занято"}, {"title": "Не отвечают"}))
    assert (await published(running, first)).status_code == 200
    in_force, public = known(), (await running.http.get("/api/v1/orders/S0")).json()
    alone = [
        await send(running, "administrator", "POST", "/categories", {"code": "x", "parent": parent, "title": "О"})
        for parent in (subcategory, "medicine")
    ]
    alone += [
        await send(running, "administrator", "PATCH", f"/categories/{busy}", fields)
        for fields in ({"title": "О"}, {"active": False}, {"hint": "Гудки"})
    ]
    running.write("UPDATE message_case SET rest = rest || CAST(:fact AS jsonb)", fact=f'{{"fact": "{busy}"}}')

    second = await drafted(running)
    renamed = with_facts(second, {"title": "Гудки", "formerly": "Занято"}, {"title": "Сброс"})
    second = await written(running, second, lines=renamed)
    preview = (await running.get("chief", f"/annexes/{second['id']}/preview")).json()
    assert (await published(running, second)).status_code == 200
    during, gone, card = known(), await listed(silent), (await running.get("chief", f"/messages/{message}")).json()
    await taken_back(running, second)
    reset = await listed(f"{subcategory}.sbros")

    assert in_force == ({busy, silent}, {busy: "Занято", silent: "Не отвечают"})
    answered = [one for above in public["categories"] for one in above["subcategories"] if one["title"] == title]
    assert answered[0]["facts"] == ["Занято", "Не отвечают"]
    codes = [(one.status_code, one.json().get("code")) for one in alone]
    assert codes[:4] == [(409, "category_of_order")] * 4
    assert codes[4] == (200, busy)
    assert {one["code"]: (one["before"], one["after"], one["touched"]) for one in preview["differences"]} == {
        busy: ("Занято", "Гудки", 1),
        silent: ("Не отвечают", None, 0),
        f"{subcategory}.sbros": (None, "Сброс", 0),
    }
    assert [(one["number"], one["fact"]) for one in preview["messages"]] == [(running.case(message)["number"], busy)]
    assert during[0] == {busy, f"{subcategory}.sbros"}
    assert during[1][busy] == card["state"]["fact"]["title"] == "Гудки"
    assert card["state"]["fact_then"] == "Занято"
    assert (gone["active"], gone["of_order"]) == (False, True)
    assert known()[0] == {busy, silent}
    assert known()[1][busy] == "Занято"
    assert (reset["active"], reset["of_order"]) == (False, True), (
        "what an order made that was taken back is not in force"
    )


@pytest.mark.requirement("S0-04")
async def test_publishing_takes_back_nothing_that_its_preview_did_not_show(running: Product) -> None:
    first, second = await drafted(running), await drafted(running)
    first = await written(running, first, lines=changed(first, "Аптеки", ["miac"]))
    second = await written(running, second, lines=changed(second, "Дезинфекция", ["medical", "miac"]))
    read = await seen(running, second, {})
    assert (await published(running, first)).status_code == 200

    refused = await published(running, second, seen=read)
    again = await running.get("chief", f"/annexes/{second['id']}/preview")

    assert (refused.status_code, refused.json()["code"]) == (409, "preview_stale")
    assert responsible(running, "medicine.pharmacies") == ("miac",)
    # the page shows, now, that the line of the first would be taken back by the second
    assert len(again.json()["differences"]) == 2


@pytest.mark.requirement("S0-04")
async def test_preview_tells_what_a_revision_that_waits_for_its_day_will_change_back(running: Product) -> None:
    later, earlier = await drafted(running, order_number="20пр"), await drafted(running)
    later = await written(running, later, lines=changed(later, "Дезинфекция", ["miac"]))
    earlier = await written(running, earlier, lines=changed(earlier, "Аптеки", ["miac"]))
    moving = [await drafted(running, "structure", order_number=number) for number in ("21пр", "22пр")]
    places = [{"id": "branch", "parent": "transport"}], [{"id": "transport", "parent": "polyclinic"}]
    moving = [await written(running, draft, places=list(one)) for draft, one in zip(moving, places, strict=True)]
    read = [await seen(running, one, {}) for one in (earlier, moving[1])]
    day = str(TODAY + timedelta(days=9))
    for one in (later, moving[0]):
        assert (await published(running, one, valid_from=day)).status_code == 200

    refused = [await published(running, one, seen=was) for one, was in zip((earlier, moving[1]), read, strict=True)]
    told = [(await running.get("chief", f"/annexes/{one['id']}/preview")).json() for one in (earlier, moving[1])]
    async with running.browse("chief") as browser:
        pages = [words(await browser.get(f"/admin/orders/{one['id']}")) for one in (earlier, moving[1])]
    done = [await published(running, one) for one in (earlier, moving[1])]

    assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "preview_stale")] * 2
    assert [(one["later"]["on"], one["later"]["order_number"]) for one in told] == [(day, "20пр"), (day, "21пр")]
    undone = [[(each["subject"], each["after"]) for each in one["later"]["differences"]] for one in told]
    assert [subject for subject, _ in undone[0]] == ["Медицина / Аптеки"], (
        "what the order of that day itself brings is its own"
    )
    assert undone[1] == [("Служба перевозок: вышестоящая организация", "Министерство здравоохранения")]
    assert all("это изменится снова" in page for page in pages)
    assert [one.status_code for one in done] == [200, 200]


@pytest.mark.requirement("S0-04")
async def test_taking_back_shows_what_it_changes_and_leaves_no_open_work_without_a_successor(running: Product) -> None:
    unit = {"id": "far", "organisation": "ministry", "title": "Телемедицина"}
    await send(running, "administrator", "POST", "/units", unit)
    draft = await drafted(running)
    far = {"code": "far", "title": "Телемедицина", "alone": "начальник телемедицины"}
    answerers = [*draft["answerers"], far]
    draft = await written(running, draft, lines=changed(draft, "Аптеки", ["far"]), answerers=answerers)
    assert (await published(running, draft)).status_code == 200
    here = await drafted(running, "structure")
    here = await written(running, here, places=[{"id": "far", "unit": True, "order_code": "far"}])
    assert (await published(running, here)).status_code == 200
    message = await running.register()
    running.write(
        "UPDATE message_case SET organisation = 'ministry', unit = 'far', subcategory = 'medicine.pharmacies' "
        f"WHERE id = '{message}'"
    )

    told = (await running.get("chief", f"/annexes/{draft['id']}/withdrawal")).json()
    async with running.browse("chief") as browser:
        page = await browser.get(f"/admin/orders/{draft['id']}")
    refused = [
        await taken_back(running, draft, **more) for more in ({"seen": "другое"}, {}, {"successors": {"far": "far"}})
    ]
    done = await taken_back(running, draft, successors={"far": "adults"})
    with running.engine.connect() as connection:
        [left] = load_directory(connection).successions
    again = await taken_back(running, draft, seen=told["seen"])

    adults = "начальник отдела организации медицинской помощи взрослому населению и лекарственного обеспечения"
    pharmacies = next(one for one in told["differences"] if one["code"])
    assert (pharmacies["before"], pharmacies["after"], pharmacies["touched"]) == ("начальник телемедицины", adults, 1)
    assert [(one["code"], one["waiting"], one["needed"]) for one in told["leaving"]] == [("far", 1, True)]
    assert [one["number"] for one in told["messages"]] == [running.case(message)["number"]]
    assert "Кто вместо: Телемедицина" in words(page)
    codes = [(one.status_code, one.json()["code"]) for one in refused]
    assert codes == [(409, "preview_stale"), (422, "successor_needed"), (422, "successor_unknown")]
    assert done.status_code == 200, done.text
    assert (left.code, left.successor, left.units) == ("far", "adults", ("far",))
    assert (again.status_code, again.json()["code"]) == (409, "annex_not_published")


async def test_taking_back_what_a_later_revision_says_as_well_is_told_to_change_nothing(running: Product) -> None:
    first = await drafted(running)
    first = await written(running, first, lines=changed(first, "Аптеки", ["miac"]))
    assert (await published(running, first)).status_code == 200
    second = await drafted(running)
    second = await written(running, second, lines=changed(second, "Дезинфекция", ["miac"]))
    assert (await published(running, second)).status_code == 200

    told = (await running.get("chief", f"/annexes/{first['id']}/withdrawal")).json()
    async with running.browse("chief") as browser:
        page = words(await browser.get(f"/admin/orders/{first['id']}"))
    done = await taken_back(running, first)

    assert (told["differences"], told["later"]) == ([], None)
    assert "Отзыв ничего не изменит" in page
    assert (done.status_code, responsible(running, "medicine.pharmacies")) == (200, ("miac",))


async def test_whoever_leaves_on_a_later_day_has_a_successor_though_nothing_lies_with_him_yet(running: Product) -> None:
    running.write("UPDATE organisation SET order_code = 'miac' WHERE id = 'ministry'")
    draft = await drafted(running)
    lines = [
        line | {"responsible": [code for code in line["responsible"] if code != "miac"] or ["medical"]}
        for line in changed(draft, "", [])
    ]
    draft = await written(running, draft, lines=lines)
    day = str(TODAY + timedelta(days=9))

    at_once = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    refused = await published(running, draft, valid_from=day)
    done = await published(running, draft, valid_from=day, successors={"miac": "medical"})

    assert [(one["code"], one["needed"]) for one in at_once["leaving"]] == [("miac", False)]
    assert (refused.status_code, refused.json()["code"]) == (422, "successor_needed")
    assert done.status_code == 200, done.text


async def test_preview_names_what_is_limited_to_a_code_that_ends(running: Product) -> None:
    await running.template(categories=["medicine.no_answer"])
    draft = await drafted(running)
    lines = [line for line in changed(draft, "", []) if line["title"] != "Недозвон в медицинскую организацию"]
    draft = await written(running, draft, lines=lines)

    found = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()["limited"]

    assert [(one["kind"], one["loses"], one["gains"]) for one in found] == [("template", True, False)]
