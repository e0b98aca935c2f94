"""Who may execute, endorse, approve and coordinate a message, and the refusals of those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain.case import Case
from domain.concerned import place_of
from domain.directory import Place
from domain.verdict import Refusal, World
from domain.vocabulary import (
    AbsenceCode,
    PersonId,
    Role,
    Stage,
)


def unit_of(person: PersonId, organisation: str, world: World) -> str | None:
    """The unit of this organisation in which the person works; none for one who belongs elsewhere."""
    units, known = world.directory.units, world.directory.people[person].unit
    if known is not None and known in units and units[known].organisation == organisation:
        return known
    granted = world.directory.grants_of(person)
    return next(
        (g.unit for g in granted if g.role is Role.EXECUTOR and g.organisation == organisation and g.unit), None
    )


def check_executor(case: Case, person: PersonId, world: World, at: datetime, clause: str, name: str) -> Refusal | None:
    """A refusal unless the person may execute this message."""
    if world.directory.may(person, Role.EXECUTOR, place_of(case, unit=False), at):
        return None
    return Refusal(
        "person_without_authority",
        f"Сотрудник № {person} не является исполнителем по этой категории в этой организации.",
        clause,
        name,
    )


def check_head(
    case: Case, person: PersonId, world: World, at: datetime, clause: str, name: str | None
) -> Refusal | None:
    """A refusal unless the person is a head with authority for category, subcategory and organisation. Source: G-21."""
    if person == case.complained_of_person:
        detail = "Сообщение о действиях этого сотрудника: его согласует и утверждает другой. Выберите другого."
        return Refusal("conflict_of_interest", detail, "G-06", name)
    if world.directory.may(person, Role.HEAD, place_of(case), at):
        return None
    return Refusal(
        "person_without_authority",
        f"Сотрудник № {person} не имеет полномочий руководителя по этой категории в этой организации.",
        clause,
        name,
    )


def may_approve(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Whether the person may approve here: a head with the authority; where one of them is barred, one of `approvers`.

    A head above with whom the draft is keeps it though somebody nearer has come, and so does he for whom another has it.
    """
    barred = _barred(case)
    if not barred:
        return world.directory.may(person, Role.HEAD, place_of(case), at)
    has_it = case.stage is Stage.APPROVAL and person in {case.holder.person, case.acting_for}
    if has_it and person not in barred:
        return any(person in heads for heads in _heads_upwards(case, world, at))
    return person in approvers(case, world, at)


def approvers(case: Case, world: World, at: datetime) -> tuple[PersonId, ...]:
    """The heads who may approve, by staff number: nobody whom the message is about; a repeat is for another than who approved
    the first answer. Where there is no other here, the heads of the nearest body above that has one. Source: S0, п. 2; G-06, G-28.
    """
    barred = _barred(case)
    if not barred:
        return world.directory.holders(Role.HEAD, place_of(case), at)
    others = (tuple(one for one in heads if one not in barred) for heads in _heads_upwards(case, world, at))
    return next((heads for heads in others if heads), ())


def _barred(case: Case) -> set[PersonId]:
    approved = case.repeat.approved_by if case.repeat else None
    return {one for one in (approved, case.complained_of_person) if one is not None}


def _heads_upwards(case: Case, world: World, at: datetime) -> Iterator[tuple[PersonId, ...]]:
    """The heads here, then those of each body above."""
    place, path = place_of(case), world.directory.organisations[case.organisation].path
    yield world.directory.holders(Role.HEAD, place, at)
    for above in reversed(path[:-1]):
        yield world.directory.holders(Role.HEAD, replace(place, organisation=above, unit=None), at)


TO_BE_APPROVED = frozenset({Stage.COORDINATION, Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL})


def may_lack_approver(case: Case) -> bool:
    """Whether somebody who could approve here is barred, so that perhaps nobody is left."""
    waits = case.stage in TO_BE_APPROVED and case.linked_to is None and not case.considered
    return waits and (case.repeat is not None or case.complained_of_person is not None)


def lacks_approver(case: Case, world: World, at: datetime) -> bool:
    """Whether nobody, here or above, may approve what is being worked on: whoever could is barred. Source: G-06, G-28."""
    return may_lack_approver(case) and not approvers(case, world, at)


def check_approver(
    case: Case, person: PersonId, world: World, at: datetime, clause: str, name: str | None
) -> Refusal | None:
    """A refusal unless the person may approve: says who can where a repeat is not his. Source: G-21, G-28."""
    if may_approve(case, person, world, at):
        return None
    if case.repeat is None:
        return check_head(case, person, world, at, clause, name)
    known = ", ".join(f"сотрудник № {one}" for one in approvers(case, world, at))
    return Refusal(
        "approver_of_first_answer" if person == case.repeat.approved_by else "person_without_authority",
        "Ответ на повторное рассмотрение утверждает другой руководитель, не тот, кто утвердил первый ответ: "
        + (f"{known}." if known else "такого нет ни здесь, ни выше: нужен другой руководитель с полномочиями."),
        "S0, п. 2; G-28",
        name,
    )


def check_target(organisation: str, about: Case, world: World, at: datetime, clause: str) -> Refusal | None:
    """A refusal unless somebody there coordinates messages of this category: a message must not fall into a hole."""
    known = world.directory.organisations.get(organisation)
    if known is None or not known.active:
        return Refusal(
            "organisation_unknown", "Такой организации нет, или она больше не работает.", clause, "organisation"
        )
    if not has_coordinator(organisation, about, world, at):
        here = f"В организации «{world.directory.called(organisation)}»"
        detail = f"{here} нет действующего координатора этой категории: сообщению некому достаться."
        return Refusal("organisation_without_coordinator", detail, clause, "organisation")
    return None


def has_coordinator(organisation: str, about: Case, world: World, at: datetime) -> bool:
    """Whether anybody active there coordinates messages of this case's category."""
    place = Place(organisation, None, about.category, about.subcategory)
    return bool(world.directory.holders(Role.COORDINATOR, place, at))


def check_absence(code: str, clause: str) -> Refusal | None:
    """A refusal of an absence code that the list does not have. Source: G-20."""
    if not code or code in set(AbsenceCode):
        return None
    return Refusal("absence_unknown", "Такой причины отсутствия в списке нет.", clause, "absence")


def is_called(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """A head above who was told that nobody is there to decide, while nobody is; nobody's who is above no more.

    Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20.
    """
    known = world.directory.people.get(person)
    return (
        person in case.called
        and known is not None
        and known.active
        and case.organisation in world.directory.led_by(person, at)
        and person != case.complained_of_person
    )
