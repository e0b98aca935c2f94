"""Errands on the real record: with whom they are, and who reads the message for it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from domain.vocabulary import Action
from storage import tables as t
from storage.reference import load_directory, moment, touch
from storage.sight import visible
from tests.activities.desk import Desk


def reads(desk: Desk, login: str, message: str) -> bool:
    """Whether the person may read the message now."""
    case = t.message_case
    with desk.database.engine.connect() as connection:
        may = visible(desk.people[login], load_directory(connection), moment(connection).now)
        return connection.execute(sa.select(case.c.id).where(case.c.id == message, may)).one_or_none() is not None


def test_heads_have_and_read_the_complaint_of_an_official_who_is_away(desk: Desk) -> None:
    official, message = desk.people["executor2"], desk.register()
    place = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
    with desk.database.engine.begin() as connection:
        polyclinic = sa.update(t.organisation).where(t.organisation.c.id == "polyclinic")
        connection.execute(polyclinic.values(complaints_official=official))
        touch(connection)
    desk.decide("moderator", message, Action.ACCEPT, **place)
    desk.decide("coordinator", message, Action.CONVERT, law="210-fz", reason="Отказ в услуге")
    with desk.database.engine.begin() as connection:
        now = moment(connection).now
        period = {"begins_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=3)}
        values = {"person": official, "code": "vacation", "entered_by": official, "substitutes": []}
        connection.execute(sa.insert(t.absence).values(values | period))
        # whoever became a head after the message was converted took no part in it
        connection.execute(sa.update(t.message_case).values(participants=[]))
        touch(connection)
    before = reads(desk, "head2", message)

    desk.judge(message)

    [errand] = desk.rows("SELECT person, pool, acting_for FROM errand WHERE case_id = :id", id=message)
    assert errand == {"person": None, "pool": "head", "acting_for": official}
    assert (before, reads(desk, "head2", message), reads(desk, "executor", message)) == (False, True, False)
