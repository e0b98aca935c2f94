"""What a person may see. Every query over cases goes through `visible`; nobody sees what no rule here grants."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from domain.case import Case
from domain.directory import Directory, Grant, Place
from domain.vocabulary import PersonId, Role, Stage
from storage import tables as t

case, message = t.message_case, t.message


class Sight(StrEnum):
    """How much of a card a person sees."""

    FULL = "full"
    WITHOUT_CONTACTS = "without_contacts"
    FORMER = "former"
    """Who sent the message away, or took part elsewhere, reads the part of that time, without contact data."""


def visible(person: PersonId, directory: Directory, at: datetime) -> sa.ColumnElement[bool]:
    """The condition under which a row of `message_case` (joined with `message`) may be seen at the instant. S2, 2.1, 4.1."""
    choices: list[sa.ColumnElement[bool]] = [
        case.c.holder == person,
        case.c.participants.contains([person]),
        message.c.created_by == person,
    ]
    for grant in directory.grants_of(person):
        if grant.is_valid(at):
            choices.append(sa.and_(_of_grant(grant, directory), _about(grant)))
    return sa.or_(*choices)


def _of_grant(grant: Grant, directory: Directory) -> sa.ColumnElement[bool]:
    """What the role sees of the places over which it was granted."""
    places = organisations_of(grant, directory)
    here: sa.ColumnElement[bool] = case.c.organisation.in_(places)
    if grant.unit is not None:
        here = sa.and_(here, case.c.unit == grant.unit)
    in_moderation = case.c.stage == Stage.MODERATION.value
    match grant.role:
        case Role.COORDINATOR:
            return sa.or_(sa.and_(here, ~in_moderation), case.c.sent_away.overlap(places))
        case Role.CURATOR:
            named = sa.and_(in_moderation, case.c.declared_organisation.in_(places))
            return sa.or_(here, named, case.c.sent_away.overlap(places))
        case Role.MODERATOR:
            return sa.and_(here, in_moderation)
        case Role.INTAKE_OPERATOR:
            return sa.and_(here, case.c.task_waiting)
        case Role.ADMINISTRATOR:
            return sa.and_(here, case.c.stage.in_([Stage.ENDORSEMENT.value, Stage.APPROVAL.value]))
        case Role.EXECUTOR | Role.HEAD:
            return sa.false()


def organisations_of(grant: Grant, directory: Directory) -> list[str]:
    """The organisations over which the grant reaches."""
    if not grant.subtree:
        return [grant.organisation]
    return sorted(known.id for known in directory.organisations.values() if grant.organisation in known.path)


def _about(grant: Grant) -> sa.ColumnElement[bool]:
    if not grant.categories:
        return sa.true()
    codes = sorted(grant.categories)
    return sa.or_(case.c.category.in_(codes), case.c.subcategory.in_(codes))


def sight_of(found: Case, created_by: PersonId, person: PersonId, directory: Directory, at: datetime) -> Sight:
    """How much of a visible case the person sees. Contact data: who prepares the answer or talks to the applicant."""
    place = Place(found.organisation, found.unit, found.category, found.subcategory)
    roles = {role for role in Role if directory.may(person, role, place, at)}
    works = {Role.COORDINATOR} if found.stage is not Stage.MODERATION else {Role.MODERATOR}
    if found.executor == person or created_by == person or roles & (works | {Role.INTAKE_OPERATOR}):
        return Sight.FULL
    named = found.stage is Stage.MODERATION and found.declared_organisation is not None
    if roles or found.holder.person == person or named:
        return Sight.WITHOUT_CONTACTS
    return Sight.FORMER


__all__ = ["Sight", "organisations_of", "sight_of", "visible"]
