"""What an absence would bring before it is entered: of the record as it is, with the absence in the directory alone. G-20, G-21."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from domain.case import Case
from domain.directory import Directory
from domain.directory_records import Absence
from domain.foreseen import Left, Prospect, left_alone, prospects
from domain.verdict import World
from domain.vocabulary import AbsenceCode, PersonId, Role, Stage
from storage import absences, cases, looking_again
from storage import tables as t
from storage.absences import Period
from storage.administration import Change
from storage.reference import Moment, Reference
from storage.sight import visible

case = t.message_case

MOST = 500
"""So many messages of a person are looked at, those due first."""
_FAR = timedelta(days=30)
"""How far it is looked ahead: of what lies further nobody knows where it will be."""


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one thing that waits for the person. `seen`: whoever asks may open the message."""

    case: Case
    prospect: Prospect
    seen: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """A role that would have nobody in an organisation, and how many messages wait for it there now."""

    left: Left
    waiting: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`directory`: the one with the absence in it. `until`: how far it was looked; `beyond`: how many messages were not."""

    directory: Directory
    absence: Absence
    lines: list[Line]
    pools: list[Pool]
    until: datetime
    beyond: int


def foresee(
    change: Change, reference: Reference, at: Moment, of: PersonId, period: Period, altered: int | None
) -> Foreseen:
    """What the period would bring: a new one or, with the number of one, that one changed. Raises Refused like entering it."""
    absence, directory = _entered(change, of, period, altered)
    until = min(absence.ends_at or absence.begins_at + _FAR, absence.begins_at + _FAR)
    theirs = _whose(change.scope.directory, of)
    records = cases.read_some(change.connection, theirs, MOST)
    seen = _seen_by(change, [one.case.id for one in records])
    lines = []
    for one in records:
        regulation = reference.regulation(change.connection, one.regulation, one.revision)
        world = World(directory, regulation, at.day)
        found = prospects(one.case, of, world, absence.begins_at, until)
        lines += [Line(one.case, prospect, one.case.id in seen) for prospect in found]
    beyond = _count(change.connection, theirs) - len(records) if len(records) == MOST else 0
    return Foreseen(directory, absence, lines, list(_pools(change, directory, absence, until)), until, beyond)


def _entered(change: Change, of: PersonId, period: Period, altered: int | None) -> tuple[Absence, Directory]:
    """The absence, and the directory in which it is entered."""
    directory = change.scope.directory
    others = directory.absences
    if altered is None:
        values = absences.new(change, of, period)
    else:
        row = absences.known(change, altered)
        of, values = row.person, absences.other(change, row, period)
        others = tuple(one for one in others if one.person != of or one.begins_at != row.begins_at)
    absence = Absence(
        of, AbsenceCode(values["code"]), values["begins_at"], values["ends_at"], tuple(values["substitutes"])
    )
    return absence, replace(directory, absences=(*others, absence))


def _whose(directory: Directory, of: PersonId) -> sa.ColumnElement[bool]:
    """What waits for the person, or will when those before him have decided."""
    draft = case.c.rest["draft"]
    named = sa.or_(draft["approver"].as_integer() == of, draft["endorsers"].contains(sa.cast([of], JSONB)))
    answered = case.c.stage.in_([Stage.ENDORSEMENT.value, Stage.APPROVAL.value])
    later = [sa.and_(case.c.executor == of, answered), sa.and_(case.c.stage == Stage.ENDORSEMENT.value, named)]
    return sa.and_(case.c.closed_at.is_(None), sa.or_(*looking_again.waiting_for(directory, of), *later))


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(case).where(which)).scalar_one()


def _seen_by(change: Change, ids: list[str]) -> set[str]:
    """Which of these whoever asks may open."""
    seen = visible(change.person, change.scope.directory, change.at)
    return set(change.connection.execute(sa.select(case.c.id).where(case.c.id.in_(ids), seen)).scalars())


def _pools(change: Change, directory: Directory, absence: Absence, until: datetime) -> Iterator[Pool]:
    """Roles in which messages lie together and of which nobody would be there."""
    for role, stage in looking_again.POOLS.items():
        places = looking_again.alone_in(change.scope.directory, absence.person, role, change.at)
        waiting = _waiting(change.connection, role, stage, places)
        for place in places:
            if (left := left_alone(absence, role, place, directory, until)) is not None:
                yield Pool(left, waiting.get(place, 0))


def _waiting(connection: sa.Connection, role: Role, stage: Stage, places: list[str]) -> dict[str, int]:
    there = sa.and_(case.c.stage == stage.value, case.c.organisation.in_(places), case.c.closed_at.is_(None))
    query = sa.select(case.c.organisation, sa.func.count().label("waiting")).where(there).group_by(case.c.organisation)
    return {row.organisation: row.waiting for row in connection.execute(query)}
