"""Which messages are looked at again when somebody comes, goes, or gains or loses a role. Source: G-20, G-21."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.directory import Directory, Grant
from domain.vocabulary import PersonId, Role, Stage
from storage import errands, rechecks
from storage import tables as t
from storage.administration import Change

case = t.message_case

POOLS = {Role.MODERATOR: Stage.MODERATION, Role.COORDINATOR: Stage.COORDINATION}
"""With whom messages lie together at these stages."""

_ASKED = (*POOLS, Role.INTAKE_OPERATOR, Role.HEAD)
"""Of whom everybody may be asked for something beside the stage."""


def recheck(change: Change, of: PersonId, *gained: Grant) -> None:
    """Everything that waits for the person, errands too, might return to him or might come to him is looked at again.

    `gained`: roles that he has from now on.
    """
    for one in waiting_for(change.scope.directory, of):
        rechecks.mark(change.connection, one)
    if led := _led(change.scope.directory, of, gained):
        rechecks.mark(change.connection, rechecks.approver_in_question(led))
    for role in _ASKED:
        if places := alone_in(change.scope.directory, of, role, change.at, gained):
            rechecks.mark(change.connection, errands.asked_role(role, places))
            if (stage := POOLS.get(role)) is not None:
                rechecks.mark(change.connection, sa.and_(case.c.stage == stage.value, case.c.organisation.in_(places)))


def _led(directory: Directory, of: PersonId, gained: Sequence[Grant]) -> list[str]:
    """The bodies whose answers the person may have to approve where others are barred, and all below them."""
    heads = (one for one in (*directory.grants_of(of), *gained) if one.role is Role.HEAD)
    return sorted({below for one in heads for below in directory.subtree(one.organisation)})


def waiting_for(directory: Directory, of: PersonId) -> list[sa.ColumnElement[bool]]:
    """What waits for the person by name, or may as he stands in for others; each beside a row of `message_case`."""
    concerned = sorted(_named_by(directory, of))
    people = sa.literal(concerned, ARRAY(sa.BigInteger))
    named = [column == sa.any_(people) for column in (case.c.holder, case.c.acting_for)]
    return [*named, errands.asked_any(concerned)]


def alone_in(directory: Directory, of: PersonId, role: Role, at: datetime, gained: Sequence[Grant] = ()) -> list[str]:
    """Where nobody else has the role who is never away: what waits there may wait for the person alone."""
    reached = {
        organisation
        for grant in (*directory.grants_of(of), *gained)
        if grant.role is role
        for organisation in (directory.subtree(grant.organisation) if grant.subtree else [grant.organisation])
    }
    return [
        organisation
        for organisation in sorted(reached)
        if not any(
            other.person != of
            and not other.categories
            and other.unit is None
            and other.is_valid(at)
            and other.valid_until is None
            and directory.people[other.person].active
            and not directory.absences_of(other.person)
            for other in directory.grants_over(role, organisation)
        )
    ]


def _named_by(directory: Directory, person: PersonId) -> set[PersonId]:
    """The person, and whoever named him as a substitute, directly or through others."""
    found = {person}
    while more := {one.person for one in directory.absences if found.intersection(one.substitutes)} - found:
        found |= more
    return found
