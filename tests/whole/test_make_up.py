"""`make up ARGS="--day 4s"` as an ordinary user: from nothing to deadlines that can be watched, by real timers.

A checkout whose path has spaces and Cyrillic, no HOME, everything fetched and installed anew. Where root runs the tests, the
ordinary user is `nobody`.
"""

from __future__ import annotations

import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest

from api.hardening import DAY_HEADER
from domain.words import shortened_notice
from embedded import ports
from embedded.demo_api import Refused
from embedded.processes import Account
from tests.whole.stack import PARTS, Otklik, closed_home, free_base, uid_of, wait_for, whoever_runs_this

pytestmark = pytest.mark.timeout(600)  # the first start installs everything

DAY = timedelta(seconds=4)
SOON = timedelta(seconds=10)
"""How late a timer may be on a machine that is busy with other tests; alone it is a few hundredths of a second."""


@pytest.fixture(scope="module")
def otklik() -> Iterator[Otklik]:
    """A stack with a shortened day, for the first time."""
    account = Account.named("nobody") if os.geteuid() == 0 else whoever_runs_this()
    with closed_home(account, "обычный человек") as checkout:
        stack = Otklik(checkout, free_base(14_000), account, f"--day {DAY.seconds}s")
        try:
            print(f"screen after a fresh installation: {stack.start():.1f} s")
            # here and not in a test: those come in any order, start the stack again and register messages
            assert "Готовим виртуальное окружение" in stack.said
            assert len(stack.rows("SELECT id FROM message")) == 36
            yield stack
        finally:
            if stack.runs:
                stack.finish(signal.SIGINT)


def call(**fields: Any) -> dict[str, Any]:
    return {"channel": "phone", "text": "Не горит фонарь у школы.", "applicant": {"name": "Имя"}} | fields


def register(otklik: Otklik, **fields: Any) -> str:
    return str(otklik.api().post("operator", "/messages", call(**fields), str(uuid4()))["id"])


def happened(otklik: Otklik, message: str, event: str) -> list[dict[str, Any]]:
    query = "SELECT * FROM journal WHERE case_id = :id AND event = :event ORDER BY seq"
    return otklik.rows(query, id=message, event=event)


def test_everything_runs_as_the_ordinary_user_who_has_no_home(otklik: Otklik) -> None:
    assert {uid_of(otklik.pid(part)) for part in PARTS} == {otklik.account.uid}
    assert otklik.state == otklik.checkout / ".otklik"
    assert {path.stat().st_uid for path in otklik.checkout.iterdir()} == {otklik.account.uid}


def test_stage_of_a_shortened_day_is_warned_and_overdue_at_its_moments(otklik: Otklik) -> None:
    message = register(otklik)
    (case,) = otklik.rows("SELECT * FROM message_case WHERE id = :id", id=message)

    wait_for(lambda: happened(otklik, message, "StageOverdue"), 30)

    (warned,), (overdue,) = happened(otklik, message, "StageWarned"), happened(otklik, message, "StageOverdue")
    term = case["stage_due_at"] - case["entered_at"]
    assert term == 0.05 * 30 * DAY
    quarter = timedelta(seconds=int(term.total_seconds() / 4))  # whole seconds, rounded down
    assert warned["at"] == case["stage_due_at"] - quarter < case["stage_due_at"]
    assert overdue["at"] == case["stage_due_at"]
    for row in (warned, overdue):
        print(f"{row['event']} recorded {(row['recorded_at'] - row['at']).total_seconds():.3f} s after it fell due")
        assert timedelta() <= row["recorded_at"] - row["at"] < SOON
    told = [one for one in otklik.api().get("moderator", "/notices?limit=100")["notices"] if one["message"] == message]
    assert {one["kind"]["code"] for one in told} >= {"task_arrived", "stage_warning", "stage_overdue"}


def test_whole_message_of_a_shortened_day_is_overdue_at_its_moment(otklik: Otklik) -> None:
    received_at = datetime.now(UTC) - 29 * DAY
    message = register(otklik, received_at=received_at.isoformat())
    (case,) = otklik.rows("SELECT due_at FROM message_case WHERE id = :id", id=message)

    wait_for(lambda: happened(otklik, message, "MessageOverdue"), 30)

    (overdue,) = happened(otklik, message, "MessageOverdue")
    assert case["due_at"] == overdue["at"] == received_at + 30 * DAY
    assert timedelta() <= overdue["recorded_at"] - overdue["at"] < SOON


