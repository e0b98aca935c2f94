"""How many cases are in each section of the workplace."""

from __future__ import annotations

import sqlalchemy as sa

from storage import tables as t
from storage.sections import Section, sections_of
from storage.viewer import Viewer

case = t.message_case

COUNTED_UP_TO = 1000
"""A counter beyond this tells no more than that there are many."""


def counts(connection: sa.Connection, viewer: Viewer) -> dict[str, int]:
    """How many cases each section holds, none counted beyond `COUNTED_UP_TO`; one statement."""
    found = sections_of(viewer)
    if not found:
        return {}
    numbers = [sa.select(sa.func.count()).select_from(_first(section, viewer)) for section in found]
    query = sa.select(
        *(number.scalar_subquery().label(section.code) for number, section in zip(numbers, found, strict=True))
    )
    return dict(connection.execute(query).mappings().one())


def _first(section: Section, viewer: Viewer) -> sa.Subquery:
    """As many cases of the section as are counted. Of what grows for ever the newest: the list's index has them in order."""
    order = (case.c.received_at.desc(), case.c.id.desc()) if section.newest_first else ()
    ways = [
        sa.select(case.c.id).where(way).order_by(*order).limit(COUNTED_UP_TO).subquery()
        for way in section.holds(viewer)
    ]
    if len(ways) == 1:
        return ways[0]
    return sa.select(sa.union(*(sa.select(way.c.id) for way in ways)).subquery()).limit(COUNTED_UP_TO).subquery()
