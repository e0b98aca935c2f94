"""Lists taken away as spreadsheets: what they say, to whom, and who is told of it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa

from api.exports import COLUMNS, EXPORTS
from api.spreadsheets import Column, Format, write
from storage import exports
from storage import tables as t
from storage.reference import touch
from tests.product import Product

pytestmark = pytest.mark.anyio


async def taken(running: Product, login: str, **query: Any) -> Any:
    answer = await running.get(login, "/exports", **query)
    assert answer.status_code == 200, answer.text
    return answer


async def lines(running: Product, login: str, **query: Any) -> list[dict[str, str]]:
    """The rows of the CSV by heading."""
    answer = await taken(running, login, format="csv", **query)
    assert answer.content.startswith(b"\xef\xbb\xbf"), "else Excel reads it in another encoding"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


async def listed(running: Product, login: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.get(login, "/messages", limit=100, **query)).json()["messages"]
    return found


async def test_export_is_the_list_with_its_filters_in_its_order(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    for _ in range(3):
        await running.accepted()
    await running.in_work(text="Гиппопотам перекрыл вход.")

    for query in ({}, {"sort": "due"}, {"section": "new"}, {"text": "гиппопотамы"}):
        rows = await lines(running, "coordinator", **query)
        assert [row["Номер"] for row in rows] == [
            one["number"] for one in await listed(running, "coordinator", **query)
        ]
        assert rows


@pytest.mark.parametrize("login", ["coordinator", "coordinator_transport", "head_transport", "curator", "operator"])
async def test_export_has_what_its_reader_may_list_and_no_more(running: Product, login: str) -> None:
    message = await running.in_work()
    await running.decide("executor", message, "return_to_coordination", reason="Не наш вопрос.")

    rows, found = await lines(running, login), await listed(running, login)

    assert {row["Номер"] for row in rows} == {one["number"] for one in found}
    former = {one["number"] for one in found if one["sight"] == "former"}
    assert all(
        not row["У кого"] and not row["Этап"] and not row["Срок ответа"] for row in rows if row["Номер"] in former
    )


async def test_cells_say_what_the_list_says_by_the_clock_of_the_readers_organisation(running: Product) -> None:
    with running.engine.begin() as connection:
        connection.execute(
            sa.update(t.organisation).where(t.organisation.c.id == "polyclinic").values(time_zone="Asia/Vladivostok")
        )
        touch(connection)
    message = await running.in_work(text="Позвоните Марии, +7 999 555-11-22.")
    case = running.case(message)

    answer = await taken(running, "coordinator", number=case["number"])

    assert answer.headers["content-disposition"].endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    headings, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    told = dict(zip(headings, row, strict=True))
    assert headings == [column.title for column, _ in COLUMNS]
    due_at = case["due_at"].astimezone(ZoneInfo("Asia/Vladivostok")).replace(tzinfo=None)
    assert isinstance(told["Срок ответа"], datetime)
    assert abs((told["Срок ответа"] - due_at).total_seconds()) < 1
    assert (told["Категория"], told["Подкатегория"]) == ("Медицина", "Недозвон в медицинскую организацию")
    assert (told["Организация"], told["У кого"]) == ("Городская поликлиника", "Сотрудник executor")
    assert (told["Этап"], told["Просрочено"]) == ("Исполнение", None)
    assert "Мари" not in str(row)
    assert "555" not in str(row)


@pytest.mark.parametrize("name", ['=HYPERLINK("https://evil.example")', "@SUM(A1)", "+7", "-1", " =1", "\t=1", "＝1"])
def test_no_value_becomes_a_formula(name: str) -> None:
    written = {kind: io.BytesIO() for kind in Format}

    for kind, out in written.items():
        write(kind, "Лист", [Column("У кого", 10), Column("Сколько", 10)], [[name, 7]], out)

    rows = csv.reader(io.StringIO(written[Format.CSV].getvalue().decode("utf-8-sig")), delimiter=";")
    assert list(rows) == [["У кого", "Сколько"], [f"'{name}", "7"]]
    text, number = list(openpyxl.load_workbook(written[Format.XLSX]).active)[1]
    assert (text.value, text.data_type, number.value) == (name, "s", 7)


async def test_curators_are_told_who_took_their_messages_away_with_which_filters(running: Product) -> None:
    message = await running.in_work()
    number = running.case(message)["number"]
    query = {"message": message, "person": running.people["coordinator"]}

    await taken(running, "coordinator", number=number, stage="execution")

    (record,) = (await running.get("curator", "/access-records", **query)).json()["records"]
    assert record["opened"] == {"code": "export", "title": "Выгрузка списка"}
    assert record["export"] == {"rows": 1, "filters": {"number": number, "stage": "execution", "sort": "received"}}
    assert (record["message"], record["with_task"], record["organisation"]["code"]) == (None, False, "polyclinic")
    assert record["person"]["number"] == running.people["coordinator"]
    stored = running.rows("SELECT filters FROM access_record WHERE id = :id", id=record["id"])
    assert number.encode() not in bytes(stored[0]["filters"]), "words of a search may name somebody"
    assert (await running.get("coordinator_transport", "/access-records")).status_code == 403


async def test_curator_of_other_categories_is_not_told(running: Product) -> None:
    road = await running.register()
    await running.accept(road, category="roads", subcategory="roads.bus")
    values = {"role": "curator", "organisation": "polyclinic", "subtree": True, "categories": ["roads"]}
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.grant).values(person=running.people["head_transport"], **values))
        touch(connection)
    medicine = await running.accepted()

    await taken(running, "coordinator", number=running.case(medicine)["number"])
    await taken(running, "coordinator", number=running.case(road)["number"])

    found = (await running.get("head_transport", "/access-records")).json()["records"]
    assert [one["export"]["filters"]["number"] for one in found] == [running.case(road)["number"]]


async def test_list_longer_than_a_file_is_refused_and_not_recorded(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST", 1)
    await running.accepted()
    await running.accepted()
    count = "SELECT count(*) AS n FROM access_record WHERE opened = 'export'"
    before = running.rows(count)

    answer = await running.get("coordinator", "/exports", section="new")

    assert (answer.status_code, answer.json()["code"]) == (422, "export_too_large")
    assert running.rows(count) == before


async def test_export_is_refused_to_strangers_programs_and_other_roles(running: Product) -> None:
    assert (await running.http.get("/api/v1/exports")).status_code == 401
    forbidden = await running.get("executor", "/exports", section="new")
    running.write("UPDATE person SET system = true WHERE login = 'executor2'")
    with running.engine.begin() as connection:
        touch(connection)
    program = await running.get("executor2", "/exports")
    running.write("UPDATE person SET system = false WHERE login = 'executor2'")
    with running.engine.begin() as connection:
        touch(connection)

    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "section_forbidden")
    assert (program.status_code, program.json()["code"]) == (403, "people_only")


async def test_exports_of_a_person_are_limited(running: Product) -> None:
    statuses = [(await running.get("head3", "/exports", number="2001-1")).status_code for _ in range(EXPORTS + 1)]

    assert statuses == [200] * EXPORTS + [429]
