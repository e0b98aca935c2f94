"""The words of letters to applicants, in Russian: what happened, what happens next and by when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from activities.mail import SMTP_7BIT, ascii_address
from domain.vocabulary import LetterKind
from domain.words import day_and_weekday, end_of_postponement, moment_and_weekday
from storage.files import FileStore, download_name
from storage.keys import KeyRing
from storage.letter_content import Content, LetterFile, content

FILES_LIMIT = 20 * 1024 * 1024
"""Of all files of a letter: with base64 it still passes mail servers with the usual limit of 30 MB."""


class Unsendable(Exception):
    """No mail server could deliver this letter, or none may: it is a task for a person. The message is a code."""


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """Writes a letter from the record at the moment of sending."""

    files: FileStore
    keys: KeyRing
    public_url: str

    def write(self, connection: sa.Connection, letter_id: str, sender: str) -> EmailMessage:
        """The whole letter. The same letter has the same Message-ID and Date each time, so a twin can be recognised.

        Raises Unsendable, and OSError or Undecipherable when a file cannot be read.
        """
        found = content(connection, letter_id)
        recipient = ascii_address(found.recipient)
        if recipient is None:
            raise Unsendable("address_not_ascii")
        if found.secret and found.kind in _ABOUT_THE_MATTER:
            # the rules write no such letter; a card marked secret while one was on its way must not leak it (G-50)
            raise Unsendable("secret")
        attached = fits(found.files)
        if found.kind is LetterKind.FORWARDED and not attached:
            raise Unsendable("too_large")
        subject, text = self.words(found)
        mail = EmailMessage(policy=SMTP_7BIT)
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = subject
        mail["Date"] = format_datetime(found.written_at.astimezone(UTC))
        mail["Message-ID"] = f"<letter-{found.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text, cte="base64")
        for file in found.files if attached else ():
            self._attach(mail, file)
        return mail

    def words(self, found: Content) -> tuple[str, str]:
        """Subject and text. The subject never tells what the message is about."""
        again = _AGAIN if found.doubtful else ""
        if found.kind is LetterKind.FORWARDED:
            subject, parts = "Направлено по принадлежности сообщение", [again, _forwarded(found)]
        else:
            body, files = _BODIES[found.kind](found), _about_files(found, self._tracking)
            subject = _SUBJECTS[found.kind if found.about is LetterKind.ANSWER else found.about]
            parts = [_greeting(found), again, body, files, self._ending(found)]
        return f"{subject} № {found.number}", "\n\n".join(part for part in parts if part)

    @property
    def _tracking(self) -> str:
        return f"{self.public_url.rstrip('/')}/track"

    def _ending(self, found: Content) -> str:
        code = self.keys.tracking_code(UUID(found.message_id), found.code_issue)
        return (
            f"Номер сообщения: {found.number}\nКод для просмотра: {code}\n"
            f"Ход рассмотрения: {self._tracking}\n"
            "Не сообщайте код посторонним: с ним можно увидеть, как рассматривают ваше сообщение.\n\n"
            f"{found.organisation}"
        )

    def _attach(self, mail: EmailMessage, file: LetterFile) -> None:
        main, _, sub = file.media_type.partition("/")
        with self.files.open_file(UUID(file.id)) as source:
            body = source.read()
        # without it a reader takes Russian text for ASCII
        charset = {"charset": _charset(body)} if main == "text" else {}
        name = download_name(file.name, file.media_type)
        mail.add_attachment(body, maintype=main, subtype=sub, filename=name, params=charset)


_AGAIN = "Возможно, вы уже получили это письмо: почта не подтвердила доставку, и мы повторяем его."
_ABOUT_THE_MATTER = frozenset({LetterKind.ANSWER, LetterKind.POSTPONEMENT, LetterKind.DECLINE, LetterKind.FORWARDED})
"""Letters that carry what somebody wrote about the matter; the others are made of number, dates and names of bodies."""


def fits(files: tuple[LetterFile, ...]) -> bool:
    """Whether the files may travel in one letter."""
    return sum(file.size for file in files) <= FILES_LIMIT


def _greeting(found: Content) -> str:
    name = found.applicant.name if found.applicant.kind == "citizen" else found.applicant.contact_person
    return f"Здравствуйте, {name}!" if name else "Здравствуйте!"


def _registration(found: Content) -> str:
    return (
        f"Ваше сообщение получено {_received_on(found)} и зарегистрировано.\n"
        f"Ответ будет подготовлен не позднее {_due(found)}."
    )


def _term_moved(found: Content) -> str:
    return f"По теме вашего сообщения установлен другой срок: ответ будет подготовлен не позднее {_due(found)}."


def _redirect(found: Content) -> str:
    if outside := found.facts.get("redirected_to"):
        return f"Ваше сообщение направлено для ответа в другую организацию: {outside}. Она ответит вам сама."
    return (
        f"Ваше сообщение перенаправлено для ответа в другую организацию: {found.organisation}.\n"
        f"Срок ответа не изменился: не позднее {_due(found)}."
    )


def _postponement(found: Content) -> str:
    return f"Рассмотрение вашего сообщения отложено: ответ будет дан не позднее {_due(found)}.\n\n{found.answer}"


def _decline(found: Content) -> str:
    return f"Ваше сообщение отклонено. {_ground(found)}\n\n{found.reason}"


def _answer(found: Content) -> str:
    if found.ground is not None:
        return f"Ваше сообщение отклонено. {_ground(found)}\n\n{found.answer}"
    return f"Ответ на ваше сообщение:\n\n{found.answer}"


def _answer_ready(found: Content) -> str:
    """What was decided and by when, which is no secret; not a word that somebody wrote. Source: G-50."""
    where = "получите его в личном кабинете портала или у оператора приёма."
    match found.about:
        case LetterKind.POSTPONEMENT:
            return (
                f"Рассмотрение вашего сообщения отложено: ответ будет дан не позднее {_due(found)}.\n"
                f"В пояснении есть сведения, которые нельзя отправить по электронной почте: {where}"
            )
        case LetterKind.DECLINE:
            return (
                "Ваше сообщение отклонено.\n"
                f"В пояснении есть сведения, которые нельзя отправить по электронной почте: {where}"
            )
        case _:
            return (
                "Ответ на ваше сообщение готов. "
                f"В нём есть сведения, которые нельзя отправить по электронной почте: {where}"
            )


def _forwarded(found: Content) -> str:
    """To an outside organisation, which answers the applicant itself and so needs to know how to reach him.

    Contact data go along; numbers of documents (СНИЛС) and the portal's account do not: an answer needs neither.
    """
    who = found.applicant
    legal_entity = who.kind == "legal_entity"
    known = {
        "Заявитель": who.name or "не указан",
        "ИНН": who.inn if legal_entity else None,
        "Контактное лицо": who.contact_person if legal_entity else None,
        "Электронная почта": who.email,
        "Телефон": who.phone,
        "Почтовый адрес": who.address,
        "Место": found.location,
    }
    lines = "\n".join(f"{name}: {value}" for name, value in known.items() if value)
    files = f"\n\nПриложения заявителя: {len(found.files)}." if found.files else ""
    return (
        f"Направляем по принадлежности сообщение № {found.number}, поступившее "
        f"{_received_on(found)}. Просим ответить заявителю; о перенаправлении он уведомлён."
        f"\n\n{lines}\n\nТекст сообщения:\n\n{found.text}{files}\n\n{found.organisation}"
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
_BODIES: dict[LetterKind, Callable[[Content], str]] = {
    LetterKind.REGISTRATION: _registration,
    LetterKind.TERM_MOVED: _term_moved,
    LetterKind.REDIRECT: _redirect,
    LetterKind.POSTPONEMENT: _postponement,
    LetterKind.DECLINE: _decline,
    LetterKind.ANSWER: _answer,
    LetterKind.ANSWER_READY: _answer_ready,
}


def _ground(found: Content) -> str:
    """The reason of the submission rules, and what the applicant can do about it. Source: S2, 1.2 д, 3.1."""
    if found.ground is None:
        return ""
    title, advice = found.ground
    return f"Причина по правилам подачи сообщений: {title}." + (f"\n{advice}" if advice else "")


def _about_files(found: Content, tracking: str) -> str:
    if not found.files:
        return ""
    if fits(found.files):
        return f"Приложения: {len(found.files)}."
    names = "\n".join(f"— {download_name(file.name, file.media_type)}" for file in found.files)
    return (
        f"Приложения не помещаются в письмо. Получите их по адресу {tracking} по номеру и коду "
        f"или у оператора приёма:\n{names}"
    )


def _charset(body: bytes) -> str:
    """Plain text is taken in these two encodings alone."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1251"
    return "utf-8"


def _due(found: Content) -> str:
    """A postponement until a local date means the end of the day before."""
    if until := found.facts.get("postponed_until"):
        return end_of_postponement(date.fromisoformat(until))
    return moment_and_weekday(datetime.fromisoformat(found.facts["due_at"]), ZoneInfo(found.time_zone))


def _received_on(found: Content) -> str:
    return day_and_weekday(found.received_at.astimezone(ZoneInfo(found.time_zone)).date())
