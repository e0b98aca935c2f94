"""`/messages/{id}/acting`: the head above, told that nobody is there to decide, gives somebody the role for a while. G-20, G-21."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from api.administration import WRITES, Fields, make
from api.fields import NearDay, Staff, Visible
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from api.shown import Named as NamedShown
from api.shown import PersonShown, titled
from api.titles import ROLE
from domain import acting
from domain.acting import MOST_DAYS, Named
from domain.directory import Directory
from domain.vocabulary import PersonId
from domain.words import searchable
from storage import cards, cases, queries
from storage import tables as t
from storage.acting import appoint
from storage.reference import moment

router = APIRouter(prefix="/messages/{message_id}/acting", tags=["Отсутствия"])

MOST_PEOPLE = 200
"""More are found by words."""
Words = Annotated[str, Query(max_length=100, description="части имени в любом порядке")]


class NewActing(Fields):
    """Кому дать роль на время."""

    person: Staff = Field(title="Исполняющий обязанности", description="кто на месте; можно назначить и себя")
    last_day: NearDay = Field(title="Последний день", description=f"не дальше {MOST_DAYS} дней; роль кончится сама")
    basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Visible] = Field(
        title="Основание", description="например, приказ № 14 от 3 марта"
    )


class ActingOffer(BaseModel):
    """Какую роль вы вправе дать и кому."""

    role: NamedShown = Field(examples=[{"code": "coordinator", "title": "координатор"}])
    organisation: NamedShown
    last_day: date = Field(description="самый поздний день")
    people: list[PersonShown] = Field(
        description="кто работает в ваших органах и на месте: сначала в организации сообщения и ближайших над ней,"
        f" затем по имени; не больше {MOST_PEOPLE}"
    )
    beyond: int = Field(description="сколько ещё подходит, но не показано: ищите по словам")
    total: int = Field(description="сколько людей можно назначить всего")


class ActingShown(BaseModel):
    """Данная роль. Она кончится сама."""

    id: int
    person: PersonShown
    role: NamedShown
    organisation: NamedShown
    categories: list[str] = Field(description="только эти категории; пусто: все")
    valid_from: datetime
    valid_until: datetime
    basis: str


@router.get("", responses=responses(401, 403, 404, 422, 503), summary="Кого назначить исполняющим обязанности")
def offer_acting(shared: Shared, person: Person, message_id: UUID, words: Words = "") -> ActingOffer:
    """For the head who was told that nobody is there to decide; a 403 for everybody else who sees the message."""
    return offered(shared, person, message_id, words)


def offered(shared: Resources, person: PersonId, message_id: UUID, words: str, chosen: str = "") -> ActingOffer:
    """Whose names have all the words; before them who is chosen already, whatever the words are."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        if not queries.sees(connection, shared.reference, at, str(message_id), person):
            raise not_found()
        record = cases.read(connection, str(message_id))
        if record is None:
            raise not_found()
        case, world = record.case, shared.reference.world(connection, at, record.regulation, record.revision)
        role = acting.role_to_give(case, person, world, at.now)
        if role is None:
            detail = (
                "Исполняющего обязанности назначает вышестоящий руководитель, которому сообщено, что решать некому."
            )
            raise Problem(403, "action_forbidden", detail)
        calendar = world.directory.organisations[case.organisation].calendar
        possible = list(acting.possible(case, person, world.directory, at.now))
        nearest = _nearest_first(_people(connection, possible), case.organisation, world.directory)
        found = [one for one in nearest if all(word in searchable(one.name) for word in searchable(words).split())]
        kept = [one for one in nearest if str(one.number) == chosen and one not in found[:MOST_PEOPLE]]
        return ActingOffer(
            role=titled(role.value, ROLE),
            organisation=titled(case.organisation, shared.reference.titles(connection, at).organisations),
            last_day=calendar.local(at.now).date() + timedelta(days=MOST_DAYS - 1),
            people=[*kept, *found[:MOST_PEOPLE]],
            beyond=max(0, len(found) - MOST_PEOPLE),
            total=len(nearest),
        )


@router.post("", status_code=201, responses=responses(*WRITES), summary="Назначить исполняющего обязанности")
def give_role(shared: Shared, person: Person, key: Key, message_id: UUID, body: NewActing) -> ActingShown:
    """The role counts at once, for all that waits for it there, is in the log of changes and ends by itself."""
    named = Named(body.person, body.last_day)
    made, _ = make(
        shared,
        person,
        key,
        f"POST /messages/{message_id}/acting",
        body,
        lambda change: appoint(change, shared.reference, str(message_id), named, body.basis),
        anybody=True,
    )
    return _given(shared, int(made))


def _given(shared: Resources, number: int) -> ActingShown:
    with shared.engine.connect() as connection:
        row = connection.execute(sa.select(t.grant).where(t.grant.c.id == number)).mappings().one()
        titles = shared.reference.titles(connection, moment(connection))
        (whose,) = _people(connection, [row["person"]])
    return ActingShown(
        id=number,
        person=whose,
        role=titled(row["role"], ROLE),
        organisation=titled(row["organisation"], titles.organisations),
        categories=row["categories"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        basis=row["basis"],
    )


def _people(connection: sa.Connection, numbers: list[PersonId]) -> list[PersonShown]:
    found = cards.names(connection, set(numbers))
    people = [PersonShown(number=number, name=name) for number, name in found.items()]
    return sorted(people, key=lambda one: (one.name, one.number))


def _nearest_first(people: list[PersonShown], organisation: str, directory: Directory) -> list[PersonShown]:
    """Those of the organisation, then of the bodies above it, then all others."""
    chain = directory.organisations[organisation].path
    return sorted(people, key=lambda one: _ways_up(chain, directory.people[one.number].organisation))


def _ways_up(chain: tuple[str, ...], organisation: str) -> int:
    return chain[::-1].index(organisation) if organisation in chain else len(chain)
