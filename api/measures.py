"""`/orders` and `/measures`: what orders ask to be done about themselves, and who has read them. Source: S0, 3, 5–7."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from api.administration import WRITES, act_on, make
from api.attachments import shown as file_shown
from api.measure_shapes import (
    ListedShown,
    MeasureCancelled,
    MeasureChanges,
    MeasureDone,
    MeasureShown,
    MeasuresShown,
    MeasureWhole,
    MineShown,
    NewMeasure,
    NewOrder,
    OrderChanges,
    OrderControlled,
    OrderReaders,
    OrdersControlled,
    ReaderShown,
    ToRead,
)
from api.problems import not_found, responses
from api.resources import Key, Person, Resources, Shared
from api.shown import MOST_ID, Named, PersonShown, titled
from domain.measures import MEASURES
from domain.vocabulary import PersonId
from regulations.measures import listed_measures
from storage import attachments, keeping_measures, measures
from storage.engine import reading
from storage.measures import Onlooker
from storage.reference import moment

router = APIRouter(tags=["Приказы и меры"])

CodePath = Annotated[str, Path(max_length=16, pattern=r"^[A-Z][A-Z0-9-]*$", examples=["S0"])]
MeasureId = Annotated[int, Path(ge=1, le=MOST_ID)]
TITLES = {kind.value: title for kind, title in MEASURES.items()}


@router.get("/orders/controlled", responses=responses(401, 503), summary="Приказы и состояние их мер")
def list_controlled(shared: Shared, person: Person) -> OrdersControlled:
    """All orders with the counts of those of their measures that the reader sees."""
    with looking(shared, person) as (connection, who):
        found = measures.orders(connection, who)
    return OrdersControlled(orders=[_order(row, person) for row in found])


@router.post("/orders", status_code=201, responses=responses(*WRITES), summary="Завести приказ")
def create_order(shared: Shared, person: Person, key: Key, body: NewOrder) -> OrderControlled:
    """By an administrator of the whole installation."""
    values = body.model_dump()
    made, _ = make(shared, person, key, "POST /orders", body, lambda one: keeping_measures.create_order(one, values))
    return order_of(shared, person, made)


@router.patch("/orders/{code}", responses=responses(*WRITES), summary="Изменить приказ")
def change_order(shared: Shared, person: Person, key: Key, code: CodePath, body: OrderChanges) -> OrderControlled:
    """Also who controls that it is carried out."""
    values = body.model_dump(exclude_unset=True)
    what = f"PATCH /orders/{code}"
    make(shared, person, key, what, body, lambda one: keeping_measures.alter_order(one, code, values))
    return order_of(shared, person, code)


@router.get("/orders/{code}/measures", responses=responses(401, 404, 422, 503), summary="Меры приказа")
def list_measures(
    shared: Shared,
    person: Person,
    code: CodePath,
    overdue: Annotated[bool, Query(description="только просроченные")] = False,
) -> MeasuresShown:
    """Those that the reader sees: whoever controls the order all, administrators those of their organisations, others their own."""
    with looking(shared, person) as (connection, who):
        _known(connection, code)
        more = [measures.overdue()] if overdue else []
        found = measures.measures(connection, who, measures.of_order(code), *more)
    return MeasuresShown(measures=[_measure(row) for row in found])


def changed_order(code: str) -> str:
    """The code of the order whose annex this one changes: S0 of S0-12."""
    return code.partition("-")[0]


@router.get("/orders/{code}/listed-measures", responses=responses(401, 422, 503), summary="Чего требует сам приказ")
def list_listed(person: Person, code: CodePath) -> list[ListedShown]:
    """The measures that come with the product for this order, or for the one that it changes: to begin its register with."""
    return [
        ListedShown(kind=titled(one.kind.value, TITLES), title=one.title, whom=one.whom, clause=one.clause)
        for one in listed_measures().get(code) or listed_measures().get(changed_order(code), ())
    ]


@router.post("/orders/{code}/measures", status_code=201, responses=responses(*WRITES), summary="Завести меру")
def create_measure(shared: Shared, person: Person, key: Key, code: CodePath, body: NewMeasure) -> MeasureWhole:
    """By an administrator of the organisation whose people do it."""
    values, what = body.model_dump(), f"POST /orders/{code}/measures"
    made, _ = make(shared, person, key, what, body, lambda one: keeping_measures.create_measure(one, code, values))
    return read_measure(shared, person, int(made))


@router.get("/measures", responses=responses(401, 503), summary="Что ждёт меня по приказам")
def read_mine(shared: Shared, person: Person) -> MineShown:
    """What I must read, and what I must do."""
    with looking(shared, person) as (connection, who):
        unread = measures.to_read(connection, person)
        undone = measures.measures(connection, who, measures.to_do(who))
    return MineShown(to_read=[_to_read(row) for row in unread], to_do=[_measure(row) for row in undone])


@router.get("/measures/{measure_id}", responses=responses(401, 404, 422, 503), summary="Мера и лист ознакомления")
def read_measure(shared: Shared, person: Person, measure_id: MeasureId) -> MeasureWhole:
    """With its register of who has read the order."""
    with looking(shared, person) as (connection, who):
        row = measures.one(connection, who, measure_id)
        if row is None:
            raise not_found()
        readers = measures.readers(connection, measure_id)
        files = attachments.by_id(connection, row["files"])
    return MeasureWhole(
        **dict(_measure(row)), files=[file_shown(one) for one in files], readers=[_reader(one) for one in readers]
    )


@router.patch("/measures/{measure_id}", responses=responses(*WRITES), summary="Изменить меру")
def change_measure(
    shared: Shared, person: Person, key: Key, measure_id: MeasureId, body: MeasureChanges
) -> MeasureWhole:
    """Who does it and by when, while it is open."""
    values, what = body.model_dump(exclude_unset=True), f"PATCH /measures/{measure_id}"
    make(shared, person, key, what, body, lambda one: keeping_measures.alter_measure(one, measure_id, values))
    return read_measure(shared, person, measure_id)


@router.post("/measures/{measure_id}/cancel", responses=responses(*WRITES), summary="Отменить меру")
def cancel_measure(
    shared: Shared, person: Person, key: Key, measure_id: MeasureId, body: MeasureCancelled
) -> MeasureWhole:
    """With a reason; it stays in the register."""
    what = f"POST /measures/{measure_id}/cancel"
    make(shared, person, key, what, body, lambda one: keeping_measures.cancel_measure(one, measure_id, body.reason))
    return read_measure(shared, person, measure_id)


@router.post("/measures/{measure_id}/readers", responses=responses(*WRITES), summary="Попросить ознакомиться")
def ask_readers(shared: Shared, person: Person, key: Key, measure_id: MeasureId, body: OrderReaders) -> MeasureWhole:
    """The heads of these organisations find the order in their workplace until they say «ознакомлен»."""
    make(
        shared,
        person,
        key,
        f"POST /measures/{measure_id}/readers",
        body,
        lambda one: keeping_measures.ask_readers(one, measure_id, body.organisations, body.people),
    )
    return read_measure(shared, person, measure_id)


@router.post(
    "/measures/{measure_id}/readers/{number}/release",
    responses=responses(*WRITES),
    summary="Больше не просить ознакомиться",
)
def release_reader(
    shared: Shared, person: Person, key: Key, measure_id: MeasureId, number: Annotated[int, Path(ge=1, le=2**53)]
) -> MeasureWhole:
    """Of somebody who is head no more and has not read it."""
    what = f"POST /measures/{measure_id}/readers/{number}/release"
    make(shared, person, key, what, None, lambda one: keeping_measures.release_reader(one, measure_id, number))
    return read_measure(shared, person, measure_id)


@router.post("/measures/{measure_id}/done", responses=responses(*WRITES), summary="Отметить исполнение")
def mark_done(shared: Shared, person: Person, key: Key, measure_id: MeasureId, body: MeasureDone) -> MeasureWhole:
    """By whoever is responsible or keeps the register, with what shows it. 409 `readers_left` while somebody has not read."""
    act_on(
        shared,
        person,
        key,
        f"POST /measures/{measure_id}/done",
        body,
        lambda one: keeping_measures.mark_done(
            one, measure_id, body.evidence, body.link, [str(file) for file in body.files]
        ),
    )
    return read_measure(shared, person, measure_id)


@router.post("/measures/{measure_id}/acknowledge", responses=responses(*WRITES), summary="Ознакомлен")
def acknowledge(shared: Shared, person: Person, key: Key, measure_id: MeasureId) -> MineShown:
    """I have read the order. What waits for me still comes back."""
    what = f"POST /measures/{measure_id}/acknowledge"
    act_on(shared, person, key, what, None, lambda one: keeping_measures.acknowledge(one, measure_id))
    return read_mine(shared, person)


@contextmanager
def looking(shared: Resources, person: PersonId) -> Iterator[tuple[sa.Connection, Onlooker]]:
    """One consistent view, and the person as of now."""
    with reading(shared.engine) as connection:
        at = moment(connection)
        yield connection, Onlooker.of(shared.reference.directory(connection, at), person, at.now)


def waiting_for(shared: Resources, person: PersonId) -> int:
    """How much waits for the person: what he must read and do."""
    with looking(shared, person) as (connection, who):
        return measures.waiting(connection, who)


def order_of(shared: Resources, person: PersonId, code: str) -> OrderControlled:
    """The order as this person sees it. A 404 for one that is not there."""
    with looking(shared, person) as (connection, who):
        row = next((one for one in measures.orders(connection, who) if one["code"] == code), None)
    if row is None:
        raise not_found()
    return _order(row, person)


def _known(connection: sa.Connection, code: str) -> None:
    if all(row["code"] != code for row in measures.orders(connection)):
        raise not_found()


def _order(row: Any, person: PersonId) -> OrderControlled:
    controller = row["controller"]
    return OrderControlled.model_validate(
        dict(row)
        | {
            "controller": PersonShown(number=controller, name=row["controller_name"]) if controller else None,
            "controlled": controller == person,
        }
    )


def _measure(row: Any) -> MeasureShown:
    return MeasureShown.model_validate(
        dict(row)
        | {
            "order": row["order_code"],
            "kind": titled(row["kind"], TITLES),
            "organisation": Named(code=row["organisation"], title=row["organisation_title"]),
            "unit": Named(code=row["unit"], title=row["unit_title"]) if row["unit"] else None,
            "person": _person(row["person"], row["person_name"]),
            "responsible": _responsible(row),
            "done_by": _person(row["done_by"], row["done_by_name"]),
        }
    )


def _person(number: int | None, name: str | None) -> PersonShown | None:
    return PersonShown(number=number, name=name or "") if number is not None else None


def _responsible(row: Any) -> str:
    """The person; else the head of the unit by name where it has one; else whoever leads the organisation."""
    if row["person"] is not None:
        return str(row["person_name"])
    if row["unit"] is not None:
        head = f" ({row['unit_head_name']})" if row["unit_head_name"] else ""
        return f"Начальник: {row['unit_title']}{head}"
    return f"Руководитель: {row['organisation_title']}"


def _reader(row: Any) -> ReaderShown:
    return ReaderShown.model_validate(
        dict(row)
        | {
            "person": PersonShown(number=row["person"], name=row["name"]),
            "organisation": Named(code=row["organisation"], title=row["place"]),
        }
    )


def _to_read(row: Any) -> ToRead:
    return ToRead.model_validate(dict(row) | {"measure": row["id"], "order": row["code"]})
