"""Whom to assign: somebody out of the last assignments in the subcategory here, whom the rule would take, least loaded first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from domain.case import Case, Decision
from domain.rules import judge
from domain.verdict import Refusal, World
from domain.vocabulary import Action, PersonId, Stage
from storage import tables as t
from storage.on_page import Asked
from storage.sections import Viewer

LAST = 20
"""Assignments that are looked at."""

case = t.message_case
Where = tuple[str, str | None]
"""Organisation and subcategory."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person who may execute it. `load`: open messages with him now. `times`: how many of the last assignments were his."""

    person: PersonId
    name: str
    load: int
    times: int


def suggestions(connection: sa.Connection, found: Asked, viewer: Viewer) -> dict[str, Suggestion]:
    """A person for each of the messages that the viewer may assign now; none where nobody is known.

    What is suggested for one message counts as load for the next: a list accepted from top to bottom is spread evenly.
    """
    waiting = {id_: known for id_, known in found.items() if known[0].stage is Stage.COORDINATION}
    last = _last_executors(connection, {_where(case) for case, _ in waiting.values()})
    load = _load(connection, {person for people in last.values() for person in people})
    suggested: dict[str, Suggestion] = {}
    taken: dict[PersonId, int] = dict.fromkeys(load, 0)
    for id_, (waits, world) in waiting.items():
        lately = last[_where(waits)]
        fit = [person for person in dict.fromkeys(lately) if _may(waits, person, viewer, world)]
        if fit:
            person = min(fit, key=lambda one: load[one][1] + taken[one])
            name, held = load[person]
            suggested[id_] = Suggestion(person, name, held, lately.count(person))
            taken[person] += 1
    return suggested


def _where(found: Case) -> Where:
    return found.organisation, found.subcategory


def _last_executors(connection: sa.Connection, places: set[Where]) -> Mapping[Where, list[PersonId]]:
    """The executors of the messages that came last, latest first."""
    known = sa.values(sa.column("organisation", sa.Text), sa.column("subcategory", sa.Text), name="places")
    wanted = known.data([place for place in places if place[1] is not None])
    found: dict[Where, list[PersonId]] = {place: [] for place in places}
    if not any(subcategory for _, subcategory in places):
        return found
    lately = (
        sa.select(case.c.executor, case.c.received_at)
        .where(
            case.c.organisation == wanted.c.organisation,
            case.c.subcategory == wanted.c.subcategory,
            case.c.executor.is_not(None),
        )
        .order_by(case.c.received_at.desc())
        .limit(LAST)
        .lateral("lately")
    )
    query = sa.select(wanted, lately.c.executor).join(lately, sa.true()).order_by(lately.c.received_at.desc())
    for row in connection.execute(query):
        found[row.organisation, row.subcategory].append(row.executor)
    return found


def _load(connection: sa.Connection, people: set[PersonId]) -> dict[PersonId, tuple[str, int]]:
    """Name and open messages of each."""
    held = (
        sa.select(sa.func.count()).where(case.c.holder == t.person.c.id, case.c.closed_at.is_(None)).scalar_subquery()
    )
    query = sa.select(t.person.c.id, t.person.c.name, held.label("held")).where(t.person.c.id.in_(people))
    return {row.id: (row.name, row.held) for row in connection.execute(query)}


def _may(waits: Case, person: PersonId, viewer: Viewer, world: World) -> bool:
    """Whether the viewer's assignment of this person would be accepted."""
    decision = Decision("", Action.ASSIGN, viewer.person, viewer.at, waits.version, {"executor": person})
    return not isinstance(judge(waits, decision, world), Refusal)
