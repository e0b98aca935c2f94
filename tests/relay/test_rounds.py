"""Days on which a head did not look: told to the curator once, when the next working day has begun. Source: S0, п. 2, 4."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t
from storage.reference import Reference, touch
from storage.round_days import tell_missed
from storage.rounds import look, overview
from storage.viewer import viewer_of
from tests.relay.builders import Desk, Post, words_of

MONDAY, TUESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 4)


def on_duty_since(desk: Desk, clock: str) -> None:
    """All heads have been heads since then."""
    desk.at(clock)
    now = sa.func.otklik_now()
    with desk.engine.begin() as connection:
        connection.execute(sa.update(t.person).values(created_at=now))
        connection.execute(sa.update(t.grant).values(granted_at=now))
        touch(connection)


def enter_absence(desk: Desk, login: str, *substitutes: PersonId, days_ago: int = 0) -> None:
    """He is ill since now, or some days ago, and nobody knows until when."""
    values = {"person": desk.people[login], "code": "sickness", "entered_by": desk.people[login]}
    begins_at = sa.func.otklik_now() - timedelta(days=days_ago)
    with desk.engine.begin() as connection:
        values |= {"substitutes": list(substitutes), "begins_at": begins_at}
        connection.execute(sa.insert(t.absence).values(values))
        touch(connection)


def missed(desk: Desk, login: str) -> list[date]:
    rows = desk.rows(
        "SELECT on_day FROM morning_round WHERE person = :who AND looked_at IS NULL ORDER BY on_day",
        who=desk.people[login],
    )
    return [row["on_day"] for row in rows]


def looked(desk: Desk, login: str) -> dict[str, Any]:
    with desk.engine.begin() as connection:
        viewer = viewer_of(connection, desk.reference, desk.people[login])
        look(connection, viewer)
    return desk.rows("SELECT * FROM morning_round WHERE person = :who", who=desk.people[login])[0]


def tell(desk: Desk) -> int:
    return tell_missed(desk.engine, Reference())


def questions(desk: Desk, reference: Reference) -> tuple[int, int]:
    """How many days were missed, and how many statements it took to learn that."""
    asked: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    sa.event.listen(desk.engine, "before_cursor_execute", hear)
    try:
        return tell_missed(desk.engine, reference), len(asked)
    finally:
        sa.event.remove(desk.engine, "before_cursor_execute", hear)


@pytest.mark.requirement("S0-06", "S0-11")
def test_missed_working_day_is_told_to_the_curator_once_when_the_next_has_begun(desk: Desk, post: Post) -> None:
    on_duty_since(desk, "2026-12-04 08:00")
    desk.at("2026-12-04 12:00")
    looked(desk, "head")

    desk.at("2026-12-07 08:59")
    before = tell(desk)
    desk.at("2026-12-07 09:00:10")
    told = [tell(desk), tell(desk)]
    post.round()

    assert before == 0
    assert told == [3, 0]
    assert (missed(desk, "head"), missed(desk, "head2")) == ([], [FRIDAY])
    letters = [one for one in post.to("curator") if "просмотра" in one["Subject"]]
    assert len(letters) == 1
    text = words_of(letters[0])
    assert "04.12.2026: Сотрудник head2" in text
    assert "Сотрудник head_transport" not in text
    assert "Сотрудник head," not in text
    assert "https://otklik.example/rounds" in text


def test_between_two_mornings_missed_days_cost_one_question_a_minute(desk: Desk) -> None:
    on_duty_since(desk, "2026-12-04 08:00")
    reference = Reference()
    desk.at("2026-12-07 09:00:10")
    told, _ = questions(desk, reference)

    quiet = questions(desk, reference)
    with desk.engine.begin() as connection:
        touch(connection)
    _, after_a_change = questions(desk, reference)
    desk.at("2026-12-08 09:00:10")
    next_morning, _ = questions(desk, reference)

    assert (told, next_morning) == (4, 4)
    assert quiet == (0, 1)
    assert after_a_change > 1


def test_weekend_and_a_day_of_absence_are_not_missed(desk: Desk) -> None:
    on_duty_since(desk, "2026-12-05 08:00")
    desk.at("2026-12-08 10:00")
    enter_absence(desk, "head2", days_ago=2)

    tell(desk)

    assert missed(desk, "head") == [MONDAY]
    assert missed(desk, "head2") == []


@pytest.mark.requirement("S0-11")
def test_curator_is_told_why_nobody_looked_in_the_place_of_an_absent_head(desk: Desk, post: Post) -> None:
    on_duty_since(desk, "2026-12-04 07:00")
    enter_absence(desk, "head")
    enter_absence(desk, "head2", desk.people["head"])

    desk.at("2026-12-07 09:00:10")
    told = tell(desk)
    post.round()

    rows = desk.rows("SELECT person, by_person FROM morning_round WHERE told_at IS NOT NULL ORDER BY person")
    by = {row["person"]: row["by_person"] for row in rows}
    assert told == len(by)
    assert (by[desk.people["head"]], by[desk.people["head2"]]) == (None, None)
    text = words_of(next(one for one in post.to("curator") if "просмотра" in one["Subject"]))
    assert "Сотрудник head2, руководитель" in text
    assert text.count("руководитель отсутствует, замещающего нет") == 2


@pytest.mark.requirement("S0-11")
def test_substitute_who_heads_the_same_looks_for_the_absent_head_and_the_record_says_so(desk: Desk) -> None:
    on_duty_since(desk, "2026-12-04 07:00")
    desk.at("2026-12-04 08:00")
    desk.accepted()
    enter_absence(desk, "head", desk.people["head2"])
    desk.at("2026-12-04 10:00")

    looked(desk, "head2")
    desk.at("2026-12-07 09:00:10")
    tell(desk)

    rows = desk.rows("SELECT * FROM morning_round WHERE looked_at IS NOT NULL ORDER BY person")
    assert {(row["person"], row["by_person"]) for row in rows} == {
        (desk.people["head"], desk.people["head2"]),
        (desk.people["head2"], desk.people["head2"]),
    }
    assert {(row["waiting"], row["fresh"]) for row in rows} == {(1, 1)}
    assert (missed(desk, "head"), missed(desk, "head2")) == ([], [])


def test_first_look_of_a_day_stands_with_what_there_was(desk: Desk) -> None:
    on_duty_since(desk, "2026-12-08 08:00")
    desk.at("2026-12-08 09:10")
    desk.accepted()
    first = looked(desk, "head")
    desk.at("2026-12-08 15:00")
    desk.accepted()

    again = looked(desk, "head")

    assert again == first
    assert (first["on_day"], first["fresh"], first["waiting"], first["overdue"]) == (TUESDAY, 1, 1, 0)


def test_head_looks_over_what_lies_where_he_is_head_and_nothing_else(desk: Desk) -> None:
    desk.at("2026-12-08 09:10")
    message = desk.accepted()
    with desk.engine.connect() as connection:
        mine = overview(connection, viewer_of(connection, desk.reference, desk.people["head"]))
        other = overview(connection, viewer_of(connection, desk.reference, desk.people["head_transport"]))
        of_roads = overview(connection, viewer_of(connection, desk.reference, desk.people["head3"]))

    assert [row["id"] for row in mine.rows] == [message]
    assert not mine.rows[0]["opens"]
    assert (other.rows, of_roads.rows) == ([], [])
