"""One letter and one mail server, which may be slow, silent, unclear or gone. Source: G-49."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from activities.beating import LOST
from activities.deliver import Delivering
from activities.mail import TryAgain
from domain.vocabulary import LetterState
from embedded.ports import free_port
from storage import letters
from tests.activities.desk import Desk, text_of
from tests.activities.scripted_smtp import ScriptedSmtp
from workflows.process import SIGN_OF_LIFE

TO = "applicant@example.org"
AGAIN = "Возможно, вы уже получили это письмо"
DAY = timedelta(days=1).total_seconds()
SOON = timedelta(milliseconds=10)


@pytest.fixture
def message(desk: Desk) -> str:
    return desk.register()


@pytest.fixture
def letter(desk: Desk, message: str) -> str:
    return str(desk.letter(message)["id"])


@pytest.fixture
def postman(desk: Desk, smtp: ScriptedSmtp) -> Delivering:
    return desk.delivering(smtp.port)


def outcome(desk: Desk, message: str) -> tuple[str, int, bool, str | None]:
    row = desk.letter(message)
    return row["state"], row["attempts"], row["doubtful"], row["failure"]


def begin_and_die(desk: Desk, letter: str) -> None:
    """As a worker does that is killed between «begun» and the outcome."""
    with desk.database.engine.begin() as connection:
        seen = letters.lock(connection, letter)
        assert seen is not None
        letters.begin(connection, letter, seen.attempts)


def test_letter_is_sent_once(desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str) -> None:
    assert postman.deliver(letter) == LetterState.SENT
    assert postman.deliver(letter) == LetterState.SENT

    assert outcome(desk, message) == ("sent", 1, False, None)
    assert len(smtp.letters(TO)) == 1


@pytest.mark.parametrize("farewell", ["421 too busy to say goodbye", "nonsense"])
def test_sent_letter_stays_sent_whatever_the_server_says_to_quit(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, farewell: str
) -> None:
    smtp.reply("quit", farewell)

    postman.deliver(letter)

    assert outcome(desk, message) == ("sent", 1, False, None)


@pytest.mark.parametrize(
    ("stage", "reply", "code"),
    [
        ("rcpt", "550 no such mailbox", "recipient_550"),
        ("mail", "552 too big", "too_large"),
        ("data", "554 no", "data_554"),
        ("stored", "554 spam", "content_554"),
    ],
)
@pytest.mark.requirement("S2-47")
def test_letter_refused_for_good_becomes_a_task(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, stage: str, reply: str, code: str
) -> None:
    smtp.reply(stage, reply)

    assert postman.deliver(letter) == LetterState.REFUSED

    assert desk.letter(message)["failure"] == code
    desk.judge(message)
    row = desk.letter(message)
    assert (row["state"], row["task_due_at"] is not None) == ("task", True)
    told = desk.rows("SELECT person FROM notice WHERE case_id = :id AND kind = 'handover_arrived'", id=message)
    assert [one["person"] for one in told] == [desk.people["operator"]]


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("connect", "421 not now"),
        ("mail", "451 later"),
        ("mail", "550 we do not know you"),
        ("rcpt", "451 greylisted"),
        ("data", "451 later"),
        ("data", "nonsense"),
        ("stored", "451 disk full"),
    ],
)
def test_letter_that_was_not_taken_is_sent_later_without_doubt(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, stage: str, reply: str
) -> None:
    smtp.reply(stage, reply)

    with pytest.raises(TryAgain):
        postman.deliver(letter)

    assert outcome(desk, message) == ("pending", 0, False, None)
    assert postman.deliver(letter) == LetterState.SENT
    assert outcome(desk, message) == ("sent", 1, False, None)
    assert AGAIN not in text_of(smtp.letters(TO)[-1])


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data"])
def test_connection_lost_before_the_content_leaves_no_doubt(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, stage: str
) -> None:
    smtp.hang_up(stage)

    with pytest.raises(TryAgain):
        postman.deliver(letter)

    assert outcome(desk, message) == ("pending", 0, False, None)
    postman.deliver(letter)
    assert outcome(desk, message) == ("sent", 1, False, None)
    assert len(smtp.letters(TO)) == 1


def test_server_that_is_down_or_mute_costs_nothing_but_time(desk: Desk, smtp: ScriptedSmtp) -> None:
    message = desk.register()
    letter = desk.letter(message)["id"]
    pause = smtp.pause("connect")

    with pytest.raises(TryAgain, match="ConnectionRefusedError"):
        desk.delivering(free_port()).deliver(letter)
    with pytest.raises(TryAgain):
        desk.delivering(smtp.port, seconds=0.2).deliver(letter)

    assert outcome(desk, message) == ("pending", 0, False, None)
    pause.let_go()


@pytest.mark.parametrize("unclear", ["250", "nonsense", "354 more", ""])
def test_letter_without_a_clear_outcome_is_sent_once_more_and_marked(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, unclear: str
) -> None:
    if unclear in {"nonsense", "354 more"}:
        smtp.reply("stored", unclear)
    else:
        smtp.hang_up("content" if unclear else "stored")
    with pytest.raises(TryAgain):
        postman.deliver(letter)
    assert outcome(desk, message) == ("begun", 1, False, None)

    assert postman.deliver(letter) == LetterState.SENT

    assert outcome(desk, message) == ("sent", 2, True, None)
    *first, last = smtp.letters(TO)
    assert len(first) <= 1
    assert AGAIN in text_of(last)
    assert all(one["Message-ID"] == last["Message-ID"] for one in first)


@pytest.mark.parametrize("doubtful", [False, True])
def test_journal_says_whether_the_letter_may_have_gone_out_twice(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, doubtful: bool
) -> None:
    if doubtful:
        smtp.hang_up("stored")
        with pytest.raises(TryAgain):
            postman.deliver(letter)

    postman.deliver(letter)
    desk.judge(message)

    (row,) = desk.rows("SELECT facts FROM journal WHERE case_id = :id AND event = 'LetterSent'", id=message)
    assert row["facts"] == {"letter": letter, "kind": "registration", "doubtful": doubtful}


def test_letter_in_doubt_twice_becomes_a_task_and_is_not_sent_again(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    smtp.hang_up("stored", times=2)
    for _ in range(2):
        with pytest.raises(TryAgain):
            postman.deliver(letter)

    assert postman.deliver(letter) == LetterState.REFUSED

    assert outcome(desk, message) == ("refused", 2, True, "doubtful_twice")
    assert len(smtp.letters(TO)) == 2


def test_doubt_about_the_first_sending_survives_a_refusal_for_now(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    smtp.hang_up("stored")
    smtp.reply("data", "451 later")
    for _ in range(2):
        with pytest.raises(TryAgain):
            postman.deliver(letter)

    assert postman.deliver(letter) == LetterState.SENT

    assert outcome(desk, message) == ("sent", 2, True, None)
    assert AGAIN in text_of(smtp.letters(TO)[-1])


def test_letter_of_a_killed_worker_waits_until_nobody_can_be_at_it(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    begin_and_die(desk, letter)

    with pytest.raises(TryAgain, match="under_way"):
        postman.deliver(letter)
    desk.database.shift_clock(LOST.total_seconds() + 1)

    assert postman.deliver(letter) == LetterState.SENT
    assert outcome(desk, message) == ("sent", 2, True, None)


def test_letter_that_two_killed_workers_began_becomes_a_task(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    begin_and_die(desk, letter)
    begin_and_die(desk, letter)
    desk.database.shift_clock(LOST.total_seconds() + 1)

    assert postman.deliver(letter) == LetterState.REFUSED

    assert outcome(desk, message)[3] == "doubtful_twice"
    assert smtp.letters(TO) == []


@pytest.mark.parametrize("stage", ["connect", "rcpt", "data", "stored"])
def test_slow_sending_gives_signs_of_life(smtp: ScriptedSmtp, postman: Delivering, letter: str, stage: str) -> None:
    alive = threading.Semaphore(0)
    pause = smtp.pause(stage)
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(replace(postman, beat=SOON).deliver, letter, alive.release)
        pause.wait()

        assert all(alive.acquire(timeout=10) for _ in range(3))

        pause.let_go()
        assert sending.result() == LetterState.SENT


def test_letter_of_a_living_worker_is_left_to_him_however_slow(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    signs = threading.Semaphore(0)
    pause = smtp.pause("stored")
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(replace(postman, beat=SOON).deliver, letter, signs.release)
        pause.wait()
        desk.database.shift_clock(LOST.total_seconds() + 1)
        while signs.acquire(blocking=False):
            pass
        # the third sign from now on begins when the record has heard the second, which began after the clock went ahead
        assert all(signs.acquire(timeout=10) for _ in range(3))

        with pytest.raises(TryAgain, match="under_way"):
            postman.deliver(letter)

        pause.let_go()
        assert first.result() == LetterState.SENT
    assert outcome(desk, message) == ("sent", 1, False, None)


def test_record_and_temporal_take_a_worker_for_dead_at_the_same_time() -> None:
    assert SIGN_OF_LIFE == LOST


def test_sign_that_fails_breaks_no_sending(desk: Desk, smtp: ScriptedSmtp, postman: Delivering, letter: str) -> None:
    given = threading.Semaphore(0)
    pause = smtp.pause("stored")

    def fails() -> None:
        given.release()
        raise OSError

    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(replace(postman, beat=SOON).deliver, letter, fails)
        pause.wait()
        assert all(given.acquire(timeout=10) for _ in range(2))
        pause.let_go()

        assert sending.result() == LetterState.SENT


@pytest.mark.parametrize("stage", ["rcpt", "data", "stored"])
def test_of_two_workers_with_one_letter_only_one_begins(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str, stage: str
) -> None:
    pause = smtp.pause(stage)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(postman.deliver, letter)
        pause.wait()
        if stage == "rcpt":
            assert postman.deliver(letter) == LetterState.SENT
        else:
            with pytest.raises(TryAgain, match="under_way"):
                postman.deliver(letter)
        pause.let_go()

        if stage == "rcpt":
            with pytest.raises(TryAgain, match="under_way"):
                first.result()
        else:
            assert first.result() == LetterState.SENT

    assert outcome(desk, message) == ("sent", 1, False, None)
    assert len(smtp.letters(TO)) == 1


def test_letter_is_given_up_a_day_after_the_first_try(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    smtp.reply("rcpt", "451 later", times=2)
    with pytest.raises(TryAgain):
        postman.deliver(letter)
    desk.database.shift_clock(DAY - 60)
    with pytest.raises(TryAgain):
        postman.deliver(letter)

    desk.database.shift_clock(DAY + 60)
    assert postman.deliver(letter) == LetterState.REFUSED

    assert outcome(desk, message) == ("refused", 0, False, "server_unavailable")


def test_letter_that_waited_for_us_is_tried_however_old(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    desk.database.shift_clock(3 * DAY)

    assert postman.deliver(letter) == LetterState.SENT


def test_letter_in_doubt_is_given_up_too(
    desk: Desk, smtp: ScriptedSmtp, postman: Delivering, message: str, letter: str
) -> None:
    smtp.hang_up("stored")
    with pytest.raises(TryAgain):
        postman.deliver(letter)

    desk.database.shift_clock(DAY + 60)
    assert postman.deliver(letter) == LetterState.REFUSED

    assert outcome(desk, message)[3] == "doubtful"


def test_letter_of_no_record_is_nobodys(postman: Delivering) -> None:
    assert postman.deliver("00000000-0000-0000-0000-000000000001") == "missing"
