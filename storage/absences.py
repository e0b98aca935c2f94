"""Absences of people as they are entered, changed and ended, and by which paper. Source: S2, 3.9 в; G-20."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.calendar import Calendar
from domain.directory import Place
from domain.vocabulary import AbsenceCode, PersonId, Role
from storage import looking_again
from storage import tables as t
from storage.administration import Change, Refused, Scope

table, case = t.absence, t.message_case

BASIS_MISSING = sa.and_(table.c.basis == "", sa.or_(table.c.ends_at.is_(None), table.c.ends_at > table.c.begins_at))
"""It takes or took place, and nobody has said by which paper. Who falls ill is away before there is one. Source: G-20."""

OPEN = frozenset({AbsenceCode.SICKNESS, AbsenceCode.DISMISSAL})
"""Of these nobody knows the end when they begin."""


@dataclass(frozen=True, slots=True)
class Period:
    """What is entered: local days, both of them away; the order; who stands in, first of all the first."""

    code: AbsenceCode
    first_day: date
    last_day: date | None
    basis: str
    substitutes: tuple[PersonId, ...]


def may_enter(scope: Scope, person: PersonId, of: PersonId, at: datetime) -> bool:
    """Whether the person keeps the absences of the other: his own, as administrator of his organisation, or as his head.

    No head keeps those of another head: with an absence goes what waits for the absent one's approval.
    """
    known = scope.directory.people.get(of)
    if known is None or known.system:
        return False
    if person == of or scope.covers(known.organisation):
        return True
    decides = any(grant.role is Role.HEAD and grant.is_valid(at) for grant in scope.directory.grants_of(of))
    return not decides and scope.directory.may(person, Role.HEAD, Place(known.organisation, known.unit), at)


def enter(change: Change, of: PersonId, period: Period) -> str:
    """A new absence; it begins now at the earliest, for what was decided before was decided."""
    values = new(change, of, period) | {"entered_by": change.person, "entered_at": change.at}
    made = change.create("absence", table, values, change.scope.directory.people[of].organisation)
    looking_again.recheck(change, of)
    return made


def alter(change: Change, absence_id: int, period: Period) -> str:
    """The absence is as given from now on; what has begun keeps its beginning."""
    row = known(change, absence_id)
    organisation = change.scope.directory.people[row.person].organisation
    change.alter("absence", table, table.c.id == absence_id, other(change, row, period), organisation)
    looking_again.recheck(change, row.person)
    return str(absence_id)


def new(change: Change, of: PersonId, period: Period) -> dict[str, Any]:
    """The columns of a new absence. Raises Refused where it cannot be, or is not his to enter."""
    _require(change, of)
    return {"person": of} | _columns(change, of, period, None, None)


def other(change: Change, row: sa.Row[Any], period: Period) -> dict[str, Any]:
    """What the columns of the absence are from now on. Raises Refused where it cannot be."""
    if row.ends_at is not None and row.ends_at <= change.at:
        raise Refused("absence_over", "Это отсутствие уже кончилось: внесите новое.")
    begun_at = row.begins_at if row.begins_at <= change.at else None
    return _columns(change, row.person, period, begun_at, row.id)


def _columns(
    change: Change, of: PersonId, period: Period, begun_at: datetime | None, altered: int | None
) -> dict[str, Any]:
    return _instants(change, of, period, begun_at, altered) | {
        "code": period.code.value,
        "basis": _basis(period),
        "substitutes": _substitutes(change, of, period.substitutes),
    }


def state_basis(change: Change, absence_id: int, basis: str) -> str:
    """The paper of an absence that has perhaps begun or is over; its period, reason and substitutes stay.

    It may take the place of another paper, and long after the end: a slip in a number is put right so, and the log keeps both.
    """
    row = known(change, absence_id)
    organisation = change.scope.directory.people[row.person].organisation
    change.alter("absence", table, table.c.id == absence_id, {"basis": basis}, organisation)
    return str(absence_id)


def end(change: Change, absence_id: int) -> str:
    """The person is here again; what had not begun does not take place. Repeating it changes nothing."""
    row = known(change, absence_id)
    organisation = change.scope.directory.people[row.person].organisation
    if row.ends_at is None or row.ends_at > change.at:
        values = {"ends_at": max(change.at, row.begins_at)}
        change.alter("absence", table, table.c.id == absence_id, values, organisation)
        looking_again.recheck(change, row.person)
    return str(absence_id)


def note_dismissal(change: Change, of: PersonId, *, gone: bool) -> None:
    """Whoever is dismissed is away from now on, with the substitutes named before, if any were; who returns is here again."""
    organisation = change.scope.directory.people[of].organisation
    lasting = sa.and_(table.c.person == of, table.c.code == AbsenceCode.DISMISSAL.value, table.c.ends_at.is_(None))
    rows = change.connection.execute(sa.select(table.c.id, table.c.begins_at).where(lasting)).all()
    if gone and not rows:
        code = AbsenceCode.DISMISSAL.value
        new = {"person": of, "code": code, "begins_at": change.at, "entered_by": change.person, "entered_at": change.at}
        change.create("absence", table, new, organisation)
    for row in rows:
        begins_at = min(row.begins_at, change.at)
        values = {"begins_at": begins_at} if gone else {"ends_at": max(row.begins_at, change.at)}
        change.alter("absence", table, table.c.id == row.id, values, organisation)
    looking_again.recheck(change, of)


def _require(change: Change, of: PersonId) -> None:
    """Raises Refused for whoever may not keep the person's absences."""
    if not may_enter(change.scope, change.person, of, change.at):
        raise Refused("action_forbidden", "Отсутствие вносит сам сотрудник, его руководитель или администратор.")


