"""The annex on subordination in force: exact at the midnight, kept by no cache beyond it, undone by taking it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import regulations
from domain.structure import Structure
from storage import incidents, structures
from storage import tables as t
from storage.reference import Reference, touch
from tests.conftest import Database
from tests.product import populate
from tests.storage.test_annexes import directory_at

MIDNIGHT = datetime(2026, 12, 31, 21, tzinfo=UTC)
"""Of the new year, in Moscow."""
BEFORE = MIDNIGHT - timedelta(seconds=1)


@pytest.fixture
def people(database: Database) -> dict[str, int]:
    return populate(database.engine)


def publish(
    database: Database,
    people: dict[str, int],
    valid_from: date,
    units: dict[str, str | None] | None = None,
    **above: str,
) -> int:
    """A revision that moves these, and calls units so, published by a second person the day before."""
    with database.engine.begin() as connection:
        touch(connection)
        now = structures.on_day(connection, valid_from)
        body = regulations.structure_body(
            Structure({**now.above, **above}, now.organisations, {**now.units, **(units or {})})
        )
        values: dict[str, Any] = {"kind": "structure", "act": "S0", "issuer": "Министерство", "order_number": "8"}
        values |= {"signed_on": valid_from, "title": "О подведомственности", "body": body, "state": "published"}
        values |= {"hash": regulations.body_hash(body), "author": people["administrator"], "valid_from": valid_from}
        values |= {"editors": [people["administrator"]], "publisher": people["chief"]}
        values |= {"published_at": datetime.combine(valid_from, time(), UTC) - timedelta(days=1)}
        made = sa.insert(t.annex_revision).values(values).returning(t.annex_revision.c.id)
        return int(connection.execute(made).scalar_one())


def test_structure_comes_into_force_at_midnight_and_gives_way_when_it_is_taken_back(
    database: Database, people: dict[str, int]
) -> None:
    made = publish(database, people, date(2027, 1, 1), branch="transport")
    reference = Reference()

    before, after = (directory_at(database, reference, at) for at in (BEFORE, MIDNIGHT))
    values = {"state": "taken_back", "taken_back_at": MIDNIGHT + timedelta(hours=9), "taken_back_reason": "ошибка"}
    with database.engine.begin() as connection:
        touch(connection)
        taken = sa.update(t.annex_revision).where(t.annex_revision.c.id == made)
        connection.execute(taken.values(values | {"taken_back_by": people["chief"]}))
    back = directory_at(database, reference, MIDNIGHT + timedelta(hours=9))

    assert before.organisations["branch"].path == ("ministry", "polyclinic", "branch")
    assert after.organisations["branch"].path == ("ministry", "transport", "branch")
    assert back.organisations["branch"].path == before.organisations["branch"].path
    moved = [one.organisations["branch"].moved_at for one in (before, after, back)]
    assert moved == [None, MIDNIGHT, MIDNIGHT + timedelta(hours=9)]
    assert after.organisations["transport"].moved_at is None


def test_structure_that_goes_in_a_circle_leaves_its_organisations_where_the_record_has_them(
    database: Database, people: dict[str, int]
) -> None:
    made = {"transport": "ministry", "polyclinic": "branch"}
    annex = publish(database, people, date(2027, 1, 1), **made)

    after = directory_at(database, Reference(), MIDNIGHT)
    with database.engine.begin() as connection:
        told = incidents.administrators(connection, "branch", MIDNIGHT)
        unreadable = {"organisations": [{"id": "branch", "level": 3}]}
        connection.execute(sa.update(t.annex_revision).where(t.annex_revision.c.id == annex).values(body=unreadable))
        told_still = incidents.administrators(connection, "branch", MIDNIGHT)

    paths = {one: after.organisations[one].path for one in (*made, "branch")}
    assert paths == {
        "transport": ("ministry", "transport"),
        "polyclinic": ("ministry", "polyclinic"),
        "branch": ("ministry", "polyclinic", "branch"),
    }
    assert told == told_still == [people["administrator"]], "of such an annex, too, somebody is told"


def test_unit_that_answers_no_more_leaves_its_work_to_who_carries_its_code_now(
    database: Database, people: dict[str, int]
) -> None:
    with database.engine.begin() as connection:
        for unit, code in (("ward", "law"), ("office", None)):
            values = {"id": unit, "organisation": "ministry", "title": unit, "order_code": code}
            connection.execute(sa.insert(t.unit).values(values))
    publish(database, people, date(2027, 1, 1), {"ward": None, "office": "law"})
    publish(database, people, date(2027, 2, 1), {"ward": "staff", "office": "law"})
    reference = Reference()

    found = [directory_at(database, reference, MIDNIGHT + timedelta(days=days)) for days in (-1, 1, 40)]

    left = [one.succession_of("ministry", "ward") for one in found]
    assert [one and (one.successor, one.order, one.since) for one in left] == [
        None,
        ("law", "8", date(2027, 1, 1)),
        None,
    ]
    assert found[1].answerers["law"].units == ("office",)
