"""A structure that comes into force at a midnight: who sees what ends and begins then, and those above now learn what waits."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from domain.vocabulary import Action
from storage import incidents, midnight, queries
from storage import tables as t
from storage.rechecks import marked
from storage.reconciling import NOWHERE
from storage.reference import touch
from tests.relay.builders import Desk
from tests.storage.test_structures import publish


def seen(desk: Desk, login: str, message: str) -> bool:
    with desk.engine.connect() as connection:
        return queries.may_see(connection, desk.reference, message, desk.people[login])


def told(desk: Desk, login: str) -> list[str]:
    """When he was told that nobody is there to decide, Moscow."""
    query = (
        "SELECT to_char(at AT TIME ZONE 'Europe/Moscow', 'DD.MM HH24:MI') AS at FROM notice "
        "WHERE person = :person AND kind = 'nobody_present' ORDER BY notice.at"
    )
    return [row["at"] for row in desk.rows(query, person=desk.people[login])]


def administrators(desk: Desk, message: str) -> list[int]:
    with desk.engine.begin() as connection:
        [case] = desk.rows("SELECT organisation FROM message_case WHERE id = :id", id=message)
        now = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
        return incidents.administrators(connection, case["organisation"], now)


def test_structure_of_a_later_day_moves_rights_at_midnight_and_what_waits_though_the_relay_was_down(desk: Desk) -> None:
    desk.at("2026-12-07 11:00")
    message, elsewhere = desk.accepted(), desk.accepted()
    desk.decide("coordinator", message, Action.TRANSFER_TO_SUBORDINATE, organisation="branch")
    with desk.engine.begin() as connection:
        over = {"role": "administrator", "subtree": True}
        for login, organisation in (("head", "polyclinic"), ("head_transport", "transport")):
            connection.execute(
                sa.insert(t.grant).values(over | {"person": desk.people[login], "organisation": organisation})
            )
        touch(connection)
    desk.change_person("coordinator_branch", active=False)
    publish(desk.database, desk.people, date(2026, 12, 8), branch="transport")
    desk.at("2026-12-07 18:00")
    desk.judge(message)
    day_before = told(desk, "head"), told(desk, "head_transport"), administrators(desk, message)
    sight = [seen(desk, "curator", message), midnight.settle_structure(desk.engine)]

    desk.at("2026-12-08 00:00")
    sight += [seen(desk, "curator", message), seen(desk, "head", message)]
    desk.at("2026-12-10 12:00")
    settled = [midnight.settle_structure(desk.engine), midnight.settle_structure(desk.engine)]
    rung = marked(desk.engine, after=NOWHERE, limit=10)
    desk.judge(message)

    of_polyclinic, of_transport = desk.people["head"], desk.people["head_transport"]
    everywhere = desk.people["administrator"]
    assert day_before == (["07.12 12:00"], [], sorted([of_polyclinic, everywhere]))
    assert sight == [True, False, False, False], "the curator of the polyclinic with all below sees it until midnight"
    assert (settled, rung) == ([True, False], [message]), f"{elsewhere} lies where nothing moved"
    assert (told(desk, "head"), told(desk, "head_transport")[0]) == (["07.12 12:00"], "08.12 10:00")
    assert administrators(desk, message) == sorted([of_transport, everywhere])
