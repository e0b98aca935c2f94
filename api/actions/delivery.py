"""After the answer: its way to the applicant, and what he says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.fields import FromApplicant, Moment, Parameters, Reason, Short
from domain.vocabulary import Action


class ConfirmDelivery(Parameters):
    """Ответ передан заявителю."""

    letter: UUID = Field(title="Письмо")
    way: Literal["phone", "in_person", "post", "other"] = Field(title="Способ передачи")
    handed_over_at: Moment = Field(title="Когда")
    recipient: Short = Field(title="Кому")


class ReportFailure(Parameters):
    """Отправленное письмо вернулось."""

    letter: UUID = Field(title="Письмо")
    reason: Reason = Field(title="Что случилось")


class Rate(Parameters):
    """Заявитель оценивает ответ."""

    score: int = Field(ge=1, le=5, strict=True, title="Оценка", description="5 — вопрос решён, 1 — совсем нет")
    words: FromApplicant | None = Field(default=None, title="Что понравилось или нет")


class AskRepeat(Parameters):
    """Заявитель просит рассмотреть сообщение повторно."""

    missing: FromApplicant = Field(title="Чего не хватает в ответе")


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.CONFIRM_DELIVERY: ConfirmDelivery,
    Action.REPORT_DELIVERY_FAILURE: ReportFailure,
    Action.RATE: Rate,
    Action.ASK_REPEAT: AskRepeat,
}
