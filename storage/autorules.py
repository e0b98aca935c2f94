"""Auto-rules as the record has them, what their conditions ask of messages, and what they did. Source: S0-23; G-40."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain import autorule_effects
from domain.autorule_effects import Application
from domain.autorules import AutoRule, Conditions, EffectKind, Effects, Line, MessageFacts
from domain.case import Case
from domain.directory import Place
from domain.verdict import World
from domain.vocabulary import Action, PersonId, Role
from storage import tables as t
from storage import unsent
from storage.lemmas import query
from storage.unsent import Whose

Lines = Mapping[str, Line]
"""By organisation; of those that have rules switched on."""

message, case = t.message, t.message_case
_rule, _revision = t.autorule, t.autorule_revision


def lines(connection: sa.Connection) -> Lines:
    """The rules that are switched on."""
    modes = connection.execute(sa.select(t.organisation.c.id, t.organisation.c.every_rule))
    every = {row.id: row.every_rule for row in modes}
    switched_on = (
        sa.select(_revision, _rule.c.organisation)
        .join(_rule, sa.and_(_rule.c.id == _revision.c.rule, _rule.c.active_revision == _revision.c.revision))
        .order_by(_rule.c.organisation, _rule.c.place, _rule.c.id)
    )
    found: dict[str, list[AutoRule]] = {}
    for row in connection.execute(switched_on).mappings():
        found.setdefault(row["organisation"], []).append(rule_of(dict(row)))
    return {id_: Line(tuple(rules), every[id_]) for id_, rules in found.items()}


def tags(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """What the rules that are switched on mark messages with, by organisation."""
    tag = _revision.c.effects["tag"].astext
    given = (
        sa.select(_rule.c.organisation, sa.func.array_agg(sa.distinct(tag)))
        .join(_revision, sa.and_(_revision.c.rule == _rule.c.id, _revision.c.revision == _rule.c.active_revision))
        .where(tag.is_not(None))
        .group_by(_rule.c.organisation)
    )
    return {organisation: tuple(found) for organisation, found in connection.execute(given)}


PRIORITY = ""
"""Stands for the priority among tags, none of which is empty."""


@dataclass(frozen=True, slots=True)
class Given:
    """The marks that a revision of a rule gave a message: tags, and `PRIORITY`."""

    at: datetime
    rule: int
    revision: int
    title: str
    organisation: str
    marks: tuple[str, ...]


def given_to(connection: sa.Connection, ids: Iterable[str]) -> dict[str, list[Given]]:
    """What rules gave these messages, in order."""
    made, tag = t.autorule_application, _revision.c.effects["tag"].astext.label("tag")
    query = (
        sa.select(made, _rule.c.organisation, _revision.c.title, tag)
        .join(_rule, _rule.c.id == made.c.rule)
        .join(_revision, sa.and_(_revision.c.rule == made.c.rule, _revision.c.revision == made.c.revision))
        .where(made.c.case_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.UUID(as_uuid=False)))))
        .order_by(made.c.at, _rule.c.place, made.c.rule)
    )
    found: dict[str, list[Given]] = {}
    for row in connection.execute(query):
        by_kind = {EffectKind.TAG: row.tag, EffectKind.PRIORITY: PRIORITY}
        marks = tuple(mark for kind, mark in by_kind.items() if kind in row.done and mark is not None)
        found.setdefault(row.case_id, []).append(
            Given(row.at, row.rule, row.revision, row.title, row.organisation, marks)
        )
    return found


def rule_of(row: Mapping[str, Any]) -> AutoRule:
    """The rule of a revision's row that also has its organisation."""
    given = row["conditions"]
    conditions = Conditions(
        categories=frozenset(given.get("categories") or ()),
        organisations=frozenset(given.get("organisations") or ()),
        phrases=tuple(frozenset(words.split(" & ")) for words in map(query, given.get("words") or ()) if words),
        channels=frozenset(given.get("channels") or ()),
        applicant_kinds=frozenset(given.get("applicant_kinds") or ()),
        tags=frozenset(given.get("tags") or ()),
        repeated=given.get("repeated"),
        prioritised=given.get("prioritised"),
    )
    return AutoRule(row["rule"], row["revision"], row["organisation"], conditions, Effects(**row["effects"]))


