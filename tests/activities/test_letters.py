"""The words of each letter, and which letter goes which way. Source: S2, 3.1, 3.9; G-09, G-19, G-47, G-49, G-50."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from activities.mail import TryAgain
from activities.writing import Unsendable
from domain import letter_content
from domain.vocabulary import Action
from tests.activities.desk import TEXT, Desk, text_of
from tests.storage.documents import PDF

MOSCOW = ZoneInfo("Europe/Moscow")
MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
SECRET = "Вам назначен приём кардиолога"


def day(on: date) -> str:
    return f"{on.day} {MONTHS[on.month - 1]} {on.year} года"


def due(desk: Desk, message: str) -> datetime:
    found: datetime = desk.rows("SELECT due_at FROM message_case WHERE id = :id", id=message)[0]["due_at"]
    return found.astimezone(MOSCOW)


def ways(desk: Desk, message: str) -> list[tuple[str, str, str]]:
    """Kind, way and state of each letter after the registration's."""
    found = [(row["kind"], row["way"], row["state"]) for row in desk.letters(message)]
    return sorted(one for one in found if one[0] != "registration")


def code_of(mail: EmailMessage) -> str:
    found = re.search(r"Код для просмотра: (\S+)", text_of(mail))
    assert found is not None
    return found[1]


def redirect(desk: Desk, message: str, **parameters: Any) -> None:
    approver = desk.people["head2"]
    desk.decide("coordinator", message, Action.PROPOSE_REDIRECT, endorsers=[], approver=approver, **parameters)
    desk.decide("head2", message, Action.APPROVE)


def in_coordination(desk: Desk, **values: Any) -> str:
    message = desk.register(**values)
    about = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
    desk.decide("moderator", message, Action.ACCEPT, **about)
    return message


@pytest.mark.requirement("S2-14")
def test_registration_tells_number_code_and_due_date(desk: Desk) -> None:
    message = desk.register()

    mail = desk.written(message, "registration")

    (row,) = desk.rows("SELECT number, received_at FROM message WHERE id = :id", id=message)
    assert mail["Subject"] == f"Зарегистрировано сообщение № {row['number']}"
    text = text_of(mail)
    assert text.startswith("Здравствуйте, Иванова Мария Петровна!\n")
    assert f"получено {day(row['received_at'].astimezone(MOSCOW).date())}" in text
    assert f"не позднее {day(due(desk, message).date())}" in text
    assert f"{due(desk, message):%H:%M}" in text
    assert f"Номер сообщения: {row['number']}" in text
    assert re.search(r"https://otklik\.example/track$", text, re.MULTILINE)
    assert text.endswith("Министерство здравоохранения\n")
    assert TEXT not in text


def test_code_of_a_letter_is_the_one_that_opens_the_message(desk: Desk) -> None:
    message = desk.register()

    assert desk.keys.matches_tracking_code(code_of(desk.written(message, "registration")), UUID(message), 1)


def test_head_of_a_letter_is_what_mail_servers_expect(desk: Desk) -> None:
    message = desk.register(email="maria@почта.рф")

    first, again = desk.written(message, "registration"), desk.written(message, "registration")

    letter = desk.letter(message)
    assert first["To"] == "maria@xn--80a1acny.xn--p1ai"
    assert first["From"].addresses[0].display_name == "Отклик"
    assert first["Message-ID"] == again["Message-ID"] == f"<letter-{letter['id']}@ministry.example>"
    assert first["Date"].datetime == again["Date"].datetime == letter["created_at"].replace(microsecond=0)
    assert first["Auto-Submitted"] == "auto-generated"


def test_address_that_no_server_takes_becomes_a_task(desk: Desk) -> None:
    message = desk.register(email="мария@почта.рф")

    assert desk.delivering(9).deliver(desk.letter(message)["id"]) == "refused"

    assert desk.letter(message)["failure"] == "address_not_ascii"


