"""Whom a change of a case may concern: people and organisations, no word of the case itself.

Wider than sight, and never in its place: whoever is told looks again through `storage.sight`. He is told nothing but that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.directory import Directory, Grant
from domain.vocabulary import PersonId
from storage import tables as t
from storage.conditions import in_force

case = t.message_case


@dataclass(frozen=True, slots=True)
class Reach:
    """With whom a case lies or lay: whose counters and lists may differ now."""

    people: frozenset[PersonId]
    organisations: frozenset[str]

    def concerns(self, person: PersonId, directory: Directory, at: datetime) -> bool:
        """Whether the person's lists may have changed."""
        if person in self.people:
            return True
        return any(self._within(grant, directory) for grant in in_force(directory.grants_of(person), at))

    def _within(self, grant: Grant, directory: Directory) -> bool:
        if grant.organisation in self.organisations:
            return True
        return grant.subtree and any(directory.is_below(one, grant.organisation) for one in self.organisations)


def of_cases(connection: sa.Connection, ids: Iterable[str], directory: Directory) -> list[Reach]:
    """The reach of each case. Its organisations are those from which it may just have come, too: the root, whose moderators
    had it, and the ones that sent it away.
    """
    query = (
        sa.select(
            case.c.organisation,
            case.c.declared_organisation,
            case.c.sent_away,
            case.c.holder,
            case.c.executor,
            case.c.alerted,
            t.message.c.created_by,
        )
        .join(t.message, t.message.c.id == case.c.id)
        .where(case.c.id.in_(list(ids)))
    )
    return [
        Reach(
            frozenset(one for one in (row.holder, row.executor, row.created_by, *row.alerted) if one is not None),
            frozenset(
                one for one in (row.organisation, row.declared_organisation, directory.root, *row.sent_away) if one
            ),
        )
        for row in connection.execute(query)
    ]
