"""What an order asks is told: when it is given, when its day is near, when it is over; then to who controls the order too."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from domain.measures import Tell, to_tell
from storage import tables as t
from storage.measures import Onlooker, waiting
from storage.reference import Reference, load_directory, moment, touch
from storage.telling_measures import tell_measures
from tests.relay.builders import Desk, Post, words_of

FRIDAY, SATURDAY = date(2026, 12, 18), date(2026, 12, 19)


@pytest.mark.parametrize(
    ("today", "told"),
    [(date(2026, 12, 14), Tell.GIVEN), (date(2026, 12, 15), Tell.SOON), (FRIDAY, Tell.SOON), (SATURDAY, Tell.OVERDUE)],
)
def test_measure_is_given_then_near_then_overdue(today: date, told: Tell) -> None:
    assert to_tell(FRIDAY, today) is told


def put_down(desk: Desk, title: str, **values: Any) -> int:
    """A measure of the order, due on Friday, of the polyclinic; its number."""
    with desk.engine.begin() as connection:
        row = {"order_code": "S0", "kind": "train", "title": title, "organisation": "polyclinic", "due_on": FRIDAY}
        made = sa.insert(t.measure).values(row | values).returning(t.measure.c.id)
        number: int = connection.execute(made).scalar_one()
        touch(connection)
    return number


def ordered(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        values = {"code": "S0", "title": "О работе", "body": "Минздрав", "number": "1031пр", "signed_on": FRIDAY}
        connection.execute(sa.insert(t.order).values(values | {"controller": desk.people["chief"]}))


def told(desk: Desk, post: Post, clock: str, reference: Reference) -> int:
    desk.at(clock)
    found = tell_measures(desk.engine, reference)
    post.deliver()
    return found


def mails(post: Post, login: str) -> list[EmailMessage]:
    return [one for one in post.to(login) if "меры по приказам" in one["Subject"]]


@pytest.mark.requirement("S0-19")
def test_measure_is_told_to_who_does_it_by_one_mail_recalled_and_told_to_the_controller_when_overdue(
    desk: Desk, post: Post
) -> None:
    desk.at("2026-12-07 10:00")
    ordered(desk)
    mine = put_down(desk, "Обучить операторов", person=desk.people["executor"], clause="S0, п. 5")
    put_down(desk, "Провести сессию", person=desk.people["executor"])
    done = put_down(desk, "Издать памятку", person=desk.people["executor2"])
    reference = Reference()

    at_night = told(desk, post, "2026-12-07 03:00", reference)
    given = [told(desk, post, "2026-12-07 10:01", Reference()), told(desk, post, "2026-12-07 11:00", reference)]
    with desk.engine.begin() as connection:
        values = {"done_at": sa.func.otklik_now(), "done_by": desk.people["executor2"], "evidence": "Издана."}
        connection.execute(sa.update(t.measure).where(t.measure.c.id == done).values(values))
    soon = [told(desk, post, f"2026-12-15 {clock}", reference) for clock in ("09:30", "10:30")]
    overdue = [told(desk, post, f"2026-12-21 {clock}", reference) for clock in ("09:30", "10:30")]
    with desk.engine.connect() as connection:
        chief = Onlooker.of(load_directory(connection), desk.people["chief"], moment(connection).now)
        counted = waiting(connection, chief)
    weekly = [told(desk, post, f"2026-12-{day} 09:30", reference) for day in (25, 28)]
    with desk.engine.begin() as connection:
        connection.execute(sa.update(t.measure).where(t.measure.c.id == mine).values(due_on=date(2027, 2, 1)))
        touch(connection)
    again = told(desk, post, "2026-12-28 11:30", reference)

    assert (at_night, given, soon, overdue, weekly, again) == (0, [2, 0], [1, 0], [2, 0], [0, 2], 1)
    assert counted == 2, "what is overdue waits for who controls the order"
    assert [one["Subject"] for one in mails(post, "executor")] == [
        "Отклик: меры по приказам (новых: 2)",
        "Отклик: меры по приказам (скоро срок: 2)",
        "Отклик: меры по приказам (просрочено: 2)",
        "Отклик: меры по приказам (просрочено: 2)",
        "Отклик: меры по приказам (новых: 1)",
    ]
    assert len(mails(post, "executor2")) == 1
    to_chief = mails(post, "chief")
    assert [one["Subject"] for one in to_chief] == ["Отклик: меры по приказам (просрочено у других: 2)"] * 2
    assert "Вы контролируете исполнение приказа" in words_of(to_chief[0])
    text = words_of(mails(post, "executor")[0])
    assert "до 18.12.2026: Обучить операторов (приказ № 1031пр от 18.12.2026, S0, п. 5); Городская поликлиника" in text
    assert "https://otklik.example/measures" in text


def test_measure_of_a_unit_without_a_head_waits_and_readers_are_told_until_they_have_read(
    desk: Desk, post: Post
) -> None:
    desk.at("2026-12-07 10:00")
    ordered(desk)
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(t.unit).values(id="law", organisation="polyclinic", title="Юристы"))
    number = put_down(desk, "Ознакомить", kind="acquaint", unit="law")
    with desk.engine.begin() as connection:
        for login in ("head", "head2"):
            row = {"measure": number, "person": desk.people[login], "organisation": "polyclinic"}
            connection.execute(sa.insert(t.acknowledgement).values(row))
        read = sa.update(t.acknowledgement).where(t.acknowledgement.c.person == desk.people["head2"])
        connection.execute(read.values(acknowledged_at=sa.func.otklik_now()))

    assert told(desk, post, "2026-12-07 10:01", Reference()) == 1
    assert [len(mails(post, login)) for login in ("head", "head2")] == [1, 0]


def test_who_has_no_address_is_told_of_a_measure_when_he_has_one(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 10:00")
    ordered(desk)
    desk.change_person("executor", email=None)
    put_down(desk, "Обучить операторов", person=desk.people["executor"])

    without = told(desk, post, "2026-12-07 10:01", Reference())
    desk.change_person("executor", email=desk.address("executor"))
    after = told(desk, post, "2026-12-07 10:02", Reference())

    assert (without, after) == (0, 1)
    assert len(mails(post, "executor")) == 1