def test_legal_entity_is_greeted_by_its_contact_person(desk: Desk) -> None:
    message = desk.register(
        applicant_kind="legal_entity", applicant_name="ООО «Волна»", contact_person="Пётр Ильич", inn="7707083893"
    )

    assert text_of(desk.written(message, "registration")).startswith("Здравствуйте, Пётр Ильич!\n")


def test_moved_term_is_told_with_the_new_date(desk: Desk) -> None:
    message = desk.register()
    before = due(desk, message)
    about = {"category": "medicine", "subcategory": "medicine.vaccination", "organisation": "polyclinic"}
    desk.decide("moderator", message, Action.ACCEPT, **about)

    text = text_of(desk.written(message, "term_moved"))

    assert before - due(desk, message) == timedelta(days=20)
    assert f"другой срок: ответ будет подготовлен не позднее {day(due(desk, message).date())}" in text


def test_term_that_did_not_move_is_not_told(desk: Desk) -> None:
    assert ways(desk, desk.in_work()) == []


def test_redirect_inside_names_the_organisation_and_the_unchanged_term(desk: Desk) -> None:
    message = in_coordination(desk)
    redirect(desk, message, organisation="transport")

    text = text_of(desk.written(message, "redirect"))

    assert "в другую организацию: Служба перевозок.\nСрок ответа не изменился" in text
    assert day(due(desk, message).date()) in text
    assert text.endswith("Служба перевозок\n")


def test_redirect_outside_tells_the_applicant_and_hands_the_whole_message_over(desk: Desk) -> None:
    message = in_coordination(
        desk,
        phone="+79000000000",
        address="Элиста, улица Ленина, 1",
        snils="11223344595",
        files=(desk.file("жалоба.pdf", PDF, "operator"),),
    )
    redirect(desk, message, external_name="Управа района", external_email="uprava@other.example", comment="Не наше")

    told, forwarded = desk.written(message, "redirect"), desk.written(message, "forwarded")

    assert "в другую организацию: Управа района. Она ответит вам сама." in text_of(told)
    assert forwarded["To"] == "uprava@other.example"
    text = text_of(forwarded)
    known = ("Иванова Мария Петровна", "applicant@example.org", "+79000000000", "Элиста, улица Ленина, 1", TEXT)
    assert all(one in text for one in known)
    assert [part.get_filename() for part in forwarded.iter_attachments()] == ["жалоба.pdf"]
    hidden = ("11223344595", "112-233", "Не наше", code_of(told))
    assert not any(one in text for one in hidden)


@pytest.mark.requirement("S2-34")
def test_postponement_until_a_date_means_the_end_of_the_day_before(desk: Desk) -> None:
    message = desk.in_work()
    until = due(desk, message).date() + timedelta(days=10)
    file = desk.file("план работ.pdf", PDF)
    desk.answered(message, type="postponed", text="Ждём поставки.", postponed_until=until.isoformat(), files=[file])

    mail = desk.written(message, "postponement")

    assert re.search(rf"не позднее {day(until - timedelta(days=1))} \(\w+\), 23:59", text_of(mail))
    assert "Ждём поставки." in text_of(mail)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["план работ.pdf"]


@pytest.mark.requirement("S2-19")
def test_declined_message_is_told_its_ground_and_the_reason(desk: Desk) -> None:
    message = desk.register()
    desk.decide("moderator", message, Action.DECLINE, ground="no_essence", reason="Не указано, какая поликлиника.")

    text = text_of(desk.written(message, "decline"))

    assert "Причина по правилам подачи сообщений: Из сообщения не ясна суть вопроса.\nНапишите, что произошло" in text
    assert "Не указано, какая поликлиника." in text


def test_answer_that_declines_is_told_its_ground_too(desk: Desk) -> None:
    message = desk.in_work()
    desk.answered(message, type="declined", text="Уже отвечали вам.", ground="duplicate")

    text = text_of(desk.written(message, "answer"))

    assert "Такое же сообщение уже рассматривается" in text
    assert "Уже отвечали вам." in text


