"""Absences: who is away when, who stands in for him, and what waits meanwhile. Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20, G-21."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from api.absence_shapes import AbsenceFields, Absences, AbsenceShown, BasisFields, NewAbsence
from api.administration import WRITES, Limit, Number, make
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from api.shown import Named, PersonShown, cursor_of, cursor_wrong, parts_of, titled
from api.titles import ABSENCES, ROLE
from domain.directory import Directory, Place
from domain.vocabulary import AbsenceCode, PersonId, Role
from domain.words import searchable
from storage import absences, cards
from storage.absences import Period, may_enter
from storage.administration import scope_of
from storage.reference import moment

router = APIRouter(prefix="/absences", tags=["Отсутствия"])

SHOWN_AFTER = timedelta(days=30)
"""So long an absence that is over is still shown."""
MOST_PEOPLE = 500
STAND_IN = (Role.EXECUTOR, Role.HEAD)
"""The roles in which messages lie with one person."""
_OFFERED = {
    Role.EXECUTOR: (Role.EXECUTOR, Role.COORDINATOR),
    Role.COORDINATOR: (Role.EXECUTOR, Role.COORDINATOR),
    Role.HEAD: (Role.HEAD,),
}
"""Who may decide in the place of whom: a coordinator, too, executes what he has taken himself."""

AbsenceId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("", responses=responses(401, 422, 503), summary="Отсутствия")
def list_absences(
    shared: Shared,
    person: Person,
    of: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` предыдущей страницы")] = None,
    limit: Limit = 100,
) -> Absences:
    """One's own, those of one's subordinates, and those of the organisations that one administers."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        scope = scope_of(shared.reference.directory(connection, at), person, at.now)
        people = scope.directory.people if of is None else [of]
        kept = [one for one in people if may_enter(scope, person, one, at.now)]
        since = at.now - SHOWN_AFTER
        rows = absences.found(connection, of=kept, since=since, unfounded=True, after=_after(cursor), limit=limit + 1)
        items = _shown(connection, scope.directory, rows[:limit], at.now)
    last = rows[limit - 1] if len(rows) > limit else None
    return Absences(items=items, next=cursor_of(last["begins_at"], last["id"]) if last else None)


