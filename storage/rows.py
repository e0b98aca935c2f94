"""A line of a list: as much of a case as its reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.case import DANGER
from domain.directory import Place
from domain.vocabulary import Role, Stage
from storage import former
from storage import tables as t
from storage.personal import masked
from storage.sight import Sight, Standpoint, sight_from
from storage.viewer import Viewer

OPENING = 200
"""Characters of the text that a row shows."""

TAKEN = 1000
"""Characters that are looked at for it."""

_CUT = 640
"""The longest identifier, an e-mail address: at the end of what was taken there may be half of one, which is no identifier."""

Key = tuple[int, datetime, str]
"""What a list is ordered by: the message's precedence, the instant, the id."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. Whoever sees only a former part of the message is not told where it stands today."""

    found: Mapping[str, Any]
    sight: Sight
    opening: str
    late: bool
    stage_late: bool
    handover_late: bool

    @property
    def key(self) -> Key:
        """What pages go on from."""
        return self.found["rank"], self.found["at"], self.found["id"]


def row_of(found: sa.RowMapping, viewer: Viewer) -> Row:
    """The line of what `storage.lists.find` read of a case; what of it is late counts at the viewer's instant."""
    seen = Standpoint(
        place=Place(found["organisation"], found["unit"], found["category"], found["subcategory"]),
        stage=Stage(found["stage"]),
        executor=found["executor"],
        holder=found["holder"],
        declared_organisation=found["declared_organisation"],
        created_by=found["created_by"],
        asked=frozenset({viewer.person} if found["errand"] else ()),
        called=frozenset(found["called"]),
        alerted=frozenset(found["alerted"] if found["precedence"] == DANGER else ()),
    )
    sight = sight_from(seen, viewer.person, viewer.directory, viewer.at)
    waiting = found["outcome"] is None and found["stage_due_at"] is not None
    return Row(
        found=dict(found),
        sight=sight,
        opening=opening(found["opening"], sight),
        late=(found["answered_at"] or viewer.at) > found["due_at"],
        stage_late=waiting and found["stage_due_at"] <= viewer.at,
        handover_late=found["handover_due_at"] is not None and found["handover_due_at"] <= viewer.at,
    )


def as_they_stood(connection: sa.Connection, rows: list[Row], viewer: Viewer) -> list[Row]:
    """The rows; whoever sees only a former part reads the category of that time."""
    stood = former.all_as_they_stood(connection, [row.found for row in rows if row.sight is Sight.FORMER], viewer)
    codes = {code for one in stood.values() for code in (one["category"], one["subcategory"]) if code}
    query = sa.select(t.category.c.code, t.category.c.title).where(t.category.c.code.in_(codes))
    titles = {row.code: row.title for row in connection.execute(query)} if codes else {}
    return [
        replace(row, found={**row.found, **_named(stood[row.found["id"]], titles)}) if row.found["id"] in stood else row
        for row in rows
    ]


def _named(stood: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "category": stood["category"],
        "category_title": titles.get(stood["category"]),
        "subcategory": stood["subcategory"],
        "subcategory_title": titles.get(stood["subcategory"]),
    }


def opening(text: str, sight: Sight) -> str:
    """What a row shows of a text of which at most `TAKEN` characters were read.

    Whoever may not see contact data does not see those that stand in it either, nor a half of them.
    """
    plain = " ".join((text if sight is Sight.FULL else masked(text)).split())
    if sight is not Sight.FULL and len(text) == TAKEN:
        plain = plain[:-_CUT]
    return plain if len(plain) <= OPENING and len(text) < TAKEN else plain[: OPENING - 1].rstrip() + "…"


def pool_of(found: Mapping[str, Any]) -> Role | None:
    """The role whose people have the case together, when no single person holds it."""
    match Stage(found["stage"]):
        case Stage.MODERATION:
            return Role.MODERATOR
        case Stage.COORDINATION:
            return Role.COORDINATOR
        case Stage.DELIVERY | Stage.RATING if found["task_waiting"] and found["closed_at"] is None:
            return Role.INTAKE_OPERATOR
        case _:
            return None
