"""The words of letters to applicants, in Russian: what happened, what happens next and by when.

They are made of what the record holds when a letter leaves, and of what an answer would be for who looks at it beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.vocabulary import Action, AnswerType, LetterKind
from domain.words import day_and_weekday, end_of_postponement, moment_and_weekday, plural

FILES_LIMIT = 20 * 1024 * 1024
"""Of all files of a letter: with base64 it still passes mail servers with the usual limit of 30 MB."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wrote, and how to reach him."""

    kind: str
    name: str | None = None
    inn: str | None = None
    contact_person: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file that goes with the letter, under the name that its reader gets."""

    id: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """What the words are made of. `text` and `location` are the message's, `organisation` and `time_zone` of who answers.

    `about`: what was decided; another than `kind` for a letter that only says where the decision is to be read.
    `ground`: title and advice of the reason of the submission rules for which the message was declined.
    """

    kind: LetterKind
    about: LetterKind
    number: str
    applicant: Applicant
    received_at: datetime
    organisation: str
    time_zone: str
    facts: Mapping[str, Any]
    answer: str = ""
    reason: str = ""
    ground: tuple[str, str] | None = None
    files: tuple[LetterFile, ...] = ()
    text: str = ""
    location: str | None = None
    doubtful: bool = False
    question: str = ""


def about(kind: LetterKind, action: str | None, answer_type: str | None) -> LetterKind:
    """What a letter of this kind tells of, after a decision that approved an answer of this type or declined the message."""
    if kind is not LetterKind.ANSWER_READY:
        return kind
    if action == Action.DECLINE or answer_type == AnswerType.DECLINED:
        return LetterKind.DECLINE
    if action in (Action.CONVERT, Action.CHOOSE_LAW):
        return LetterKind.CONVERTED
    if action == Action.CONTINUE_CONSIDERATION:
        return LetterKind.CONTINUED
    return LetterKind.POSTPONEMENT if answer_type == AnswerType.POSTPONED else LetterKind.ANSWER


def words(found: Content, public_url: str, code: str) -> tuple[str, str]:
    """Subject and text. The subject never tells what the message is about. `code`: what opens the message at `public_url`."""
    tracking = f"{public_url.rstrip('/')}/track"
    again = _AGAIN if found.doubtful else ""
    if found.kind is LetterKind.FORWARDED:
        subject, parts = "Направлено по принадлежности сообщение", [again, _forwarded(found)]
    else:
        body, files = _BODIES[found.kind](found), _about_files(found, tracking)
        subject = _SUBJECTS[found.kind if found.about is LetterKind.ANSWER else found.about]
        parts = [_greeting(found), again, body, files, _about_rating(found, tracking), _ending(found, tracking, code)]
    return f"{subject} № {found.number}", "\n\n".join(part for part in parts if part)


def fits(files: tuple[LetterFile, ...]) -> bool:
    """Whether the files may travel in one letter."""
    return sum(file.size for file in files) <= FILES_LIMIT


_AGAIN = "Возможно, вы уже получили это письмо: почта не подтвердила доставку, и мы повторяем его."


def _ending(found: Content, tracking: str, code: str) -> str:
    return (
        f"Номер сообщения: {found.number}\nКод для просмотра: {code}\n"
        f"Ход рассмотрения: {tracking}\n"
        "Не сообщайте код посторонним: с ним можно увидеть, как рассматривают ваше сообщение.\n\n"
        f"{found.organisation}"
    )


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


def _in_work(found: Content) -> str:
    """Source: S0, п. 5; G-01."""
    return f"Ваше сообщение взято в работу: {found.organisation}.\nОтвет будет подготовлен не позднее {_due(found)}."


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
    if main := found.facts.get("main_number"):
        return f"Это один ответ на ваши сообщения № {main} и № {found.number}: они об одном.\n\n{found.answer}"
    return f"Ответ на ваше сообщение:\n\n{found.answer}"


def _withdrawn(found: Content) -> str:
    return (
        "Вы попросили отозвать сообщение. Его рассмотрение прекращено, ответа на него не будет.\n"
        "Если вопрос появится снова, отправьте новое сообщение."
    )


def _continued(found: Content) -> str:
    return (
        "Вы попросили отозвать сообщение, но его рассмотрение продолжается. "
        f"Ответ будет дан не позднее {_due(found)}.\n\nПочему: {found.reason}"
    )


def _converted(found: Content) -> str:
    by = moment_and_weekday(datetime.fromisoformat(found.facts["complaint_due_at"]), ZoneInfo(found.time_zone))
    why = f"\nПочему: {found.reason}" if found.reason else ""
    return (
        f"Ваше сообщение передано как жалоба на предоставление услуги по закону № 210-ФЗ.{why}\n"
        f"Номер жалобы: {found.facts['complaint']}. Её рассмотрит «{found.organisation}» не позднее {by}.\n\n"
        "Жалобу вы можете подать и сами: на Госуслугах, в МФЦ или в организации. "
        "Если решение по жалобе вас не устроит, его можно обжаловать в вышестоящем органе или в суде."
    )


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
        case LetterKind.CONVERTED:
            return (
                f"Ваше сообщение передано как жалоба по закону № 210-ФЗ, её номер: {found.facts['complaint']}.\n"
                f"В пояснении есть сведения, которые нельзя отправить по электронной почте: {where}"
            )
        case LetterKind.CONTINUED:
            return (
                f"Рассмотрение вашего сообщения продолжается: ответ будет дан не позднее {_due(found)}.\n"
                f"В пояснении есть сведения, которые нельзя отправить по электронной почте: {where}"
            )
        case _:
            return (
                "Ответ на ваше сообщение готов. "
                f"В нём есть сведения, которые нельзя отправить по электронной почте: {where}"
            )


def _question(found: Content) -> str:
    until = moment_and_weekday(datetime.fromisoformat(found.facts["errand_due_at"]), ZoneInfo(found.time_zone))
    return (
        f"Чтобы ответить на ваше сообщение, нужно уточнить:\n\n{found.question}\n\n"
        f"Ответьте, пожалуйста, не позднее {until}: откройте страницу ниже, введите номер и код. Там же можно приложить файлы.\n"
        f"Срок ответа вам от этого не меняется: не позднее {_due(found)}."
    )


def _call_missed(found: Content) -> str:
    return (
        "Чтобы ответить на ваше сообщение, мы хотели уточнить у вас некоторые сведения. Мы звонили по телефону, указанному "
        "в сообщении, и не смогли с вами поговорить.\n"
        "Позвоните нам или откройте страницу ниже, введите номер и код и напишите в «Дополнить сообщение», когда и как с вами "
        f"связаться.\nСрок ответа вам от этого не меняется: не позднее {_due(found)}."
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
    LetterKind.WITHDRAWN: "Прекращено рассмотрение сообщения",
    LetterKind.CONTINUED: "Продолжено рассмотрение сообщения",
    LetterKind.CONVERTED: "Передано как жалоба сообщение",
    LetterKind.IN_WORK: "Взято в работу сообщение",
    LetterKind.QUESTION: "Вопрос по сообщению",
    LetterKind.CALL_MISSED: "Не смогли дозвониться по сообщению",
}
_BODIES: dict[LetterKind, Callable[[Content], str]] = {
    LetterKind.REGISTRATION: _registration,
    LetterKind.TERM_MOVED: _term_moved,
    LetterKind.REDIRECT: _redirect,
    LetterKind.POSTPONEMENT: _postponement,
    LetterKind.DECLINE: _decline,
    LetterKind.ANSWER: _answer,
    LetterKind.ANSWER_READY: _answer_ready,
    LetterKind.WITHDRAWN: _withdrawn,
    LetterKind.CONTINUED: _continued,
    LetterKind.CONVERTED: _converted,
    LetterKind.IN_WORK: _in_work,
    LetterKind.QUESTION: _question,
    LetterKind.CALL_MISSED: _call_missed,
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
    names = "\n".join(f"— {file.name}" for file in found.files)
    return (
        f"Приложения не помещаются в письмо. Получите их по адресу {tracking} по номеру и коду "
        f"или у оператора приёма:\n{names}"
    )


def _about_rating(found: Content, tracking: str) -> str:
    """Source: S0, п. 2; G-28."""
    days = found.facts.get("rating_days")
    if not days or found.about is not LetterKind.ANSWER:
        return ""
    length = f"{days} {plural(days, ('дня', 'дней', 'дней'))}"
    return f"Оцените ответ в течение {length}: {tracking}. Если вопрос не решён, там же можно попросить рассмотреть его повторно."


def _due(found: Content) -> str:
    """A postponement until a local date means the end of the day before."""
    if until := found.facts.get("postponed_until"):
        return end_of_postponement(date.fromisoformat(until))
    return moment_and_weekday(datetime.fromisoformat(found.facts["due_at"]), ZoneInfo(found.time_zone))


def _received_on(found: Content) -> str:
    return day_and_weekday(found.received_at.astimezone(ZoneInfo(found.time_zone)).date())
