"""What an absence would bring, told before it is entered: what passes to whom and when, and what nobody may take. G-20, G-21."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.absence_shapes import AbsenceFields, NewAbsence
from api.absences import AbsenceId, period_of, uncovered
from api.administration import WRITES, told
from api.problems import responses
from api.resources import Person, Resources, Shared
from api.shown import Named, PersonShown, cursor_of, cursor_wrong, named, parts_of, titled
from api.titles import ERRANDS, ROLE, ROLES, STAGES
from domain.foreseen import Passing
from domain.vocabulary import ErrandKind, PersonId, Role
from storage import cards, foreseeing
from storage.administration import Change, scope_of
from storage.foreseeing import MOST, Foreseen, Line
from storage.reference import Titles, moment

router = APIRouter(prefix="/absences", tags=["Отсутствия"])

ROWS = 50
MOST_POOLS = 50

Limit = Annotated[int, Query(ge=1, le=200, description="сколько строк на странице")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` предыдущей страницы")]


class PassingShown(BaseModel):
    """С какого времени у кого; взять некому — об этом сообщат в течение рабочих часов регламента."""

    at: datetime
    person: PersonShown | None
    role: Named | None = Field(description="всем, кто исполняет роль")
    nobody: bool = Field(description="взять некому")


class ForeseenShown(BaseModel):
    """Одно дело отсутствующего и что с ним станет."""

    number: str | None = Field(description="номер сообщения; null: оно вам не видно", examples=["2026-0000123"])
    id: UUID | None = Field(description="null: само сообщение вам не видно")
    what: Named = Field(
        description="этап или вид поручения; у невидимого вам — просто errand",
        examples=[{"code": "approval", "title": "Утверждение"}],
    )
    errand: bool = Field(description="это поручение рядом с этапом")
    later: bool = Field(description="ещё не у него: очередь дойдёт")
    due_at: datetime | None
    nobody: bool = Field(description="хотя бы часть времени взять некому: назовите замещающего")
    passes: list[PassingShown]


class PoolForeseen(BaseModel):
    """Роль, в которой с начала отсутствия или позже никого не останется."""

    role: Named
    organisation: Named
    category: Named | None = Field(description="null: по всем категориям")
    since: datetime
    waiting: int = Field(description="сколько сообщений ждёт эту роль сейчас")


class AbsenceForeseen(BaseModel):
    """Что к кому перейдёт и когда. Ничего не внесено."""

    begins_at: datetime
    ends_at: datetime | None
    total: int = Field(description="сколько дел перейдёт или останется без решения")
    nobody: int = Field(description="из них взять некому; они первые в списке")
    beyond: int = Field(description=f"сколько сообщений не рассмотрено: смотрим {MOST}, чей срок раньше")
    until: datetime | None = Field(description="дальше этого времени не загадываем; null: рассмотрено всё отсутствие")
    items: list[ForeseenShown]
    next: str | None = Field(description="передайте в cursor за следующей страницей; null: это последняя")
    pools: list[PoolForeseen] = Field(description=f"роли, в которых никого не останется, не больше {MOST_POOLS}")
    pools_beyond: int = Field(description="сколько ещё таких ролей и организаций")
    uncovered: list[Named] = Field(description="роли отсутствующего, которых нет ни у кого из замещающих на месте")


class Part(NamedTuple):
    """Which part of the list is asked for."""

    limit: int = ROWS
    cursor: str | None = None


@router.post("/preview", responses=responses(*WRITES), summary="Что к кому перейдёт, если внести отсутствие")
def preview_new(
    shared: Shared, person: Person, body: NewAbsence, limit: Limit = ROWS, cursor: Cursor = None
) -> AbsenceForeseen:
    """By the rule that moves messages when it comes; nothing is entered. Refused like entering it."""
    return foresee(shared, person, body, body.person or person, None, Part(limit, cursor))


@router.post(
    "/{absence_id}/preview", responses=responses(*WRITES), summary="Что к кому перейдёт, если изменить отсутствие"
)
def preview_change(
    shared: Shared,
    person: Person,
    absence_id: AbsenceId,
    body: AbsenceFields,
    limit: Limit = ROWS,
    cursor: Cursor = None,
) -> AbsenceForeseen:
    """The same of an absence that is there already."""
    return foresee(shared, person, body, person, absence_id, Part(limit, cursor))


def foresee(
    shared: Resources, person: PersonId, body: AbsenceFields, of: PersonId, altered: int | None, part: Part
) -> AbsenceForeseen:
    """What the absence would bring; of one that is `altered` the person is known."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        scope = scope_of(shared.reference.directory(connection, at), person, at.now)
        change = Change(connection, person, at.now, scope)
        found = told(lambda: foreseeing.foresee(change, shared.reference, at, of, period_of(body), altered))
        return _shown(connection, found, shared.reference.titles(connection, at), part)


