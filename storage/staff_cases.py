"""Cases as mail to staff may show them, and with whom they lie. Nothing of an applicant is read here. G-50."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from domain.directory import Directory, Place
from domain.vocabulary import Danger, PersonId, Role, Stage
from storage import tables as t
from storage.conditions import covered, in_force
from storage.letters import handover_due_at

MOST_CASES = 2000
"""Of one person, soonest due first: nobody reads a longer list."""
PAGE = 500

_POOLS = {Stage.MODERATION: Role.MODERATOR, Stage.COORDINATION: Role.COORDINATOR}
_OPERATORS = (Role.INTAKE_OPERATOR, Role.COORDINATOR)
"""Who hands answers over: the second where nobody is in the first, as `domain.notices.operators` says."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a mail may show it: no word of the applicant. `task_due_at`: of the answer to be handed over."""

    id: str
    number: str
    stage: Stage
    place: Place
    category: str
    holder: PersonId | None
    due_at: datetime
    stage_due_at: datetime | None
    task_due_at: datetime | None
    considered: bool
    open: bool
    danger_undecided: bool

    def lies_with(self, person: PersonId, directory: Directory, at: datetime) -> bool:
        """Whether the person holds it, is in the pool that does, or has a letter of it to hand over."""
        if not self.open:
            return False
        if self.task_due_at is not None and person in _operators(self.place, directory, at):
            return True
        pool = _POOLS.get(self.stage)
        return self.holder == person or (pool is not None and directory.may(person, pool, self.place, at))

    @property
    def next_due_at(self) -> datetime | None:
        """By when something has to be done about it: the stage's term, the message's, the handing over of a letter."""
        dues = [] if self.considered else [self.due_at, self.stage_due_at]
        return min((due for due in [*dues, self.task_due_at] if due is not None), default=None)

    def is_overdue(self, at: datetime) -> bool:
        """Whether something should have been done that is not."""
        return self.next_due_at is not None and self.next_due_at < at


def cases(connection: sa.Connection, ids: Iterable[str]) -> dict[str, CaseRow]:
    """The cases as they are now."""
    query = _query().where(t.message_case.c.id.in_(set(ids)))
    return {row.id: _case_row(row) for row in connection.execute(query)}


def lying_with(connection: sa.Connection, person: PersonId, directory: Directory, at: datetime) -> dict[str, CaseRow]:
    """What lies with the person now, his own and his pools', soonest due first, at most `MOST_CASES`."""
    may_lie = sa.and_(t.message_case.c.closed_at.is_(None), sa.or_(*_ways(person, directory, at)))
    found = (row for row in _by_due(connection, may_lie) if row.lies_with(person, directory, at))
    return {row.id: row for row in islice(found, MOST_CASES)}


def _ways(person: PersonId, directory: Directory, at: datetime) -> list[sa.ColumnElement[bool]]:
    """In which ways a case may lie with the person; `CaseRow.lies_with` has the last word on letters to hand over."""
    case = t.message_case
    found = [case.c.holder == person]
    for grant in in_force(directory.grants_of(person), at):
        held = [case.c.stage == stage.value for stage, role in _POOLS.items() if role is grant.role]
        held += [case.c.task_waiting] if grant.role in _OPERATORS else []
        found += [sa.and_(one, covered(grant, directory)) for one in held]
    return found


def _operators(place: Place, directory: Directory, at: datetime) -> tuple[PersonId, ...]:
    return next((found for role in _OPERATORS if (found := directory.holders(role, place, at))), ())


def _by_due(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Iterator[CaseRow]:
    """All these cases, soonest due first, read a page at a time as they are asked for."""
    key = sa.tuple_(t.message_case.c.due_at, t.message_case.c.id)
    query = _query().where(condition).order_by(*key).limit(PAGE)
    rows = connection.execute(query).all()
    while rows:
        yield from map(_case_row, rows)
        rows = connection.execute(query.where(key > (rows[-1].due_at, rows[-1].id))).all() if len(rows) == PAGE else []


def _query() -> sa.Select[Any]:
    case, category = t.message_case, t.category
    code = sa.func.coalesce(case.c.subcategory, case.c.category)
    columns = (
        "id number stage organisation unit category subcategory holder due_at stage_due_at outcome closed_at danger"
    )
    return sa.select(
        *(case.c[name] for name in columns.split()), category.c.title, handover_due_at().label("task_due_at")
    ).outerjoin(category, category.c.code == code)


def _case_row(row: sa.Row[Any]) -> CaseRow:
    return CaseRow(
        id=row.id,
        number=row.number,
        stage=Stage(row.stage),
        place=Place(row.organisation, row.unit, row.category, row.subcategory),
        category=row.title or "",
        holder=row.holder,
        due_at=row.due_at,
        stage_due_at=row.stage_due_at,
        task_due_at=row.task_due_at,
        considered=row.outcome is not None,
        open=row.closed_at is None,
        danger_undecided=row.closed_at is None and row.danger == Danger.SUGGESTED,
    )