def test_sixty_days_of_intake_shrink_too(otklik: Otklik) -> None:
    register(otklik, received_at=(datetime.now(UTC) - 58 * DAY).isoformat())

    with pytest.raises(Refused) as refused:
        register(otklik, received_at=(datetime.now(UTC) - 61 * DAY).isoformat())

    assert refused.value.code == "received_too_early"


def test_postponement_is_refused_with_the_reason_that_dates_are_real(otklik: Otklik) -> None:
    api, message = otklik.api(), register(otklik)
    people = {row["login"]: row["id"] for row in otklik.rows("SELECT login, id FROM person")}
    way = [
        ("moderator", "accept", {"category": "roads", "subcategory": "roads.lighting", "organisation": "ministry"}),
        ("coordinator", "assign", {"executor": people["executor"]}),
        ("executor", "start_work", {}),
    ]
    for version, (login, action, parameters) in enumerate(way):
        decide(otklik, login, message, {"action": action, "version": version, "parameters": parameters})
    later = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    answer = {"type": "postponed", "text": "Ждём опору.", "postponed_until": later, "approver": people["head2"]}

    with pytest.raises(Refused, match="день срока укорочен для показа") as refused:
        api.post(
            "executor",
            f"/messages/{message}/decisions",
            {"action": "submit_answer", "version": 3, "parameters": answer},
            str(uuid4()),
        )

    assert (refused.value.status, refused.value.code) == (422, "postponement_shortened_day")


def decide(otklik: Otklik, login: str, message: str, body: dict[str, Any]) -> None:
    """The decision is accepted."""
    path = f"/messages/{message}/decisions"
    made = otklik.api().post(login, path, body, str(uuid4()))
    wait_for(lambda: otklik.api().get(login, f"{path}/{made['id']}")["state"] == "accepted", 30)


SAYING = ("/sign-in", "/", "/no-such-page", "/track", "/docs", "/openapi.json", "/api/v1/installation")
"""Whoever opens these reads it; without a session the workplace shows its sign-in."""
ANSWERING = ("/api/v1/regulations", "/api/v1/messages", "/api/v1/nothing", "/health/live")
"""Whoever asks these is told by a header, whatever the answer is."""


def test_every_screen_tells_of_the_shortened_day(otklik: Otklik) -> None:
    notice = shortened_notice(DAY.seconds)
    assert notice
    base = f"http://{ports.LOOPBACK}:{otklik.addresses.api_port}"

    for path in (*SAYING, *ANSWERING):
        headers, body = fetched(base + path)
        assert headers[DAY_HEADER.decode()] == str(DAY.seconds), path
        assert path in ANSWERING or notice[:-1] in body, path
    _, letters = fetched(f"http://{ports.LOOPBACK}:{otklik.addresses.mail_page_port}/")
    assert notice in letters
    assert f"Сутки всех сроков длятся {DAY.seconds} с" in otklik.said


def fetched(url: str) -> tuple[dict[str, str], str]:
    """Headers, by small letters, and body, also of an error."""
    try:
        answer = urllib.request.urlopen(url, timeout=10)
    except HTTPError as error:
        answer = error
    with answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read().decode()


def test_second_make_up_installs_nothing_and_finds_data_and_day_again(otklik: Otklik) -> None:
    messages = otklik.rows("SELECT id FROM message ORDER BY id")

    otklik.finish(signal.SIGINT)

    assert "Останавливаем" in otklik.said
    assert all(ports.is_free(port) for port in otklik.addresses.ports().values())
    otklik.arguments = ""
    print(f"screen again: {otklik.start():.1f} s")
    assert not re.search("Готовим виртуальное|Устанавливаем|Папка переехала", otklik.said)
    assert f"Сутки всех сроков длятся {DAY.seconds} с" in otklik.said
    assert otklik.rows("SELECT id FROM message ORDER BY id") == messages
