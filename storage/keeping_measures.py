"""Changes of orders and their measures: administrators keep them, whoever is responsible does them, heads read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from domain.measures import MeasureKind, readers_in
from domain.vocabulary import PersonId
from storage import attachments
from storage import tables as t
from storage.administration import Change, Refused
from storage.measures import Onlooker, measure, reading


def create_order(change: Change, values: Mapping[str, Any]) -> str:
    """An order whose measures are kept from now on."""
    change.require_whole()
    _require_person(change, values.get("controller"), "controller")
    return change.create("order", t.order, values, None)


def alter_order(change: Change, code: str, values: Mapping[str, Any]) -> str:
    """The order is changed, also who controls it."""
    change.require_whole()
    _require_order(change, code)
    _require_person(change, values.get("controller"), "controller")
    change.alter("order", t.order, t.order.c.code == code, values, None)
    return code


def create_measure(change: Change, code: str, values: Mapping[str, Any]) -> str:
    """A measure of the order, for people of an organisation that he administers."""
    _require_order(change, code)
    change.require(values["organisation"], field="organisation")
    _require_doer(change, values, values["organisation"])
    return change.create("measure", measure, dict(values) | {"order_code": code}, values["organisation"])


def alter_measure(change: Change, measure_id: int, values: Mapping[str, Any]) -> str:
    """Who does it, by when, what it is called. What is over stays as it was."""
    row = _open_measure(change, measure_id)
    change.require(row["organisation"])
    _require_doer(change, values, row["organisation"])
    change.alter("measure", measure, measure.c.id == measure_id, values, row["organisation"])
    return str(measure_id)


def cancel_measure(change: Change, measure_id: int, reason: str) -> str:
    """Nobody has to do it, or to read the order for it, any more."""
    row = _open_measure(change, measure_id)
    change.require(row["organisation"])
    values = {"cancelled_at": change.at, "cancel_reason": reason}
    change.alter("measure", measure, measure.c.id == measure_id, values, row["organisation"])
    return str(measure_id)


def ask_readers(change: Change, measure_id: int, organisations: Collection[str], people: Collection[PersonId]) -> str:
    """The heads of the organisations, and these people, must read the order too; whoever was asked before stays asked."""
    row = _open_measure(change, measure_id)
    change.require(row["organisation"])
    if row["kind"] != MeasureKind.ACQUAINT.value:
        raise Refused("no_reading", "Знакомятся с приказом по мере «ознакомление руководителей».", "organisations")
    if not organisations and not people:
        raise Refused("readers_missing", "Выберите хотя бы одну организацию.", "organisations")
    for organisation in organisations:
        change.require(organisation, field="organisations")
    directory = change.scope.directory
    asked = readers_in(directory, organisations, change.at)
    for person in people:
        _require_person(change, person, "people")
        asked.setdefault(person, directory.people[person].organisation)
    if not asked:
        raise Refused("no_heads", "В этих организациях нет ни одного действующего руководителя.", "organisations")
    known = set(change.connection.execute(sa.select(reading.c.person).where(reading.c.measure == measure_id)).scalars())
    for person in sorted(asked.keys() - known):
        values = {"measure": measure_id, "person": person, "organisation": asked[person], "asked_at": change.at}
        change.create("acknowledgement", reading, values, row["organisation"])
    return str(measure_id)


def release_reader(change: Change, measure_id: int, person: PersonId) -> str:
    """The person need not read it: he is head no more. Who has read it stays in the register."""
    row = _open_measure(change, measure_id)
    change.require(row["organisation"])
    where = sa.and_(reading.c.measure == measure_id, reading.c.person == person, reading.c.acknowledged_at.is_(None))
    if change.connection.execute(sa.delete(reading).where(where)).rowcount:
        change.log("acknowledgement", f"{measure_id} {person}", row["organisation"], None, {"released": True})
    return str(measure_id)


def mark_done(change: Change, measure_id: int, evidence: str, link: str, files: Sequence[str] = ()) -> str:
    """The measure is done, says who was to do it or keeps it, and shows by what. Raises Refused while somebody has not read."""
    row = _open_measure(change, measure_id)
    if not evidence and not link and not files:
        raise Refused("evidence_missing", "Напишите, что сделано, дайте ссылку или приложите файл.", "evidence")
    left = sa.select(sa.func.count()).where(reading.c.measure == measure_id, reading.c.acknowledged_at.is_(None))
    if unread := change.connection.execute(left).scalar_one():
        raise Refused("readers_left", f"Ещё не ознакомились: {unread}. Мера исполнена, когда ознакомятся все.")
    if refusal := attachments.bind_to_measure(change.connection, files, change.person):
        raise Refused(refusal.code, refusal.detail, refusal.field)
    values = {"done_at": change.at, "done_by": change.person, "evidence": evidence, "link": link, "files": list(files)}
    change.alter("measure", measure, measure.c.id == measure_id, values, row["organisation"])
    return str(measure_id)


def acknowledge(change: Change, measure_id: int) -> str:
    """The person has read the order: «ознакомлен», now. Repeating it changes nothing."""
    where = sa.and_(reading.c.measure == measure_id, reading.c.person == change.person)
    row = change.connection.execute(sa.select(reading).where(where).with_for_update()).one_or_none()
    if row is None:
        raise Refused("not_found", "Вас не просили ознакомиться с этим приказом.")
    if row.acknowledged_at is None:
        change.alter("acknowledgement", reading, where, {"acknowledged_at": change.at}, row.organisation)
    return str(measure_id)


def _open_measure(change: Change, measure_id: int) -> sa.RowMapping:
    """The measure, held until the change is done. Raises Refused for one that he does not see or that is over."""
    who = Onlooker.of(change.scope.directory, change.person, change.at)
    query = sa.select(measure).where(measure.c.id == measure_id, sa.or_(who.does, who.keeps)).with_for_update()
    row = change.connection.execute(query).mappings().one_or_none()
    if row is None:
        raise Refused("not_found", "Такой меры нет.")
    if row["done_at"] is not None or row["cancelled_at"] is not None:
        raise Refused("measure_over", "Мера уже исполнена или отменена.")
    return row


def _require_order(change: Change, code: str) -> None:
    if change.connection.execute(sa.select(t.order.c.code).where(t.order.c.code == code)).one_or_none() is None:
        raise Refused("not_found", "Такого приказа нет.")


def _require_person(change: Change, person: PersonId | None, field: str) -> None:
    known = change.scope.directory.people.get(person) if person is not None else None
    if person is not None and (known is None or not known.active or known.system):
        raise Refused("person_unknown", "Такого действующего сотрудника нет.", field)


def _require_doer(change: Change, values: Mapping[str, Any], organisation: str) -> None:
    """Raises Refused unless the unit is one of the organisation's, and the person works."""
    unit = values.get("unit")
    if unit is not None:
        query = sa.select(t.unit.c.active).where(t.unit.c.id == unit, t.unit.c.organisation == organisation)
        if not change.connection.execute(query).scalar_one_or_none():
            raise Refused("unit_unknown", "В этой организации нет такого действующего подразделения.", "unit")
    _require_person(change, values.get("person"), "person")
