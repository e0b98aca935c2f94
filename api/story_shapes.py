"""What the applicant sees while following his message."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.attachments import AttachmentShown


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