def _shown(connection: sa.Connection, found: Foreseen, titles: Titles, part: Part) -> AbsenceForeseen:
    lines = sorted(found.lines, key=_place)
    after = _after(part.cursor)
    rest = [line for line in lines if after is None or _place(line) > after]
    page, more = rest[: part.limit], len(rest) > part.limit
    passes = [passing for line in page for passing in line.prospect.passings]
    names = cards.names(connection, {one.to for one in passes if one.to is not None and not isinstance(one.to, Role)})
    absence = found.absence
    return AbsenceForeseen(
        begins_at=absence.begins_at,
        ends_at=absence.ends_at,
        total=len(lines),
        nobody=sum(line.prospect.unattended for line in lines),
        beyond=found.beyond,
        until=None if found.until == absence.ends_at else found.until,
        items=[line_shown(line, names) for line in page],
        next=cursor_of(*_place(page[-1])) if more else None,
        pools=_pools(found, titles),
        pools_beyond=max(0, len(found.pools) - MOST_POOLS),
        uncovered=uncovered(found.directory, absence.person, absence.substitutes, absence.begins_at),
    )


def _place(line: Line) -> tuple[int, str, str, str]:
    """What nobody may take stands first; then by number, the unseen after the seen. Of those the cursor holds an id alone, which
    opens nothing.
    """
    prospect = line.prospect
    number = line.case.number if line.seen else line.case.id
    return 2 * (not prospect.unattended) + (not line.seen), number, prospect.errand or "", _what(line).code


def _after(cursor: str | None) -> tuple[int, str, str, str] | None:
    if cursor is None:
        return None
    rank, number, errand, what = parts_of(cursor, 4)
    if type(rank) is not int or not all(isinstance(one, str) for one in (number, errand, what)):
        raise cursor_wrong()
    return rank, number, errand, what


def line_shown(line: Line, names: Mapping[PersonId, str]) -> ForeseenShown:
    """Of what may not be seen only that it is there, and what becomes of it."""
    prospect = line.prospect
    return ForeseenShown(
        number=line.case.number if line.seen else None,
        id=UUID(line.case.id) if line.seen else None,
        what=_what(line),
        errand=prospect.errand is not None,
        later=prospect.later,
        due_at=prospect.due_at,
        nobody=prospect.unattended,
        passes=[_passing(one, names) for one in prospect.passings],
    )


def _what(line: Line) -> Named:
    """The kind of an errand tells of the message: that a child wrote it, that somebody complains."""
    what = line.prospect.what
    if not isinstance(what, ErrandKind):
        return titled(what.value, STAGES)
    return titled(what.value, ERRANDS) if line.seen else Named(code="errand", title="Поручение")


def _passing(one: Passing, names: Mapping[PersonId, str]) -> PassingShown:
    role = one.to if isinstance(one.to, Role) else None
    number = None if one.to is None or isinstance(one.to, Role) else one.to
    return PassingShown(
        at=one.at,
        person=PersonShown(number=number, name=names.get(number, "")) if number is not None else None,
        role=titled(role.value, ROLES) if role is not None else None,
        nobody=one.to is None,
    )


def _pools(found: Foreseen, titles: Titles) -> list[PoolForeseen]:
    """Those for which most is waiting first."""
    pools = sorted(found.pools, key=lambda one: (-one.waiting, one.left.organisation))
    return [
        PoolForeseen(
            role=titled(one.left.role.value, ROLE),
            organisation=titled(one.left.organisation, titles.organisations),
            category=named(one.left.category, titles.categories),
            since=one.left.since,
            waiting=one.waiting,
        )
        for one in pools[:MOST_POOLS]
    ]