_earlier = message.alias("earlier")


def _same(index: str) -> sa.ColumnElement[bool]:
    before = sa.and_(_earlier.c.received_at < message.c.received_at, _earlier.c.id != message.c.id)
    return sa.exists().where(_earlier.c[index] == message.c[index], before)


_FACTS = sa.select(
    message.c.id,
    message.c.channel,
    message.c.applicant_kind,
    sa.func.tsvector_to_array(message.c.search).label("lemmas"),
    sa.or_(*(_same(index) for index in ("email_index", "phone_index", "snils_index"))).label("repeated"),
).where(message.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.UUID(as_uuid=False)))))


def facts_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, MessageFacts]:
    """What conditions ask of these messages. Their words are those of search: the text itself is not read."""
    return {
        row.id: MessageFacts(frozenset(row.lemmas), row.channel, row.applicant_kind, bool(row.repeated))
        for row in connection.execute(_FACTS, {"ids": list(ids)})
    }


_HELD = (
    sa.select(case.c.holder, sa.func.count().label("held"))
    .where(case.c.holder == sa.any_(sa.bindparam("people", type_=sa.ARRAY(sa.BigInteger))), case.c.closed_at.is_(None))
    .group_by(case.c.holder)
)


def load_of(connection: sa.Connection, people: Collection[PersonId]) -> dict[PersonId, int]:
    """Open messages with each of these people now; those with none are left out."""
    return {row.holder: row.held for row in connection.execute(_HELD, {"people": list(people)})}


_APPLIED = sa.select(t.autorule_application.c.rule).where(
    t.autorule_application.c.case_id == sa.bindparam("case"), t.autorule_application.c.entry == sa.bindparam("entry")
)


def follow(
    connection: sa.Connection,
    arrived: Case,
    at: datetime,
    world: World,
    lines_: Lines,
    facts: MessageFacts | None = None,
) -> tuple[Application, ...]:
    """What rules do to the message that has just come to coordinators; recorded. The caller saves the case they end with."""
    if arrived.organisation not in lines_:
        return ()
    known = facts or facts_of(connection, [arrived.id])[arrived.id]
    before = frozenset(connection.execute(_APPLIED, {"case": arrived.id, "entry": arrived.entry}).scalars())
    found = autorule_effects.followed(
        arrived, lines_, known, at, world, lambda people: load_of(connection, people), before
    )
    if found:
        connection.execute(sa.insert(t.autorule_application), [_row(arrived, one, at) for one in found])
    for one in found:
        _propose(connection, one, at, world)
    return found


def _row(arrived: Case, one: Application, at: datetime) -> dict[str, Any]:
    return {
        "case_id": arrived.id,
        "entry": arrived.entry,
        "rule": one.rule.id,
        "revision": one.rule.revision,
        "at": at,
        "done": [kind.value for kind in one.done],
        "refused": {
            kind.value: {"code": refusal.code, "detail": refusal.detail} for kind, refusal in one.refused.items()
        },
    }


def _propose(connection: sa.Connection, one: Application, at: datetime, world: World) -> None:
    """Each coordinator finds the redirect begun: it is sent by a person or not at all. What he has begun himself stays."""
    if one.redirect is None:
        return
    known = one.verdict.case
    place = Place(known.organisation, None, known.category, known.subcategory)
    for person in world.directory.holders(Role.COORDINATOR, place, at):
        whose = Whose(person, known.id, Action.PROPOSE_REDIRECT)
        if unsent.read(connection, whose) is None:
            unsent.keep(connection, whose, 0, {"organisation": one.redirect})
