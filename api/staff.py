"""People and their roles: everybody reads whom he works with, administrators write. Source: S2, 2.1, 2.2."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, StringConstraints

from api.administration import (
    WRITES,
    Changes,
    Cursor,
    Fields,
    Id,
    Limit,
    Number,
    Page,
    Title,
    make,
    number_of,
    page,
    scope,
)
from api.fields import Email, NearMoment, Visible, YesNo
from api.passwords import new_password
from api.problems import not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.directory import Place
from domain.vocabulary import PersonId, Role
from storage import invitations, staff
from storage.reference import moment

router = APIRouter(prefix="/people", tags=["Сотрудники"])

CANDIDATES = 100

Login = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, min_length=3, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}$"
    ),
]
Position = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Visible]
NameQuery = Annotated[str | None, Query(max_length=100, description="части имени в любом порядке")]


class GrantShown(BaseModel):
    """Роль, которая действует или ещё начнётся."""

    id: int
    role: Role
    organisation: str
    unit: str | None
    subtree: bool = Field(description="и во всех подведомственных")
    categories: list[str] = Field(description="только эти категории; пусто: все")
    valid_from: datetime | None
    valid_until: datetime | None
    basis: str = Field(description="почему дана на время: её дал вышестоящий руководитель")


class PersonShown(BaseModel):
    """Сотрудник. Логин и почту видит только его администратор."""

    number: int = Field(description="табельный номер", examples=[104])
    name: str = Field(examples=["Очирова Саглара Бадмаевна"])
    position: str = Field(examples=["Главный специалист"])
    organisation: str
    unit: str | None
    system: bool = Field(description="учётная запись системы, например портала")
    active: bool
    roles: list[GrantShown]
    login: str | None = None
    email: str | None = None
    invited_until: datetime | None = Field(default=None, description="до какого времени действует его приглашение")


class ChangedPerson(PersonShown):
    """Сотрудник после изменения."""

    waiting: int = Field(default=0, description="сколько незавершённых сообщений у него: переназначьте их")


class CreatedPerson(PersonShown):
    """Новый сотрудник."""

    password: str | None = Field(
        default=None, description="одноразовый пароль; показывается один раз, при повторе запроса его уже нет"
    )


class Candidates(BaseModel):
    """Кого можно выбрать, по алфавиту."""

    items: list[PersonShown]
    more: bool = Field(description="показаны не все: уточните имя")


class NewPerson(Fields):
    """Новый сотрудник или система."""

    login: Login = Field(
        title="Логин", description="латинские буквы, цифры, точка, дефис; навсегда", examples=["ochirova"]
    )
    name: Title = Field(title="Фамилия, имя, отчество", examples=["Очирова Саглара Бадмаевна"])
    position: Position = Field(default="", title="Должность", examples=["Главный специалист"])
    email: Email = Field(default=None, title="Электронная почта", examples=["ochirova@example.org"])
    organisation: Id = Field(title="Организация", examples=["polyclinic"])
    unit: Id | None = Field(default=None, title="Подразделение")
    system: YesNo = Field(default=False, title="Учётная запись системы, например портала")


class PersonChanges(Changes):
    """Что изменить у сотрудника. `active: false`: уволен, все его сеансы закрыты."""

    nullable: ClassVar[frozenset[str]] = frozenset({"email", "unit"})

    name: Title | None = Field(default=None, title="Фамилия, имя, отчество")
    position: Position | None = Field(default=None, title="Должность")
    email: Email = Field(default=None, title="Электронная почта")
    unit: Id | None = Field(default=None, title="Подразделение")
    active: YesNo | None = Field(default=None, title="Работает")


class NewGrant(Fields):
    """Новая роль."""

    role: Role = Field(title="Роль")
    organisation: Id = Field(title="Организация", examples=["polyclinic"])
    unit: Id | None = Field(default=None, title="Только в подразделении", description="только в подразделении")
    subtree: YesNo = Field(default=False, title="И во всех подведомственных", description="и во всех подведомственных")
    categories: Annotated[list[Id], Field(max_length=200)] = Field(
        default=[], title="Только для категорий", description="не выбрано ни одной: все"
    )
    valid_from: NearMoment | None = Field(default=None, title="С какого времени")
    valid_until: NearMoment | None = Field(default=None, title="До какого времени")


@router.get("", responses=responses(401, 422, 503), summary="Сотрудники")
def list_people(
    shared: Shared,
    person: Person,
    cursor: Cursor = None,
    limit: Limit = 100,
    organisation: Annotated[str | None, Query(max_length=63)] = None,
    name: NameQuery = None,
    active: bool | None = None,
) -> Page[PersonShown]:
    """By number."""
    wanted = staff.Wanted(organisation, name, active)
    with shared.engine.connect() as connection:
        rows = staff.find(connection, wanted, number_of(cursor), limit + 1)
        shown = _shown(shared, connection, person, rows)
    return page(shown, limit, lambda row: row.number)


@router.get("/candidates", responses=responses(401, 422, 503), summary="Кого можно выбрать")
def candidates(
    shared: Shared,
    person: Person,
    role: Role,
    organisation: Annotated[str, Query(max_length=63)],
    category: Annotated[str | None, Query(max_length=63)] = None,
    subcategory: Annotated[str | None, Query(max_length=63)] = None,
    unit: Annotated[str | None, Query(max_length=63)] = None,
    name: NameQuery = None,
) -> Candidates:
    """Whoever holds the role there and for this category now: executors, endorsers, approvers to choose from."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        directory = shared.reference.directory(connection, at)
        numbers = directory.holders(role, Place(organisation, unit, category, subcategory), at.now)
        wanted = staff.Wanted(name=name, active=True, among=numbers)
        rows = staff.find_by_name(connection, wanted, CANDIDATES + 1)
        return Candidates(items=_shown(shared, connection, person, rows[:CANDIDATES]), more=len(rows) > CANDIDATES)


