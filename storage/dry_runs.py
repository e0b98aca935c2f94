"""Dry runs: what a revision of a rule would have done to the messages that came last, part by part, kept in the record.

A run goes on from where it stands, whoever takes it up: the request that asked for it, then any worker. Source: G-40.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from domain.autorule_effects import Application, followed
from domain.autorules import AutoRule, Line
from domain.case import Case
from domain.dry_runs import Comparison, compared, would
from domain.vocabulary import PersonId
from storage import autorules, past_arrivals
from storage import tables as t
from storage.administration import Change, Refused
from storage.past_arrivals import PastArrival
from storage.reference import Moment, Reference, moment

MOST = 10_000
"""Messages that a dry run goes over."""
PART = 500
EXAMPLES = 10
"""Messages shown of each kind."""

table = t.autorule_dry_run


@dataclass
class Busy:
    """How many open messages people would have: those that they have, and what the run has assigned so far."""

    connection: sa.Connection
    held: dict[PersonId, int] = field(default_factory=dict)

    def __call__(self, people: Collection[PersonId]) -> Mapping[PersonId, int]:
        unknown = [person for person in people if person not in self.held]
        if unknown:
            self.held |= dict.fromkeys(unknown, 0) | autorules.load_of(self.connection, unknown)
        return self.held

    def assigned(self, found: tuple[Application, ...]) -> None:
        """Each message that ends with a person is one more of his."""
        person = found[-1].verdict.case.executor if found else None
        if person is not None:
            self((person,))
            self.held[person] += 1


@dataclass(frozen=True, slots=True)
class Predicted:
    """What the rules would do to one message. `own`: the part of the rule in question, whose conditions hold."""

    arrival: PastArrival
    comparison: Comparison
    own: Application | None


def ask(change: Change, rule: int, revision: int) -> str:
    """A dry run of the revision is begun, or the one under way goes on; its id. Raises Refused."""
    connection = change.connection
    known = _revision(connection, rule, revision)
    if known is None:
        raise Refused("not_found", "Такой редакции правила нет.")
    change.require(known.organisation)
    waiting = sa.select(table.c.id).where(
        table.c.rule == rule, table.c.revision == revision, table.c.finished_at.is_(None)
    )
    if (begun := connection.execute(waiting).scalars().first()) is not None:
        return str(begun)
    span = past_arrivals.span(connection, known.organisation, MOST)
    values = {
        "id": str(uuid4()),
        "rule": rule,
        "revision": revision,
        "asked_by": change.person,
        "asked_at": change.at,
        "total": span.total,
        "until": span.until,
        "line": [[one.id, one.revision] for one in line_with(connection, known).rules],
        "found": {"since": span.since.isoformat() if span.since else None},
        "finished_at": None if span.total else change.at,
    }
    connection.execute(sa.insert(table).values(values))
    # a dry run tells how many messages have the rule's words: who asked that, and when, is in the log of changes
    change.log("dry_run", str(rule), known.organisation, None, {"revision": revision, "messages": span.total})
    return str(values["id"])


def line_with(connection: sa.Connection, rule: AutoRule) -> Line:
    """The organisation's rules as if this revision were switched on, in its place."""
    known = autorules.lines(connection).get(rule.organisation, Line())
    own = t.autorule
    places = {
        row.id: (row.place, row.id)
        for row in connection.execute(sa.select(own.c.id, own.c.place).where(own.c.organisation == rule.organisation))
    }
    others = [one for one in known.rules if one.id != rule.id]
    every = connection.execute(
        sa.select(t.organisation.c.every_rule).where(t.organisation.c.id == rule.organisation)
    ).scalar_one()
    return Line(tuple(sorted([*others, rule], key=lambda one: places[one.id])), every)


def advance(engine: sa.Engine, reference: Reference, run: str, seconds: float) -> bool:
    """The run has gone on for about so long; whether it is over. One takes a part at a time, the others go away."""
    until = time.monotonic() + seconds
    while True:
        with engine.begin() as connection:
            query = sa.select(table).where(table.c.id == run).with_for_update(skip_locked=True)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                return False
            if row["finished_at"] is not None or _next_part(connection, reference, dict(row)):
                return True
        if time.monotonic() > until:
            return False


def go_on(engine: sa.Engine, reference: Reference, seconds: float = 5) -> None:
    """What the requests that asked for runs have left: each goes on for a while."""
    for run in unfinished(engine):
        advance(engine, reference, run, seconds)


def unfinished(engine: sa.Engine) -> list[str]:
    """Runs that wait for somebody to go on."""
    with engine.connect() as connection:
        query = sa.select(table.c.id).where(table.c.finished_at.is_(None)).order_by(table.c.asked_at).limit(10)
        return list(connection.execute(query).scalars())


