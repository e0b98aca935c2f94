"""One-time codes leave by real SMTP, while they are good, and to nobody who does not wait for them any more."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from activities.mail import MailServer
from embedded.mail_server import MailCatcher
from embedded.ports import free_port
from relay.short_letters import ShortPost
from storage import calls, public_drafts, short_letters
from storage.public_drafts import CODE_LIFETIME
from storage.reference import moment
from storage.types import keys_in_use
from tests.relay.builders import SENDER, Desk, words_of


def post_of(desk: Desk, port: int) -> ShortPost:
    server = MailServer("127.0.0.1", port, "none", None, None, timedelta(seconds=5))
    return ShortPost(desk.engine, desk.reference, server, SENDER, "https://otklik.example/")


def ordered(desk: Desk, email: str) -> str:
    """A code is on its way to this address; the draft's key."""
    with desk.engine.begin() as connection:
        key = public_drafts.begin(connection, {"applicant": {"email": email}})
        order_again(connection, key, email)
    return key


def order_again(connection: sa.Connection, key: str, email: str) -> None:
    draft = public_drafts.find(connection, key, lock=True)
    assert draft is not None
    public_drafts.order_code(connection, draft, email)


def to(mail: MailCatcher, email: str) -> list[EmailMessage]:
    return [letter for letter in mail.letters() if letter["Delivered-To"].endswith(email)]


def lost_code(desk: Desk, number: str, email: str) -> None:
    with desk.engine.begin() as connection:
        short_letters.ask_for_tracking_code(connection, number, email)


def registered(desk: Desk, email: str) -> dict[str, Any]:
    """A message of this address."""
    message = desk.register()
    index = keys_in_use().blind_index(email, "message.email")
    desk.database.owner("UPDATE message SET email_index = :index WHERE id = :id", index=index, id=message)
    return desk.rows("SELECT id, number FROM message WHERE id = :id", id=message)[0]


def issue(desk: Desk, message: dict[str, Any]) -> int:
    return int(desk.rows("SELECT code_issue FROM message WHERE id = :id", id=message["id"])[0]["code_issue"])


@pytest.fixture
def email(desk: Desk) -> str:
    return f"applicant-{desk.suffix}@example.org"


def test_letter_carries_the_code_that_the_draft_waits_for(desk: Desk, mail: MailCatcher, email: str) -> None:
    ordered(desk, email)

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    [letter] = to(mail, email)
    [draft] = desk.rows("SELECT id FROM public_draft")
    code = keys_in_use().one_time_code(UUID(str(draft["id"])), 1, email)
    assert letter["Subject"] == "Код подтверждения"
    assert re.findall(r"\b[0-9]{6}\b", words_of(letter)) == [code]
    assert "15 минут" in words_of(letter)
    assert "Министерство здравоохранения" in words_of(letter)
    assert desk.rows("SELECT sent_at IS NOT NULL AS sent FROM short_letter") == [{"sent": True}]


def test_letter_is_sent_once(desk: Desk, mail: MailCatcher, email: str) -> None:
    ordered(desk, email)
    post = post_of(desk, mail.smtp_port)

    asyncio.run(post.deliver_all())
    asyncio.run(post.deliver_all())

    assert len(to(mail, email)) == 1


def test_code_that_another_replaced_or_that_is_too_old_is_not_sent(desk: Desk, mail: MailCatcher, email: str) -> None:
    key = ordered(desk, email)
    with desk.engine.begin() as connection:
        order_again(connection, key, email)
    late = f"late-{email}"
    ordered(desk, late)
    desk.database.owner("UPDATE short_letter SET next_try_at = '-infinity'")

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())
    assert len(to(mail, email)) == 2  # the second code, and the one to «late-…», whose address ends alike

    ordered(desk, f"old-{email}")
    desk.database.shift_clock(CODE_LIFETIME.total_seconds() + 1)
    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    assert to(mail, f"old-{email}") == []
    states = desk.rows("SELECT failure FROM short_letter WHERE sent_at IS NULL")
    assert [row["failure"] for row in states] == ["not_wanted"] * 2


def test_server_that_is_away_is_asked_again_soon(desk: Desk, mail: MailCatcher, email: str) -> None:
    ordered(desk, email)

    asyncio.run(post_of(desk, free_port()).deliver_all())
    [failed] = desk.rows("SELECT failure, next_try_at - otklik_now() AS wait FROM short_letter")
    desk.database.shift_clock(6)
    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    assert failed["failure"] == "ConnectionRefusedError"
    assert timedelta(0) < failed["wait"] <= timedelta(seconds=5)
    assert len(to(mail, email)) == 1


def test_refused_recipient_is_given_up_and_keeps_no_other_letter(desk: Desk, mail: MailCatcher, email: str) -> None:
    ordered(desk, f"refuse-{email}")
    ordered(desk, email)

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    assert len(to(mail, f"applicant-{desk.suffix}@example.org")) == 1
    [refused] = desk.rows("SELECT failure FROM short_letter WHERE sent_at IS NULL")
    assert refused["failure"].startswith("recipient_")


def test_lost_code_is_replaced_told_to_its_contact_and_journalled(desk: Desk, mail: MailCatcher, email: str) -> None:
    message = registered(desk, email)
    lost_code(desk, message["number"], email)

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    [letter] = to(mail, email)
    assert issue(desk, message) == 2
    assert keys_in_use().tracking_code(UUID(str(message["id"])), 2) in words_of(letter)
    assert "https://otklik.example/track" in words_of(letter)
    [row] = desk.rows("SELECT person FROM journal WHERE event = 'TrackingCodeReissued'")
    assert row["person"] is None


def test_letter_about_a_lost_code_that_is_tried_again_brings_the_same_code(
    desk: Desk, mail: MailCatcher, email: str
) -> None:
    message = registered(desk, email)
    lost_code(desk, message["number"], email)

    asyncio.run(post_of(desk, free_port()).deliver_all())
    desk.database.shift_clock(6)
    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    assert issue(desk, message) == 2
    assert len(to(mail, email)) == 1


def test_summary_of_a_call_is_sent_and_the_call_knows(desk: Desk, mail: MailCatcher, email: str) -> None:
    steps = [{"who": "Мы", "when": "до 5 августа", "what": "пришлём ответ"}]
    with desk.engine.begin() as connection:
        call = calls.find(connection, calls.begin(connection, moment(connection), desk.people["operator"], "phone"))
        assert call is not None
        calls.change(connection, call, {"steps": steps})
        calls.order_summary(connection, call, email)

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    [letter] = to(mail, email)
    assert letter["Subject"] == "Итог разговора"
    assert "Мы, до 5 августа: пришлём ответ." in words_of(letter)
    assert desk.rows("SELECT summary_sent_at IS NOT NULL AS sent FROM call") == [{"sent": True}]


def test_who_is_not_the_contact_gets_nothing_and_voids_nothing(desk: Desk, mail: MailCatcher, email: str) -> None:
    message = registered(desk, email)
    stranger = f"stranger-{desk.suffix}@example.org"
    lost_code(desk, message["number"], stranger)
    lost_code(desk, "1999-0000001", email)

    asyncio.run(post_of(desk, mail.smtp_port).deliver_all())

    assert to(mail, email) == to(mail, stranger) == []
    assert issue(desk, message) == 1
    failures = desk.rows("SELECT failure, message FROM short_letter")
    assert failures == [{"failure": "not_wanted", "message": None}] * 2
