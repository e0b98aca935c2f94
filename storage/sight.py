"""What a person may see. Every query over cases goes through `visible` or `ways`; nobody sees what no rule here grants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from domain.case import DANGER, Case
from domain.directory import Directory, Grant, Place
from domain.vocabulary import ErrandKind, PersonId, Role, Stage
from storage.conditions import (
    Condition,
    about,
    addressed_in_moderation,
    among,
    asked_of,
    asked_of_pool,
    case,
    declared_under,
    has_task,
    in_force,
    organisations_of,
    within,
    works,
)

_ANSWERED = (Stage.DELIVERY, Stage.RATING)
"""What was decided is out: its executor of record prepares nothing any more."""


class Sight(StrEnum):
    """How much of a card a person sees."""

    FULL = "full"
    WITHOUT_CONTACTS = "without_contacts"
    FORMER = "former"
    """Who sent the message away, or took part elsewhere, reads the part of that time, without contact data."""


def visible(person: PersonId, directory: Directory, at: datetime) -> Condition:
    """The condition under which a row of `message_case` may be seen at the instant. Source: S2, 2.1, 4.1.

    For one case, or beside a condition that an index answers. A list of everything goes through `ways` one by one:
    PostgreSQL answers their OR by reading the whole table.
    """
    return sa.or_(*ways(person, directory, at))


def ways(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """The ways in which the person comes to see cases, each a condition that an index of `message_case` answers."""
    if _sees_all(person, directory, at):
        return [sa.true()]
    return [*_present_ways(person, directory, at), *_former_ways(person, directory, at)]


def present_ways(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """The same without what the person sees as FORMER alone: for questions about where a case stands today.

    Even that a case is not among the answers would tell him so.
    """
    if _sees_all(person, directory, at):
        return [sa.true()]
    now = _is_present(person, directory, at)
    former = [sa.and_(way, now) for way in _former_ways(person, directory, at)]
    return [*_present_ways(person, directory, at), *former]


def unmarked_ways(person: PersonId, directory: Directory, at: datetime, mark: Condition) -> list[Condition]:
    """The ways to all that does not carry a mark as the person sees it: of what he sees as FORMER alone he sees no mark."""
    if _sees_all(person, directory, at):
        return [~mark]
    seen = _is_present(person, directory, at)
    unseen = sa.or_(~mark, seen.is_not(sa.true()))
    return [
        *(sa.and_(way, ~mark) for way in _present_ways(person, directory, at)),
        *(sa.and_(way, unseen) for way in _former_ways(person, directory, at)),
    ]


def _sees_all(person: PersonId, directory: Directory, at: datetime) -> bool:
    """Whether he oversees all there is: to say in which ways takes PostgreSQL longer than to read a page of a list."""
    grants = in_force(directory.grants_of(person), at)
    return any(one.role is Role.CURATOR and _reaches_all(one, directory) and not one.categories for one in grants)


def _reaches_all(grant: Grant, directory: Directory) -> bool:
    return grant.unit is None and len(organisations_of(grant, directory)) == len(directory.organisations)


def _present_ways(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    found: list[Condition] = [
        sa.and_(case.c.closed_at.is_(None), case.c.holder == person),  # nobody holds what is closed
        *_of_registrar(person, directory, at),
        asked_of(person),
        *_where_called(person, directory, at),
        *_where_alerted(person, directory, at),
    ]
    for grant in in_force(directory.grants_of(person), at):
        found += [sa.and_(way, about(grant)) for way in _of_grant(grant, directory)]
    return found


def holds(found: Case, person: PersonId) -> bool:
    """The first of these ways, of a case that has been read: with whom it lies, he sees it, and the database need not be asked."""
    return found.open and found.holder.person == person


SENDERS = frozenset({Role.COORDINATOR, Role.CURATOR})
"""Whoever has one of these roles goes on reading what his organisation sent away."""


def _former_ways(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """Who took part, who took it in, and whose organisation sent the case away."""
    return [
        case.c.participants.contains([person]),
        *([] if _takes_in(person, directory, at) else [_registered_by(person)]),
        *(
            sa.and_(case.c.sent_away.overlap(organisations_of(grant, directory)), about(grant))
            for grant in in_force(directory.grants_of(person), at)
            if grant.role in SENDERS
        ),
    ]


def _is_present(person: PersonId, directory: Directory, at: datetime) -> Condition:
    """What `sight_from` does not call FORMER, of a visible case. Nobody inactive is asked: he is not signed in."""
    grants = in_force(directory.grants_of(person), at)
    return sa.or_(
        case.c.holder == person,
        sa.and_(case.c.executor == person, case.c.stage.not_in(_ANSWERED)),
        asked_of(person),
        *_where_called(person, directory, at),
        *_where_alerted(person, directory, at),
        *_of_registrar(person, directory, at),
        *(
            sa.and_(declared_under(grant, directory), case.c.stage == Stage.MODERATION.value, about(grant))
            for grant in grants
            if grant.role is Role.CURATOR
        ),
        *(about(grant) if _reaches_all(grant, directory) else works(grant, directory) for grant in grants),
    )


def _where_called(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """What he, a head above, was told of: nobody is there to decide, and he may put somebody else in the place."""
    if not (led := sorted(directory.led_by(person, at))):
        return []
    return [sa.and_(case.c.called.contains([person]), case.c.closed_at.is_(None), among(case.c.organisation, led))]


def _where_alerted(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """Where he was told of danger to somebody's life, while it goes before all others and he serves there. Source: G-45."""
    if not (served := sorted(directory.served_by(person, at))):
        return []
    told = sa.and_(case.c.precedence == DANGER, case.c.alerted.contains([person]))
    return [sa.and_(told, among(case.c.organisation, served))]


