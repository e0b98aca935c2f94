"""What a rule answers: a refusal with its reason, or the case as it stands afterwards with all that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.case import Case
from domain.case_parts import CategoryTerms
from domain.directory import Directory
from domain.regulation import DayLength, Regulation
from domain.vocabulary import Event, LetterKind, LetterWay, NoticeKind, PersonId


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a decision was not accepted. `code` is stable, `detail` is for people, `field` names the parameter at fault."""

    code: str
    detail: str
    clause: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A journal row to be: what happened at which instant. Codes, ids, dates and digests only."""

    event: Event
    at: datetime
    person: PersonId | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """One person is told one thing. `urgent`: singly and at once within his hours. `email`: not only in the system."""

    person: PersonId
    kind: NoticeKind
    urgent: bool = False
    email: bool = True


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """A letter to the applicant (or, `forwarded`, to an outside organisation) to be written from the record's texts."""

    kind: LetterKind
    way: LetterWay


@dataclass(frozen=True, slots=True)
class Accepted:
    """The case afterwards, what the journal says, who is told, what is sent."""

    case: Case
    facts: tuple[Fact, ...]
    notices: tuple[Notice, ...] = ()
    letters: tuple[LetterOrder, ...] = ()


Verdict = Accepted | Refusal


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a judgement may look at besides the case and the decision."""

    directory: Directory
    regulation: Regulation
    day: DayLength = field(default_factory=DayLength)

    def term_days(self, category: str | None, subcategory: str | None) -> int:
        """Days of the term of messages of this subcategory: its own, its category's or the act's. Source: S2, 3.10."""
        return self.directory.term_days(category, subcategory, self.regulation.settings.default_days)

    def category_terms(self, category: str | None, subcategory: str | None) -> CategoryTerms:
        """What messages that get this subcategory now have with it."""
        longest = self.regulation.settings.postponement_days
        return CategoryTerms(
            self.term_days(category, subcategory),
            self.directory.postponement_days(category, subcategory, longest),
            self.directory.one_day(category, subcategory),
        )

    def terms_of(self, case: Case) -> CategoryTerms:
        """What the message has with its category; while nobody has given it one, what it would have now."""
        return case.terms or self.category_terms(case.category, case.subcategory)
