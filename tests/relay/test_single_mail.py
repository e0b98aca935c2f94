"""Invitations and support requests by mail, over the real record and real SMTP."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from uuid import uuid4

import pytest
from PIL import Image

from embedded.ports import free_port
from storage import attachments, invitations, support
from storage.reference import moment
from storage.support import Asked
from tests.relay.builders import Desk, Post, words_of
from tests.storage.documents import photo, telling


def invite(desk: Desk, login: str) -> str:
    with desk.engine.begin() as connection:
        at = moment(connection).now
        return invitations.put(connection, desk.people[login], desk.people["administrator"], at)


def ask(desk: Desk, *screens: str) -> int:
    asked = Asked(
        "Не открывается карточка",
        "Нажал «Открыть», вышла ошибка.",
        "Карточка должна была открыться.",
        {"number": "2026-0000123", "stage": "execution", "action": "submit_answer", "version": "0.1.0"},
        screens,
    )
    with desk.engine.begin() as connection:
        made = support.keep(connection, desk.people["executor"], str(uuid4()), asked)
    assert isinstance(made, int), made
    return made


def screen(desk: Desk, name: str = "Иванова.png") -> str:
    content = photo("PNG", exif=telling())
    stored = desk.files.store(io.BytesIO(content), name)
    with desk.engine.begin() as connection:
        return attachments.add(connection, stored, name, desk.people["executor"]).id


def token_in(words: str) -> str:
    found = re.search(r"/invitation\?token=(\S+)", words)
    assert found
    return found[1]


def test_invitation_leaves_at_any_hour_with_login_link_and_its_last_day(desk: Desk, post: Post) -> None:
    desk.at("2026-12-12 23:40")
    made = invite(desk, "executor")

    post.round()
    post.round()

    [letter] = post.to("executor")
    words = words_of(letter)
    assert letter["Subject"] == "Отклик: приглашение к работе"
    assert "Ваш логин: executor" in words
    assert "19 декабря 2026 года (суббота), 23:40" in words
    with desk.engine.connect() as connection:
        found = invitations.by_token(connection, token_in(words))
    assert found is not None
    assert found.id == made


def test_invitation_that_was_replaced_is_not_mailed(desk: Desk, post: Post) -> None:
    invite(desk, "executor")
    last = invite(desk, "executor")

    post.round()

    [letter] = post.to("executor")
    with desk.engine.connect() as connection:
        found = invitations.by_token(connection, token_in(words_of(letter)))
    assert found is not None
    assert found.id == last


def test_token_of_an_invitation_is_nowhere_in_the_record(desk: Desk, post: Post) -> None:
    invite(desk, "executor")
    post.round()
    token = token_in(words_of(post.to("executor")[0]))

    stored = str(desk.rows("SELECT * FROM invitation")) + str(desk.rows("SELECT * FROM staff_mail"))

    assert token not in stored


@pytest.mark.requirement("S2-59", "S2-60", "S3-75")
def test_request_reaches_the_desk_with_who_where_and_what(desk: Desk, post: Post) -> None:
    number = ask(desk)
    at_desk = replace(post, support=desk.address("support"))

    at_desk.round()

    [letter] = post.to("support")
    words = words_of(letter)
    assert letter["Subject"] == f"Отклик: заявка в поддержку № {number}"
    assert letter["Reply-To"] == desk.address("executor")
    for told in (
        "Сотрудник executor",
        "Городская поликлиника",
        "Номер сообщения: 2026-0000123",
        "Этап: Исполнение",
        "Действие: Подготовить ответ",
        "Версия системы: 0.1.0",
        "Нажал «Открыть», вышла ошибка.",
        "Карточка должна была открыться.",
    ):
        assert told in words
    assert desk.rows("SELECT sent_at FROM staff_mail")[0]["sent_at"] is not None


@pytest.mark.requirement("S3-75")
def test_screenshots_leave_with_the_request_without_their_names_and_what_the_device_told(
    desk: Desk, post: Post
) -> None:
    number = ask(desk, screen(desk), screen(desk))

    replace(post, support=desk.address("support")).round()

    [letter] = post.to("support")
    pictures = list(letter.iter_attachments())
    assert {picture.get_filename() for picture in pictures} == {f"{number}-1.png", f"{number}-2.png"}
    for picture in pictures:
        opened = Image.open(io.BytesIO(picture.get_content()))
        assert (opened.format, dict(opened.getexif()), opened.info) == ("PNG", {}, {})


def test_request_waits_until_a_mailbox_is_known_and_leaves_then(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 10:00")
    ask(desk)
    post.round()
    desk.at("2026-12-08 10:00")
    post.round()
    assert post.to("support") == []

    desk.at("2026-12-09 10:00")
    replace(post, support=desk.address("support")).round()

    [letter] = post.to("support")
    assert "Когда: 7 декабря 2026 года (понедельник), 10:00" in words_of(letter.get_body(("plain",)))


def test_request_outlives_a_server_that_is_down(desk: Desk, post: Post) -> None:
    ask(desk)

    replace(post, support=desk.address("support"), port=free_port()).round()
    with desk.engine.connect() as connection:
        [kept] = support.newest(connection, None, 10)

    assert kept.essence == "Нажал «Открыть», вышла ошибка."
    assert kept.sent_at is None
    assert post.to("support") == []


def test_texts_of_a_request_are_sealed_in_the_record(desk: Desk) -> None:
    ask(desk)

    [row] = desk.rows("SELECT cause, essence, expected FROM support_request")

    assert all(isinstance(row[name], memoryview) for name in ("cause", "essence", "expected"))
