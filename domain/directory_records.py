"""What a directory is made of: bodies, people, their absences, categories, and who answers by an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.calendar import Calendar
from domain.vocabulary import AbsenceCode, OneDay, PersonId


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body with its own account (ЛКО). `path`: ids from the root down to itself. Source: S2, 1.2 б; G-04.

    `self_approval`: an executor may approve his own answer here (G-48). `endorsement`: the stage is used here (G-10).
    """

    id: str
    path: tuple[str, ...]
    calendar: Calendar
    active: bool = True
    self_approval: bool = False
    endorsement: bool = True
    duty: tuple[PersonId, ...] = ()
    """Who is told at once of danger to life, in the order in which they are called."""
    complaints_official: PersonId | None = None
    """Who considers complaints under 210-ФЗ; None: the heads."""
    title: str = ""
    order_code: str | None = None
    """As whom orders name it among those who answer."""
    moved_at: datetime | None = None
    """When it came to stand below others than before, if lately."""
    tags: tuple[str, ...] = ()
    """What its auto-rules in force mark messages with."""

    @property
    def superior(self) -> str | None:
        """The organisation next above; None of the root."""
        return self.path[-2] if len(self.path) > 1 else None


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an organisation (подразделение)."""

    id: str
    organisation: str
    order_code: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, or a system such as the portal."""

    id: PersonId
    organisation: str
    unit: str | None = None
    active: bool = True
    system: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """A period in which a person does not work, and who stands in for him, in order; without an end it is open.

    Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20.
    """

    person: PersonId
    code: AbsenceCode
    begins_at: datetime
    ends_at: datetime | None = None
    substitutes: tuple[PersonId, ...] = ()

    def lasts(self, at: datetime) -> bool:
        """Whether the person is away at the instant."""
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Category:
    """A category or, with a `parent`, a subcategory; inside a subcategory, a fact, which has no terms of its own.

    `days`: the term of its messages, `postponement_days`: how far beyond it they may be postponed; None: its parent's or the
    regulation's. `one_day`: what is due within one day; None: its parent's. `of_order`: an order lists it, or has made it.
    """

    code: str
    parent: str | None = None
    days: int | None = None
    active: bool = True
    postponement_days: int | None = None
    one_day: OneDay | None = None
    of_order: bool = False


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers by the order in force, and which units and organisations here that is. Source: S0, пп. 2, 4, 5."""

    code: str
    title: str
    units: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Succession:
    """Who answers no more since an order, who takes over his open work, and which units and organisations here he was.

    `successor`: None where nothing lay with him when the order was published.
    """

    code: str
    successor: str | None
    order: str
    since: date
    units: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
