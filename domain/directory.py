"""Who may do what, where: organisations, units, people's grants and categories as they are at one moment.

A snapshot: storage loads it, rules ask it. It knows titles of bodies; of people numbers, never names.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.calendar import Calendar
from domain.directory_records import Absence, Answerer, Category, Organisation, Person, Succession, Unit
from domain.vocabulary import OneDay, PersonId, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role of a person over an organisation, its subtree or one unit, optionally for some categories only.

    `categories`: codes of categories (with all below) or of single subcategories; empty: all. Source: S2, 2.2; G-21.
    """

    person: PersonId
    role: Role
    organisation: str
    unit: str | None = None
    subtree: bool = False
    categories: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Whether the grant is in force at the instant."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )

    def is_about(self, category: str | None, subcategory: str | None) -> bool:
        """Whether it was granted for what is of this category."""
        return not self.categories or category in self.categories or subcategory in self.categories


@dataclass(frozen=True, slots=True)
class Place:
    """Where and about what: what authority is asked for."""

    organisation: str
    unit: str | None = None
    category: str | None = None
    subcategory: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """The snapshot. `root`: the organisation to which a message belongs until it is accepted.

    `responsible`: codes of those who answer by the order in force, by subcategory and in the order's sequence;
    `answerers`: who that is here, by code; `successions`: who answered before and does not any more.
    """

    root: str
    organisations: Mapping[str, Organisation]
    units: Mapping[str, Unit]
    people: Mapping[PersonId, Person]
    categories: Mapping[str, Category]
    grants: tuple[Grant, ...]
    responsible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answerers: Mapping[str, Answerer] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    successions: tuple[Succession, ...] = ()
    _by_scope: dict[tuple[Role, str], list[Grant]] = field(init=False, default_factory=lambda: defaultdict(list))
    _by_person: dict[PersonId, list[Grant]] = field(init=False, default_factory=lambda: defaultdict(list))
    _away: dict[PersonId, list[Absence]] = field(init=False, default_factory=lambda: defaultdict(list))
    _standing_in: dict[PersonId, list[Absence]] = field(init=False, default_factory=lambda: defaultdict(list))
    _subtrees: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for grant in self.grants:
            self._by_scope[grant.role, grant.organisation].append(grant)
            self._by_person[grant.person].append(grant)
        for absence in sorted(self.absences, key=lambda one: one.begins_at, reverse=True):
            self._away[absence.person].append(absence)
            for one in absence.substitutes:
                self._standing_in[one].append(absence)

    def called(self, organisation: str) -> str:
        """What people are told in place of the organisation's id."""
        known = self.organisations.get(organisation)
        return known.title or organisation if known else organisation

    def calendar_of(self, person: PersonId) -> Calendar:
        """When this person works: the calendar and time zone of the organisation that he belongs to, wherever his roles are."""
        return self.organisations[self.people[person].organisation].calendar

    def grants_of(self, person: PersonId) -> tuple[Grant, ...]:
        """All grants of a person, valid or not."""
        return tuple(self._by_person.get(person, ()))

    def grants_over(self, role: Role, organisation: str) -> Iterator[Grant]:
        """The grants of the role that reach the organisation or a part of it, valid or not."""
        known = self.organisations.get(organisation)
        for scope in known.path if known else ():
            for grant in self._by_scope.get((role, scope), ()):
                if scope == organisation or grant.subtree:
                    yield grant

    def may(self, person: PersonId, role: Role, place: Place, at: datetime) -> bool:
        """Whether an active person holds the role there at the instant. Source: G-21."""
        known = self.people.get(person)
        return (
            known is not None
            and known.active
            and any(grant.role is role and self._covers(grant, place, at) for grant in self._by_person.get(person, ()))
        )

    def holders(self, role: Role, place: Place, at: datetime) -> tuple[PersonId, ...]:
        """Active people who hold the role there, by staff number."""
        reaching = self.grants_over(role, place.organisation)
        found = {grant.person for grant in reaching if self._covers(grant, place, at)}
        return tuple(sorted(person for person in found if self.people[person].active))

    def headed_by(self, person: PersonId | None, organisation: str, at: datetime) -> str | None:
        """This organisation, or the nearest above it, that the person heads as a whole; None where he heads none of them."""
        known = self.organisations.get(organisation)
        heads = self.bodies_headed_by(person, at)
        return next((one for one in reversed(known.path if known else ()) if one in heads), None)

    def bodies_headed_by(self, person: PersonId | None, at: datetime) -> frozenset[str]:
        """What the person heads as a whole, a deputy too: whoever prepares an answer there answers to him."""
        return frozenset(
            grant.organisation
            for grant in (() if person is None else self.grants_of(person))
            if grant.role is Role.HEAD and grant.unit is None and not grant.categories and grant.is_valid(at)
        )

    def led_by(self, person: PersonId, at: datetime) -> frozenset[str]:
        """The organisations that the person heads, whatever about, and all below them."""
        heads = (one.organisation for one in self.grants_of(person) if one.role is Role.HEAD and one.is_valid(at))
        return frozenset(below for organisation in heads for below in self.subtree(organisation))

    def served_by(self, person: PersonId, at: datetime) -> frozenset[str]:
        """The organisations in which an active person has any role or is on duty, or stands in for one who does, and all below."""
        if person not in self.people or not self.people[person].active:
            return frozenset()
        people = self.acts_as(person, at)
        served = {one.organisation for number in people for one in self.grants_of(number) if one.is_valid(at)}
        served |= {one.id for one in self.organisations.values() if not people.isdisjoint(one.duty)}
        return frozenset(below for organisation in served for below in self.subtree(organisation))

    def has_moved(self, organisation: str, since: datetime | None) -> bool:
        """Whether the organisation has come below others since then: who was above it then may be above it no more."""
        moved_at = self.organisations[organisation].moved_at
        return since is not None and moved_at is not None and since < moved_at

    def succession_of(self, organisation: str, unit: str | None) -> Succession | None:
        """The succession of where work lies, if whoever it was given to answers no more.

        A unit that answers itself goes on when its organisation does not.
        """
        for one in self.successions:
            if unit in one.units or (organisation in one.organisations and unit not in self.answering_units):
                return one
        return None

    @property
    def answering_units(self) -> frozenset[str]:
        """Units that the order in force names."""
        named = {code for codes in self.responsible.values() for code in codes}
        return frozenset(unit for code, one in self.answerers.items() if code in named for unit in one.units)

    def absences_of(self, person: PersonId) -> tuple[Absence, ...]:
        """All known absences of a person, the one that begins last first."""
        return tuple(self._away.get(person, ()))

    def is_away(self, person: PersonId, at: datetime) -> bool:
        """Whether nothing can wait for the person at the instant: he is absent, or works here no more."""
        known = self.people.get(person)
        return known is None or not known.active or any(one.lasts(at) for one in self._away.get(person, ()))

    def substitutes(self, person: PersonId, at: datetime) -> Iterator[PersonId]:
        """Whoever was named to stand in for an absent person, each once; then those who stand in for absent ones among them."""
        seen, waiting = {person}, deque([person])
        while waiting:
            for absence in self.absences_of(waiting.popleft()):
                for one in absence.substitutes if absence.lasts(at) else ():
                    if one not in seen:
                        seen.add(one)
                        waiting.append(one)
                        yield one

    def acts_as(self, person: PersonId, at: datetime) -> frozenset[PersonId]:
        """The person, and every absent one among whose `substitutes` he is."""
        found = around = frozenset({person})
        while around:
            named = (absence for one in around for absence in self._standing_in.get(one, ()))
            around = frozenset(absence.person for absence in named if absence.lasts(at)) - found
            found |= around
        return found

    def in_place_of(self, person: PersonId, at: datetime) -> PersonId | None:
        """The person if he is there, else the first along the chain of substitutes who is."""
        return next((one for one in (person, *self.substitutes(person, at)) if not self.is_away(one, at)), None)

    def is_absent(self, person: PersonId, day: date) -> bool:
        """Whether the person is away from the opening of the local day to its closing."""
        calendar = self.calendar_of(person)
        opening, closing = calendar.instant(day, calendar.opens), calendar.instant(day, calendar.closes)
        return not self.people[person].active or any(
            one.lasts(opening) and (one.ends_at is None or closing <= one.ends_at) for one in self._away.get(person, ())
        )

    def is_below(self, organisation: str, above: str) -> bool:
        """Whether `organisation` is subordinate to `above`, at any depth. Source: S2, 3.2 в."""
        known = self.organisations.get(organisation)
        return known is not None and organisation != above and above in known.path

    def subtree(self, organisation: str) -> Sequence[str]:
        """The organisation and all that are subordinate to it, in order; reckoned once."""
        found = self._subtrees.get(organisation)
        if found is None:
            found = sorted(known.id for known in self.organisations.values() if organisation in known.path)
            self._subtrees[organisation] = found
        return found

    def common_superior(self, one: str, other: str) -> str:
        """The lowest organisation that is above, or is, both. Source: G-47."""
        shared = [
            a for a, b in zip(self.organisations[one].path, self.organisations[other].path, strict=False) if a == b
        ]
        return shared[-1] if shared else self.root

    def term_days(self, category: str | None, subcategory: str | None, default: int) -> int:
        """Days of the term of messages of this subcategory. Source: S2, 3.10; S0, п. 5."""
        if self.one_day(category, subcategory) is OneDay.WHOLE_ANSWER:
            return 1
        return next((known.days for known in self._lineage(category, subcategory) if known.days is not None), default)

    def postponement_days(self, category: str | None, subcategory: str | None, default: int) -> int:
        """Days beyond the term to which messages of this subcategory may be postponed. Source: G-09."""
        found = (known.postponement_days for known in self._lineage(category, subcategory))
        return next((days for days in found if days is not None), default)

    def one_day(self, category: str | None, subcategory: str | None) -> OneDay:
        """What must be done within one day with messages of this subcategory. Source: S0, п. 5; G-01."""
        found = (known.one_day for known in self._lineage(category, subcategory))
        return next((rule for rule in found if rule is not None), OneDay.NONE)

    def reaches(self, grant: Grant, other: Grant) -> bool:
        """Whether the one grant is over all that the other is over and about, whatever their roles and times."""
        if grant.unit is not None or grant.organisation == other.organisation:
            over = grant.unit in {None, other.unit} and (grant.subtree or not other.subtree)
            over = over and grant.organisation == other.organisation
        else:
            over = grant.subtree and self.is_below(other.organisation, grant.organisation)
        return over and (
            not grant.categories or (bool(other.categories) and self._is_about_all(grant, other.categories))
        )

    def _is_about_all(self, grant: Grant, codes: Iterable[str]) -> bool:
        return all(
            grant.is_about(self.categories[code].parent if code in self.categories else None, code) for code in codes
        )

    def _lineage(self, category: str | None, subcategory: str | None) -> Iterator[Category]:
        for code in (subcategory, category):
            if code and (known := self.categories.get(code)) is not None:
                yield known

    def is_subcategory(self, subcategory: str, category: str) -> bool:
        """Whether both are known, active and belong together."""
        return self._is_inside(subcategory, category) and self.categories[category].parent is None

    def is_fact(self, fact: str, subcategory: str) -> bool:
        """Whether both are known, active and the fact is one of the subcategory's."""
        return self._is_inside(fact, subcategory) and self.categories[subcategory].parent is not None

    def _is_inside(self, code: str, above: str) -> bool:
        child, parent = self.categories.get(code), self.categories.get(above)
        return bool(child and parent and child.active and parent.active and child.parent == above)

    def _covers(self, grant: Grant, place: Place, at: datetime) -> bool:
        about = grant.is_about(place.category, place.subcategory)
        return about and grant.is_valid(at) and self._covers_place(grant, place)

    def _covers_place(self, grant: Grant, place: Place) -> bool:
        """An executor's unit is where he works; for the other roles a unit is the part of the work that they see."""
        if grant.unit is not None:
            if grant.role is Role.EXECUTOR:
                return grant.organisation == place.organisation
            return grant.unit == place.unit
        if grant.organisation == place.organisation:
            return True
        return grant.subtree and self.is_below(place.organisation, grant.organisation)


def scopes(grants: Iterable[Grant], role: Role, at: datetime) -> tuple[Grant, ...]:
    """The grants of one role that are in force: what a list query is limited to."""
    return tuple(grant for grant in grants if grant.role is role and grant.is_valid(at))
