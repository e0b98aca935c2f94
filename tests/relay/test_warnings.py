"""Warnings over the real record and real SMTP: before the night of whoever is told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.vocabulary import Role
from storage import tables as t
from tests.relay.builders import Desk, Post, words_of

MOSCOW = ZoneInfo("Europe/Moscow")


def test_warning_of_a_term_that_ends_at_night_arrives_before_it(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 12:30")
    message = desk.register(timedelta(hours=12))  # 36 hours of moderation: the warning falls at 03:30
    desk.at("2026-12-07 17:30:05")
    desk.judge(message)

    desk.at("2026-12-07 17:30:40")
    post.round()

    assert "срок этапа подходит" in words_of(post.to("moderator")[-1])
    assert len(post.to("moderator")) == 1


def test_warning_just_before_the_night_is_told_singly_and_at_once(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 17:40")
    message = desk.assigned(timedelta(days=29, hours=20))  # four hours are left: the warning falls at 20:00
    desk.judge(message)

    post.round()

    [subject] = [subject for subject in post.subjects("executor") if "срочно" in subject]
    assert subject.startswith("Отклик: срочно, срок этапа подходит, сообщение № 20")


def test_warning_that_could_not_leave_before_its_term_is_dropped(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 18:10")
    message = desk.assigned(timedelta(days=29, hours=20))
    desk.at("2026-12-08 03:00")
    desk.judge(message)

    desk.at("2026-12-08 09:01")
    post.round()

    notices = desk.rows("SELECT kind FROM notice WHERE case_id = :id", id=message)
    assert "stage_warning" in {row["kind"] for row in notices}
    words = "".join(map(words_of, post.to("executor")))
    assert "срок этапа истёк" in words
    assert "срок этапа подходит" not in words


def test_outage_over_several_moments_loses_nobodys_warning(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        row = {"role": Role.COORDINATOR.value, "organisation": "polyclinic"}
        connection.execute(sa.insert(t.grant).values(person=desk.people["coordinator_branch"], **row))
    desk.change_organisation("branch", time_zone="Asia/Vladivostok")
    desk.at("2026-12-07 16:00")
    message = desk.accepted()  # the warning falls on the 8th at 19:00, and at 02:00 in Vladivostok

    desk.at("2026-12-08 18:10")
    desk.judge(message)

    rows = desk.rows("SELECT person, at FROM notice WHERE case_id = :id AND kind = 'stage_warning'", id=message)
    told = {row["person"]: f"{row['at'].astimezone(MOSCOW):%d %H:%M}" for row in rows}
    assert told == {
        desk.people["coordinator_branch"]: "08 10:30",
        desk.people["coordinator"]: "08 17:30",
        desk.people["curator"]: "08 17:30",
    }
