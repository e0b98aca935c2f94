"""A role for a while (исполняющий обязанности): the head who is told that no moderator or coordinator is there gives it.

It is a role like any other, over the organisation with which the message lies, from now to the end of a day; it ends by itself.
Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20, G-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.case import Case
from domain.concerned import place_of
from domain.directory import Directory, Grant
from domain.rules.conflict import is_about, refusal_of
from domain.rules.people import is_called
from domain.verdict import Refusal, World
from domain.vocabulary import PersonId, Role

CLAUSE = "S2, 3.9 в; G-20, G-21"
MOST_DAYS = 14
"""How long it lasts at most; whom it is longer for gets the role from an administrator."""
GIVEN = frozenset({Role.MODERATOR, Role.COORDINATOR})
"""In these roles messages lie with everybody who has them, and nobody can be named in the place of one."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who is to have it, and on which local day it ends."""

    person: PersonId
    last_day: date


def role_to_give(case: Case, head: PersonId, world: World, at: datetime) -> Role | None:
    """The role of which nobody is there, if this head was told of that and nobody is there still."""
    pool = case.holder.pool
    if pool not in GIVEN or not is_called(case, head, world, at):
        return None
    people = world.directory.holders(pool, place_of(case), at)
    here = any(not world.directory.is_away(one, at) and not is_about(case, one) for one in people)
    return None if here else pool


def acting(case: Case, head: PersonId, named: Named, world: World, at: datetime) -> Grant | Refusal:
    """The role as the head gives it, no wider than his own authority; or why he may not."""
    role = role_to_give(case, head, world, at)
    if role is None:
        detail = "Исполняющего обязанности назначает вышестоящий руководитель, которому сообщено, что решать некому."
        return Refusal("action_forbidden", detail, CLAUSE)
    if is_about(case, named.person):
        return refusal_of("person")
    if named.person not in set(possible(case, head, world.directory, at)):
        detail = "Выберите того, кто работает в вашей системе органов и сейчас на месте."
        return Refusal("person_without_authority", detail, CLAUSE, "person")
    calendar = world.directory.organisations[case.organisation].calendar
    if not 0 <= (named.last_day - calendar.local(at).date()).days < MOST_DAYS:
        detail = (
            f"Роль дают с сегодняшнего дня и не больше чем на {MOST_DAYS} дней: на больший срок её даёт администратор."
        )
        return Refusal("dates_wrong", detail, CLAUSE, "last_day")
    until = calendar.instant(named.last_day + timedelta(days=1))
    own = list(_own(case, head, world.directory, at))
    narrow = () if any(not one.categories for one in own) else (code for one in own for code in one.categories)
    return Grant(named.person, role, case.organisation, None, False, frozenset(narrow), at, until)


def possible(case: Case, head: PersonId, directory: Directory, at: datetime) -> Iterator[PersonId]:
    """Whoever works in the bodies that the head leads and is there, the head himself too; by staff number."""
    led = {one.organisation for one in _own(case, head, directory, at)}
    for number, known in sorted(directory.people.items()):
        within = led.intersection(directory.organisations[known.organisation].path)
        if within and not known.system and not is_about(case, number) and not directory.is_away(number, at):
            yield number


def _own(case: Case, head: PersonId, directory: Directory, at: datetime) -> Iterator[Grant]:
    """The head's roles over the bodies above, and of the root over itself, for what the message is about."""
    place, path = place_of(case), directory.organisations[case.organisation].path
    for one in directory.grants_of(head):
        about = not one.categories or place.category in one.categories or place.subcategory in one.categories
        if one.role is Role.HEAD and one.is_valid(at) and one.unit is None and about and one.organisation in path:
            yield one
