"""Templates of answers as administrators write them and executors are offered them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, field_validator

from api.administration import Fields, Id, Title
from api.differences import Piece
from api.fields import YesNo
from domain.answer_templates import MOST_CHARACTERS, TemplateError, read

TemplateText = Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS)]


def _readable(text: str) -> str:
    text = text.replace("\r\n", "\n").strip("\n")
    try:
        read(text)
    except TemplateError as error:
        raise ValueError(str(error)) from None
    if not text.strip():
        raise ValueError("Напишите текст шаблона.")
    return text


class TemplateFields(Fields):
    """Шаблон ответа."""

    title: Title = Field(title="Название", examples=["Недозвон: линия добавлена"])
    categories: Annotated[list[Id], Field(max_length=100)] = Field(
        default=[], title="Категории и подкатегории; не выбрано — для всех", examples=[["medicine.no_answer"]]
    )
    text: TemplateText = Field(title="Текст", examples=["| {приветствие}!\n\n[что сделано и когда]"])

    @field_validator("text")
    @classmethod
    def _is_template(cls, value: str) -> str:
        return _readable(value)


class NewTemplate(TemplateFields):
    """Новый шаблон ответа."""

    organisation: Id = Field(title="Организация", examples=["polyclinic"])


class TemplateActive(Fields):
    """Предлагать ли шаблон исполнителям."""

    active: YesNo = Field(examples=[False])


class TemplateToShow(Fields):
    """Текст шаблона, чтобы посмотреть ответ по нему."""

    text: TemplateText = Field(examples=["| {приветствие}!"])

    @field_validator("text")
    @classmethod
    def _is_template(cls, value: str) -> str:
        return _readable(value)


class TemplateShown(BaseModel):
    """Шаблон ответа, его последняя версия."""

    id: int
    organisation: str
    version: int
    active: bool = Field(description="предлагается исполнителям")
    changed_at: datetime
    template: TemplateFields


class TemplateVersion(BaseModel):
    """Версия шаблона и чем её текст отличается от прежней."""

    version: int
    made_at: datetime
    author: str
    template: TemplateFields
    difference: list[Piece] | None


class TemplatePreview(BaseModel):
    """Каким был бы ответ по шаблону: по придуманной карточке."""

    text: str
    fields: list[str] = Field(description="что заполняет исполнитель")
    locked: list[str] = Field(description="слова, которые не меняют")


class OfferedTemplate(BaseModel):
    """Шаблон, который подходит сообщению, уже со сведениями карточки."""

    template: str = Field(description="номер и версия: передайте в поле template ответа", examples=["3.2"])
    title: str
    organisation: str
    by_rule: bool = Field(description="предложен автоправилом")
    fields: list[str]
    text: str


class OfferedTemplates(BaseModel):
    """Сначала предложенный автоправилом, затем те, что подходят ближе."""

    templates: list[OfferedTemplate]
