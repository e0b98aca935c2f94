"""What those who endorse and approve decide of an answer or a redirect."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from api.fields import Files, Nothing, Parameters, Reason, Staff, Text, YesNo
from domain.vocabulary import AbsenceCode, Action
from regulations.wording import ready_reasons


class Reject(Parameters):
    """Отклонить ответ или решение о перенаправлении."""

    reason: Reason = Field(
        title="Мотивированная причина отклонения",
        examples=list(ready_reasons(Action.REJECT)),
        description="готовые причины дополняют своими словами",
    )
    reason_files: Files = Field(default=[], title="Файлы к причине")
    wrong_addressee: YesNo = Field(
        default=False,
        title="Готовил не тот: вернуть на координацию",
        description="координаторы назначат другого; без отметки ответ вернётся исполнителю на доработку",
    )


class Delegate(Parameters):
    """Передать право согласования или утверждения."""

    head: Staff = Field(title="Руководитель с полномочиями")
    reason: Reason = Field(title="Мотивированная причина", examples=list(ready_reasons(Action.DELEGATE)))
    absence: AbsenceCode | None = Field(default=None, title="Причина отсутствия (обязательна для администратора)")


class EditAnswer(Parameters):
    """Изменить текст ответа."""

    text: Text = Field(title="Новый текст ответа")


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.ENDORSE: Nothing,
    Action.APPROVE: Nothing,
    Action.REJECT: Reject,
    Action.DELEGATE: Delegate,
    Action.EDIT_ANSWER: EditAnswer,
}
