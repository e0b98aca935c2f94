"""The rules in force, read from the record and shown to everybody: the clauses that are data or organisation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from embedded.temporal_server import TemporalServer
from regulations import shipped
from regulations.shipped import body_hash, body_json
from storage import tables as t
from temporal.client import connect
from tests.conftest import Database
from tests.product import Product, api, settings_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def reading(
    shared_database: Database, temporal: TemporalServer, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("regulations")
    settings = settings_of(shared_database, folder, temporal.address, None)
    client = await connect(temporal.address, settings.temporal_namespace)
    async with api(settings, shared_database, client) as running:
        yield running


async def act(reading: Product, code: str = "S2", **query: Any) -> dict[str, Any]:
    answer = await reading.http.get(f"/api/v1/regulations/{code}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def word(words: list[dict[str, Any]], code: str) -> dict[str, Any]:
    return next(one for one in words if one["code"] == code)


def clause(found: dict[str, Any], number: str) -> dict[str, Any]:
    return next(one for one in found["clauses"] if one["id"] == number)


@pytest.mark.requirement("S2-01")
async def test_page_names_the_order_its_body_and_what_it_regulates(reading: Product) -> None:
    found = await act(reading)

    assert (found["number"], found["signed_on"]) == ("134", "2023-08-01")
    assert found["body"] == "Министерство связи Донецкой Народной Республики"
    assert clause(found, "S2-01")["source"] == "1.1"
    assert "рекомендованные сроки этапов" in clause(found, "S2-01")["title"]


@pytest.mark.parametrize(
    ("code", "source", "said"),
    [
        pytest.param("applicants", "1.2 а", "Граждане или юридические лица", marks=pytest.mark.requirement("S2-02")),
        pytest.param("organisation_account", "1.2 б", "доступ к её функциям", marks=pytest.mark.requirement("S2-03")),
        pytest.param("platform_operator", "1.2 в", "цифрового развития", marks=pytest.mark.requirement("S2-04")),
        pytest.param("users", "1.2 г", "учётными записями", marks=pytest.mark.requirement("S2-05")),
    ],
)
async def test_page_defines_the_words_of_the_act(reading: Product, code: str, source: str, said: str) -> None:
    found = word((await act(reading))["definitions"], code)

    assert found["clause"] == source
    assert said in found["text"]


@pytest.mark.requirement("S2-06")
async def test_page_shows_the_submission_rules_and_the_grounds_to_decline(reading: Product) -> None:
    found = await act(reading)

    assert word(found["definitions"], "submission_rules")["clause"] == "1.2 д"
    assert {"essence", "respectful_language"} <= {rule["code"] for rule in found["submission_rules"]}
    assert all(ground["title"] and ground["text"] and ground["clause"] for ground in found["decline_grounds"])


@pytest.mark.requirement("S2-07")
async def test_page_says_which_appeals_go_another_way(reading: Product) -> None:
    found = await act(reading)

    rule = word(found["submission_rules"], "other_procedures")
    assert rule["clause"] == "1.3"
    assert "59-ФЗ" in rule["title"]
    assert {"appeal_under_59_fz", "complaint_under_210_fz"} <= {ground["code"] for ground in found["decline_grounds"]}


@pytest.mark.requirement("S2-64")
async def test_page_says_from_when_it_is_in_force_and_where_the_day_comes_from(reading: Product) -> None:
    found = await act(reading)

    assert (found["valid_from"], found["in_force"]) == ("2023-08-01", True)
    assert clause(found, "S2-64")["source"] == "приказ, п. 4"
    assert "дата подписания" in word(found["notes"], "valid_from")["text"]


@pytest.mark.parametrize(
    ("number", "source", "said"),
    [
        pytest.param("S2-65", "приказ, п. 2", "Министерство юстиции", marks=pytest.mark.requirement("S2-65")),
        pytest.param("S2-66", "приказ, п. 3", "Контроль исполнения приказа", marks=pytest.mark.requirement("S2-66")),
    ],
)
async def test_page_has_the_paragraphs_of_the_order(reading: Product, number: str, source: str, said: str) -> None:
    found = clause(await act(reading), number)

    assert found["source"] == source
    assert said in found["title"]


@pytest.mark.requirement("S2-16", "S3-28")
async def test_page_shows_the_five_stages_with_their_shares_and_lengths(reading: Product) -> None:
    found = (await act(reading))["stages"]

    assert [(one["title"], one["share"]) for one in found] == [
        ("Модерация", 5),
        ("Координация", 5),
        ("Исполнение", 65),
        ("Согласование", 15),
        ("Утверждение", 10),
    ]
    assert found[2]["lengths"] == {"ordinary": "19 дней 12 часов", "short": "6 дней 12 часов"}


async def test_list_and_page_vouch_for_the_text_by_the_same_hash(reading: Product) -> None:
    listed = (await reading.http.get("/api/v1/regulations")).json()["regulations"]

    assert [(one["code"], one["hash"]) for one in listed] == [("S2", body_hash(next(iter(shipped()))))]
    assert (await act(reading))["hash"] == listed[0]["hash"]


async def test_revision_of_the_record_goes_before_the_file(reading: Product, shared_database: Database) -> None:
    later = json.loads(json.dumps(body_json(next(iter(shipped())))))
    later["revision"] = "2024-01-01"
    later["order"]["number"] = "135"
    future = later | {"revision": "2999-01-01"}
    engine = sa.create_engine(shared_database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for body, day in ((later, "2024-01-01"), (future, "2999-01-01")):
            connection.execute(
                sa.insert(t.regulation_revision).values(
                    code="S2", revision=body["revision"], body=body, hash=body_hash(body), valid_from=day
                )
            )
    try:
        found = await act(reading)
        first = await act(reading, revision="2023-08-01")
        listed = (await reading.http.get("/api/v1/regulations")).json()["regulations"]
    finally:
        with engine.begin() as connection:
            connection.execute(sa.delete(t.regulation_revision).where(t.regulation_revision.c.revision > "2023-08-01"))

    assert (found["revision"], found["number"], found["in_force"]) == ("2024-01-01", "135", True)
    assert (first["number"], first["in_force"]) == ("134", False)
    assert [(one["revision"], one["in_force"]) for one in listed] == [
        ("2999-01-01", False),
        ("2024-01-01", True),
        ("2023-08-01", False),
    ]


async def test_unknown_act_or_revision_is_not_found(reading: Product) -> None:
    for path in ("S9", "S2?revision=1999-01-01", "%D0%A12"):
        assert (await reading.http.get(f"/api/v1/regulations/{path}")).status_code == 404


async def test_installation_says_whose_it_is_and_whether_its_days_are_real(
    reading: Product, shared_database: Database
) -> None:
    real = (await reading.http.get("/api/v1/installation")).json()
    shared_database.owner("UPDATE installation SET day_seconds = 60")
    try:
        shown = (await reading.http.get("/api/v1/installation")).json()
    finally:
        shared_database.owner("UPDATE installation SET day_seconds = 86400")

    assert real == {
        "title": "Министерство здравоохранения",
        "day_seconds": 86400,
        "shortened": False,
        "notice": None,
    }
    assert (shown["day_seconds"], shown["shortened"]) == (60, True)
    assert "1 минута" in shown["notice"]
