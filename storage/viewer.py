"""Who looks at lists, when, and at what reference data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.directory import Directory
from domain.regulation import DayLength
from domain.vocabulary import PersonId, Role
from storage.conditions import (
    Condition,
    covered,
    in_force,
)
from storage.reference import Reference, moment


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, when, and at what reference data."""

    person: PersonId
    directory: Directory
    at: datetime
    day: DayLength

    @property
    def roles(self) -> frozenset[Role]:
        """The person's roles at the instant, wherever they were granted."""
        return frozenset(grant.role for grant in in_force(self.directory.grants_of(self.person), self.at))

    def over(self, *roles: Role) -> Condition:
        """The case lies where the person holds one of the roles, and is about what they were granted for."""
        return sa.or_(sa.false(), *self.over_each(*roles))

    def over_each(self, *roles: Role) -> list[Condition]:
        """The same, a condition a grant."""
        grants = in_force(self.directory.grants_of(self.person), self.at)
        return [covered(grant, self.directory) for grant in grants if grant.role in roles]

    def day_ends_at(self) -> datetime:
        """When the present day ends where the person works; of a shortened day, a whole one from now."""
        if self.day.shortened or self.person not in self.directory.people:
            return self.at + self.day.days(1)
        calendar = self.directory.calendar_of(self.person)
        return calendar.instant(calendar.local(self.at).date() + timedelta(days=1))


def viewer_of(connection: sa.Connection, reference: Reference, person: PersonId) -> Viewer:
    """The person as of now."""
    at = moment(connection)
    return Viewer(person, reference.directory(connection, at), at.now, at.day)