@pytest.mark.requirement("S2-37", "S2-47")
def test_answer_goes_with_its_files_under_their_own_names(desk: Desk) -> None:
    message = desk.in_work()
    long_line = "очень " * 2000 + "длинная строка"
    text = f"From the start\n.\nточка в начале строки выше\n{long_line}\nконец"
    table = "имя;число\nЁлка;1\n"
    files = [
        desk.file("Ответ № 1 от 12.05.2026 «итоговый».pdf", PDF),
        desk.file("a\r\nBcc: everyone@example.org\r\n.txt", table.encode()),
        desk.file("старая кодировка.txt", table.encode("cp1251")),
    ]
    desk.answered(message, text=text, files=files)

    mail = desk.written(message, "answer")

    assert text in text_of(mail)
    assert "Приложения: 3." in text_of(mail)
    assert mail["Bcc"] is None
    attached = list(mail.iter_attachments())
    names = ["Ответ № 1 от 12.05.2026 «итоговый».pdf", "aBcc_ everyone@example.org.txt", "старая кодировка.txt"]
    assert [part.get_filename() for part in attached] == names
    assert attached[0].get_content() == PDF
    assert [part.get_content().replace("\r\n", "\n") for part in attached[1:]] == [table, table]


def test_edited_answer_goes_as_it_was_approved(desk: Desk) -> None:
    message = desk.in_work()
    desk.decide(
        "executor",
        message,
        Action.SUBMIT_ANSWER,
        type="solved",
        text="Черновик.",
        endorsers=[desk.people["head"]],
        approver=desk.people["head2"],
    )
    desk.decide("head", message, Action.EDIT_ANSWER, text="Итоговый текст.")
    desk.decide("head", message, Action.ENDORSE)
    desk.decide("head2", message, Action.APPROVE)

    text = text_of(desk.written(message, "answer"))

    assert "Итоговый текст." in text
    assert "Черновик." not in text


def test_files_that_no_server_takes_stay_behind_and_are_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    message = desk.in_work()
    desk.answered(message, files=[desk.file("большой.pdf", PDF)])
    monkeypatch.setattr(letter_content, "FILES_LIMIT", len(PDF) - 1)

    mail = desk.written(message, "answer")

    assert list(mail.iter_attachments()) == []
    assert "Приложения не помещаются в письмо" in text_of(mail)
    assert "— большой.pdf" in text_of(mail)
    assert "Добавлена вторая линия." in text_of(mail)


