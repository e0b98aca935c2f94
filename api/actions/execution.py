"""The executor's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from api.fields import (
    CONFLICT_TITLE,
    Code,
    Day,
    Files,
    Nothing,
    Parameters,
    People,
    Reason,
    Staff,
    Text,
    WithReason,
    YesNo,
)
from domain.vocabulary import AbsenceCode, Action, AnswerType


class Reassign(Parameters):
    """Переназначить исполнителя."""

    executor: Staff = Field(title="Новый исполнитель")
    reason: Reason = Field(title="Мотивированная причина")
    absence: AbsenceCode | None = Field(default=None, title="Причина отсутствия (обязательна для исполнителя)")
    conflict_reason: Reason | None = Field(default=None, title=CONFLICT_TITLE)


class SubmitAnswer(Parameters):
    """Подготовить ответ."""

    type: AnswerType = Field(title="Тип ответа")
    text: Text = Field(title="Текст ответа")
    postponed_until: Day | None = Field(default=None, title="Отложено до (для типа «Отложено»)")
    ground: Code | None = Field(default=None, title="Причина из правил подачи (для типа «Отклонено»)")
    files: Files = Field(default=[], title="Файлы заявителю")
    comment: Reason | None = Field(default=None, title="Внутренний комментарий")
    comment_files: Files = Field(default=[], title="Файлы к комментарию")
    endorsers: People = Field(default=[], title="Согласующие, по порядку")
    approver: Staff = Field(title="Утверждающий")
    secret: YesNo | None = Field(default=None, title="Врачебная тайна: ответ не уйдёт по электронной почте")
    template: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}\.[0-9]{1,9}$")] | None = Field(
        default=None, title="Шаблон ответа и его версия", examples=["3.2"]
    )

    @model_validator(mode="after")
    def _of_its_type(self) -> SubmitAnswer:
        """A date or ground that the type does not have is not kept: forms show both and send what was filled in before."""
        if self.type != AnswerType.POSTPONED:
            self.postponed_until = None
        if self.type != AnswerType.DECLINED:
            self.ground = None
        return self


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.START_WORK: Nothing,
    Action.RETURN_TO_COORDINATION: WithReason,
    Action.REASSIGN: Reassign,
    Action.SUBMIT_ANSWER: SubmitAnswer,
    Action.RECALL: WithReason,
    Action.WITHDRAW_ANSWER: Nothing,
}
