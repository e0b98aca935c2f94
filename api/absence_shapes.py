"""What is sent and told of an absence. Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.administration import Fields
from api.fields import NearDay, Staff, Visible
from api.shown import Named, PersonShown
from domain.vocabulary import AbsenceCode

Basis = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Visible]
AN_ORDER = "приказ № 12-к от 01.03.2026"


class AbsenceFields(Fields):
    """Отсутствие. Последний день не указывают у болезни и увольнения, пока он неизвестен."""

    code: AbsenceCode = Field(title="Причина")
    first_day: NearDay = Field(title="Первый день", description="сегодня или раньше: с этой минуты")
    last_day: NearDay | None = Field(default=None, title="Последний день", description="можно не указать у болезни")
    basis: Basis = Field(
        default="",
        title="Основание",
        description=f"номер и день приказа, например {AN_ORDER}; у болезни можно указать позже",
        examples=[AN_ORDER],
    )
    substitutes: Annotated[list[Staff], Field(max_length=10)] = Field(
        default=[],
        title="Замещающие, по порядку",
        description="сообщение получит первый, кто на месте и вправе решать",
        json_schema_extra={"x-ordered": True},
    )


class NewAbsence(AbsenceFields):
    """Новое отсутствие: своё или подчинённого."""

    person: Staff | None = Field(default=None, title="Кто отсутствует", description="не указано: вы сами")


class BasisFields(Fields):
    """Основание отсутствия. Период, причина и замещающие остаются."""

    basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Visible] = Field(
        title="Основание", description="номер и день приказа или листка", examples=[AN_ORDER]
    )


class AbsenceShown(BaseModel):
    """Отсутствие и что с ним связано сейчас."""

    id: int
    person: PersonShown
    position: str
    organisation: str
    code: Named = Field(examples=[{"code": "vacation", "title": "Отпуск"}])
    basis: str
    basis_missing: bool = Field(description="основание не указано: внесите его, когда будет документ")
    first_day: date
    last_day: date | None = Field(description="null: конец неизвестен")
    lasts: bool = Field(description="отсутствует сейчас")
    over: bool = Field(description="уже кончилось")
    substitutes: list[PersonShown] = Field(description="по порядку")
    uncovered: list[Named] = Field(description="роли отсутствующего, которых нет ни у кого из замещающих на месте")
    waiting: int = Field(description="сколько незавершённых сообщений лежит у него самого")
    passed_on: int = Field(description="сколько его сообщений сейчас у замещающих")


class Absences(BaseModel):
    """Страница отсутствий, которые вы ведёте, и ваших собственных: нынешних, будущих, недавних и без основания, по началу."""

    items: list[AbsenceShown]
    next: str | None = Field(description="передайте в cursor за следующей страницей; null: это последняя")
