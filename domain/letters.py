"""The words of letters to applicants, in Russian: what happened, what happens next and by when.

They are made of what the record holds when a letter leaves, and of what an answer would be for who looks at it beforehand.
"""

from __future__ import annotations

from domain.letter_bodies import BODIES, forwarded
from domain.letter_content import Content, fits
from domain.vocabulary import Action, AnswerType, LetterKind
from domain.words import plural


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
        subject, parts = "Направлено по принадлежности сообщение", [again, forwarded(found)]
    else:
        body, files = BODIES[found.kind](found), _about_files(found, tracking)
        subject = _SUBJECTS[found.kind if found.about is LetterKind.ANSWER else found.about]
        parts = [_greeting(found), again, body, files, _about_rating(found, tracking), _ending(found, tracking, code)]
    return f"{subject} № {found.number}", "\n\n".join(part for part in parts if part)


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
