"""Organisations: everybody reads, administrators write. Source: S2, 1.2 б."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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
    page,
    scope,
)
from api.fields import Email, People, Phone, Staff, YesNo
from api.problems import not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.directory import Directory
from storage import places
from storage import tables as t
from storage.reference import moment

router = APIRouter(tags=["Организации"])


def _time_zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("Такого часового пояса нет: укажите, например, Europe/Moscow.")
    return value


TimeZone = Annotated[str, StringConstraints(max_length=63), AfterValidator(_time_zone)]
Region = Annotated[str, StringConstraints(pattern=r"^RU(-[A-Z]{2,3})?$")]
Hours = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), Field(examples=["09:00"])]


def clock(value: object) -> object:
    """«09:00» of a time of day."""
    return value.strftime("%H:%M") if isinstance(value, time) else value


class OrganisationContacts(BaseModel):
    """Как связаться с организацией."""

    model_config = ConfigDict(extra="forbid")

    address: Title | None = Field(default=None, title="Адрес")
    phone: Phone = Field(default=None, title="Телефон")
    email: Email = Field(default=None, title="Электронная почта")
    site: Title | None = Field(default=None, title="Сайт")


class OrganisationShown(BaseModel):
    """Организация."""

    id: str = Field(examples=["polyclinic"])
    parent: str | None = Field(description="вышестоящая по действующему приказу", examples=["ministry"])
    title: str = Field(examples=["Городская поликлиника"])
    region: str = Field(examples=["RU-KL"])
    time_zone: str = Field(examples=["Europe/Moscow"])
    opens: Annotated[Hours, BeforeValidator(clock)]
    closes: Annotated[Hours, BeforeValidator(clock)]
    self_approval: bool = Field(description="исполнитель может утвердить свой ответ (G-48)")
    endorsement: bool = Field(description="этап согласования используется (G-10)")
    duty: list[int] = Field(
        description="кто сразу узнаёт об угрозе жизни, по порядку; пусто: руководители и координаторы"
    )
    complaints_official: int | None = Field(description="кто рассматривает жалобы по 210-ФЗ; null: руководители")
    contacts: OrganisationContacts
    active: bool
    valid_from: datetime
    order_code: str | None = Field(description="код того, кто отвечает по приказу", examples=["medical"])


class NewOrganisation(Fields):
    """Новая организация."""

    id: Id = Field(title="Код", description="код латиницей, навсегда", examples=["polyclinic2"])
    parent: Id = Field(title="Вышестоящая организация", description="потом её меняет приказ", examples=["ministry"])
    title: Title = Field(title="Название", examples=["Поликлиника № 2"])
    region: Region = Field(default="RU", title="Регион")
    time_zone: TimeZone = Field(default="Europe/Moscow", title="Часовой пояс")
    opens: Hours = Field(default="09:00", title="Открывается")
    closes: Hours = Field(default="18:00", title="Закрывается")
    self_approval: YesNo = Field(default=False, title="Исполнитель может утвердить свой ответ")
    endorsement: YesNo = Field(default=True, title="Этап согласования используется")
    contacts: OrganisationContacts = Field(default=OrganisationContacts(), title="Контакты")


class OrganisationChanges(Changes):
    """Что изменить в организации."""

    nullable: ClassVar[frozenset[str]] = frozenset({"complaints_official"})

    title: Title | None = Field(default=None, title="Название")
    region: Region | None = Field(default=None, title="Регион")
    time_zone: TimeZone | None = Field(default=None, title="Часовой пояс")
    opens: Hours | None = Field(default=None, title="Открывается")
    closes: Hours | None = Field(default=None, title="Закрывается")
    self_approval: YesNo | None = Field(default=None, title="Исполнитель может утвердить свой ответ")
    endorsement: YesNo | None = Field(default=None, title="Этап согласования используется")
    duty: People | None = Field(
        default=None,
        title="Дежурные: узнают об угрозе жизни сразу, по порядку",
        description="никого: руководители и координаторы",
        json_schema_extra={"x-ordered": True},
    )
    complaints_official: Staff | None = Field(
        default=None, title="Ответственный за жалобы по 210-ФЗ (никого: руководители)"
    )
    contacts: OrganisationContacts | None = Field(default=None, title="Контакты")
    active: YesNo | None = Field(default=None, title="Действует")


@router.get("/organisations", responses=responses(401, 422, 503), summary="Организации")
def list_organisations(
    shared: Shared,
    person: Person,
    cursor: Cursor = None,
    limit: Limit = 100,
    parent: Annotated[
        str | None, Query(max_length=63, description="только непосредственно подведомственные ей")
    ] = None,
    active: bool | None = None,
    administered: Annotated[bool, Query(description="только те, где вы администратор")] = False,
) -> Page[OrganisationShown]:
    """By id."""
    table = t.organisation
    where = [] if active is None else [table.c.active == active]
    with shared.engine.connect() as connection:
        over = scope(shared, connection, person)
        known = over.directory.organisations
        if parent is not None:
            where.append(table.c.id.in_([one for one in known if known[one].superior == parent]))
        if administered:
            where.append(table.c.id.in_([one for one in known if over.covers(one)]))
        rows = places.page(connection, table, cursor, limit + 1, *where)
    return page([_organisation_shown(row, over.directory) for row in rows], limit, lambda row: row.id)


@router.get("/organisations/{organisation_id}", responses=responses(401, 404, 422, 503), summary="Организация")
def read_organisation(shared: Shared, person: Person, organisation_id: CodePath) -> OrganisationShown:
    """For all staff, also one that works no more."""
    return _organisation(shared, organisation_id)


@router.post("/organisations", status_code=201, responses=responses(*WRITES), summary="Создать организацию")
def create_organisation(shared: Shared, person: Person, key: Key, body: NewOrganisation) -> OrganisationShown:
    """Below one that the administrator has with everything below it."""
    made, _ = make(
        shared,
        person,
        key,
        "POST /organisations",
        body,
        lambda change: places.create_organisation(change, _values(body.model_dump())),
    )
    return _organisation(shared, made)


@router.patch("/organisations/{organisation_id}", responses=responses(*WRITES), summary="Изменить организацию")
def change_organisation(
    shared: Shared, person: Person, key: Key, organisation_id: CodePath, body: OrganisationChanges
) -> OrganisationShown:
    """`active: false` needs that nothing is left to do there: 409 `work_waits` says how much is."""
    values = _values(body.model_dump(exclude_unset=True))
    if body.contacts is not None:
        values["contacts"] = body.contacts.model_dump()
    make(
        shared,
        person,
        key,
        f"PATCH /organisations/{organisation_id}",
        body,
        lambda change: places.alter_organisation(change, organisation_id, values),
    )
    return _organisation(shared, organisation_id)


def _values(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns of the fields."""
    return {name: time.fromisoformat(value) if name in ("opens", "closes") else value for name, value in fields.items()}


def _organisation(shared: Resources, id_: str) -> OrganisationShown:
    with shared.engine.connect() as connection:
        directory = shared.reference.directory(connection, moment(connection))
        rows = places.page(connection, t.organisation, None, 1, t.organisation.c.id == id_)
    if not rows:
        raise not_found()
    return _organisation_shown(rows[0], directory)


def _organisation_shown(row: sa.RowMapping, directory: Directory) -> OrganisationShown:
    """As it stands by the order in force; what was created a moment ago is as it was created."""
    known = directory.organisations.get(row["id"])
    by_order = {"parent": known.superior, "order_code": known.order_code} if known else {}
    return OrganisationShown.model_validate(dict(row) | by_order)