def _of_registrar(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """What he took in is his as long as he takes messages in, wherever."""
    return [_registered_by(person)] if _takes_in(person, directory, at) else []


def _takes_in(person: PersonId, directory: Directory, at: datetime) -> bool:
    return any(grant.role is Role.INTAKE_OPERATOR for grant in in_force(directory.grants_of(person), at))


def _registered_by(person: PersonId) -> Condition:
    return case.c.created_by == person


def answerable(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """Which messages an intake operator may look up for a caller: of where he works, and those that he took in.

    Looked up is not shown: of what he sees no card of, the caller's answers alone open as much as the applicant reads himself.
    """
    return [*answerable_by_surname(person, directory, at), *_of_registrar(person, directory, at)]


def answerable_by_surname(person: PersonId, directory: Directory, at: datetime) -> list[Condition]:
    """The same for a search by what a caller shares with others: of where he works alone."""
    grants = [one for one in in_force(directory.grants_of(person), at) if one.role is Role.INTAKE_OPERATOR]
    return [
        sa.and_(way, about(one))
        for one in grants
        for way in (within(one, directory), addressed_in_moderation(one, directory))
    ]


def _of_grant(grant: Grant, directory: Directory) -> list[Condition]:
    """What the role sees of the places over which it was granted."""
    here = within(grant, directory)
    is_open = case.c.closed_at.is_(None)  # as every case before delivery; said for the index
    in_moderation = case.c.stage == Stage.MODERATION.value
    match grant.role:
        case Role.COORDINATOR:
            return [sa.and_(here, ~in_moderation)]
        case Role.CURATOR:
            return [here, addressed_in_moderation(grant, directory)]
        case Role.MODERATOR:
            return [sa.and_(here, in_moderation, is_open)]
        case Role.INTAKE_OPERATOR:
            return [sa.and_(here, has_task()), sa.and_(here, asked_of_pool(grant.role, grant.person))]
        case Role.ADMINISTRATOR:
            return [sa.and_(here, is_open, case.c.stage.in_([Stage.ENDORSEMENT.value, Stage.APPROVAL.value]))]
        case Role.HEAD:
            return [sa.and_(here, asked_of_pool(grant.role, grant.person))]
        case Role.EXECUTOR:
            return []


_WITH_APPLICANT = frozenset({ErrandKind.CALL, ErrandKind.COMPLAINT_210})
"""Errands of whoever talks or writes to the applicant himself."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What of a case decides how much of it a person sees. `asked`: who is asked by name for something beside the stage;
    `callers`: who is asked to talk or write to the applicant, `calling_roles`: who is so as one of these; `called`: heads above who
    were told that nobody is there to decide; `alerted`: who was told of danger to somebody's life, while it goes before all others.
    """

    place: Place
    stage: Stage
    executor: PersonId | None
    holder: PersonId | None
    declared_organisation: str | None
    created_by: PersonId
    asked: frozenset[PersonId] = frozenset()
    callers: frozenset[PersonId] = frozenset()
    calling_roles: frozenset[Role] = frozenset()
    called: frozenset[PersonId] = frozenset()
    alerted: frozenset[PersonId] = frozenset()


def sight_of(found: Case, created_by: PersonId, person: PersonId, directory: Directory, at: datetime) -> Sight:
    """How much of a visible case the person sees."""
    place = Place(found.organisation, found.unit, found.category, found.subcategory)
    waiting = [one for one in found.errands if one.open and one.person and found.open]
    asked = frozenset(one.person for one in waiting if one.person)
    talking = [one for one in found.errands if one.open and found.open and person != found.complained_of_person]
    callers = frozenset(one.person for one in talking if one.person and one.kind in _WITH_APPLICANT)
    complaints = (one for one in talking if one.kind is ErrandKind.COMPLAINT_210)
    holder = found.holder.person
    seen = Standpoint(
        place,
        found.stage,
        found.executor,
        holder,
        found.declared_organisation,
        created_by,
        asked,
        callers,
        frozenset(one.pool for one in complaints if one.pool),
        frozenset(found.called if found.open else ()),
        frozenset(found.alerted if found.urgent else ()),
    )
    return sight_from(seen, person, directory, at)


def sight_from(seen: Standpoint, person: PersonId, directory: Directory, at: datetime) -> Sight:
    """How much the person sees. Contact data: who prepares the answer, talks to the applicant or is to send him help.

    The executor of record keeps it while the answer is not out, also when his role has ended; whoever took the message in,
    while he is an intake operator anywhere.
    """
    roles = {role for role in Role if directory.may(person, role, seen.place, at)}
    leads = {Role.COORDINATOR} if seen.stage is not Stage.MODERATION else {Role.MODERATOR}
    answers = person == seen.executor and (seen.stage not in _ANSWERED or Role.EXECUTOR in roles)
    took_in = person == seen.created_by and _takes_in(person, directory, at)
    talking = leads | {Role.INTAKE_OPERATOR} | seen.calling_roles
    alerted = person in seen.alerted and seen.place.organisation in directory.served_by(person, at)
    if answers or took_in or alerted or person in seen.callers or roles & talking:
        return Sight.FULL
    asked = person in seen.asked or (person in seen.called and seen.place.organisation in directory.led_by(person, at))
    if roles or seen.holder == person or asked or _oversees_named(seen, person, directory, at):
        return Sight.WITHOUT_CONTACTS
    return Sight.FORMER


def _oversees_named(seen: Standpoint, person: PersonId, directory: Directory, at: datetime) -> bool:
    """Whether he is a curator of the organisation that the sender declared_under, before it is accepted."""
    return seen.stage is Stage.MODERATION and any(
        grant.role is Role.CURATOR
        and seen.declared_organisation in organisations_of(grant, directory)
        and grant.is_about(seen.place.category, seen.place.subcategory)
        for grant in in_force(directory.grants_of(person), at)
    )
