"""Kinds of fields: what a number, a reason, an address looks like in whatever is sent to us."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

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


Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]*$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000)]
FromApplicant = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
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