def known(change: Change, absence_id: int) -> sa.Row[Any]:
    """The absence. Raises Refused where there is none that the person keeps. No lock of its own: changes take turns."""
    row = change.connection.execute(sa.select(table).where(table.c.id == absence_id)).one_or_none()
    if row is None or not may_enter(change.scope, change.person, row.person, change.at):
        raise Refused("not_found", "Такого отсутствия нет.")
    return row


def _instants(
    change: Change, of: PersonId, period: Period, begun_at: datetime | None, altered: int | None = None
) -> dict[str, Any]:
    calendar = change.scope.directory.calendar_of(of)
    if period.last_day is None and period.code not in OPEN:
        raise Refused("last_day_missing", "Укажите последний день: без него вносят болезнь и увольнение.", "last_day")
    begins_at = begun_at or max(calendar.instant(period.first_day), change.at)
    ends_at = calendar.instant(period.last_day + timedelta(days=1)) if period.last_day else None
    if ends_at is not None and (ends_at <= begins_at or ends_at <= change.at):
        raise Refused("dates_wrong", "Последний день не раньше первого и не в прошлом.", "last_day")
    _refuse_overlap(change, of, begins_at, ends_at, altered)
    return {"begins_at": begins_at, "ends_at": ends_at}


def _refuse_overlap(
    change: Change, of: PersonId, begins_at: datetime, ends_at: datetime | None, altered: int | None
) -> None:
    """Of two periods at once the substitutes of both would be asked: one is changed instead."""
    calendar = change.scope.directory.calendar_of(of)
    for row in found(change.connection, of=[of], since=begins_at, until=ends_at):
        if row["id"] != altered:
            first, last = days(row, calendar)
            until = f"по {last:%d.%m.%Y}" if last else "без последнего дня"
            detail = f"Уже внесено отсутствие с {first:%d.%m.%Y} {until}: измените или завершите его."
            raise Refused(
                "absence_overlaps", detail, "last_day" if first > calendar.local(begins_at).date() else "first_day"
            )


def _basis(period: Period) -> str:
    if not period.basis and period.code is not AbsenceCode.SICKNESS:
        detail = "Укажите номер и день приказа. Без основания вносят только болезнь: документ дают позже."
        raise Refused("basis_missing", detail, "basis")
    return period.basis


def _substitutes(change: Change, of: PersonId, numbers: Sequence[PersonId]) -> list[PersonId]:
    if len(set(numbers)) != len(numbers):
        raise Refused("substitute_twice", "Замещающий указан дважды.", "substitutes")
    for number in numbers:
        known = change.scope.directory.people.get(number)
        if number == of or known is None or not known.active or known.system:
            raise Refused("person_unknown", "Замещающий: другой работающий сотрудник.", "substitutes")
        if number == change.person:
            raise Refused("substitute_oneself", "Внося чужое отсутствие, себя замещающим не назначают.", "substitutes")
    return list(numbers)


def days(row: sa.RowMapping, calendar: Calendar) -> tuple[date, date | None]:
    """First and last local day of an absence."""
    first = calendar.local(row["begins_at"]).date()
    if row["ends_at"] is None:
        return first, None
    return first, max(first, calendar.local(row["ends_at"] - timedelta(microseconds=1)).date())


def found(
    connection: sa.Connection,
    *,
    of: Sequence[PersonId],
    since: datetime,
    until: datetime | None = None,
    unfounded: bool = False,
    after: tuple[datetime, int] | None = None,
    limit: int | None = None,
) -> list[sa.RowMapping]:
    """Absences of these people that last at some time from `since` on, in the order of their beginning.

    `unfounded`: also those that were over before, and still have no basis. `after`: beginning and number of the last one of the
    page before.
    """
    lasts = sa.or_(table.c.ends_at.is_(None), sa.and_(table.c.ends_at > since, table.c.ends_at > table.c.begins_at))
    query = (
        sa.select(table, t.person.c.name, t.person.c.position, t.person.c.organisation)
        .join(t.person, t.person.c.id == table.c.person)
        .where(sa.or_(lasts, BASIS_MISSING) if unfounded else lasts)
        .where(table.c.person == sa.any_(sa.literal(list(of), ARRAY(sa.BigInteger))))
        .order_by(table.c.begins_at, table.c.id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(table.c.begins_at < until)
    if after is not None:
        query = query.where(sa.tuple_(table.c.begins_at, table.c.id) > sa.tuple_(*map(sa.literal, after)))
    return list(connection.execute(query).mappings())


def one(connection: sa.Connection, absence_id: int) -> sa.RowMapping | None:
    """The absence with this number."""
    query = (
        sa.select(table, t.person.c.name, t.person.c.position, t.person.c.organisation)
        .join(t.person, t.person.c.id == table.c.person)
        .where(table.c.id == absence_id)
    )
    return connection.execute(query).mappings().one_or_none()


def waiting(connection: sa.Connection, people: Sequence[PersonId]) -> dict[PersonId, tuple[int, int]]:
    """How many open messages lie with each of these people, and how many with somebody in his place."""
    numbers = sa.literal(list(people), ARRAY(sa.BigInteger))
    counts: dict[PersonId, list[int]] = {person: [0, 0] for person in people}
    for place, column in enumerate((case.c.holder, case.c.acting_for)):
        query = (
            sa.select(column, sa.func.count())
            .where(column == sa.any_(numbers), case.c.closed_at.is_(None))
            .group_by(column)
        )
        for person, count in connection.execute(query):
            counts[person][place] = count
    return {person: (mine, passed_on) for person, (mine, passed_on) in counts.items()}
