"""Messages as they were when they came to an organisation's coordinators, and what people then did: out of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from domain.case import Case
from domain.rules.marks import MARKS
from domain.vocabulary import Audience, Event, Stage
from storage import autorules, case_rows
from storage import tables as t
from storage.autorules import PRIORITY, Given

case, journal = t.message_case, t.journal

_COMING = (
    Event.MESSAGE_ACCEPTED,
    Event.MESSAGE_TRANSFERRED,
    Event.REDIRECT_APPROVED,
    Event.MESSAGE_RETURNED_TO_SUPERIOR,
)
_ANSWERS = {
    Event.EXECUTOR_ASSIGNED: ("assign", "executor"),
    Event.MESSAGE_TAKEN: ("take", "executor"),
    Event.MESSAGE_TRANSFERRED: ("transfer", "organisation"),
    Event.REDIRECT_PROPOSED: ("redirect", "organisation"),
    Event.MESSAGE_RETURNED_TO_SUPERIOR: ("return", "organisation"),
}
"""What coordinators do, and which fact says whom or where it concerns."""
_LEAVING = [Event.MESSAGE_TRANSFERRED.value, Event.REDIRECT_APPROVED.value, Event.MESSAGE_RETURNED_TO_SUPERIOR.value]
"""The journal has each with the organisation that the message left, in an index."""
_ASKED = [event.value for event in {*_COMING, *_ANSWERS, Event.CARD_CORRECTED}]
_CARD = ("category", "subcategory", "fact", "complained_of", "complained_of_person", "audience")
"""What people correct, each with `<name>_was` in the journal; nothing there stands for None."""

Did = tuple[str, str]
"""What was done, and with whom or where."""


@dataclass(frozen=True, slots=True)
class PastArrival:
    """`case`: as it stood on its arrival. `did`: what the coordinators did with it; None while they have not."""

    case: Case
    regulation: str
    revision: str
    at: datetime
    did: Did | None


@dataclass(frozen=True, slots=True)
class Span:
    """Which messages are gone over: `total` of those that came to the organisation, the last of them until an instant."""

    total: int
    since: datetime | None
    until: datetime | None


def span(connection: sa.Connection, organisation: str, most: int) -> Span:
    """The latest messages, at most so many."""
    latest = _came_to(organisation, most, latest_first=True)
    counted = sa.select(sa.func.count(), sa.func.min(latest.c.received_at), sa.func.max(latest.c.received_at))
    return Span(*connection.execute(counted).one())


def part(
    connection: sa.Connection,
    organisation: str,
    after: tuple[datetime, str] | None,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[dict[str, Any]]:
    """The next rows of `message_case`, oldest first."""
    among: list[sa.ColumnElement[bool]] = [case.c.received_at.between(since, until)]
    if after is not None:
        among.append(sa.tuple_(case.c.received_at, case.c.id) > sa.tuple_(*after))
    came = _came_to(organisation, limit, *among)
    query = sa.select(case).join(came, came.c.id == case.c.id).order_by(case.c.received_at, case.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _came_to(organisation: str, limit: int, *among: sa.ColumnElement[bool], latest_first: bool = False) -> sa.Subquery:
    """The first of those that lie there, and of those that left it; each way by an index of its own."""
    left = sa.select(journal.c.case_id).where(journal.c.organisation == organisation, journal.c.event.in_(_LEAVING))
    ways = (case.c.organisation == organisation, case.c.id.in_(left))

    def first(found: sa.FromClause, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        order = (found.c.received_at, found.c.id)
        chosen = sa.select(found.c.id, found.c.received_at).where(*where).limit(limit)
        return chosen.order_by(*(one.desc() for one in order) if latest_first else order)

    of_each = (first(case, way, case.c.stage != Stage.MODERATION.value, *among).subquery() for way in ways)
    return first(sa.union(*(sa.select(one) for one in of_each)).subquery()).subquery()


def arrivals(connection: sa.Connection, organisation: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[PastArrival]:
    """The first arrival of each there, in the order of the rows; messages that never came there are left out."""
    ids = [row["id"] for row in rows]
    query = (
        sa.select(journal.c.case_id, journal.c.event, journal.c.at, journal.c.organisation, journal.c.facts)
        .where(
            journal.c.case_id == sa.any_(sa.literal(ids, sa.ARRAY(sa.UUID(as_uuid=False)))), journal.c.event.in_(_ASKED)
        )
        .order_by(journal.c.case_id, journal.c.seq)
    )
    lines = [dict(row) for row in connection.execute(query).mappings()]
    told = {id_: list(own) for id_, own in groupby(lines, lambda line: line["case_id"])}
    given = autorules.given_to(connection, ids)
    for row in rows:
        found = _arrival(row, told.get(row["id"], ()), organisation)
        if found is not None:
            of_others = [one for one in given.get(row["id"], ()) if one.organisation != organisation]
            yield replace(found, case=_marked(found.case, of_others, told[row["id"]], found.at))


def _marked(came: Case, given: Sequence[Given], told: Sequence[Mapping[str, Any]], at: datetime) -> Case:
    """With the marks that it had then: what rules of others had given, and what people had given or taken off."""
    by_hand = [line for line in told if line["event"] == Event.CARD_CORRECTED and line["at"] <= at]
    steps: list[Given | Mapping[str, Any]] = [*(one for one in given if one.at <= at), *by_hand]
    for one in sorted(steps, key=lambda step: step.at if isinstance(step, Given) else step["at"]):
        if isinstance(one, Given):
            tags = tuple(dict.fromkeys((*came.tags, *(mark for mark in one.marks if mark != PRIORITY))))
            came = replace(came, tags=tags, prioritised=came.prioritised or PRIORITY in one.marks)
        else:
            came = replace(came, **_marks(one["facts"]))
    return came


def _marks(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(facts[name]) if isinstance(facts[name], list) else facts[name] for name in MARKS if name in facts
    }


def _arrival(row: Mapping[str, Any], told: Sequence[Mapping[str, Any]], organisation: str) -> PastArrival | None:
    due_at: str | None = None
    transfers: tuple[str, ...] = ()
    for place, line in enumerate(told):
        facts = line["facts"]
        due_at = facts.get("due_at") or due_at
        match line["event"]:
            case Event.MESSAGE_TRANSFERRED:
                transfers = (*transfers, line["organisation"])
            case Event.MESSAGE_RETURNED_TO_SUPERIOR:
                back = facts.get("organisation")
                transfers = transfers[: transfers.index(back)] if back in transfers else ()
            case Event.REDIRECT_APPROVED:
                transfers = ()
        if line["event"] in _COMING and facts.get("organisation") == organisation:
            later = told[place + 1 :]
            known = _before_corrections(case_rows.case_of(row, ()), later)
            came = _as_it_came(known, due_at, transfers, organisation, line["at"])
            return PastArrival(came, row["regulation"], row["revision"], line["at"], _did(later, organisation))
    return None


def _before_corrections(known: Case, later: Sequence[Mapping[str, Any]]) -> Case:
    """The card without what was corrected in it afterwards."""
    were: dict[str, Any] = {}
    for line in reversed([line for line in later if line["event"] == Event.CARD_CORRECTED]):
        facts = line["facts"]
        were |= {name: facts.get(f"{name}_was") for name in _CARD if name in facts or f"{name}_was" in facts}
    if were.get("audience"):
        were["audience"] = Audience(were["audience"])
    return replace(known, **were)


def _did(later: Sequence[Mapping[str, Any]], organisation: str) -> Did | None:
    """The first thing that was done there with the message."""
    for line in later:
        if line["organisation"] == organisation and line["event"] in _ANSWERS:
            what, concerned = _ANSWERS[line["event"]]
            return what, str(line["facts"].get(concerned) or "")
    return None


def _as_it_came(known: Case, due_at: str | None, transfers: tuple[str, ...], organisation: str, at: datetime) -> Case:
    return replace(
        known,
        stage=Stage.COORDINATION,
        entered_at=at,
        organisation=organisation,
        due_at=datetime.fromisoformat(due_at) if due_at else known.due_at,
        transfers=transfers,
        unit=None,
        executor=None,
        draft=None,
        outcome=None,
        closed_at=None,
        postponements=0,
        postponed_until=None,
        tags=(),
        prioritised=False,
        tags_off=(),
        unprioritised=False,
        template=None,
    )
