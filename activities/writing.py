"""The words of letters to applicants, in Russian: what happened, what happens next and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.vocabulary import LetterKind
from storage import letters
from storage.files import FileStore
from storage.keys import KeyRing
from storage.letters import Content

_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_DAYS = "понедельник вторник среда четверг пятница суббота воскресенье".split()


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """Writes a letter from the record at the moment of sending."""

    files: FileStore
    keys: KeyRing
    public_url: str

    def write(self, connection: sa.Connection, letter_id: str, sender: str) -> EmailMessage:
        """The whole letter. The same letter has the same Message-ID each time, so a twin can be recognised."""
        found = letters.content(connection, letter_id)
        subject, text = self.words(found)
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = found.recipient
        mail["Subject"] = subject
        mail["Date"] = format_datetime(found.written_at.astimezone(UTC))
        mail["Message-ID"] = f"<letter-{found.id}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        if found.kind == LetterKind.ANSWER:
            for file in found.files:
                main, _, sub = file["media_type"].partition("/")
                with self.files.open_file(UUID(file["id"])) as content:
                    mail.add_attachment(content.read(), maintype=main, subtype=sub, filename=file["name"])
        return mail

    def words(self, found: Content) -> tuple[str, str]:
        """Subject and text. The subject never tells what the message is about."""
        kind = LetterKind(found.kind)
        if kind is LetterKind.FORWARDED:
            return f"Сообщение № {found.number} направлено по принадлежности", _forwarded(found)
        subject, body = _SUBJECTS[kind], _BODIES[kind](found)
        greeting = f"Здравствуйте, {found.applicant_name}!" if found.applicant_name else "Здравствуйте!"
        return f"{subject} № {found.number}", f"{greeting}\n\n{body}\n\n{self._ending(found)}"

    def _ending(self, found: Content) -> str:
        code = self.keys.tracking_code(UUID(found.message_id), found.code_issue)
        return (
            f"Номер сообщения: {found.number}\nКод для просмотра: {code}\n"
            f"Ход рассмотрения: {self.public_url}/track\n"
            "Не сообщайте код посторонним: по нему виден ответ.\n\n"
            f"{found.organisation}"
        )


def _registration(found: Content) -> str:
    return (
        f"Ваше сообщение получено {day_in_words(found.received_at, found.time_zone)} и зарегистрировано.\n"
        f"Ответ будет подготовлен не позднее {_due(found)}."
    )


def _term_moved(found: Content) -> str:
    return f"По теме вашего сообщения установлен другой срок: ответ будет подготовлен не позднее {_due(found)}."


def _redirect(found: Content) -> str:
    where = found.facts.get("redirected_to") or found.organisation
    return f"Ваше сообщение перенаправлено для ответа в другую организацию: {where}."


def _postponement(found: Content) -> str:
    text = found.answer["text"] if found.answer else ""
    return f"Рассмотрение вашего сообщения отложено: ответ будет дан не позднее {_due(found)}.\n\n{text}"


def _decline(found: Content) -> str:
    return f"Ваше сообщение отклонено. Причина: {found.parameters.get('reason', '')}"


def _answer(found: Content) -> str:
    text = found.answer["text"] if found.answer else ""
    files = f"\n\nПриложения: {len(found.files)}." if found.files else ""
    return f"Ответ на ваше сообщение:\n\n{text}{files}"


def _answer_ready(found: Content) -> str:
    return (
        "Ответ на ваше сообщение готов. В нём есть сведения, которые нельзя отправить по электронной почте: "
        "получите его в личном кабинете портала или у оператора приёма."
    )


def _forwarded(found: Content) -> str:
    name = found.applicant_name or "не указан"
    return (
        f"Направляем по принадлежности сообщение № {found.number}, поступившее "
        f"{day_in_words(found.received_at, found.time_zone)}.\n\nЗаявитель: {name}\n\n{found.message_text}\n\n"
        f"{found.organisation}"
    )


_SUBJECTS = {
    LetterKind.REGISTRATION: "Зарегистрировано сообщение",
    LetterKind.TERM_MOVED: "Уточнён срок ответа на сообщение",
    LetterKind.REDIRECT: "Перенаправлено сообщение",
    LetterKind.POSTPONEMENT: "Отложено рассмотрение сообщения",
    LetterKind.DECLINE: "Отклонено сообщение",
    LetterKind.ANSWER: "Ответ на сообщение",
    LetterKind.ANSWER_READY: "Готов ответ на сообщение",
}
_BODIES = {
    LetterKind.REGISTRATION: _registration,
    LetterKind.TERM_MOVED: _term_moved,
    LetterKind.REDIRECT: _redirect,
    LetterKind.POSTPONEMENT: _postponement,
    LetterKind.DECLINE: _decline,
    LetterKind.ANSWER: _answer,
    LetterKind.ANSWER_READY: _answer_ready,
}


def _due(found: Content) -> str:
    """A postponement until a local date means the end of the day before."""
    if until := found.facts.get("postponed_until"):
        last = date.fromisoformat(until) - timedelta(days=1)
        return f"{_day(last)}, 23:59"
    due_at = datetime.fromisoformat(found.facts["due_at"])
    local = due_at.astimezone(ZoneInfo(found.time_zone))
    return f"{_day(local.date())}, {local:%H:%M}"


def day_in_words(at: datetime, zone: str) -> str:
    """The local day of an instant, as people read it."""
    return _day(at.astimezone(ZoneInfo(zone)).date())


def _day(on: date) -> str:
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year} года ({_DAYS[on.weekday()]})"
