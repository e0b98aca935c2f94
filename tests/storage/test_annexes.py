"""Annexes in force: who answers about what at an instant, and which categories new messages may have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

import regulations
from domain.directory import Directory
from storage import tables as t
from storage.reference import Moment, Reference, load_directory, moment, touch
from tests.conftest import Database
from tests.product import populate

APPOINTMENT = "medicine.appointment"


def publish(
    database: Database, people: dict[str, int], valid_from: date, lines: dict[str, list[str]], **more: Any
) -> int:
    """A revision of annex 2 with these lines of the shipped one, published by a second person."""
    body = next(one for one in regulations.shipped_orders() if one["code"] == "S0")
    medicine = body["categories"][0]
    kept = [line | {"responsible": lines[line["code"]]} for line in medicine["subcategories"] if line["code"] in lines]
    part = {"answerers": body["answerers"], "categories": [medicine | {"subcategories": kept}]}
    values: dict[str, Any] = {
        "kind": "categories",
        "act": "S0",
        "issuer": "Министерство",
        "order_number": "7",
        "signed_on": valid_from,
        "title": "О внесении изменений",
        "body": part,
        "hash": regulations.body_hash(part),
        "state": "published",
        "author": people["administrator"],
        "editors": [people["administrator"]],
        "publisher": people["chief"],
        "published_at": sa.func.otklik_now(),
        "valid_from": valid_from,
    } | more
    with database.engine.begin() as connection:
        touch(connection)
        made = sa.insert(t.annex_revision).values(values).returning(t.annex_revision.c.id)
        return int(connection.execute(made).scalar_one())


def directory_at(database: Database, reference: Reference, now: datetime) -> Directory:
    with database.engine.connect() as connection:
        at = moment(connection)
        return reference.directory(connection, Moment(now, at.reference_version, at.day))


@pytest.fixture
def people(database: Database) -> dict[str, int]:
    return populate(database.engine)


@pytest.mark.requirement("S0-04")
def test_directory_knows_who_answers_by_the_shipped_order_and_who_that_is_here(
    database: Database, people: dict[str, int]
) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            sa.insert(t.unit).values(id="ward", organisation="ministry", title="Дети", order_code="children")
        )
        medical = t.organisation.c.id.in_(["polyclinic", "branch"])
        connection.execute(sa.update(t.organisation).where(medical).values(order_code="medical"))

        directory = load_directory(connection)

    assert directory.responsible[APPOINTMENT] == ("medical", "children", "miac")
    assert directory.answerers["medical"].organisations == ("branch", "polyclinic")
    assert directory.answerers["children"].units == ("ward",)
    assert directory.answerers["miac"].organisations == ()


def test_revision_comes_into_force_at_midnight_of_the_root_organisation_without_another_change(
    database: Database, people: dict[str, int]
) -> None:
    publish(database, people, date(2027, 1, 1), {APPOINTMENT: ["miac"]})
    reference = Reference()

    before = directory_at(database, reference, datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC))
    after = directory_at(database, reference, datetime(2026, 12, 31, 21, 0, 0, tzinfo=UTC))

    assert before.responsible[APPOINTMENT] == ("medical", "children", "miac")
    assert after.responsible == {APPOINTMENT: ("miac",)}


def test_category_that_the_annex_no_longer_lists_is_given_to_no_message_and_others_stay(
    database: Database, people: dict[str, int]
) -> None:
    publish(database, people, date(2026, 1, 1), {APPOINTMENT: ["miac"]})

    with database.engine.connect() as connection:
        directory = load_directory(connection)

    assert not directory.is_subcategory("medicine.no_answer", "medicine")
    assert directory.is_subcategory("medicine.vaccination", "medicine"), "no annex ever listed it"
    assert directory.is_subcategory("roads.bus", "roads")


def test_revision_taken_back_gives_way_to_what_was_in_force_before(database: Database, people: dict[str, int]) -> None:
    made = publish(database, people, date(2026, 1, 1), {APPOINTMENT: ["miac"]})
    values = {"state": "taken_back", "taken_back_at": sa.func.otklik_now(), "taken_back_reason": "ошибка"}

    with database.engine.begin() as connection:
        values["taken_back_by"] = people["chief"]
        connection.execute(sa.update(t.annex_revision).where(t.annex_revision.c.id == made).values(values))
        directory = load_directory(connection)

    assert directory.responsible[APPOINTMENT] == ("medical", "children", "miac")
    assert directory.is_subcategory("medicine.no_answer", "medicine")


def test_who_answers_no_more_is_succeeded_along_the_orders_until_one_names_him_again(
    database: Database, people: dict[str, int]
) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            sa.insert(t.unit).values(id="ward", organisation="ministry", title="Дети", order_code="children")
        )
    publish(database, people, date(2027, 1, 1), {APPOINTMENT: ["medical"]}, successors={"children": "medical"})
    publish(database, people, date(2027, 2, 1), {APPOINTMENT: ["law"]}, successors={"medical": "law"})
    publish(database, people, date(2027, 3, 1), {APPOINTMENT: ["law", "children"]})
    reference = Reference()

    found = [directory_at(database, reference, datetime(2027, month, 15, tzinfo=UTC)) for month in (1, 2, 3)]

    of_ward = [one.succession_of("ministry", "ward") for one in found]
    assert [one and (one.successor, one.since) for one in of_ward] == [
        ("medical", date(2027, 1, 1)),
        ("law", date(2027, 1, 1)),
        None,
    ]


def test_nobody_publishes_what_he_drew_up_himself(database: Database, people: dict[str, int]) -> None:
    people["chief"] = people["administrator"]

    with pytest.raises(sa.exc.IntegrityError, match="second_person"):
        publish(database, people, date(2027, 1, 1), {APPOINTMENT: ["miac"]})
