"""What each kind of letter to an applicant says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.letter_content import Content
from domain.vocabulary import LetterKind
from domain.words import day_and_weekday, end_of_postponement, moment_and_weekday


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


def forwarded(found: Content) -> str:
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


BODIES: dict[LetterKind, Callable[[Content], str]] = {
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


def _due(found: Content) -> str:
    """A postponement until a local date means the end of the day before."""
    if until := found.facts.get("postponed_until"):
        return end_of_postponement(date.fromisoformat(until))
    return moment_and_weekday(datetime.fromisoformat(found.facts["due_at"]), ZoneInfo(found.time_zone))


def _received_on(found: Content) -> str:
    return day_and_weekday(found.received_at.astimezone(ZoneInfo(found.time_zone)).date())
