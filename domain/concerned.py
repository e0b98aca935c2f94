"""Whom a message concerns: with whom it lies, who works on it, who is asked, on duty, or above. Source: S2, 4.1; G-45, G-49."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case
from domain.directory import Place
from domain.errands import ErrandFact
from domain.verdict import World
from domain.vocabulary import PersonId, Role


def place_of(case: Case, *, unit: bool = True) -> Place:
    """Where the case lies and what it is about: the authority that its people need."""
    return Place(case.organisation, case.unit if unit else None, case.category, case.subcategory)


def with_whom(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """The people with whom the case lies: its holder, or everybody active in the pool's role."""
    holder = case.holder
    if holder.person is not None:
        return (holder.person,)
    if holder.pool is None:
        return ()
    if holder.pool is Role.INTAKE_OPERATOR:
        return operators(case, at, world)
    return world.directory.holders(holder.pool, place_of(case), at)


def duty(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """Whoever is told at once of danger to life where the case lies: those on duty or who stand in for them, in their order,
    else the heads and coordinators who are there, else everybody of these and those with whom it lies; none whom the message
    is about. Where it is about all of them, the heads above, else the curators. Source: G-45.
    """
    directory, barred = world.directory, case.complained_of_person
    named = [one for one in directory.organisations[case.organisation].duty if one in directory.people]
    heads = directory.holders(Role.HEAD, place_of(case), at) + directory.holders(Role.COORDINATOR, place_of(case), at)
    on_duty = [there for one in named if (there := directory.in_place_of(one, at)) not in {None, barred}]
    if present := on_duty or [one for one in heads if one != barred and not directory.is_away(one, at)]:
        return tuple(dict.fromkeys(present))
    active = [one for one in named if directory.people[one].active]
    everybody = dict.fromkeys((*active, *heads, *with_whom(case, at, world)))
    if others := tuple(one for one in everybody if one != barred):
        return others
    return heads_above(case, at, world) or people_of(case, Role.CURATOR, case.organisation, at, world)


def deciding_on_danger(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """Whoever is to confirm or dismiss at once what words suggest, also at night: those on duty, and whose work it is by day."""
    leaders = with_whom(case, at, world) if case.holder.pool is not None else ()
    coordinators = world.directory.holders(Role.COORDINATOR, place_of(case), at)
    people = dict.fromkeys((*duty(case, at, world), *leaders, *coordinators))
    return tuple(one for one in people if one != case.complained_of_person and not world.directory.people[one].system)


def operators(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """Whoever hands an answer over: the intake operators or, where the role is not filled, the coordinators.

    Source: S2, 2.1 ж (the role is only recommended); G-49.
    """
    place = place_of(case)
    return world.directory.holders(Role.INTAKE_OPERATOR, place, at) or world.directory.holders(
        Role.COORDINATOR, place, at
    )


def working_on_it(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """With whom the case lies, and the executor of record."""
    people = with_whom(case, at, world)
    return people if case.executor is None or case.executor in people else (*people, case.executor)


def asked_people(case: Case, errand: ErrandFact, at: datetime, world: World) -> tuple[PersonId, ...]:
    """The staff who are asked: the one, or everybody active in the pool's role where the errand was given."""
    if errand.pool is not None:
        return people_of(case, errand.pool, errand.organisation, at, world)
    if errand.person is None or errand.of_applicant:
        return ()
    return (errand.person,)


def people_of(case: Case, role: Role, organisation: str, at: datetime, world: World) -> tuple[PersonId, ...]:
    """Everybody of the role there who can be asked: no program, and nobody whom the message is about."""
    people = world.directory.people
    holders = world.directory.holders(role, replace(place_of(case), organisation=organisation), at)
    return tuple(one for one in holders if one != case.complained_of_person and not people[one].system)


def heads_above(case: Case, at: datetime, world: World) -> tuple[PersonId, ...]:
    """The heads of the nearest superior body in which one is there; nobody above the root, so its own.

    None whom the message is about: who is called may read it.
    """
    directory = world.directory
    above = directory.organisations[case.organisation].path[:-1] or (case.organisation,)
    for organisation in reversed(above):
        place = Place(organisation, None, case.category, case.subcategory)
        heads = [one for one in directory.holders(Role.HEAD, place, at) if one != case.complained_of_person]
        if present := [one for one in heads if not directory.is_away(one, at)]:
            return tuple(present)
    return ()
