"""What is told of what publishing or taking back an annex would change."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class DifferenceTold(BaseModel):
    """Чем редакция отличается от действующей. `before` null: появилось; `after` null: исчезло."""

    subject: str = Field(examples=["Медицина / Аптеки"])
    before: str | None
    after: str | None
    code: str = ""
    formerly: str = Field(default="", description="прежнее наименование: категорию или подкатегорию переименовали")
    moved: bool = Field(default=False, description="перенесена из другой категории: она названа в formerly")
    touched: int = Field(description="сколько идущих сообщений затронуто", examples=[3])


class TouchedTold(BaseModel):
    """Идущее сообщение: со следующего решения по нему отвечающих предлагают по новой редакции."""

    id: UUID
    number: str
    stage: str
    organisation: str
    subcategory: str | None
    fact: str | None


class LeavingTold(BaseModel):
    """Кто отвечал и больше не назван."""

    code: str
    title: str
    waiting: int = Field(description="сообщений без ответа у его подразделений и организаций")
    needed: bool = Field(description="преемника нужно назвать: работа есть или может появиться до этого дня")
    successor: str | None = Field(description="код того, кто принимает работу")


class LimitedTold(BaseModel):
    """Что ограничено тем, чего больше нет, категориями, между которыми переносят подкатегорию, или организацией, ниже которой
    что-то переносят."""

    kind: Literal["grant", "autorule", "template"] = Field(description="право, автоправило, шаблон ответа")
    title: str = Field(description="чьё право; название правила или шаблона")
    role: str = Field(description="роль права", examples=["coordinator"])
    organisation: str
    loses: bool = Field(description="то, что переносят или чего больше нет, сюда больше не относится")
    gains: bool = Field(description="то, что переносят, теперь относится сюда")


class HeirTold(BaseModel):
    """Кто отвечает и может принять работу."""

    code: str = Field(examples=["law"])
    title: str = Field(examples=["Отдел правовой работы"])


class LaterTold(BaseModel):
    """Что снова изменит редакция, которая опубликована раньше и ждёт своего дня: её готовили без этого."""

    id: int
    on: date = Field(description="с какого дня она действует")
    order_number: str = Field(examples=["20пр"])
    differences: list[DifferenceTold]
    leaving: list[LeavingTold] = Field(description="кто с этого дня больше не назван, а преемник не известен")
    heirs: list[HeirTold]


class PreviewTold(BaseModel):
    """Что изменит публикация или отзыв. Сроки, этапы и основания идущих сообщений остаются по редакции, с которой они начались."""

    on: date = Field(description="на какой день посчитано")
    seen: str = Field(description="какие это различия: передайте при публикации или отзыве")
    differences: list[DifferenceTold]
    running: int = Field(description="сколько сообщений в работе всего")
    touched: int = Field(description="сколько из них затронуто")
    messages: list[TouchedTold] = Field(description="первые 200 затронутых")
    leaving: list[LeavingTold]
    heirs: list[HeirTold] = Field(description="кого можно назвать преемником")
    limited: list[LimitedTold] = Field(
        description="права, автоправила и шаблоны, которых касается перенос или исчезновение категорий"
    )
    later: LaterTold | None = Field(
        description="что изменится снова, когда придёт день следующей редакции; null: ничего"
    )
