"""What makes a message another case: danger, withdrawal, a link, another law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.fields import FromApplicant, Parameters, Reason, WithReason
from domain.vocabulary import Action, Law


class ConfirmDanger(Parameters):
    """Подтвердить угрозу жизни: дежурные узнают сразу."""

    comment: Reason | None = Field(
        default=None, title="Что сделано и кому передано", examples=["Вызвана скорая помощь по адресу заявителя."]
    )


class DismissDanger(Parameters):
    """Угрозы жизни нет."""

    reason: Reason = Field(title="Почему угрозы жизни нет", examples=["Оборот речи: «убит горем»."])


class AskWithdrawal(Parameters):
    """Отозвать сообщение."""

    reason: FromApplicant | None = Field(default=None, title="Почему заявитель отзывает сообщение")


class ConfirmWithdrawal(Parameters):
    """Прекратить рассмотрение по отзыву."""

    comment: Reason | None = Field(default=None, title="Внутренний комментарий")


class ContinueConsideration(Parameters):
    """Продолжить рассмотрение несмотря на отзыв."""

    reason: Reason = Field(
        title="Почему рассмотрение продолжается: это прочитает заявитель",
        examples=["Есть угроза жизни и здоровью.", "Вопрос касается и других людей."],
    )


class Link(Parameters):
    """Ответить вместе с более ранним сообщением того же заявителя."""

    main: Annotated[str, Field(max_length=20)] = Field(
        title="Номер более раннего сообщения того же заявителя", examples=["2026-0000123"]
    )
    reason: Reason = Field(title="Почему ответ будет один", examples=["Тот же вопрос, новых сведений нет."])


class ChooseLaw(Parameters):
    """Рассмотреть сообщение по другому закону."""

    law: Law = Field(title="По какому закону рассмотреть")


class Convert(ChooseLaw):
    """Передать сообщение как жалобу по другому закону."""

    reason: Reason = Field(
        title="Почему: это прочитает заявитель", examples=["Это жалоба на отказ в записи через Госуслуги."]
    )


class SettleComplaint(Parameters):
    """Жалоба рассмотрена."""

    errand: UUID = Field(title="Поручение")
    text: Reason = Field(title="Что решено, когда и как ответили заявителю")


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.CONFIRM_DANGER: ConfirmDanger,
    Action.DISMISS_DANGER: DismissDanger,
    Action.ASK_WITHDRAWAL: AskWithdrawal,
    Action.RECORD_WITHDRAWAL: AskWithdrawal,
    Action.CONFIRM_WITHDRAWAL: ConfirmWithdrawal,
    Action.CONTINUE_CONSIDERATION: ContinueConsideration,
    Action.LINK: Link,
    Action.UNLINK: WithReason,
    Action.CONVERT: Convert,
    Action.CHOOSE_LAW: ChooseLaw,
    Action.SETTLE_COMPLAINT: SettleComplaint,
}