def test_message_too_large_to_forward_becomes_a_task(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    message = in_coordination(desk, files=(desk.file("жалоба.pdf", PDF, "operator"),))
    redirect(desk, message, external_name="Управа района", external_email="uprava@other.example")
    monkeypatch.setattr(letter_content, "FILES_LIMIT", len(PDF) - 1)

    desk.delivering(9).deliver(desk.letter(message, "forwarded")["id"])

    assert desk.letter(message, "forwarded")["failure"] == "too_large"


def test_answer_to_a_portal_message_is_published_and_mailed(desk: Desk) -> None:
    message = desk.in_work(channel="portal", portal_account="esia-1")

    desk.answered(message)

    assert ways(desk, message) == [("answer", "email", "pending"), ("answer", "portal", "delivered")]


@pytest.mark.requirement("S2-14")
def test_answer_to_one_without_portal_or_mail_is_a_task_for_the_operator(desk: Desk) -> None:
    message = desk.in_work(email=None, phone="+79000000000")

    standing = desk.answered(message)

    assert ways(desk, message) == [("answer", "handover", "task")]
    assert standing.holder == "pool-intake_operator"


def test_secret_answer_never_goes_by_mail(desk: Desk) -> None:
    message = desk.in_work(secret=True, portal_account="esia-1")
    desk.answered(message, text=SECRET, files=[desk.file("направление.pdf", PDF)])

    mail = desk.written(message, "answer_ready")

    assert ways(desk, message) == [("answer", "portal", "delivered"), ("answer_ready", "email", "pending")]
    assert "Ответ на ваше сообщение готов" in text_of(mail)
    assert SECRET not in text_of(mail)
    assert list(mail.iter_attachments()) == []


def test_secret_postponement_tells_the_new_date_and_nothing_written(desk: Desk) -> None:
    message = desk.in_work(secret=True)
    until = due(desk, message).date() + timedelta(10)
    desk.answered(message, type="postponed", postponed_until=until.isoformat(), text=SECRET)

    mail = desk.written(message, "answer_ready")

    last = until - timedelta(1)
    assert mail["Subject"].startswith("Отложено рассмотрение сообщения")
    assert f"отложено: ответ будет дан не позднее {day(last)}" in text_of(mail)
    assert "Ответ на ваше сообщение готов" not in text_of(mail)
    assert SECRET not in text_of(mail)


def test_secret_decline_is_called_so_by_moderator_and_by_executor(desk: Desk) -> None:
    at_once, later = desk.register(secret=True), desk.in_work(secret=True)
    desk.decide("moderator", at_once, Action.DECLINE, ground="no_essence", reason=SECRET)
    desk.answered(later, type="declined", ground="no_essence", text=SECRET)

    mails = [desk.written(message, "answer_ready") for message in (at_once, later)]

    for mail in mails:
        assert mail["Subject"].startswith("Отклонено сообщение")
        assert "Ваше сообщение отклонено." in text_of(mail)
        assert "готов" not in text_of(mail)
        assert SECRET not in text_of(mail)


def test_answer_after_a_secret_postponement_is_called_an_answer(desk: Desk) -> None:
    message = desk.in_work(secret=True)
    until = due(desk, message).date() + timedelta(10)
    desk.answered(message, type="postponed", postponed_until=until.isoformat(), text=SECRET)
    desk.answered(message, text=SECRET)

    last = [row for row in desk.letters(message) if row["kind"] == "answer_ready"][-1]
    with desk.database.engine.connect() as connection:
        mail = desk.writer.write(connection, last["id"], "otklik@ministry.example")

    assert mail["Subject"].startswith("Готов ответ на сообщение")
    assert "Ответ на ваше сообщение готов" in mail.get_content()


def test_secret_message_leaves_no_word_of_it_by_mail_outside(desk: Desk) -> None:
    message = in_coordination(desk, secret=True)
    redirect(desk, message, external_name="Управа района", external_email="uprava@other.example")

    assert ("forwarded", "handover", "task") in ways(desk, message)


def test_letter_on_its_way_when_the_matter_became_secret_is_held_back(desk: Desk) -> None:
    message = desk.in_work()
    desk.answered(message, text=SECRET)
    desk.database.owner(
        "UPDATE message_case SET rest = jsonb_set(rest, '{secret}', 'true') WHERE id = CAST(:id AS uuid)", id=message
    )

    assert desk.delivering(9).deliver(desk.letter(message, "answer")["id"]) == "refused"

    assert desk.letter(message, "answer")["failure"] == "secret"
    with desk.database.engine.connect() as connection, pytest.raises(Unsendable):
        desk.writer.write(connection, desk.letter(message, "answer")["id"], "otklik@ministry.example")


def test_missing_file_keeps_the_letter_waiting(desk: Desk) -> None:
    message = desk.in_work()
    file = desk.file("ответ.pdf", PDF)
    desk.answered(message, files=[file])
    desk.files.delete(UUID(file))

    with pytest.raises(TryAgain, match="FileNotFoundError"):
        desk.delivering(9).deliver(desk.letter(message, "answer")["id"])

    assert desk.letter(message, "answer")["state"] == "pending"
