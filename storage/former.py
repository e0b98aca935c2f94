"""What who took part only formerly reads of a case: his own part of the journal, and the card as it stood when that ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from domain.directory import Place
from domain.vocabulary import Event, PersonId, Role
from storage import tables as t
from storage.conditions import in_force, organisations_of
from storage.sight import SENDERS
from storage.viewer import Viewer

Row = Mapping[str, Any]

_CORRECTED = ("category", "subcategory", "complained_of", "complained_of_person", "audience", "secret")
"""What decisions change on a card; the journal has each new value."""


def part_of(rows: Sequence[Row], place: Place, sent_away: Iterable[str], viewer: Viewer) -> tuple[Row, ...]:
    """Those of a case's journal rows that happened with his organisations, the sending away included.

    His are those that sent the case away, where he answers for what it is about, and those where he acted. Of what happens
    where the case lies now, at `place`: his own acts.
    """
    grants = in_force(viewer.directory.grants_of(viewer.person), viewer.at)
    sending = [grant for grant in grants if grant.role in SENDERS and grant.is_about(place.category, place.subcategory)]
    granted = {one for grant in sending for one in organisations_of(grant, viewer.directory)}
    acted = {row["organisation"] for row in rows if row["person"] == viewer.person}
    own = ((granted & set(sent_away)) | acted) - {place.organisation}
    return tuple(row for row in rows if row["organisation"] in own or row["person"] == viewer.person)


def as_it_stood(rows: Iterable[Row], part: Sequence[Row]) -> dict[str, Any]:
    """The values that may be corrected, as they were when his part ended: for whoever has none, as registered."""
    end = _end(part)
    found: dict[str, Any] = dict.fromkeys(_CORRECTED)
    for row in rows:
        if row["seq"] <= end:
            found |= {name: row["facts"][name] for name in _CORRECTED if name in row["facts"]}
    return found


def place_as_it_stood(
    rows: Sequence[Row], part: Sequence[Row], replaced: Mapping[str, Mapping[str, str | None]], location: str | None
) -> str | None:
    """The place that the message tells of, before what was written over it since. `replaced`: old values by decision."""
    for row in reversed(rows):
        if row["seq"] > _end(part):
            location = replaced.get(row["decision"] or "", {}).get("location", location)
    return location


def _end(part: Sequence[Row]) -> int:
    return max((row["seq"] for row in part), default=1)


def all_as_they_stood(connection: sa.Connection, cases: Collection[Row], viewer: Viewer) -> dict[str, dict[str, Any]]:
    """The same of many cases, by id."""
    if not cases:
        return {}
    table, known = t.journal, {case["id"]: case for case in cases}
    columns = (table.c[name] for name in ("case_id", "seq", "person", "organisation", "facts"))
    query = sa.select(*columns).where(table.c.case_id.in_(known)).order_by(table.c.case_id, table.c.seq)
    found = {}
    for id_, group in groupby(connection.execute(query).mappings(), lambda row: row["case_id"]):
        rows = [dict(row) for row in group]
        case = known[id_]
        place = Place(case["organisation"], case["unit"], case["category"], case["subcategory"])
        part = part_of(rows, place, case["sent_away"], viewer)
        found[id_] = as_it_stood(rows, part)
    return found


def drafts_of(part: Iterable[Row], category: str | None, subcategory: str | None, viewer: Viewer) -> set[str]:
    """The submissions and edits of answers whose author, endorser or approver the viewer was, or which he coordinated."""
    found: set[str] = set()
    drafts: set[str] = set()
    concerned: set[PersonId] = set()
    for row in part:
        facts = row["facts"]
        if row["event"] in (Event.ANSWER_SUBMITTED, Event.REDIRECT_PROPOSED):
            drafts, concerned = set(), set()
        if row["event"] in (Event.ANSWER_SUBMITTED, Event.ANSWER_EDITED):
            drafts.add(row["decision"])
            concerned |= {row["person"], facts.get("approver")}
            concerned |= {*(facts.get("endorsers") or ()), *(facts.get("endorsers_skipped") or ())}
            place = Place(row["organisation"], None, category, subcategory)
            if viewer.directory.may(viewer.person, Role.COORDINATOR, place, viewer.at):
                found.add(row["decision"])
        concerned |= {facts.get("head"), facts.get("holder")}  # who took the place of an endorser or approver
        if viewer.person in concerned:
            found |= drafts
    return found
