"""Who stands below whom is changed by an order: drawn up by one administrator, published by another, taken back."""

from __future__ import annotations

import base64
import io
from typing import Any

import openpyxl
import pytest

from storage.reference import load_directory
from tests.api_writing.test_annexes import ORDER, TODAY, drafted, published, running, send, taken_back, written
from tests.product import Product
from tests.web.test_signing_in import words

__all__ = ["running"]

pytestmark = pytest.mark.anyio

BRANCH_MOVES = [{"id": "branch", "parent": "transport", "order_code": "medical"}]
HEAD = "Организация или подразделение\tКод\tВышестоящая организация\tКак названа в приказе"


def path(running: Product, organisation: str) -> tuple[str, ...]:
    with running.engine.connect() as connection:
        return load_directory(connection).organisations[organisation].path


async def content(running: Product, draft: dict[str, Any], **given: Any) -> Any:
    body = {"version": draft["version"]} | given
    return await send(running, "administrator", "PUT", f"/annexes/{draft['id']}/content", body)


def marked(running: Product) -> list[str]:
    return [row["number"] for row in running.rows("SELECT number FROM message_case WHERE recheck ORDER BY number")]


@pytest.mark.requirement("S0-03")
async def test_organisation_moves_by_an_order_of_two_administrators_and_back_when_it_is_taken_back(
    running: Product,
) -> None:
    message, elsewhere = await running.register(), await running.register()
    lies = "UPDATE message_case SET stage = 'coordination', recheck = false, organisation = "
    running.write(f"{lies} 'branch' WHERE id = '{message}'")
    running.write(f"{lies} 'polyclinic' WHERE id = '{elsewhere}'")
    [row] = running.rows(f"SELECT number FROM message_case WHERE id = '{message}'")
    draft = await drafted(running, "structure")
    listed = {one["id"]: (one["parent"], one["title"], one["above"]) for one in draft["places"]}
    draft = await written(running, draft, places=BRANCH_MOVES)

    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    own = await published(running, draft, "administrator")
    done = await published(running, draft)
    moved, rung = path(running, "branch"), marked(running)
    below = (await running.get("executor", "/organisations", parent="transport")).json()["items"]
    shown = (await running.get("executor", "/organisations/branch")).json()
    public = (await running.http.get("/api/v1/orders/S0")).json()
    page = words(await running.http.get("/orders/S0"))
    running.write("UPDATE message_case SET recheck = false")
    back = await taken_back(running, draft)

    assert listed["branch"] == ("polyclinic", "Филиал поликлиники", "Городская поликлиника"), "what the record says now"
    told = {one["subject"]: (one["before"], one["after"], one["touched"]) for one in preview["differences"]}
    assert told["Филиал поликлиники: вышестоящая организация"] == ("Городская поликлиника", "Служба перевозок", 1)
    assert told["Филиал поликлиники: как названа в приказе"][:2] == (None, "Руководители медицинских организаций")
    assert [one["number"] for one in preview["messages"]] == [row["number"]]
    curator = {
        "kind": "grant",
        "title": "Сотрудник curator",
        "organisation": "polyclinic",
        "loses": True,
        "gains": False,
    }
    assert curator | {"role": "curator"} in preview["limited"]
    assert (own.status_code, own.json()["code"]) == (403, "second_person_needed")
    assert (done.status_code, done.json()["in_force"]) == (200, True)
    assert moved == ("ministry", "transport", "branch")
    assert ([one["id"] for one in below], shown["parent"], shown["order_code"]) == (["branch"], "transport", "medical")
    place = {
        "title": "Филиал поликлиники",
        "above": "Служба перевозок",
        "called": "Руководители медицинских организаций",
    }
    assert place in public["structure"]
    assert " ".join(place.values()) in page
    assert rung == [row["number"]], "what lies there is looked at again, and nothing else"
    assert (back.status_code, path(running, "branch")) == (200, ("ministry", "polyclinic", "branch"))
    assert marked(running) == [row["number"]]
    assert running.rows("SELECT parent, order_code FROM organisation WHERE id = 'branch'") == [
        {"parent": "polyclinic", "order_code": None}
    ], "nothing in the record is overwritten"


async def test_nobody_changes_subordination_or_who_answers_without_an_order(running: Product) -> None:
    draft = await drafted(running, "structure")
    # `curator` administers the polyclinic with all below it
    of_unit = [
        await send(running, "curator", "POST", "/annexes", ORDER | {"kind": "structure"}),
        await running.get("curator", f"/annexes/{draft['id']}"),
        await send(
            running, "curator", "PUT", f"/annexes/{draft['id']}/content", {"version": 1, "places": BRANCH_MOVES}
        ),
    ]
    at_once = [
        await send(running, "administrator", "PATCH", "/organisations/branch", body)
        for body in ({"parent": "transport"}, {"order_code": "medical"})
    ]
    other_order = await send(running, "administrator", "POST", "/annexes", ORDER | {"kind": "structure", "act": "S2"})

    assert [one.status_code for one in of_unit] == [403, 403, 403]
    assert [(one.status_code, one.json()["field"]) for one in at_once] == [(422, "parent"), (422, "order_code")]
    assert (other_order.status_code, other_order.json()["code"]) == (422, "annex_unknown")