def _next_part(connection: sa.Connection, reference: Reference, row: dict[str, Any]) -> bool:
    at = moment(connection)
    rule = _revision(connection, row["rule"], row["revision"])
    assert rule is not None, "a dry run is of a revision that there is"
    found = row["found"]
    after = (datetime.fromisoformat(found["after"][0]), found["after"][1]) if "after" in found else None
    rows = past_arrivals.part(
        connection, rule.organisation, after, datetime.fromisoformat(found["since"]), row["until"], PART
    )
    busy = Busy(connection, {int(person): held for person, held in found.get("busy", {}).items()})
    for one in predicted(connection, reference, at, rule, rows, busy):
        _note(found, one)
    seen = min(row["seen"] + len(rows), row["total"])
    over = len(rows) < PART or seen == row["total"]
    if rows:
        found["after"] = [rows[-1]["received_at"].isoformat(), rows[-1]["id"]]
    found["busy"] = {} if over else {str(person): held for person, held in busy.held.items()}
    values = {"seen": row["total"] if over else seen, "found": found, "finished_at": at.now if over else None}
    connection.execute(sa.update(table).where(table.c.id == row["id"]).values(values))
    return over


def predicted(
    connection: sa.Connection,
    reference: Reference,
    at: Moment,
    rule: AutoRule,
    rows: list[dict[str, Any]],
    busy: Busy,
) -> Iterator[Predicted]:
    """For each of the messages about which the rule is: what would be done if it came now, to people of today."""
    line = line_with(connection, rule)
    lines = {rule.organisation: line}
    facts = autorules.facts_of(connection, [row["id"] for row in rows])
    for arrival in past_arrivals.arrivals(connection, rule.organisation, rows):
        case, asked = _coming_now(arrival, at.now), facts[arrival.case.id]
        world = reference.world(connection, at, arrival.regulation, arrival.revision)
        found = followed(case, lines, asked, at.now, world, busy)
        busy.assigned(found)
        own = next((one for one in found if one.rule.id == rule.id), None)
        # where every rule is asked, one that was not applied is not about the message, whatever it looked like on its arrival
        if own is not None or (not line.every and rule.conditions.hold(case, asked)):
            yield Predicted(arrival, compared(own, arrival.did, case, world), own)


def _coming_now(arrival: PastArrival, now: datetime) -> Case:
    """The case with all its instants moved to now, so that a term of the rule has as much left as it had on the arrival."""
    case, ago = arrival.case, now - arrival.at
    return replace(case, received_at=case.received_at + ago, entered_at=case.entered_at + ago, due_at=case.due_at + ago)


def _note(found: dict[str, Any], one: Predicted) -> None:
    """The message is counted, and shown if it is among the last of its kind."""
    counts, effects = found.setdefault("counts", {}), found.setdefault("effects", {})
    counts[one.comparison] = counts.get(one.comparison, 0) + 1
    for kind in one.own.done if one.own else ():
        effects[kind] = effects.get(kind, 0) + 1
    arrival = one.arrival
    example = {
        "id": arrival.case.id,
        "number": arrival.case.number,
        "at": arrival.at.isoformat(),
        "would": would(one.own) if one.own else [],
        "refused": [refusal.detail for refusal in one.own.refused.values()] if one.own else [],
        "did": list(arrival.did) if arrival.did else None,
    }
    examples = found.setdefault("examples", {})
    examples[one.comparison] = [example, *examples.get(one.comparison, [])][:EXAMPLES]


def _revision(connection: sa.Connection, rule: int, revision: int) -> AutoRule | None:
    query = (
        sa.select(t.autorule_revision, t.autorule.c.organisation)
        .join(t.autorule, t.autorule.c.id == t.autorule_revision.c.rule)
        .where(t.autorule_revision.c.rule == rule, t.autorule_revision.c.revision == revision)
    )
    row = connection.execute(query).mappings().one_or_none()
    return autorules.rule_of(dict(row)) if row is not None else None


def is_tried(connection: sa.Connection, rule: int, revision: int) -> bool:
    """Whether a dry run of exactly this revision has come to its end."""
    query = sa.select(table.c.id).where(
        table.c.rule == rule, table.c.revision == revision, table.c.finished_at.is_not(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def last_of(connection: sa.Connection, rule: int, revision: int) -> sa.RowMapping | None:
    """The revision's latest dry run, with the words for which the rule looks."""
    query = _WITH_WORDS.where(table.c.rule == rule, table.c.revision == revision)
    return connection.execute(query.order_by(table.c.asked_at.desc()).limit(1)).mappings().one_or_none()


def read(connection: sa.Connection, run: str) -> sa.RowMapping | None:
    """A dry run as it stands, with the words for which the rule looks."""
    return connection.execute(_WITH_WORDS.where(table.c.id == run)).mappings().one_or_none()


_WITH_WORDS = sa.select(table, t.autorule_revision.c.conditions["words"].label("words")).join(
    t.autorule_revision,
    sa.and_(t.autorule_revision.c.rule == table.c.rule, t.autorule_revision.c.revision == table.c.revision),
)
