"""`GET /oversight`: how the work stands by category and organisation, for curators. Source: S0, annex 1; S0, 7."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.administration import Id
from api.measures import CodePath
from api.problems import Problem, not_found, responses
from api.resources import Person, Resources, Shared
from api.shown import Named, named
from domain.vocabulary import PersonId, Role
from storage import measures, overseeing
from storage.conditions import Condition
from storage.engine import reading
from storage.measures import Onlooker
from storage.orders import orders_in_force
from storage.overseeing import By, Numbers
from storage.reference import Titles, moment
from storage.viewer import Viewer

router = APIRouter(tags=["Контроль"])


class NumbersShown(BaseModel):
    """Числа по одной категории, подкатегории или организации."""

    about: Named | None = Field(description="null: категория ещё не определена")
    above: Named | None = Field(description="категория подкатегории")
    open: int = Field(description="не завершено")
    due_soon: int = Field(description="из них наступает срок этапа")
    overdue: int = Field(description="из них ответ не дан в срок")
    answered: int = Field(description="дан ответ на сообщения последних 30 дней")
    late: int = Field(description="из них позже срока")


class OversightShown(BaseModel):
    """Как идёт работа: сначала то, где просрочено больше."""

    at: datetime
    rows: list[NumbersShown]


class ProcessShown(BaseModel):
    """Как идёт работа по категориям приказа: по категориям и по организациям."""

    at: datetime
    by_category: list[NumbersShown]
    by_organisation: list[NumbersShown]


@router.get("/oversight", responses=responses(401, 403, 422, 503), summary="Как идёт работа")
def read_oversight(
    shared: Shared,
    person: Person,
    by: By = By.SUBCATEGORY,
    category: Annotated[Id | None, Query(description="только эта категория")] = None,
    organisation: Annotated[Id | None, Query(description="только эта организация")] = None,
) -> OversightShown:
    """What the curator oversees, in numbers: each leads to the list with the same filter."""
    with reading(shared.engine) as connection:
        viewer, titles = _looking(shared, connection, person)
        if Role.CURATOR not in viewer.roles:
            raise Problem(403, "curators_only", "Ход работы по категориям видят кураторы.")
        where = [overseeing.overseen(viewer)]
        if category is not None:
            where.append(overseeing.case.c.category == category)
        if organisation is not None:
            where.append(overseeing.case.c.organisation == organisation)
        return OversightShown(at=viewer.at, rows=_rows(connection, viewer, where, by, titles))


@router.get("/orders/{code}/process", responses=responses(401, 403, 404, 422, 503), summary="Ход работы по приказу")
def read_process(shared: Shared, person: Person, code: CodePath) -> ProcessShown:
    """For whoever controls the order: numbers of all organisations, and no message. Source: S0, 7."""
    with reading(shared.engine) as connection:
        viewer, titles = _looking(shared, connection, person)
        who = Onlooker.of(viewer.directory, person, viewer.at)
        order = next((one for one in measures.orders(connection, who) if one["code"] == code), None)
        if order is None:
            raise not_found()
        if order["controller"] != person:
            raise Problem(403, "controller_only", "Ход работы по приказу видит тот, на кого возложен контроль.")
        listed = next((one.categories for one in orders_in_force(connection) if one.code == code), None)
        where = [overseeing.of_categories(listed.codes)] if listed else []
        return ProcessShown(
            at=viewer.at,
            by_category=_rows(connection, viewer, where, By.SUBCATEGORY, titles),
            by_organisation=_rows(connection, viewer, where, By.ORGANISATION, titles),
        )


def _looking(shared: Resources, connection: Connection, person: PersonId) -> tuple[Viewer, Titles]:
    at = moment(connection)
    viewer = Viewer(person, shared.reference.directory(connection, at), at.now, at.day)
    return viewer, shared.reference.titles(connection, at)


def _rows(connection: Connection, viewer: Viewer, where: list[Condition], by: By, titles: Titles) -> list[NumbersShown]:
    found = overseeing.numbers(connection, viewer, where, by)
    names = titles.organisations if by is By.ORGANISATION else titles.categories
    return [_shown(one, names, titles) for one in found]


def _shown(one: Numbers, names: Mapping[str, str], titles: Titles) -> NumbersShown:
    return NumbersShown(
        about=named(one.code, names),
        above=named(one.above, titles.categories),
        open=one.open,
        due_soon=one.due_soon,
        overdue=one.overdue,
        answered=one.answered,
        late=one.late,
    )
