"""Beside the stage: what somebody is asked for, and what he answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.fields import Day, Errand, Files, FromApplicant, OwnFiles, Parameters, People, Reason, Staff, YesNo
from domain.vocabulary import Action, CallResult, Flag


class AddFacts(Parameters):
    """Заявитель дополняет своё сообщение."""

    text: FromApplicant = Field(title="Что добавить")
    own_files: OwnFiles = Field(default=[], title="Файлы")


class AskApplicant(Parameters):
    """Спросить заявителя: он ответит на странице «Проверить сообщение»; срок ответа при этом идёт."""

    text: FromApplicant = Field(title="Вопрос заявителю")
    due_on: Day | None = Field(
        default=None, title="Ответить до (день включительно)", description="пусто — обычный срок из регламента"
    )


class AnswerQuestion(Parameters):
    """Ответить на вопрос; оператор записывает со слов заявителя."""

    errand: Errand = Field(title="Вопрос")
    text: FromApplicant = Field(title="Ответ заявителя")
    own_files: OwnFiles = Field(default=[], title="Файлы")


class CancelErrand(Parameters):
    """Отменить поручение или вопрос."""

    errand: Errand = Field(title="Поручение")
    reason: Reason = Field(title="Почему больше не нужно")


class AskForCall(Parameters):
    """Поручить звонок заявителю; срок ответа при этом идёт."""

    text: FromApplicant = Field(title="Что узнать у заявителя")
    caller: Staff | None = Field(default=None, title="Кто позвонит", description="пусто — операторы приёма")
    due_on: Day | None = Field(
        default=None, title="Позвонить до (день включительно)", description="пусто — обычный срок из регламента"
    )


class RecordAttempt(Parameters):
    """Записать звонок заявителю."""

    errand: Errand = Field(title="Звонок")
    result: CallResult = Field(title="Результат")
    text: FromApplicant | None = Field(default=None, title="Что сказал заявитель")


class AskCoExecutors(Parameters):
    """Спросить соисполнителей; ответ остаётся один."""

    people: Annotated[People, Field(min_length=1)] = Field(title="Соисполнители")
    text: FromApplicant = Field(title="Что от них нужно")


class Contribute(Parameters):
    """Предложения соисполнителя, или отметка, что их нет."""

    errand: UUID | None = Field(default=None, title="Поручение")
    text: FromApplicant | None = Field(default=None, title="Предложения в ответ")
    comment_files: Files = Field(default=[], title="Файлы исполнителю")
    nothing: YesNo | None = Field(default=None, title="Предложений нет")


class SetFlag(Parameters):
    """Поставить отметку: пишет несовершеннолетний, нужен перевод."""

    flag: Flag = Field(title="Отметка")
    comment: Reason | None = Field(default=None, title="Что важно знать тому, кому поручено")


class DropFlag(Parameters):
    """Снять отметку."""

    flag: Flag = Field(title="Отметка")
    reason: Reason = Field(title="Почему отметка не нужна")


class SettleFlag(Parameters):
    """Выполнено по отметке."""

    errand: UUID = Field(title="Поручение")
    text: Reason = Field(title="Что сделано", examples=["Пишет с согласия матери, она подтвердила по телефону."])


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.ADD_FACTS: AddFacts,
    Action.ASK_APPLICANT: AskApplicant,
    Action.ANSWER_QUESTION: AnswerQuestion,
    Action.CANCEL_ERRAND: CancelErrand,
    Action.ASK_FOR_CALL: AskForCall,
    Action.RECORD_ATTEMPT: RecordAttempt,
    Action.ASK_CO_EXECUTORS: AskCoExecutors,
    Action.CONTRIBUTE: Contribute,
    Action.SET_FLAG: SetFlag,
    Action.DROP_FLAG: DropFlag,
    Action.SETTLE_FLAG: SettleFlag,
}
