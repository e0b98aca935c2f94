"""Conditions on a case: where a grant reaches, what somebody is asked for. Who sees what is said in `storage.sight` alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.directory import Directory, Grant
from domain.vocabulary import ErrandState, PersonId, Role, Stage
from storage import tables as t

case = t.message_case
# made once: an alias brings all columns of its table with it
_waiting, _asked, _asked_together = t.letter.alias("waiting"), t.errand.alias("asked"), t.errand.alias("asked_together")

Condition = sa.ColumnElement[bool]


def works(grant: Grant, directory: Directory) -> Condition:
    """`Directory.may` as a condition: an executor's unit is where he works, not the part of the work that he sees."""
    if grant.role is Role.EXECUTOR and grant.unit:
        return sa.and_(case.c.organisation == grant.organisation, about(grant))
    return covered(grant, directory)


def in_force(grants: Iterable[Grant], at: datetime) -> list[Grant]:
    """The grants that are valid at the instant, each once."""
    return list(dict.fromkeys(grant for grant in grants if grant.is_valid(at)))


def covered(grant: Grant, directory: Directory) -> Condition:
    """The case lies where the grant reaches, and is about what it was granted for."""
    return sa.and_(within(grant, directory), about(grant))


def declared_under(grant: Grant, directory: Directory) -> Condition:
    """The sender named an organisation over which the grant reaches."""
    return among(case.c.declared_organisation, organisations_of(grant, directory))


def addressed_in_moderation(grant: Grant, directory: Directory) -> Condition:
    """The case is in moderation and its applicant addressed it to where the grant reaches. Source: S3-71."""
    arrived = sa.and_(case.c.organisation == directory.root, case.c.stage == Stage.MODERATION.value)
    return sa.and_(arrived, case.c.closed_at.is_(None), declared_under(grant, directory))


def within(grant: Grant, directory: Directory) -> Condition:
    """The case lies where the grant reaches."""
    here = among(case.c.organisation, organisations_of(grant, directory))
    return here if grant.unit is None else sa.and_(here, case.c.unit == grant.unit)


def among(column: sa.ColumnElement[str | None], organisations: Sequence[str]) -> Condition:
    """It is one of these. All in one parameter: a list of thousands costs more to put into a statement than to look through."""
    if len(organisations) == 1:
        return column == organisations[0]
    return column == sa.any_(sa.literal(list(organisations), ARRAY(sa.Text)))


def about(grant: Grant, of: sa.FromClause = case) -> Condition:
    """`Grant.is_about` as a condition, of a case or of other rows with its columns."""
    if not grant.categories:
        return sa.true()
    codes = sorted(grant.categories)
    return sa.or_(of.c.category.in_(codes), of.c.subcategory.in_(codes))


def has_task() -> Condition:
    """A letter waits to be handed over. The few letters that wait are found first, through an index of their own."""
    theirs = sa.select(_waiting.c.case_id).where(_waiting.c.state == "task")
    return sa.and_(case.c.task_waiting, case.c.id.in_(theirs))


def asked_of(person: PersonId) -> Condition:
    """The person is asked for something beside the stage, and has not done it yet. Found through an index of its own."""
    mine = sa.select(_asked.c.case_id).where(_asked.c.person == person, _asked.c.state == ErrandState.OPEN.value)
    return sa.and_(case.c.closed_at.is_(None), case.c.id.in_(mine))


def asked_of_pool(role: Role, person: PersonId) -> Condition:
    """Everybody of the role is asked for something where the case lies, this one of them too: the message is not about him."""
    errand = _asked_together
    theirs = sa.select(errand.c.case_id).where(errand.c.pool == role.value, errand.c.state == ErrandState.OPEN.value)
    return sa.and_(case.c.closed_at.is_(None), case.c.id.in_(theirs), about_another(person))


def about_another(person: PersonId) -> Condition:
    """The message does not complain of this person. Source: G-06."""
    complained_of: sa.ColumnElement[int] = case.c.rest["complained_of_person"].as_integer()
    return complained_of.is_distinct_from(person)


def organisations_of(grant: Grant, directory: Directory) -> Sequence[str]:
    """The organisations over which the grant reaches."""
    return directory.subtree(grant.organisation) if grant.subtree else [grant.organisation]
