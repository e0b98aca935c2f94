"""What happened to a message, in words for its applicant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.story_shapes import NOT_HERE, Step
from domain.regulation import Ground
from domain.rules import rating
from domain.vocabulary import ErrandKind, Event
from domain.words import end_of_postponement, moment_and_weekday
from storage.stories import Story


def concerns(row: Mapping[str, Any]) -> bool:
    """Whether the applicant is told of this journal row: of some events only when they move his term or begin the work."""
    match row["event"]:
        case Event.CARD_CORRECTED:
            return bool(row["facts"].get("due_at"))
        case Event.EXECUTOR_ASSIGNED | Event.MESSAGE_TAKEN | Event.WORK_STARTED:
            return "first_reaction" in row["facts"]
        case _:
            return True


def step(row: Mapping[str, Any], story: Story) -> Step:
    """The journal row as he reads it."""
    title, text = _words(row["event"], row["facts"], row["at"], story)
    return Step(at=row["at"], title=title, text=text)


def _words(event: str, facts: Mapping[str, Any], at: datetime, story: Story) -> tuple[str, str | None]:
    zone = ZoneInfo(story.time_zone)
    grounds = {word.code: word for word in story.regulation.decline_grounds}
    match event:
        case Event.MESSAGE_ACCEPTED:
            return "Сообщение принято в работу", f"Отвечает: {_organisation(facts, story)}.{_moved(facts, zone)}"
        case Event.MESSAGE_DECLINED:
            ground = grounds.get(facts["ground"])
            said = f"{ground.title}. {ground.text}" if ground else ""
            return "Сообщение отклонено", f"{said} {story.declined or NOT_HERE}".strip()
        case Event.MESSAGE_TRANSFERRED:
            return "Сообщение передано", f"Отвечает: {_organisation(facts, story)}."
        case Event.REDIRECT_APPROVED:
            return "Сообщение перенаправлено", f"Отвечает: {_organisation(facts, story)}."
        case Event.POSTPONEMENT_APPROVED:
            return "Рассмотрение отложено", f"Ответ будет дан не позднее {_postponed(facts)}."
        case Event.ANSWER_APPROVED:
            return "Ответ готов", _answered(grounds.get(_ground(story, at) or ""), facts, story)
        case Event.CARD_CORRECTED:
            return "Уточнён срок ответа", _moved(facts, zone).strip() or None
        case Event.MESSAGE_LINKED | Event.ANSWERED_TOGETHER | Event.MESSAGE_CONVERTED:
            return _elsewhere(event, facts, zone, story)
        case Event.ANSWER_RATED | Event.REPEAT_ASKED:
            return _of_rating(event, facts, zone)
        case Event.ERRAND_DONE if facts["kind"] == ErrandKind.COMPLAINT_210:
            return "Жалоба по 210-ФЗ рассмотрена", "Ответ на неё даёт тот, кто её рассмотрел."
        case Event.CONSIDERATION_CONTINUED:
            return "Рассмотрение продолжено несмотря на отзыв", story.continued or NOT_HERE
        case _:
            return _SAID[Event(event)], None


def _answered(ground: Ground | None, facts: Mapping[str, Any], story: Story) -> str | None:
    said = NOT_HERE if story.case.secret else f"{ground.title}." if ground else ""
    return f"{said} {_withdrawal(facts)}".strip() or None


def _withdrawal(facts: Mapping[str, Any]) -> str:
    """What became of a wish that nobody had decided on."""
    return "Отозвать сообщение вы просили, когда ответ был уже подготовлен." if facts.get("withdrawal_open") else ""


def _elsewhere(event: str, facts: Mapping[str, Any], zone: ZoneInfo, story: Story) -> tuple[str, str]:
    """Where the answer is, when it is not here: with another message, or by another law."""
    match event:
        case Event.MESSAGE_LINKED:
            return "Ответ будет один", f"Он будет дан по вашему сообщению № {facts['number']}: оно о том же."
        case Event.ANSWERED_TOGETHER:
            said = f"Он дан вместе с ответом на ваше сообщение № {facts['number']}. {_withdrawal(facts)}"
            return "Ответ готов", said.strip()
        case _:
            by = moment_and_weekday(datetime.fromisoformat(facts["errand_due_at"]), zone)
            number = f"Номер жалобы: {facts['complaint']}. Её рассмотрят не позднее {by}."
            return "Передано как жалоба по 210-ФЗ", f"{story.converted or ''}\n{number}".strip()


_SAID = {
    Event.MESSAGE_REGISTERED: "Сообщение зарегистрировано",
    Event.EXECUTOR_ASSIGNED: "Сообщение взято в работу",
    Event.MESSAGE_TAKEN: "Сообщение взято в работу",
    Event.WORK_STARTED: "Сообщение взято в работу",
    Event.DELIVERY_CONFIRMED: "Передано заявителю",
    Event.FACTS_ADDED: "Вы дополнили сообщение",
    Event.WITHDRAWAL_ASKED: "Вы попросили отозвать сообщение",
    Event.MESSAGE_WITHDRAWN: "Рассмотрение прекращено по вашей просьбе",
    Event.MESSAGE_UNLINKED: "Ответ на это сообщение будет дан отдельно",
    Event.LINK_ENDED: "Ответ на это сообщение будет дан отдельно",
    Event.ERRAND_GIVEN: "Вам задан вопрос",
    Event.ERRAND_DONE: "Вы ответили на вопрос",
    Event.ERRAND_CANCELLED: "Вопрос снят",
}
"""What needs no more than its name."""


def _of_rating(event: str, facts: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, str]:
    if event == Event.ANSWER_RATED:
        return "Вы оценили ответ", f"Оценка: {facts['score']} из {rating.BEST}."
    due = moment_and_weekday(datetime.fromisoformat(facts["due_at"]), zone)
    return "Начато повторное рассмотрение", f"Ответ будет дан не позднее {due}."


def _ground(story: Story, approved_at: datetime) -> str | None:
    return next((answer["ground"] for answer in story.answers if answer["approved_at"] == approved_at), None)


def _organisation(facts: Mapping[str, Any], story: Story) -> str:
    if facts.get("external"):
        return story.forwarded or "внешняя организация"
    return story.organisations.get(facts["organisation"], facts["organisation"])


def _moved(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    if not facts.get("due_was"):
        return ""
    return f" Срок ответа — {moment_and_weekday(datetime.fromisoformat(facts['due_at']), zone)}."


def _postponed(facts: Mapping[str, Any]) -> str:
    return end_of_postponement(date.fromisoformat(facts["postponed_until"]))
