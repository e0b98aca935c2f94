"""Categories, the working calendar, and the log of all changes of reference data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, StringConstraints

from api.administration import (
    WRITES,
    Changes,
    CodePath,
    Cursor,
    Fields,
    Id,
    Limit,
    Page,
    Title,
    make,
    number_of,
    page,
    scope,
)
from api.fields import NearDay, Visible, YesNo
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Shared
from domain.directory_records import Category
from domain.vocabulary import OneDay
from storage import places
from storage.administration import log_page
from storage.reference import moment

router = APIRouter()

Days = Annotated[int, Field(ge=1, le=365, strict=True, description="срок ответа в днях")]
Hint = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=300), Visible, Field(description="подсказка заявителю")
]
_ONE_DAY = "что делают в течение суток: первую реакцию, весь ответ или ничего (S0, п. 5)"
RegionPath = Annotated[str, Path(pattern=r"^RU(-[A-Z]{2,3})?$", description="RU — для всех регионов")]


class CategoryShown(BaseModel):
    """Категория; если есть `parent`, подкатегория, а внутри подкатегории факт."""

    code: str = Field(examples=["medicine.vaccination"])
    parent: str | None = Field(examples=["medicine"])
    title: str = Field(examples=["Вакцинация"])
    days: int | None = Field(description="срок ответа в днях; null: как у категории или по регламенту", examples=[10])
    one_day: OneDay | None = Field(description=f"{_ONE_DAY}; null: как у категории; у категории — ничего")
    hint: str = Field(description="подсказка заявителю", examples=["Запись на прививку, сроки, противопоказания"])
    active: bool = Field(
        description="дают ли её сейчас новым сообщениям: она включена и есть в действующем приказе, если из него"
    )
    of_order: bool = Field(description="из приказа: называет, добавляет и закрывает её новая редакция приказа")
    valid_from: datetime


class NewCategory(Fields):
    """Новая категория."""

    code: Id = Field(title="Код", description="код латиницей, навсегда", examples=["medicine.queue"])
    parent: Id | None = Field(default=None, title="Внутри категории или подкатегории", examples=["medicine"])
    title: Title = Field(title="Название", examples=["Очередь к врачу"])
    days: Days | None = Field(default=None, title="Срок ответа, дней")
    one_day: OneDay | None = Field(default=None, title="В суточный срок", description=_ONE_DAY)
    hint: Hint = Field(default="", title="Подсказка заявителю")


class CategoryChanges(Changes):
    """Что изменить в категории."""

    nullable: ClassVar[frozenset[str]] = frozenset({"days", "one_day"})

    title: Title | None = Field(default=None, title="Название")
    days: Days | None = Field(default=None, title="Срок ответа, дней")
    one_day: OneDay | None = Field(default=None, title="В суточный срок", description=_ONE_DAY)
    hint: Hint | None = Field(default=None, title="Подсказка заявителю")
    active: YesNo | None = Field(default=None, title="Действует")


class Day(Fields):
    """Рабочий ли день."""

    working: YesNo = Field(title="Какой это день")
    title: Annotated[str, Field(max_length=200)] = Field(default="", title="Почему", examples=["Перенос с 4 января"])


class DayShown(BaseModel):
    """День, который отличается от обычной недели с понедельника по пятницу."""

    region: str
    on_day: date
    working: bool
    title: str


class ReferenceChange(BaseModel):
    """Кто, когда и что изменил. Паролей здесь нет."""

    id: int
    at: datetime
    person: int
    name: str = Field(description="кто изменил")
    kind: str = Field(description="что изменено", examples=["organisation"])
    subject: str
    organisation: str | None
    before: dict[str, Any] | None = Field(description="прежние значения; null: создано")
    after: dict[str, Any]


@router.get("/categories", tags=["Категории"], responses=responses(401, 422, 503), summary="Категории")
def list_categories(
    shared: Shared, person: Person, cursor: Cursor = None, limit: Limit = 500, active: bool | None = None
) -> Page[CategoryShown]:
    """By code, so that subcategories follow their category where codes are made that way."""
    with shared.engine.connect() as connection:
        found = places.categories(connection, _known(shared, connection), cursor, limit + 1, active)
    return page([CategoryShown.model_validate(row) for row in found], limit, lambda row: row.code)


@router.post(
    "/categories", tags=["Категории"], status_code=201, responses=responses(*WRITES), summary="Создать категорию"
)
def create_category(shared: Shared, person: Person, key: Key, body: NewCategory) -> CategoryShown:
    """By an administrator of the whole installation."""
    made, _ = make(
        shared, person, key, "POST /categories", body, lambda change: places.create_category(change, body.model_dump())
    )
    return _category(shared, made)


@router.patch("/categories/{code}", tags=["Категории"], responses=responses(*WRITES), summary="Изменить категорию")
def change_category(shared: Shared, person: Person, key: Key, code: CodePath, body: CategoryChanges) -> CategoryShown:
    """Messages keep the category and the term that they have."""
    values = body.model_dump(exclude_unset=True)
    make(
        shared,
        person,
        key,
        f"PATCH /categories/{code}",
        body,
        lambda change: places.alter_category(change, code, values),
    )
    return _category(shared, code)


@router.get("/calendar/{region}", tags=["Календарь"], responses=responses(401, 422, 503), summary="Календарь региона")
def list_days(
    shared: Shared, person: Person, region: RegionPath, year: Annotated[int, Query(ge=2000, le=2100)]
) -> list[DayShown]:
    """The days of the year that differ from Monday to Friday."""
    with shared.engine.connect() as connection:
        return [DayShown.model_validate(dict(row)) for row in places.days(connection, region, year)]


@router.put(
    "/calendar/{region}/{day}", tags=["Календарь"], responses=responses(*WRITES), summary="Изменить день календаря"
)
def set_day(shared: Shared, person: Person, key: Key, region: RegionPath, day: NearDay, body: Day) -> DayShown:
    """By an administrator of the whole installation."""
    if not 2000 <= day.year <= 2100:
        raise Problem(422, "invalid_request", "Год должен быть от 2000 до 2100.", field="day")
    values = body.model_dump()
    make(
        shared,
        person,
        key,
        f"PUT /calendar/{region}/{day}",
        body,
        lambda change: places.set_day(change, region, day, values),
    )
    return DayShown(region=region, on_day=day, **values)


@router.get(
    "/reference-changes",
    tags=["Справочники"],
    responses=responses(401, 403, 422, 503),
    summary="Журнал изменений справочников",
)
def list_changes(
    shared: Shared,
    person: Person,
    cursor: Cursor = None,
    limit: Limit = 100,
    kind: Annotated[str | None, Query(max_length=63)] = None,
    subject: Annotated[str | None, Query(max_length=63)] = None,
) -> Page[ReferenceChange]:
    """Latest first: what concerns the organisations that the reader administers, and what concerns all."""
    with shared.engine.connect() as connection:
        over = scope(shared, connection, person)
        if not over.grants:
            raise Problem(403, "action_forbidden", "Журнал изменений читают администраторы.")
        rows = log_page(connection, over, number_of(cursor), limit + 1, kind, subject)
    return page([ReferenceChange.model_validate(dict(row)) for row in rows], limit, lambda row: row.id)


def _category(shared: Resources, code: str) -> CategoryShown:
    with shared.engine.connect() as connection:
        return CategoryShown.model_validate(places.category(connection, _known(shared, connection), code))


def _known(shared: Resources, connection: sa.Connection) -> Mapping[str, Category]:
    return shared.reference.directory(connection, moment(connection)).categories