@router.get("/{number}", responses=responses(401, 404, 422, 503), summary="Сотрудник")
def read_person(shared: Shared, person: Person, number: Number) -> PersonShown:
    """With his roles; a 404 for a number that nobody has."""
    return PersonShown(**_one(shared, person, number))


@router.post("", status_code=201, responses=responses(*WRITES), summary="Завести сотрудника")
async def create_person(shared: Shared, person: Person, key: Key, body: NewPerson) -> CreatedPerson:
    """With a password that he changes at his first sign-in; it is told once. A system's is changed in the same way."""
    password, hashed = await new_password(shared, person)
    values = body.model_dump() | {"password_hash": hashed}

    def create() -> CreatedPerson:
        what = "POST /people"
        made, new = make(shared, person, key, what, body, lambda change: staff.create_person(change, values))
        return CreatedPerson(**_one(shared, person, int(made)), password=password if new else None)

    return await run_in_threadpool(create)


@router.patch("/{number}", responses=responses(*WRITES), summary="Изменить сотрудника")
def change_person(shared: Shared, person: Person, key: Key, number: Number, body: PersonChanges) -> ChangedPerson:
    """Dismissal is not refused for open work: `waiting` says how much is to be reassigned."""
    values = body.model_dump(exclude_unset=True)
    make(
        shared, person, key, f"PATCH /people/{number}", body, lambda change: staff.alter_person(change, number, values)
    )
    with shared.engine.connect() as connection:
        waiting = staff.waiting_with(connection, number)
    return ChangedPerson(**_one(shared, person, number), waiting=waiting)


@router.post("/{number}/grants", status_code=201, responses=responses(*WRITES), summary="Дать роль")
def create_grant(shared: Shared, person: Person, key: Key, number: Number, body: NewGrant) -> PersonShown:
    """Over what the administrator has; the person may belong elsewhere."""
    values: dict[str, Any] = body.model_dump()
    make(
        shared,
        person,
        key,
        f"POST /people/{number}/grants",
        body,
        lambda change: staff.create_grant(change, number, values),
    )
    return PersonShown(**_one(shared, person, number))


@router.delete("/{number}/grants/{grant_id}", responses=responses(*WRITES), summary="Снять роль")
def end_grant(
    shared: Shared, person: Person, key: Key, number: Number, grant_id: Annotated[int, Path(ge=1, le=2**53)]
) -> PersonShown:
    """It is over now, and stays in the record."""
    make(
        shared,
        person,
        key,
        f"DELETE /people/{number}/grants/{grant_id}",
        None,
        lambda change: staff.end_grant(change, number, grant_id),
    )
    return PersonShown(**_one(shared, person, number))


def _one(shared: Resources, reader: PersonId, number: PersonId) -> dict[str, Any]:
    with shared.engine.connect() as connection:
        row = staff.person(connection, number)
        if row is None:
            raise not_found()
        return _shown(shared, connection, reader, [row])[0].model_dump()


def _shown(
    shared: Resources, connection: sa.Connection, reader: PersonId, rows: list[sa.RowMapping]
) -> list[PersonShown]:
    """Logins and addresses only for whoever administers the person's organisation."""
    over = scope(shared, connection, reader)
    numbers = [row["id"] for row in rows]
    grants = staff.grants(connection, numbers, moment(connection).now)
    invited = invitations.open_until(connection, numbers) if over.grants else {}
    return [
        PersonShown(
            number=row["id"],
            name=row["name"],
            position=row["position"],
            organisation=row["organisation"],
            unit=row["unit"],
            system=row["system"],
            active=row["active"],
            roles=[GrantShown.model_validate(dict(grant)) for grant in grants[row["id"]]],
            login=row["login"] if over.covers(row["organisation"]) else None,
            email=row["email"] if over.covers(row["organisation"]) else None,
            invited_until=invited.get(row["id"]) if over.covers(row["organisation"]) else None,
        )
        for row in rows
    ]
