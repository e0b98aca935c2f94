"""Kinds of fields: what a number, a reason, an address looks like in whatever is sent to us."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)

from domain.words import is_visible
from storage.personal import normal_email, normal_phone


def _email(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    found = normal_email(value)
    if found is None:
        raise ValueError("Это не адрес электронной почты.")
    return found


def _phone(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    found = normal_phone(value)
    if found is None:
        raise ValueError("Это не номер телефона.")
    return found


def _day(value: object) -> object:
    """What JSON calls a day; left to itself, pydantic reads numbers as seconds since 1970."""
    if type(value) is not date and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("Напишите день так: 2026-09-01.")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, datetime) and not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]", value)):
        raise ValueError("Напишите время так: 2026-09-01T09:00:00+03:00.")
    return value


def _near(on: date) -> date:
    """Calendars and databases count further than this, but nobody's work does. An instant is of its own day."""
    if not 2000 <= on.year <= 2100:
        raise ValueError("Укажите день с 2000 по 2100 год.")
    return on


def _visible(value: object) -> object:
    return "" if isinstance(value, str) and not is_visible(value) else value


Visible = BeforeValidator(_visible)
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Visible]
YesNo = Annotated[bool, Strict()]
Day = Annotated[date, BeforeValidator(_day)]
NearDay = Annotated[Day, AfterValidator(_near)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
NearMoment = Annotated[Moment, AfterValidator(_near)]
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]*$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), Visible]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000), Visible]
FromApplicant = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), Visible]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible]
Email = Annotated[Annotated[str, Field(max_length=254)] | None, AfterValidator(_email)]
Phone = Annotated[Annotated[str, Field(max_length=40)] | None, AfterValidator(_phone)]
Staff = Annotated[int, Field(ge=1, le=2**53, strict=True, description="табельный номер")]
Official = Annotated[int, Field(ge=0, le=2**53, strict=True, description="табельный номер; 0: ни на кого")]
People = Annotated[list[Staff], Field(max_length=20)]
Files = Annotated[list[UUID], Field(max_length=20)]
OwnFiles = Annotated[list[UUID], Field(max_length=10)]
Errand = Annotated[UUID, Field(title="Поручение")]

CONFLICT_TITLE = (
    "Обоснование исключения: сообщение о сотруднике, который участвует в ответе, или о руководителе организации"
)


class Parameters(BaseModel):
    """Fields of an action. What is not declared is refused."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class Nothing(Parameters):
    """Полей нет."""


class WithReason(Parameters):
    """Действие с мотивированной причиной."""

    reason: Reason = Field(title="Мотивированная причина")
