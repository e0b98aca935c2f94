"""Into work or not, and the card that says what the message is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.fields import Code, Email, Official, Parameters, Phone, Reason, Short, Tag, YesNo
from domain.vocabulary import Action, Audience


class Accept(Parameters):
    """Принять сообщение в работу."""

    category: Code = Field(title="Категория")
    subcategory: Code = Field(title="Подкатегория")
    fact: Code | None = Field(default=None, title="Факт")
    organisation: Code = Field(title="Организация, которая должна ответить")
    location: Short | None = Field(default=None, title="Место")
    complained_of: Code | None = Field(default=None, title="На какую организацию жалоба")
    complained_of_person: Official | None = Field(default=None, title="На какого сотрудника жалоба")
    complained_of_title: Short | None = Field(
        default=None, title="На кого жалоба, словами", description="если это не пользователь системы"
    )
    audience: Audience | None = Field(default=None, title="О ком сообщение")
    secret: YesNo | None = Field(default=None, title="Врачебная тайна")
    conflict_reason: Reason | None = Field(
        default=None,
        title="Почему отвечает эта организация",
        description="если жалоба на руководителя, а она ему не вышестоящая",
    )


class Decline(Parameters):
    """Отклонить сообщение."""

    ground: Code = Field(title="Причина из правил подачи")
    reason: Reason = Field(title="Мотивированное пояснение для заявителя")


class Contacts(Parameters):
    """Контактные данные заявителя целиком: чего нет, того больше нет."""

    email: Email = Field(default=None, title="Электронная почта")
    phone: Phone = Field(default=None, title="Телефон")
    address: Short | None = Field(default=None, title="Адрес")


class CorrectCard(Parameters):
    """Исправить карточку; прежние значения сохраняются."""

    category: Code | None = Field(default=None, title="Категория")
    subcategory: Code | None = Field(default=None, title="Подкатегория")
    fact: Code | None = Field(default=None, title="Факт")
    contacts: Contacts | None = Field(default=None, title="Контактные данные")
    complained_of: Code | None = Field(default=None, title="На какую организацию жалоба")
    complained_of_person: Official | None = Field(default=None, title="На какого сотрудника жалоба")
    complained_of_title: Short | None = Field(
        default=None, title="На кого жалоба, словами", description="если это не пользователь системы"
    )
    audience: Audience | None = Field(default=None, title="О ком сообщение")
    prioritised: YesNo | None = Field(
        default=None, title="Приоритетное", description="снятое человеком автоправило не возвращает"
    )
    tag: Tag | None = Field(default=None, title="Поставить метку")
    tags_off: Annotated[list[Tag], Field(max_length=20, json_schema_extra={"uniqueItems": True})] = Field(
        default=[], title="Снять метки", description="автоправило их не возвращает"
    )


FIELDS: Mapping[Action, type[Parameters]] = {
    Action.ACCEPT: Accept,
    Action.DECLINE: Decline,
    Action.CORRECT_CARD: CorrectCard,
}
