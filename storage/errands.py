"""Errands between their table and the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.case import Case
from domain.errands import ErrandFact
from domain.vocabulary import APPLICANT, ErrandKind, ErrandState, PersonId, Role
from storage import tables as t

_OF_CASE = (
    sa.select(t.errand).where(t.errand.c.case_id == sa.bindparam("case")).order_by(t.errand.c.asked_at, t.errand.c.id)
)


def of_case(connection: sa.Connection, case_id: str) -> tuple[ErrandFact, ...]:
    """The errands of a case in the order in which they were given."""
    return tuple(_fact(row) for row in connection.execute(_OF_CASE, {"case": case_id}).mappings())


def asked_any(people: Sequence[PersonId]) -> sa.ColumnElement[bool]:
    """One of these people is asked for something, or somebody is in his place; beside a row of `message_case`."""
    numbers = sa.literal(list(people), ARRAY(sa.BigInteger))
    theirs = sa.or_(t.errand.c.person == sa.any_(numbers), t.errand.c.acting_for == sa.any_(numbers))
    waiting = sa.select(t.errand.c.case_id).where(theirs, t.errand.c.state == ErrandState.OPEN.value)
    return t.message_case.c.id.in_(waiting)


def asked_role(role: Role, organisations: Sequence[str]) -> sa.ColumnElement[bool]:
    """Everybody of the role is asked for something in one of these organisations; beside a row of `message_case`."""
    theirs = sa.and_(t.errand.c.pool == role.value, t.errand.c.organisation.in_(organisations))
    waiting = sa.select(t.errand.c.case_id).where(theirs, t.errand.c.state == ErrandState.OPEN.value)
    return t.message_case.c.id.in_(waiting)


def due_at() -> sa.ScalarSelect[datetime]:
    """When the first thing that staff are asked for beside the stage is due; beside a row of `message_case`."""
    return _staff(sa.select(sa.func.min(t.errand.c.due_at))).scalar_subquery()


def asked(person: PersonId) -> sa.ScalarSelect[str]:
    """The kind of what the person is asked for by name and what is due first; beside a row of `message_case`."""
    query = sa.select(t.errand.c.kind).where(t.errand.c.person == person)
    return _staff(query).order_by(t.errand.c.due_at).limit(1).scalar_subquery()


def first_kind() -> sa.ScalarSelect[str]:
    """The kind of what is due at `due_at`; beside a row of `message_case`."""
    return _staff(sa.select(t.errand.c.kind)).order_by(t.errand.c.due_at).limit(1).scalar_subquery()


def _staff(query: sa.Select[Any]) -> sa.Select[Any]:
    mine = query.where(t.errand.c.case_id == t.message_case.c.id, ~t.errand.c.applicant)
    return mine.where(t.errand.c.state == ErrandState.OPEN.value).correlate(t.message_case)


def save(connection: sa.Connection, before: Case, case: Case) -> None:
    """New errands are in the record, the others as they are now."""
    known = {one.id: one for one in before.errands}
    for one in case.errands:
        if one.id not in known:
            values: dict[str, Any] = {"id": one.id, "case_id": case.id, "kind": one.kind.value}
            values |= {"asked_by": one.asked_by, "asked_at": one.asked_at, "asked_in": one.asked_in}
            connection.execute(sa.insert(t.errand).values(values | _changing(one)))
        elif one != known[one.id]:
            connection.execute(sa.update(t.errand).where(t.errand.c.id == one.id).values(_changing(one)))


def _changing(one: ErrandFact) -> dict[str, Any]:
    return {
        "organisation": one.organisation,
        "person": None if one.of_applicant else one.person,
        "pool": one.pool.value if one.pool else None,
        "applicant": one.of_applicant,
        "due_at": one.due_at,
        "remind_at": one.remind_at,
        "overdue_told": one.overdue_told,
        "state": one.state.value,
        "settled_at": one.settled_at,
        "settled_in": one.settled_in,
        "details": dict(one.details),
        "acting_for": one.acting_for,
        "passed_at": one.passed_at,
        "unattended_at": one.unattended_at,
    }


def _fact(row: sa.RowMapping) -> ErrandFact:
    return ErrandFact(
        id=row["id"],
        kind=ErrandKind(row["kind"]),
        organisation=row["organisation"],
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        asked_by=row["asked_by"],
        asked_in=row["asked_in"],
        person=APPLICANT if row["applicant"] else row["person"],
        pool=Role(row["pool"]) if row["pool"] else None,
        state=ErrandState(row["state"]),
        remind_at=row["remind_at"],
        overdue_told=row["overdue_told"],
        settled_at=row["settled_at"],
        settled_in=row["settled_in"],
        details=row["details"],
        acting_for=row["acting_for"],
        passed_at=row["passed_at"],
        unattended_at=row["unattended_at"],
    )