async def test_table_moves_whom_it_names_and_every_fault_is_told_with_its_row(running: Product) -> None:
    draft = await drafted(running, "structure")
    rows = [
        ["Организация или подразделение", "Код", "Вышестоящая организация", "Как названа в приказе"],
        ["Городская поликлиника", "polyclinic", "Филиал поликлиники", ""],
        ["Филиал поликлиники", "", "Городская поликлиника", ""],
        ["Служба перевозок", "transport", "Министерство транспорта", "начальник отдела кадровой работы"],
        ["Филиал", "branch2", "", ""],
        ["", "transport", "ministry", ""],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)

    wrong = await content(running, draft, workbook=base64.b64encode(stream.getvalue()).decode())
    circle = await content(running, draft, table="\n".join([HEAD, *("\t".join(row) for row in rows[1:3])]))
    root = await content(running, draft, toml='[[organisations]]\nid = "ministry"\nparent = "polyclinic"\n')
    moved = await written(
        running, draft, table=f"{HEAD}\nФилиал поликлиники\t\tСлужба перевозок\tруководители медицинских организаций РК"
    )

    assert wrong.json()["detail"].splitlines() == [
        "лист «Sheet», строка 4, столбец «Вышестоящая организация»: «Министерство транспорта»: "
        "такой организации нет: проверьте название",
        "лист «Sheet», строка 4, столбец «Как названа в приказе»: «кадровой работы» не найден: "
        "исправьте или внесите его в список тех, кто отвечает",
        "лист «Sheet», строка 5, столбец «Код»: «Филиал» с кодом «branch2»: такой организации или подразделения нет",
        "лист «Sheet», строка 6, столбец «Код»: «transport» уже есть (лист «Sheet», строка 4): оставьте одну строку",
    ]
    above_itself = "оказывается выше самой себя: проверьте вышестоящие организации"
    assert circle.json()["detail"].splitlines() == [
        f"таблица, строка 3: код branch: {above_itself}",
        f"таблица, строка 2: код polyclinic: {above_itself}",
    ]
    assert "у головной организации вышестоящей нет" in root.json()["detail"]
    places = {one["id"]: (one["above"], one["order_code"]) for one in moved["places"]}
    assert places["branch"] == ("Служба перевозок", "medical")
    assert places["polyclinic"] == ("Министерство здравоохранения", None), "whom no row names stays"


async def test_nothing_active_comes_below_what_rests(running: Product) -> None:
    draft = await drafted(running, "structure")
    draft = await written(running, draft, places=BRANCH_MOVES)
    await published(running, draft, valid_from=str(TODAY.replace(year=TODAY.year + 1)))

    will_have = await send(running, "administrator", "PATCH", "/organisations/transport", {"active": False})
    await taken_back(running, draft)
    rests = await send(running, "administrator", "PATCH", "/organisations/transport", {"active": False})
    refused = await content(running, await drafted(running, "structure"), places=BRANCH_MOVES)

    assert (will_have.status_code, will_have.json()["code"]) == (409, "organisation_in_use")
    assert rests.status_code == 200
    assert (refused.status_code, "не действует" in refused.json()["detail"]) == (422, True)


async def test_taking_back_that_would_put_what_works_below_what_rests_is_refused_by_title(running: Product) -> None:
    draft = await drafted(running, "structure")
    draft = await written(running, draft, places=BRANCH_MOVES)
    await published(running, draft)
    running.write("UPDATE organisation SET active = false WHERE id = 'polyclinic'")

    refused = await taken_back(running, draft)

    assert refused.json()["code"] == "organisation_inactive"
    assert "«Филиал поликлиники» оказалась бы ниже" in refused.json()["detail"]


async def test_unit_with_open_work_ceases_to_answer_only_where_another_takes_over(running: Product) -> None:
    running.write("INSERT INTO unit (id, organisation, title, order_code) VALUES ('ward', 'ministry', 'Юристы', 'law')")
    running.write("INSERT INTO unit (id, organisation, title) VALUES ('office', 'ministry', 'Канцелярия')")
    message = await running.register()
    running.write(f"UPDATE message_case SET stage = 'coordination', unit = 'ward' WHERE id = '{message}'")
    draft = await drafted(running, "structure")
    draft = await written(running, draft, places=[{"id": "ward", "unit": True, "order_code": None}])

    preview = (await running.get("chief", f"/annexes/{draft['id']}/preview")).json()
    refused = await published(running, draft)
    draft = await written(running, draft, places=[{"id": "office", "unit": True, "order_code": "law"}])
    done = await published(running, draft)

    assert [(one["title"], one["waiting"]) for one in preview["leaving"]] == [("Юристы", 1)]
    assert (refused.status_code, refused.json()["code"], refused.json()["waiting"]) == (422, "successor_needed", 1)
    assert done.status_code == 200, done.text
