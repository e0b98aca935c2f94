"""Mail to staff over the real record and real SMTP: joined, in working hours, once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from domain import titles
from domain.vocabulary import Action, Stage
from embedded.ports import free_port
from relay.staff_mail import gather
from storage import staff_mail
from storage.reference import moment
from tests.relay.builders import MARKS, Desk, Post, words_of


def test_notices_are_joined_into_one_table_each_half_hour(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    messages = [desk.accepted() for _ in range(3)]

    desk.at("2026-12-07 14:29")
    post.round()
    assert post.to("coordinator") == []
    desk.at("2026-12-07 14:30:30")
    post.round()
    desk.at("2026-12-07 15:00:30")
    post.round()

    [letter] = post.to("coordinator")
    assert letter["Subject"] == "Отклик: 3 сообщения"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    for message in messages:
        [row] = desk.rows("SELECT number FROM message_case WHERE id = :id", id=message)
        link = f"https://otklik.example/messages/{message}"
        assert f"№ {row['number']}\nТема: Недозвон в медицинскую организацию\nЭтап: Координация" in plain.get_content()
        assert link in plain.get_content()
        assert f'<a href="{link}">{row["number"]}</a>' in html.get_content()
    assert "поступило вам" in plain.get_content()


def test_mail_to_a_head_leads_to_the_decision(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    message = desk.assigned()
    desk.decide("executor", message, Action.START_WORK)
    answer = {"type": "solved", "text": "Добавлена вторая линия.", "approver": desk.people["head"], "endorsers": []}
    desk.decide("executor", message, Action.SUBMIT_ANSWER, **answer)

    desk.at("2026-12-07 15:00:30")
    post.round()

    [letter] = post.to("head")
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert f"https://otklik.example/messages/{message}/decide\n" in plain.get_content()


def test_mail_tells_a_former_participant_nothing_of_where_the_message_is_now(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    message = desk.assigned(timedelta(days=29, hours=23, minutes=50))
    desk.decide("coordinator", message, Action.RECALL, reason="Не наше")
    redirect = {"organisation": "transport", "approver": desk.people["head"], "endorsers": []}
    desk.decide("coordinator", message, Action.PROPOSE_REDIRECT, **redirect)
    desk.decide("head", message, Action.APPROVE)
    desk.decide("coordinator_transport", message, Action.ASSIGN, executor=desk.people["executor_transport"])

    desk.at("2026-12-07 14:30:30")
    post.round()

    [letter] = post.to("executor")
    plain = letter.get_body(("plain",))
    assert plain is not None
    [row] = desk.rows("SELECT number FROM message_case WHERE id = :id", id=message)
    expected = [f"№ {row['number']}", "Тема: —", "Этап: —", "Что случилось: больше не у вас", "Срок этапа: —"]
    assert plain.get_content().splitlines()[:6] == [*expected, "Срок ответа: —"]
    assert letter["Subject"] == "Отклик: 1 сообщение"
    assert any("просрочено" in subject for subject in post.subjects("executor_transport"))


def test_what_happens_at_night_is_held_until_the_opening(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 20:10")
    desk.accepted()

    for clock in ("2026-12-07 20:31", "2026-12-08 03:00", "2026-12-08 08:59:50"):
        desk.at(clock)
        post.round()
        assert post.to("coordinator") == []
    desk.at("2026-12-08 09:00:30")
    post.round()
    desk.at("2026-12-08 09:30:30")
    post.round()

    assert post.subjects("coordinator") == ["Отклик, утренний список: 1 сообщение"]


def test_morning_list_shows_what_lies_with_each_once_a_day_the_overdue_first(desk: Desk, post: Post) -> None:
    desk.at("2026-12-04 15:00")
    other = desk.accepted()
    late = desk.assigned(timedelta(days=29, hours=23))
    desk.change_person("executor", email=None)  # who cannot be written to keeps nobody from anything

    desk.at("2026-12-07 10:00")
    desk.judge(late)
    desk.decide("coordinator", late, Action.RECALL, reason="Заболел")
    post.round()
    desk.at("2026-12-07 11:00:30")
    post.round()
    desk.at("2026-12-08 09:01")
    post.round()

    first, second = (subject for subject in post.subjects("coordinator") if "утренний" in subject)
    assert first == second == "Отклик, утренний список: 2 сообщения, 2 просрочено"
    plain = post.to("coordinator")[-1].get_body(("plain",))
    assert plain is not None
    assert plain.get_content().index(late) < plain.get_content().index(other)
    assert plain.get_content().count("Что случилось: у вас") == 2
    assert post.to("head") == []  # nothing lies with them


def test_morning_with_nothing_to_tell_is_looked_at_once(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 09:01")
    post.round()
    desk.accepted()
    desk.at("2026-12-07 09:31")
    post.round()

    assert post.subjects("coordinator") == ["Отклик: 1 сообщение"]


@pytest.mark.requirement("S2-56")
def test_expired_answer_term_is_told_singly_and_at_once(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:00")
    late = [desk.assigned(timedelta(days=29, hours=23, minutes=50 + n)) for n in range(2)]
    desk.at("2026-12-07 14:12")
    for message in late:
        desk.judge(message)
    post.round()

    urgent = [subject for subject in post.subjects("executor") if "срочно" in subject]
    assert len(urgent) == 2
    assert all(subject.startswith("Отклик: срочно, срок ответа истёк, сообщение № 20") for subject in urgent)


def test_urgent_at_night_waits_for_the_opening(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 17:50")
    message = desk.assigned(timedelta(days=29, hours=23))
    desk.at("2026-12-07 22:00")
    desk.judge(message)

    post.round()
    assert [subject for subject in post.subjects("executor") if "срочно" in subject] == []
    desk.at("2026-12-08 09:00:05")
    post.round()
    assert len([subject for subject in post.subjects("executor") if "срочно" in subject]) == 1


def test_nothing_of_an_applicant_is_in_any_mail(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:00")
    desk.accepted()
    message = desk.assigned(timedelta(days=29, hours=23, minutes=50))
    desk.at("2026-12-07 14:12")
    desk.judge(message)
    desk.at("2026-12-07 14:31")
    post.round()
    desk.at("2026-12-08 09:01")
    post.round()

    letters = [letter for login in desk.people for letter in post.to(login)]
    assert {login for login in desk.people if post.to(login)} >= {"coordinator", "executor"}
    words = "\n".join(map(words_of, letters))
    for mark in (*MARKS, "Щукин", "Сотрудник"):
        assert mark not in words


def test_rows_of_cases_that_moved_on_are_dropped_and_their_notices_stay(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    kept = desk.register()
    gone = desk.accepted()
    desk.at("2026-12-07 14:31")
    post.round()

    [letter] = post.to("moderator")
    assert letter["Subject"] == "Отклик: 1 сообщение"
    assert kept in words_of(letter)
    assert gone not in words_of(letter)
    assert len(desk.rows("SELECT 1 FROM notice WHERE person = :id", id=desk.people["moderator"])) == 2


def test_row_that_moved_on_while_the_server_was_down_is_dropped_too(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    message = desk.register()
    desk.at("2026-12-07 14:31")
    Post(desk, post.mail, port=free_port()).round()
    place = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
    desk.decide("moderator", message, Action.ACCEPT, **place)
    desk.at("2026-12-07 14:40")
    post.round()

    assert post.to("moderator") == []
    [mail] = desk.rows("SELECT failure, sent_at FROM staff_mail WHERE person = :id", id=desk.people["moderator"])
    assert mail == {"failure": "nothing", "sent_at": None}


@pytest.mark.parametrize("change", [{"email": None}, {"email": ""}, {"active": False}, {"system": True}])
def test_notices_to_who_cannot_be_written_to_are_not_to_be_mailed(
    desk: Desk, post: Post, change: dict[str, object]
) -> None:
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.change_person("coordinator", **change)
    desk.at("2026-12-07 14:31")
    post.round()
    desk.change_person("coordinator", email=desk.address("coordinator"), active=True, system=False)
    post.round()

    assert post.to("coordinator") == []
    assert desk.rows("SELECT 1 FROM notice WHERE person = :id AND email", id=desk.people["coordinator"]) == []


def test_hours_and_times_are_those_of_the_persons_own_organisation(desk: Desk, post: Post) -> None:
    desk.change_organisation("polyclinic", time_zone="Asia/Kamchatka")
    desk.at("2026-12-07 14:12")  # 23:12 there
    message = desk.accepted()

    desk.at("2026-12-07 14:31")
    post.round()
    assert post.to("coordinator") == []
    desk.at("2026-12-08 00:01")  # 09:01 there
    post.round()

    [letter] = post.to("coordinator")
    assert "утренний" in letter["Subject"]
    [row] = desk.rows(
        "SELECT to_char(stage_due_at AT TIME ZONE 'Asia/Kamchatka', 'DD.MM.YYYY HH24:MI') AS due "
        "FROM message_case WHERE id = :id",
        id=message,
    )
    assert f"ср {row['due']}" in words_of(letter)
    assert "UTC+12:00" in words_of(letter)


def test_two_senders_at_once_send_each_mail_once(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:00")
    for n in range(8):
        desk.assigned(timedelta(days=29, hours=23, minutes=50, seconds=n))
    desk.at("2026-12-07 14:12")
    for row in desk.rows("SELECT id FROM message_case"):
        desk.judge(str(row["id"]))

    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        post.round()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    post.round()
    subjects = post.subjects("executor")
    assert len(subjects) == len(set(subjects)) == 8


def test_server_that_is_down_is_tried_again_later_with_what_came_meanwhile(desk: Desk, post: Post) -> None:
    down = Post(desk, post.mail, port=free_port())
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.at("2026-12-07 14:30:30")
    down.round()

    [mail] = desk.rows(
        "SELECT id, attempts, failure, next_try_at - otklik_now() AS wait, sent_at FROM staff_mail WHERE person = :id",
        id=desk.people["coordinator"],
    )
    assert (mail["attempts"], mail["failure"], mail["sent_at"]) == (1, "ConnectionRefusedError", None)
    assert timedelta(seconds=50) < mail["wait"] <= timedelta(minutes=1)
    post.round()
    assert post.to("coordinator") == []  # its time has not come

    desk.at("2026-12-07 14:40")
    down.round()
    desk.accepted()
    desk.at("2026-12-07 15:00:30")
    post.round()

    [letter] = post.to("coordinator")
    assert letter["Subject"] == "Отклик: 2 сообщения"
    assert letter["Message-ID"] == f"<staff-mail-{mail['id']}@ministry.example>"


def test_retry_at_night_waits_for_the_opening(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 17:20")
    desk.accepted()
    desk.at("2026-12-07 17:30:30")
    Post(desk, post.mail, port=free_port()).round()
    desk.at("2026-12-07 18:10")
    post.round()
    assert post.to("coordinator") == []

    desk.at("2026-12-08 09:01")
    post.round()

    assert "Отклик: 1 сообщение" in post.subjects("coordinator")


def test_morning_list_that_was_late_by_a_day_gives_way_to_the_next(desk: Desk, post: Post) -> None:
    desk.at("2026-12-06 12:00")
    desk.accepted()
    desk.at("2026-12-07 09:01")
    Post(desk, post.mail, port=free_port()).round()

    desk.at("2026-12-08 09:01")
    post.round()
    desk.at("2026-12-08 09:31")
    post.round()

    assert len([subject for subject in post.subjects("coordinator") if "утренний" in subject]) == 1
    [first] = desk.rows(
        "SELECT failure FROM staff_mail WHERE person = :id AND on_day = '2026-12-07'", id=desk.people["coordinator"]
    )
    assert first == {"failure": "superseded"}


def test_refused_address_is_given_up_with_a_code_and_keeps_nobody_waiting(desk: Desk, post: Post) -> None:
    desk.change_person("moderator", email=f"refuse-{desk.address('moderator')}")
    desk.at("2026-12-07 14:12")
    desk.register()
    desk.accepted()
    desk.at("2026-12-07 14:31")
    post.round()

    assert len(post.to("coordinator")) == 1
    [mail] = desk.rows(
        "SELECT failure, next_try_at > otklik_now() + interval '1 year' AS never FROM staff_mail WHERE person = :id",
        id=desk.people["moderator"],
    )
    assert mail == {"failure": "recipient_550", "never": True}


def test_server_that_never_replies_gets_a_mail_twice_at_most(desk: Desk, post: Post) -> None:
    desk.change_person("coordinator", email=f"silent-{desk.address('coordinator')}")
    impatient = Post(desk, post.mail, timeout=timedelta(seconds=1))
    desk.at("2026-12-07 14:12")
    desk.accepted()
    for clock in ("14:30:30", "14:33", "14:45", "15:20"):
        desk.at(f"2026-12-07 {clock}")
        impatient.round()

    first, second = post.to("coordinator")
    assert first["Message-ID"] == second["Message-ID"]


def test_address_that_would_forge_a_header_is_given_up(desk: Desk, post: Post) -> None:
    desk.change_person("coordinator", email="a@b.example\nBcc: all@b.example")
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.at("2026-12-07 14:31")
    post.round()

    [mail] = desk.rows("SELECT failure FROM staff_mail WHERE person = :id", id=desk.people["coordinator"])
    assert mail == {"failure": "address"}


def test_worker_killed_while_sending_leaves_the_mail_to_the_next(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    desk.accepted()
    desk.at("2026-12-07 14:31")
    gather(desk.engine, desk.reference)
    with desk.engine.begin() as connection:
        claimed = staff_mail.claim(connection, moment(connection).now, timedelta(minutes=1), 30)
    assert claimed is not None
    post.deliver()
    assert post.to("coordinator") == []

    desk.at("2026-12-07 14:33")
    post.deliver()

    assert len(post.to("coordinator")) == 1


def test_mail_that_cannot_be_written_keeps_no_other_from_leaving(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.at("2026-12-07 14:12")
    desk.register()
    desk.accepted()
    desk.at("2026-12-07 14:31")
    gather(desk.engine, desk.reference)
    broken = desk.people["moderator"]
    desk.database.owner(
        "UPDATE staff_mail SET next_try_at = next_try_at - interval '1 hour' WHERE person = :id", id=broken
    )
    monkeypatch.delitem(titles.STAGES, Stage.MODERATION)

    with pytest.raises(KeyError):
        post.deliver()
    post.deliver()

    assert len(post.to("coordinator")) == 1
    assert post.to("moderator") == []


def test_shortened_day_changes_no_working_hour(desk: Desk, post: Post) -> None:
    desk.database.owner("UPDATE installation SET day_seconds = 60")
    desk.at("2026-12-07 20:12")
    desk.accepted()
    desk.at("2026-12-07 20:31")
    post.round()

    assert post.to("coordinator") == []


def test_danger_to_life_is_told_singly_at_night(desk: Desk, post: Post) -> None:
    desk.at("2026-12-07 14:12")
    message = desk.accepted()
    desk.at("2026-12-07 23:40")

    desk.decide("coordinator", message, Action.CONFIRM_DANGER)
    post.round()

    [letter] = post.to("head")
    assert letter["Subject"].startswith("Отклик: срочно, угроза жизни, сообщение № ")
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert not any(mark in plain.get_content() for mark in MARKS)
