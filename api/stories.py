"""What the applicant reads while following his message: what happened, what happens next and by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api.attachments import AttachmentShown
from api.attachments import shown as file_shown
from domain.rules import RULES, rating
from domain.rules.conversion import complaint_number
from domain.vocabulary import Action, ErrandKind, Event, LetterKind, LetterState, LetterWay, Outcome, Stage
from domain.words import end_of_postponement, moment_and_weekday
from storage.stories import Story


class Step(BaseModel):
    """Что произошло."""

    at: datetime
    title: str = Field(examples=["Сообщение зарегистрировано"])
    text: str | None = None


class Next(BaseModel):
    """Что будет дальше и к какому сроку."""

    text: str = Field(examples=["Ответ будет дан не позднее 5 августа 2026 года (среда), 14:05."])
    by: datetime | None = None


class AnswerToApplicant(BaseModel):
    """Ответ заявителю."""

    type: str = Field(examples=["Решено"])
    text: str
    approved_at: datetime
    files: list[AttachmentShown]


class QuestionToApplicant(BaseModel):
    """Вопрос заявителю. Ответьте действием answer_question в POST /track/{number}/decisions."""

    id: UUID
    text: str | None = Field(description="null: вопрос задаст оператор или он в личном кабинете портала")
    asked_at: datetime
    due_at: datetime = Field(
        description="до какого времени ответить; ответить можно и позже, пока сообщение рассматривают"
    )
    late: bool = Field(description="это время прошло")


class RatingAsked(BaseModel):
    """Оценка ответа: пока открыт её срок, и повторное рассмотрение после низкой."""

    until: datetime = Field(description="до какого времени можно оценить")
    score: int | None = Field(description="ваша оценка; её можно изменить")
    open: bool = Field(description="оценить можно сейчас")
    repeat: bool = Field(description="можно попросить рассмотреть повторно")
    contest: str | None = Field(description="как обжаловать, если и повторный ответ не устроил")


class Tracked(BaseModel):
    """Ход рассмотрения."""

    number: str = Field(examples=["2026-0000123"])
    received_at: datetime
    organisation: str = Field(description="кто отвечает", examples=["Городская поликлиника"])
    due_at: datetime = Field(description="срок ответа")
    finished: bool = Field(description="решение принято")
    steps: list[Step]
    next: Next
    answers: list[AnswerToApplicant]
    rating: RatingAsked | None = Field(default=None, description="null: оценивать нечего")
    can_convert: bool = Field(default=False, description="можно выбрать другой закон: choose_law")
    can_withdraw: bool = Field(default=False, description="сообщение можно отозвать: ask_withdrawal")
    questions: list[QuestionToApplicant] = Field(description="на которые ждут ответа")
    may_add: bool = Field(description="сообщение можно дополнить")


NOT_HERE = (
    "В ответе есть сведения, которые нельзя показать здесь. Получите его в личном кабинете портала "
    "или у оператора приёма."
)


def told(story: Story) -> Tracked:
    """The story in words. No staff, nothing that was written inside."""
    case = story.case
    types = {word.code: word.title for word in story.regulation.answer_types}
    return Tracked(
        number=case.number,
        received_at=case.received_at,
        organisation=story.forwarded if _went_outside(story) else story.organisations[case.organisation],
        due_at=case.due_at,
        finished=case.considered,
        steps=[_step(row, story) for row in story.rows if _concerns(row)],
        next=_next(story),
        can_convert=not case.considered and case.stage is not Stage.MODERATION and case.linked_to is None,
        can_withdraw=not case.considered and case.withdrawal_at is None,
        answers=[
            AnswerToApplicant(
                type=types[answer["type"]],
                text=answer["text"],
                approved_at=answer["approved_at"],
                files=[file_shown(story.files[file]) for file in answer["files"] if file in story.files],
            )
            for answer in story.answers
        ],
        questions=[
            QuestionToApplicant(
                id=UUID(one.id),
                text=story.questions.get(one.id),
                asked_at=one.asked_at,
                due_at=one.due_at,
                late=one.due_at <= story.at,
            )
            for one in case.errands
            if one.open and one.kind is ErrandKind.QUESTION
        ],
        may_add=case.open and case.stage in RULES[Action.ADD_FACTS].stages,
        rating=_rating(story),
    )


def _rating(story: Story) -> RatingAsked | None:
    """Source: S0, п. 2; G-28."""
    case, world = story.case, story.world
    until = rating.until(case, world)
    if until is None:
        return None
    is_open = case.open and story.at <= until
    low = case.rated is not None and case.rated.score <= world.regulation.settings.rating_low
    return RatingAsked(
        until=until,
        score=case.rated.score if case.rated else None,
        open=is_open,
        repeat=is_open and rating.may_ask_repeat(case, world),
        contest=_contest(story) if low and case.repeat is not None else None,
    )


def _contest(story: Story) -> str:
    above = story.world.directory.organisations[story.case.organisation].path[:-1]
    where = f"в вышестоящий орган — «{story.organisations[above[-1]]}»" if above else "в вышестоящий орган"
    return (
        f"Если и повторный ответ вас не устроил, его можно обжаловать: обратитесь {where}, "
        "к прокурору или в суд. Приложите номер этого сообщения и оба ответа."
    )


def is_shown(story: Story, file_id: UUID) -> bool:
    """Whether the file belongs to an answer that the applicant may read here."""
    return str(file_id) in story.files


def _concerns(row: Mapping[str, Any]) -> bool:
    match row["event"]:
        case Event.CARD_CORRECTED:
            return bool(row["facts"].get("due_at"))
        case Event.EXECUTOR_ASSIGNED | Event.MESSAGE_TAKEN:
            return "first_reaction" in row["facts"]
        case _:
            return True


def _step(row: Mapping[str, Any], story: Story) -> Step:
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
            ground = grounds.get(_ground(story, at) or "")
            return "Ответ готов", NOT_HERE if story.case.secret else (f"{ground.title}." if ground else None)
        case Event.CARD_CORRECTED:
            return "Уточнён срок ответа", _moved(facts, zone).strip() or None
        case Event.MESSAGE_LINKED | Event.ANSWERED_TOGETHER | Event.MESSAGE_CONVERTED:
            return _elsewhere(event, facts, zone)
        case Event.ANSWER_RATED | Event.REPEAT_ASKED:
            return _of_rating(event, facts, zone)
        case Event.CONSIDERATION_CONTINUED:
            return "Рассмотрение продолжено несмотря на отзыв", story.continued or NOT_HERE
        case _:
            return _SAID[Event(event)], None


def _elsewhere(event: str, facts: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, str]:
    """Where the answer is, when it is not here: with another message, or by another law."""
    match event:
        case Event.MESSAGE_LINKED:
            return "Ответ будет один", f"Он будет дан по вашему сообщению № {facts['number']}: оно о том же."
        case Event.ANSWERED_TOGETHER:
            return "Ответ готов", f"Он дан вместе с ответом на ваше сообщение № {facts['number']}."
        case _:
            by = moment_and_weekday(datetime.fromisoformat(facts["errand_due_at"]), zone)
            return (
                "Передано как жалоба по 210-ФЗ",
                f"Номер жалобы: {facts['complaint']}. Её рассмотрят не позднее {by}.",
            )


_SAID = {
    Event.MESSAGE_REGISTERED: "Сообщение зарегистрировано",
    Event.EXECUTOR_ASSIGNED: "Сообщение взято в работу",
    Event.MESSAGE_TAKEN: "Сообщение взято в работу",
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


def _went_outside(story: Story) -> bool:
    return story.case.outcome is Outcome.REDIRECTED and story.forwarded is not None


def _next(story: Story) -> Next:
    case = story.case
    if case.considered:
        return _after(story)
    if case.withdrawal_at is not None:
        return Next(
            text="Вы попросили отозвать сообщение. Сотрудник решит, прекратить ли рассмотрение, и мы вам сообщим. "
            "До этого работа над ответом продолжается.",
            by=case.due_at,
        )
    if case.postponed_until is not None:
        due = end_of_postponement(case.postponed_until)
    else:
        due = moment_and_weekday(case.due_at, ZoneInfo(story.time_zone))
    if case.linked_number is not None:
        text = f"Ответ будет дан вместе с ответом на ваше сообщение № {case.linked_number}, не позднее {due}."
        return Next(text=text, by=case.due_at)
    if case.due_at <= story.at:
        return Next(
            text=f"Срок ответа истёк {due}. Работа над ответом продолжается, о задержке знают те, кто её контролирует.",
            by=case.due_at,
        )
    if case.stage is Stage.MODERATION:
        first = "Модератор проверит сообщение и направит его в организацию, которая ответит."
    else:
        first = f"«{story.organisations[case.organisation]}» готовит ответ."
    return Next(text=f"{first} Ответ будет дан не позднее {due}.", by=case.due_at)


def _after(story: Story) -> Next:
    """What the letters about the decision are at."""
    case = story.case
    if case.outcome is Outcome.CONVERTED:
        return Next(
            text=f"Жалобу № {complaint_number(case.number)} рассматривает ответственный за жалобы; он вам ответит."
        )
    if _went_outside(story):
        return Next(text=f"Ответит «{story.forwarded}». Здесь работа над сообщением завершена.")
    last = [
        letter
        for letter in case.letters
        if letter.kind in {LetterKind.ANSWER, LetterKind.DECLINE, LetterKind.WITHDRAWN}
    ]
    task = next((letter for letter in last if letter.state is LetterState.TASK), None)
    if task is not None and task.task_due_at is not None:
        by = moment_and_weekday(task.task_due_at, ZoneInfo(story.time_zone))
        return Next(text=f"Оператор приёма передаст вам ответ не позднее {by}.", by=task.task_due_at)
    if any(letter.way is LetterWay.EMAIL and letter.open for letter in last):
        return Next(text="Ответ отправляется на вашу электронную почту.")
    if case.secret:
        return Next(text=NOT_HERE)
    asked = _rating(story)
    if asked is not None and asked.repeat:
        by = moment_and_weekday(asked.until, ZoneInfo(story.time_zone))
        text = f"Ответ дан. Если вопрос не решён, до {by} можно попросить рассмотреть сообщение повторно."
        return Next(text=text, by=asked.until)
    if asked is not None and asked.open and asked.score is None:
        by = moment_and_weekday(asked.until, ZoneInfo(story.time_zone))
        return Next(text=f"Ответ дан. Оценить его можно до {by}.", by=asked.until)
    return Next(text="Рассмотрение завершено. Если вопрос остался, отправьте новое сообщение и укажите номер этого.")
