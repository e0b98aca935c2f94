"""What somebody absent, or a role of which nobody is there, was asked for beside the stage: whose it is then, and who is told.

By the rules of `domain.absences`; its due stays. Source: G-20, G-21, G-42.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from domain.absences import Change, borders, concerned, dismissals, rightful, said_at, towards
from domain.case import Case
from domain.concerned import people_of, place_of
from domain.directory import Place
from domain.errands import ErrandFact
from domain.rules.calls import may_call
from domain.rules.co_executors import check_co_executor
from domain.rules.conflict import is_about
from domain.verdict import World
from domain.vocabulary import AlarmKind, ErrandKind, PersonId, Role


def changes(case: Case, world: World) -> Iterator[Change]:
    """What next becomes of each errand of staff by who is there. Nothing comes while all is well."""
    for errand in case.errands:
        waits = case.open and errand.open and not errand.of_applicant and not _told_with_message(case, errand)
        if waits and (change := _of(case, errand, world)):
            yield change


def _told_with_message(case: Case, errand: ErrandFact) -> bool:
    """Whether the message waits for the same people: that nobody of them is there is told of it, each working day."""
    same = errand.pool is not None and errand.pool is case.holder.pool and errand.organisation == case.organisation
    return same and errand.acting_for is None


def _of(case: Case, errand: ErrandFact, world: World) -> Change | None:
    """It passes on, or back; where nobody who might do it is there, that is told once, after hours of work in silence."""
    people = [one for one in (errand.person, errand.acting_for) if one is not None]
    moved_at = world.directory.organisations[errand.organisation].moved_at
    known = [errand.unattended_at, errand.passed_at, moved_at, *dismissals(people, world)]
    since = max(one or errand.asked_at for one in known)
    told, due = since == errand.unattended_at, None
    for at, until in pairwise([since, *borders(_concerned(errand, people, world), since, world.directory), None]):
        assert at is not None, "only the last border is open"
        to = rightful_asked(case, errand, at, world)
        if to is not None and to != (errand.person or errand.pool):
            return Change(at, towards(to, errand.acting_for), errand.id)
        if to is not None:
            told, due = False, None
        elif not told:
            due = due or said_at(errand.organisation, at, world, told=False)
            if until is None or due < until:
                return Change(due, AlarmKind.ERRAND_UNATTENDED, errand.id)
    return None


def _concerned(errand: ErrandFact, people: list[PersonId], world: World) -> set[PersonId]:
    """Everybody who is asked, or might be by some absence. What outlives the answer may come to the heads."""
    pool = Role.HEAD if errand.outlives else errand.pool
    in_role = world.directory.grants_over(pool, errand.organisation) if pool else ()
    return concerned(people, world) | {grant.person for grant in in_role}


def rightful_asked(case: Case, errand: ErrandFact, at: datetime, world: World) -> PersonId | Role | None:
    """Who should do it, or the role that is asked where one of them is there; None when nobody who might do it is.

    What outlives the answer comes at last to the heads who are there, as nobody can give it to somebody else.
    """
    meant = errand.person or errand.acting_for
    pool = errand.pool if meant is None else Role.HEAD if errand.outlives else None
    found = meant and rightful(
        meant,
        errand.acting_for,
        at,
        world,
        lambda one: not world.directory.is_away(one, at),
        lambda one: may_take(case, errand, one, at, world),
    )
    if found is not None or pool is None:
        return found
    in_role = people_of(case, pool, errand.organisation, at, world)
    return pool if any(not world.directory.is_away(one, at) for one in in_role) else None


def may_take(case: Case, errand: ErrandFact, person: PersonId, at: datetime, world: World) -> bool:
    """Whether the person is there and might have been asked for it himself. Source: G-21."""
    if world.directory.is_away(person, at) or is_about(case, person):
        return False
    match errand.kind:
        case ErrandKind.CONTRIBUTION:
            return check_co_executor(case, person, world, at) is None
        case ErrandKind.CALL:
            return may_call(case, person, world, at)
        case ErrandKind.COMPLAINT_210:
            return world.directory.may(person, Role.HEAD, Place(errand.organisation), at)
        case ErrandKind.MINOR | ErrandKind.LANGUAGE:
            place = place_of(case, unit=False)
            return any(world.directory.may(person, role, place, at) for role in (Role.EXECUTOR, Role.COORDINATOR))
        case ErrandKind.QUESTION | ErrandKind.WITHDRAWAL:
            return False  # asked of the applicant, and of a pool


def passed_on(case: Case, errand: ErrandFact, at: datetime, world: World) -> tuple[Case, dict[str, Any]]:
    """The case with the errand with whom it should be at the instant, and the journal's facts. Its due stays."""
    to, absent = rightful_asked(case, errand, at, world), errand.acting_for or errand.person
    assert to is not None, "it passes to somebody"
    person, pool = (None, to) if isinstance(to, Role) else (to, None)
    moved = replace(errand, person=person, pool=pool, acting_for=absent if to != absent else None, passed_at=at)
    facts = {"holder": person, "holder_was": errand.person, "acting_for": moved.acting_for}
    return case.with_errand(moved).joined_by(person), facts | {"errand": errand.id, "kind": errand.kind.value}
