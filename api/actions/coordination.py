"""Who answers: one's own people, a subordinate, another organisation."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from api.fields import CONFLICT_TITLE, Code, Email, Parameters, People, Reason, Short, Staff, WithReason
from domain.vocabulary import Action


class Assign(Parameters):
    """Назначить исполнителя."""

    executor: Staff = Field(title="Исполнитель")
    conflict_reason: Reason | None = Field(default=None, title=CONFLICT_TITLE)


class Take(Parameters):
    """Взять в работу самому."""

    conflict_reason: Reason | None = Field(default=None, title=CONFLICT_TITLE)


class Transfer(Parameters):
    """Передать в подведомственную организацию."""

    organisation: Code = Field(title="Подведомственная организация")
    conflict_reason: Reason | None = Field(default=None, title=CONFLICT_TITLE)


class ProposeRedirect(Parameters):
    """Предложить перенаправление: внутри системы или во внешнюю организацию."""

    organisation: Code | None = Field(default=None, title="Организация системы")
    external_name: Short | None = Field(default=None, title="Наименование внешней организации")
    external_email: Email = Field(default=None, title="Электронная почта внешней организации")
    endorsers: People = Field(default=[], title="Согласующие, по порядку")
    approver: Staff = Field(title="Утверждающий")
    comment: Reason | None = Field(default=None, title="Обоснование")


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.ASSIGN: Assign,
    Action.TAKE: Take,
    Action.TRANSFER_TO_SUBORDINATE: Transfer,
    Action.PROPOSE_REDIRECT: ProposeRedirect,
    Action.RETURN_TO_SUPERIOR: WithReason,
}
