"""Messages as they were when they came to an organisation's coordinators, and what people then did: out of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from domain.case import Case
from domain.directory import Directory
from domain.vocabulary import Event, Stage
from storage import case_rows
from storage import tables as t

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
_ASKED = [event.value for event in {*_COMING, *_ANSWERS, Event.CARD_CORRECTED}]
_CARD = ("category", "subcategory", "complained_of")

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


def span(connection: sa.Connection, organisation: str, directory: Directory, most: int) -> Span:
    """The latest messages, at most so many."""
    latest = (
        sa.select(case.c.received_at)
        .where(*_came_to(organisation, directory))
        .order_by(case.c.received_at.desc())
        .limit(most)
        .subquery()
    )
    counted = sa.select(sa.func.count(), sa.func.min(latest.c.received_at), sa.func.max(latest.c.received_at))
    return Span(*connection.execute(counted).one())


def part(
    connection: sa.Connection,
    organisation: str,
    directory: Directory,
    after: tuple[datetime, str] | None,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[dict[str, Any]]:
    """The next rows of `message_case`, oldest first."""
    query = (
        sa.select(case)
        .where(*_came_to(organisation, directory), case.c.received_at.between(since, until))
        .order_by(case.c.received_at, case.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(case.c.received_at, case.c.id) > sa.tuple_(*after))
    return [dict(row) for row in connection.execute(query).mappings()]


def _came_to(organisation: str, directory: Directory) -> tuple[sa.ColumnElement[bool], ...]:
    """Those that lie there, were sent on from there, went down from there, or were given back up."""
    above = [one for one in directory.organisations[organisation].path if one != organisation]
    was_there = sa.exists().where(journal.c.case_id == case.c.id, journal.c.organisation == organisation)
    below = case.c.organisation == sa.any_(sa.literal(list(directory.subtree(organisation)), sa.ARRAY(sa.Text)))
    passed = case.c.rest["transfers"].contains([organisation])
    return (
        case.c.stage != Stage.MODERATION.value,
        sa.or_(
            case.c.organisation == organisation,
            case.c.sent_away.contains([organisation]),
            sa.and_(below, passed),
            sa.and_(case.c.organisation.in_(above), was_there),
        ),
    )


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
    tags = _tags_of(connection, organisation, ids)
    for row in rows:
        found = _arrival(row, told.get(row["id"], ()), organisation)
        if found is not None:
            given = tuple(tag for at, tag in tags.get(row["id"], ()) if at <= found.at)
            marked = replace(found.case, tags=tuple(tag for tag in given if tag), prioritised="" in given)
            yield replace(found, case=marked)


def _tags_of(connection: sa.Connection, organisation: str, ids: Sequence[str]) -> dict[str, list[tuple[datetime, str]]]:
    """Tags that rules of other organisations had given, with their instants; an empty one stands for the priority."""
    made, rule, revision = t.autorule_application, t.autorule, t.autorule_revision
    query = (
        sa.select(made.c.case_id, made.c.at, made.c.done, revision.c.effects["tag"].astext.label("tag"))
        .join(rule, rule.c.id == made.c.rule)
        .join(revision, sa.and_(revision.c.rule == made.c.rule, revision.c.revision == made.c.revision))
        .where(
            made.c.case_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.UUID(as_uuid=False)))),
            rule.c.organisation != organisation,
        )
    )
    found: dict[str, list[tuple[datetime, str]]] = {}
    for row in connection.execute(query):
        own = found.setdefault(row.case_id, [])
        own += [(row.at, row.tag)] if "tag" in row.done and row.tag else []
        own += [(row.at, "")] if "priority" in row.done else []
    return found


def _arrival(row: Mapping[str, Any], told: Sequence[Mapping[str, Any]], organisation: str) -> PastArrival | None:
    card: dict[str, Any] = {}
    transfers: tuple[str, ...] = ()
    for place, line in enumerate(told):
        facts = line["facts"]
        card |= {name: facts[name] for name in (*_CARD, "due_at") if facts.get(name) is not None}
        match line["event"]:
            case Event.MESSAGE_TRANSFERRED:
                transfers = (*transfers, line["organisation"])
            case Event.MESSAGE_RETURNED_TO_SUPERIOR:
                transfers = transfers[:-1]
            case Event.REDIRECT_APPROVED:
                transfers = ()
        if line["event"] in _COMING and facts.get("organisation") == organisation:
            did = _did(told[place + 1 :], organisation)
            return PastArrival(
                _as_it_came(row, card, transfers, organisation, line["at"]),
                row["regulation"],
                row["revision"],
                line["at"],
                did,
            )
    return None


def _did(later: Sequence[Mapping[str, Any]], organisation: str) -> Did | None:
    """The first thing that was done there with the message."""
    for line in later:
        if line["organisation"] == organisation and line["event"] in _ANSWERS:
            what, concerned = _ANSWERS[line["event"]]
            return what, str(line["facts"].get(concerned) or "")
    return None


def _as_it_came(
    row: Mapping[str, Any], card: Mapping[str, Any], transfers: tuple[str, ...], organisation: str, at: datetime
) -> Case:
    known = case_rows.case_of(row, ())
    return replace(
        known,
        stage=Stage.COORDINATION,
        entered_at=at,
        organisation=organisation,
        category=card.get("category", known.category),
        subcategory=card.get("subcategory", known.subcategory),
        complained_of=card.get("complained_of"),
        due_at=datetime.fromisoformat(card["due_at"]) if "due_at" in card else known.due_at,
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
        template=None,
    )
