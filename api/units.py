"""Units of organisations: everybody reads, administrators write. Source: S2, 1.2 б."""

from __future__ import annotations

from typing import Annotated, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.administration import WRITES, Changes, CodePath, Cursor, Fields, Id, Limit, Page, Title, make, page
from api.fields import Staff, YesNo
from api.problems import not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.directory import Directory
from storage import places
from storage import tables as t
from storage.reference import moment

router = APIRouter(tags=["Организации"])


class UnitShown(BaseModel):
    """Подразделение."""

    id: str = Field(examples=["reception"])
    organisation: str
    title: str = Field(examples=["Регистратура"])
    head: int | None = Field(description="табельный номер начальника")
    active: bool
    order_code: str | None = Field(description="код того, кто отвечает по приказу", examples=["staff"])


class NewUnit(Fields):
    """Новое подразделение."""

    id: Id = Field(title="Код", description="код латиницей, навсегда", examples=["reception"])
    organisation: Id = Field(title="Организация", examples=["polyclinic"])
    title: Title = Field(title="Название", examples=["Регистратура"])
    head: Staff | None = Field(default=None, title="Начальник")


class UnitChanges(Changes):
    """Что изменить в подразделении."""

    nullable: ClassVar[frozenset[str]] = frozenset({"head"})

    title: Title | None = Field(default=None, title="Название")
    head: Staff | None = Field(default=None, title="Начальник")
    active: YesNo | None = Field(default=None, title="Действует")


@router.get("/units", responses=responses(401, 422, 503), summary="Подразделения")
def list_units(
    shared: Shared,
    person: Person,
    cursor: Cursor = None,
    limit: Limit = 100,
    organisation: Annotated[str | None, Query(max_length=63)] = None,
    active: bool | None = None,
) -> Page[UnitShown]:
    """By id."""
    where = [] if organisation is None else [t.unit.c.organisation == organisation]
    where += [] if active is None else [t.unit.c.active == active]
    with shared.engine.connect() as connection:
        directory = shared.reference.directory(connection, moment(connection))
        rows = places.page(connection, t.unit, cursor, limit + 1, *where)
    return page([_unit_shown(row, directory) for row in rows], limit, lambda row: row.id)


@router.get("/units/{unit_id}", responses=responses(401, 404, 422, 503), summary="Подразделение")
def read_unit(shared: Shared, person: Person, unit_id: CodePath) -> UnitShown:
    """For all staff, also one that works no more."""
    return _unit(shared, unit_id)


@router.post("/units", status_code=201, responses=responses(*WRITES), summary="Создать подразделение")
def create_unit(shared: Shared, person: Person, key: Key, body: NewUnit) -> UnitShown:
    """Of an organisation that the administrator has."""
    made, _ = make(
        shared, person, key, "POST /units", body, lambda change: places.create_unit(change, body.model_dump())
    )
    return _unit(shared, made)


@router.patch("/units/{unit_id}", responses=responses(*WRITES), summary="Изменить подразделение")
def change_unit(shared: Shared, person: Person, key: Key, unit_id: CodePath, body: UnitChanges) -> UnitShown:
    """`active: false` needs that it has no open message."""
    values = body.model_dump(exclude_unset=True)
    make(
        shared,
        person,
        key,
        f"PATCH /units/{unit_id}",
        body,
        lambda change: places.alter_unit(change, unit_id, values),
    )
    return _unit(shared, unit_id)


def _unit(shared: Resources, id_: str) -> UnitShown:
    with shared.engine.connect() as connection:
        directory = shared.reference.directory(connection, moment(connection))
        rows = places.page(connection, t.unit, None, 1, t.unit.c.id == id_)
    if not rows:
        raise not_found()
    return _unit_shown(rows[0], directory)


def _unit_shown(row: sa.RowMapping, directory: Directory) -> UnitShown:
    known = directory.units.get(row["id"])
    return UnitShown.model_validate(dict(row) | ({"order_code": known.order_code} if known else {}))
