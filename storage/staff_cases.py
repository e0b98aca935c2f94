"""Cases as mail to staff may show them, and with whom they lie. Nothing of an applicant is read here. G-50."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.directory import Directory, Place
from domain.vocabulary import LetterState, PersonId, Role, Stage
from storage import tables as t
from storage.sight import organisations_of

MOST_CASES = 2000

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
    return {row.id: row for row in _cases(connection, t.message_case.c.id.in_(set(ids)))}


def lying_with(connection: sa.Connection, person: PersonId, directory: Directory, at: datetime) -> dict[str, CaseRow]:
    """What lies with the person now, his own and his pools', soonest due first."""
    case = t.message_case
    places = {role: set[str]() for role in (*_POOLS.values(), *_OPERATORS)}
    for grant in directory.grants_of(person):
        if grant.role in places and grant.is_valid(at):
            places[grant.role] |= set(organisations_of(grant, directory))
    choices: list[sa.ColumnElement[bool]] = [case.c.holder == person]
    choices += [
        sa.and_(case.c.stage == stage.value, case.c.organisation.in_(places[role])) for stage, role in _POOLS.items()
    ]
    choices += [sa.and_(case.c.task_waiting, case.c.organisation.in_(places[role])) for role in _OPERATORS]
    found = _cases(connection, sa.and_(case.c.closed_at.is_(None), sa.or_(*choices)))
    return {row.id: row for row in found if row.lies_with(person, directory, at)}


def _operators(place: Place, directory: Directory, at: datetime) -> tuple[PersonId, ...]:
    return next((found for role in _OPERATORS if (found := directory.holders(role, place, at))), ())


def _cases(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[CaseRow]:
    case, category, letter = t.message_case, t.category, t.letter
    code = sa.func.coalesce(case.c.subcategory, case.c.category)
    task_due_at = (
        sa.select(sa.func.min(letter.c.task_due_at))
        .where(letter.c.case_id == case.c.id, letter.c.state == LetterState.TASK.value, case.c.task_waiting)
        .scalar_subquery()
    )
    query = (
        sa.select(case, category.c.title, task_due_at.label("task_due_at"))
        .outerjoin(category, category.c.code == code)
        .where(condition)
        .order_by(case.c.due_at, case.c.id)
        .limit(MOST_CASES)
    )
    return [
        CaseRow(
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
        )
        for row in connection.execute(query)
    ]
