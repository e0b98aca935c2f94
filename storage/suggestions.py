"""Whom to give a message to: a person of the unit that the order names for it, least loaded first, or the organisation named.

Where the order says nothing: somebody out of the last assignments in the subcategory here. Nobody whom the rule would refuse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain import directory
from domain.answering import Because, Suggested, suggested, waits_for_somebody
from domain.case import Case, Decision
from domain.rules import judge
from domain.rules.people import unit_of
from domain.verdict import Refusal, World
from domain.vocabulary import Action, PersonId, Role, Stage
from storage import tables as t
from storage.counters import COUNTED_UP_TO
from storage.on_page import Asked
from storage.viewer import Viewer

_ANY_REASON = "…"
"""The rule is asked before the reason is written; `reason_of` the suggestion is one."""
LAST = 20
"""Assignments, and people, that are looked at."""

case = t.message_case
Where = tuple[str, str | None]
"""Organisation and subcategory."""

Place = tuple[str, str | None]
"""Organisation and its unit, or all of it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Who may get it. `answers`: what the order says, and why; None: it says nothing.

    `person`: who may execute it here, with his open messages now (`load`) and how many of the last assignments were his
    (`times`). `organisation`: to which it may be transferred instead, with its open messages as `load`. Without either `action`
    may be the first step towards a successor that is not subordinate: heads decide on a redirect.
    """

    answers: Suggested | None
    person: PersonId | None = None
    name: str = ""
    organisation: str | None = None
    load: int = 0
    times: int = 0
    action: Action = Action.ASSIGN


@dataclass
class _Page:
    """What is known of a page while its messages are looked at one after another."""

    viewer: Viewer
    last: Mapping[Where, list[PersonId]]
    load: Mapping[PersonId, tuple[str, int]]
    organisations: Mapping[Place, int]
    taken: dict[PersonId | str, int] = field(default_factory=dict)
    """What was suggested for one message counts as load for the next: a list accepted from top to bottom is spread evenly."""

    def of(self, waits: Case, world: World, answers: Suggested | None, people: Iterable[PersonId]) -> Suggestion | None:
        """Who is suggested for the message; of what the order leaves to the coordinator, the reason alone."""
        found = self._person(waits, world, answers, people) or self._organisation(waits, world, answers)
        return found or (Suggestion(answers) if answers else None)

    def _person(
        self, waits: Case, world: World, answers: Suggested | None, people: Iterable[PersonId]
    ) -> Suggestion | None:
        lately = self.last[_where(waits)]
        action = Action.ASSIGN if waits.stage is Stage.COORDINATION else Action.REASSIGN
        for person in sorted(people, key=lambda one: self.load[one][1] + self.taken.get(one, 0))[:LAST]:
            away = world.directory.is_away(person, self.viewer.at)
            if not away and _may(waits, self.viewer, world, action, executor=person, reason=_ANY_REASON):
                self.taken[person] = self.taken.get(person, 0) + 1
                name, held = self.load[person]
                return Suggestion(answers, person, name, load=held, times=lately.count(person), action=action)
        return None

    def _organisation(self, waits: Case, world: World, answers: Suggested | None) -> Suggestion | None:
        target = answers.organisation if answers and answers.unit is None else None
        if answers is None or target is None or target == waits.organisation:
            return None
        if _may(waits, self.viewer, world, Action.TRANSFER_TO_SUBORDINATE, organisation=target):
            load = self.organisations.get((target, None), 0)
            return Suggestion(answers, organisation=target, load=load, action=Action.TRANSFER_TO_SUBORDINATE)
        if answers.because is Because.SUCCESSOR and not world.directory.is_below(target, waits.organisation):
            first = Action.RECALL if waits.stage is Stage.EXECUTION else Action.PROPOSE_REDIRECT
            return Suggestion(answers, action=first)
        return None


def suggestions(connection: sa.Connection, found: Asked, viewer: Viewer) -> dict[str, Suggestion]:
    """What is suggested for each of the messages that wait for a coordinator, or lie with who answers no more. Source: G-05."""
    waiting = {id_: known for id_, known in found.items() if waits_for_somebody(known[0], known[1].directory)}
    if not waiting:
        return {}
    answers = {id_: suggested(waits, world.directory, viewer.at) for id_, (waits, world) in waiting.items()}
    last = _last_executors(connection, {_where(waits) for waits, _ in waiting.values()})
    staff = _Staff(viewer)
    people = {
        id_: staff.fit(waits, world, answers[id_], last[_where(waits)]) for id_, (waits, world) in waiting.items()
    }
    page = _Page(
        viewer,
        last,
        _load(connection, {person for some in people.values() for person in some}),
        open_in(connection, {(one.organisation, None) for one in answers.values() if one and one.organisation}),
    )
    told = {id_: page.of(waits, world, answers[id_], people[id_]) for id_, (waits, world) in waiting.items()}
    return {id_: one for id_, one in told.items() if one is not None}


@dataclass
class _Staff:
    """Executors by where they work, found once a page."""

    viewer: Viewer
    known: dict[tuple[directory.Place, str | None], tuple[PersonId, ...]] = field(default_factory=dict)

    def fit(self, waits: Case, world: World, answers: Suggested | None, lately: list[PersonId]) -> tuple[PersonId, ...]:
        """Who comes into question here: people of the suggested unit; where the organisation as a whole, or nobody, is suggested
        by the order, those of the last assignments; never people of a unit that answers no more. What is worked on changes hands
        for a reason: without one, nobody."""
        known = tuple(one for one in dict.fromkeys(lately) if self._goes_on(one, waits.organisation, world))
        if answers is None:
            return known if waits.stage is Stage.COORDINATION else ()
        if answers.because is Because.CHOOSE or not self._is_here(waits, world, answers):
            return ()
        if answers.unit is None and known:
            return known
        place = directory.Place(waits.organisation, None, waits.category, waits.subcategory)
        key = place, answers.unit
        if key not in self.known:
            holders = world.directory.holders(Role.EXECUTOR, place, self.viewer.at)
            self.known[key] = tuple(
                one
                for one in holders
                if answers.unit in (None, unit_of(one, place.organisation, world))
                and self._goes_on(one, place.organisation, world)
            )
        return self.known[key]

    @staticmethod
    def _goes_on(person: PersonId, organisation: str, world: World) -> bool:
        """Whether the person does not work in a unit that by an order answers no more."""
        unit = unit_of(person, organisation, world)
        return all(unit not in one.units for one in world.directory.successions)

    @staticmethod
    def _is_here(waits: Case, world: World, answers: Suggested) -> bool:
        if answers.unit is not None:
            return world.directory.units[answers.unit].organisation == waits.organisation
        return answers.organisation == waits.organisation


def open_in(connection: sa.Connection, places: Collection[Place]) -> dict[Place, int]:
    """Unanswered messages of each organisation or unit; beyond a thousand it tells no more than that there are many."""
    if not places:
        return {}
    named = _rows("named", "unit", sorted(places, key=str))
    here = sa.or_(named.c.unit.is_(None), case.c.unit == named.c.unit)
    first = (
        sa.select(case.c.id)
        .where(case.c.organisation == named.c.organisation, here, case.c.closed_at.is_(None), case.c.outcome.is_(None))
        .limit(COUNTED_UP_TO)
        .correlate(named)
        .subquery()
    )
    counted = sa.select(sa.func.count()).select_from(first).scalar_subquery()
    rows = connection.execute(sa.select(named, counted.label("held")))
    return {(row.organisation, row.unit): row.held for row in rows}


def _rows(name: str, second: str, pairs: Collection[Place]) -> sa.TableValuedAlias:
    """Organisations, each with something second, as a table of two parameters: the statement is compiled once."""
    organisations = sa.literal([one for one, _ in pairs], ARRAY(sa.Text))
    others = sa.literal([other for _, other in pairs], ARRAY(sa.Text))
    columns = sa.column("organisation", sa.Text), sa.column(second, sa.Text)
    return sa.func.unnest(organisations, others).table_valued(*columns, name=name).render_derived()


def _where(found: Case) -> Where:
    return found.organisation, found.subcategory


def _last_executors(connection: sa.Connection, places: set[Where]) -> Mapping[Where, list[PersonId]]:
    """The executors of the messages that came last, latest first."""
    wanted = _rows("places", "subcategory", [place for place in places if place[1] is not None])
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


def _may(waits: Case, viewer: Viewer, world: World, action: Action, **given: object) -> bool:
    """Whether the viewer's decision would be accepted."""
    decision = Decision("", action, viewer.person, viewer.at, waits.version, given)
    return not isinstance(judge(waits, decision, world), Refusal)
