"""With whom cases lie: what a morning list is made of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.vocabulary import Action, Role
from storage import staff_cases
from storage import tables as t
from storage.files import FileStore
from storage.keys import KeyRing
from storage.reference import moment, touch
from tests.conftest import Database
from tests.relay.builders import Desk


@pytest.fixture
def desk(database: Database, keys: KeyRing, tmp_path: Path) -> Desk:
    """People at work on a fresh record."""
    return Desk(database, FileStore(tmp_path / "files", keys))


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is longer than a page."""
    monkeypatch.setattr(staff_cases, "PAGE", 2)


def lying_with(desk: Desk, login: str) -> list[str]:
    with desk.engine.connect() as connection:
        at = moment(connection)
        directory = desk.reference.directory(connection, at)
        return list(staff_cases.lying_with(connection, desk.people[login], directory, at.now))


def grant(desk: Desk, login: str, role: Role, **more: object) -> None:
    """The only role of the person."""
    with desk.engine.begin() as connection:
        connection.execute(sa.delete(t.grant).where(t.grant.c.person == desk.people[login]))
        values = {"person": desk.people[login], "role": role.value, "organisation": "polyclinic"} | more
        connection.execute(sa.insert(t.grant).values(values))
        touch(connection)


def with_letters_to_hand_over(desk: Desk, count: int) -> list[str]:
    """Answered messages of people without an e-mail address."""
    found = []
    for number in range(count):
        message = desk.assigned(timedelta(days=count - number))
        route = {"type": "solved", "text": "Готово", "endorsers": [], "approver": desk.people["head2"]}
        desk.decide("executor", message, Action.START_WORK)
        desk.decide("executor", message, Action.SUBMIT_ANSWER, **route)
        with desk.engine.begin() as connection:
            secret = sa.func.jsonb_set(t.message_case.c.rest, ["secret"], sa.text("'true'"))
            connection.execute(sa.update(t.message_case).where(t.message_case.c.id == message).values(rest=secret))
        desk.decide("head2", message, Action.APPROVE)
        found.append(message)
    return found


def test_pool_is_read_to_its_end_soonest_due_first(desk: Desk) -> None:
    messages = [desk.accepted(timedelta(days=days)) for days in (1, 5, 3, 2, 4)]

    assert lying_with(desk, "coordinator") == [messages[place] for place in (1, 4, 2, 3, 0)]


def test_list_ends_where_nobody_reads_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_cases, "MOST_CASES", 3)
    messages = [desk.accepted(timedelta(days=9 - place)) for place in range(5)]

    assert lying_with(desk, "coordinator") == messages[:3]


def test_what_lies_with_others_of_the_pool_takes_no_place_in_the_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_cases, "MOST_CASES", 2)
    for days in range(5, 2, -1):
        desk.accepted(timedelta(days=days))
    mine = desk.accepted(timedelta(days=1))
    with desk.engine.begin() as connection:
        values = {"category": "roads", "subcategory": "roads.bus"}
        connection.execute(sa.update(t.message_case).where(t.message_case.c.id == mine).values(values))
    grant(desk, "coordinator", Role.COORDINATOR, categories=["roads"])

    assert lying_with(desk, "coordinator") == [mine]


def test_letters_to_hand_over_lie_with_coordinators_only_where_nobody_is_an_operator(desk: Desk) -> None:
    letters = with_letters_to_hand_over(desk, 3)
    waiting = desk.accepted()

    assert lying_with(desk, "operator") == letters
    assert lying_with(desk, "coordinator") == [waiting]
    grant(desk, "operator", Role.INTAKE_OPERATOR, organisation="transport")
    assert lying_with(desk, "operator") == []
    assert lying_with(desk, "coordinator") == [*letters, waiting]