def _after(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    begins_at, number = parts_of(cursor, 2)
    try:
        known = datetime.fromisoformat(begins_at)
    except (TypeError, ValueError):
        raise cursor_wrong() from None
    if known.tzinfo is None or type(number) is not int or not 0 < number <= 2**53:
        raise cursor_wrong()
    return known, number


@router.get("/{absence_id}", responses=responses(401, 404, 422, 503), summary="Отсутствие")
def read_absence(shared: Shared, person: Person, absence_id: AbsenceId) -> AbsenceShown:
    """For the absent person and whoever may enter his absences; for others there is none."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        scope = scope_of(shared.reference.directory(connection, at), person, at.now)
        row = absences.one(connection, absence_id)
        if row is None or not may_enter(scope, person, row["person"], at.now):
            raise not_found()
        return _shown(connection, scope.directory, [row], at.now)[0]


@router.post("", status_code=201, responses=responses(*WRITES), summary="Внести отсутствие")
def enter_absence(shared: Shared, person: Person, key: Key, body: NewAbsence) -> AbsenceShown:
    """What waits for the person goes to his substitutes when the absence begins, and comes back when it ends."""
    of = body.person if body.person is not None else person
    made, _ = make(
        shared,
        person,
        key,
        "POST /absences",
        body,
        lambda change: absences.enter(change, of, period_of(body)),
        anybody=True,
    )
    return read_absence(shared, person, int(made))


@router.put("/{absence_id}", responses=responses(*WRITES), summary="Изменить отсутствие")
def alter_absence(shared: Shared, person: Person, key: Key, absence_id: AbsenceId, body: AbsenceFields) -> AbsenceShown:
    """The absence is as given; what has begun keeps its beginning."""
    make(
        shared,
        person,
        key,
        f"PUT /absences/{absence_id}",
        body,
        lambda change: absences.alter(change, absence_id, period_of(body)),
        anybody=True,
    )
    return read_absence(shared, person, absence_id)


@router.put("/{absence_id}/basis", responses=responses(*WRITES), summary="Указать основание")
def state_basis(shared: Shared, person: Person, key: Key, absence_id: AbsenceId, body: BasisFields) -> AbsenceShown:
    """The paper came later, perhaps when the absence is over. Nothing else changes."""
    make(
        shared,
        person,
        key,
        f"PUT /absences/{absence_id}/basis",
        body,
        lambda change: absences.state_basis(change, absence_id, body.basis),
        anybody=True,
    )
    return read_absence(shared, person, absence_id)


@router.post("/{absence_id}/end", responses=responses(*WRITES), summary="Завершить отсутствие")
def end_absence(shared: Shared, person: Person, key: Key, absence_id: AbsenceId) -> AbsenceShown:
    """The person is back: his messages return at once. What had not begun is cancelled."""
    make(
        shared,
        person,
        key,
        f"POST /absences/{absence_id}/end",
        None,
        lambda change: absences.end(change, absence_id),
        anybody=True,
    )
    return read_absence(shared, person, absence_id)


class Offered(NamedTuple):
    """People to choose from, by name: no more than a form can offer, how many were found beside them, and how many there are."""

    people: list[PersonShown]
    beyond: int
    total: int


def kept_people(shared: Resources, person: PersonId) -> Offered:
    """Whose absences the person keeps beside his own."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        scope = scope_of(shared.reference.directory(connection, at), person, at.now)
        known = [
            one.id
            for one in scope.directory.people.values()
            if one.active and one.id != person and may_enter(scope, person, one.id, at.now)
        ]
        return _by_name(connection, known)


def possible_substitutes(
    shared: Resources, person: PersonId, of: Number, words: str = "", chosen: Collection[str] = ()
) -> Offered:
    """Whoever has a role, where the person has his, in which he can decide in his place; who is chosen, whatever the words are."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        directory = shared.reference.directory(connection, at)
        scope = scope_of(directory, person, at.now)
        if not may_enter(scope, person, of, at.now):
            raise Problem(
                403, "action_forbidden", "Отсутствие вносит сам сотрудник, его руководитель или администратор."
            )
        found = {
            other.person
            for own in directory.grants_of(of)
            for role in _OFFERED.get(own.role, ())
            for other in directory.grants_over(role, own.organisation)
            if other.is_valid(at.now) and directory.people[other.person].active and other.person != of
        }
        return _by_name(connection, found, words, chosen)


def period_of(body: AbsenceFields) -> Period:
    """The body as the record takes it."""
    return Period(AbsenceCode(body.code), body.first_day, body.last_day, body.basis, tuple(body.substitutes))


def _shown(
    connection: sa.Connection, directory: Directory, rows: Sequence[sa.RowMapping], at: datetime
) -> list[AbsenceShown]:
    people = {row["person"] for row in rows}
    names = cards.names(connection, people | {one for row in rows for one in row["substitutes"]})
    counts = absences.waiting(connection, sorted(people))
    found = []
    for row in rows:
        first, last = absences.days(row, directory.calendar_of(row["person"]))
        over = row["ends_at"] is not None and row["ends_at"] <= at
        mine, passed_on = counts[row["person"]]
        found.append(
            AbsenceShown(
                id=row["id"],
                person=PersonShown(number=row["person"], name=row["name"]),
                position=row["position"],
                organisation=row["organisation"],
                code=titled(row["code"], ABSENCES),
                basis=row["basis"],
                basis_missing=not row["basis"],
                first_day=first,
                last_day=last,
                lasts=row["begins_at"] <= at and not over,
                over=over,
                substitutes=[PersonShown(number=one, name=names.get(one, "")) for one in row["substitutes"]],
                uncovered=[]
                if over
                else uncovered(directory, row["person"], row["substitutes"], max(at, row["begins_at"])),
                waiting=mine,
                passed_on=passed_on,
            )
        )
    return found


def uncovered(directory: Directory, of: PersonId, substitutes: Sequence[PersonId], at: datetime) -> list[Named]:
    """The roles with which messages lie with him, where no substitute who is there holds the same."""
    present = [one for one in substitutes if not directory.is_away(one, at)]
    left = {
        grant.role
        for grant in directory.grants_of(of)
        if grant.role in STAND_IN and grant.is_valid(at)
        for category in grant.categories or (None,)
        if not any(
            directory.may(one, grant.role, Place(grant.organisation, grant.unit, category, category), at)
            for one in present
        )
    }
    return [titled(role.value, ROLE) for role in STAND_IN if role in left]


def _by_name(
    connection: sa.Connection, numbers: Collection[PersonId], words: str = "", chosen: Collection[str] = ()
) -> Offered:
    names = cards.names(connection, set(numbers))
    people = sorted((PersonShown(number=number, name=name) for number, name in names.items()), key=_name_and_number)
    found = [one for one in people if all(word in searchable(one.name) for word in searchable(words).split())]
    shown = found[:MOST_PEOPLE]
    kept = [one for one in people if str(one.number) in chosen and one not in shown]
    return Offered([*kept, *shown], max(0, len(found) - MOST_PEOPLE), len(people))


def _name_and_number(one: PersonShown) -> tuple[str, int]:
    return one.name, one.number
