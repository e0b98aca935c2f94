"""What a case is made of: the draft on its way, letters, ratings. All instants are aware and UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.vocabulary import (
    Action,
    AnswerType,
    DraftKind,
    LetterKind,
    LetterState,
    LetterWay,
    OneDay,
    PersonId,
    Role,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """With whom a message lies: one person, a pool of a role in an organisation, or nobody (letters on their way)."""

    person: PersonId | None = None
    pool: Role | None = None

    def __str__(self) -> str:
        if self.person is not None:
            return f"staff-{self.person}"
        return f"pool-{self.pool}" if self.pool else "none"


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A head endorsed the text with this digest. Nobody is asked twice for one text. Source: G-22."""

    person: PersonId
    digest: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A prepared answer or a proposed redirect on its way through endorsement and approval. Source: S2, 3.5–3.8.

    `endorsers`: who is asked, in order; `position`: whose turn it is, equal to the length when all have endorsed.
    `digest`: keyed digest of the text in force. `organisation` or `external`: the target of a redirect.
    """

    kind: DraftKind
    author: PersonId
    endorsers: tuple[PersonId, ...]
    approver: PersonId
    digest: str
    position: int = 0
    endorsed_here: int = 0
    answer_type: AnswerType | None = None
    postponed_until: date | None = None
    organisation: str | None = None
    external: bool = False
    external_email: bool = False
    acting_for: PersonId | None = None
    """The absent head in whose place the one whose turn it is decides."""

    @property
    def endorser(self) -> PersonId | None:
        """Whose turn it is to endorse."""
        return self.endorsers[self.position] if self.position < len(self.endorsers) else None


@dataclass(frozen=True, slots=True)
class Contact:
    """How this applicant can be reached, as statements; the addresses themselves stay in the record. Source: G-19, G-49."""

    portal: bool
    email: bool


@dataclass(frozen=True, slots=True)
class LetterFact:
    """A letter to the applicant, without its words."""

    id: str
    kind: LetterKind
    way: LetterWay
    state: LetterState
    settled_at: datetime | None = None
    task_due_at: datetime | None = None
    task_overdue_told: bool = False
    recorded: bool = False
    """Whether the journal has the present state."""
    doubtful: bool = False
    """Whether it may have gone out twice."""

    @property
    def open(self) -> bool:
        """Whether something is still to be done about it."""
        over = {LetterState.SENT, LetterState.DELIVERED, LetterState.NOT_NEEDED}
        return self.state not in over and not self.given_up

    @property
    def may_come_back(self) -> bool:
        """Whether it went by mail, and somebody has to know if it did not arrive."""
        return self.way is LetterWay.EMAIL and self.state is LetterState.SENT and not self.courtesy

    @property
    def courtesy(self) -> bool:
        """Whether it costs nobody a task where it does not arrive: the applicant loses nothing by it. Source: G-01."""
        return self.kind is LetterKind.IN_WORK

    @property
    def given_up(self) -> bool:
        """Whether the mail did not take it, and nobody hands it over."""
        return self.courtesy and self.state is LetterState.REFUSED


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """What a category says of the terms of its messages. `days`, `postponement_days`: of the answer and beyond it; `one_day`: what
    must be done within one. Source: S2, 3.10; S0, п. 5; G-09.
    """

    days: int
    postponement_days: int
    one_day: OneDay


@dataclass(frozen=True, slots=True)
class FirstReaction:
    """The clock of the first reaction of the organisation with which a message lies. Source: S0, п. 5; G-01.

    `arrived_at`: when it came there. `due_at`: None where its category is not under the one-day rule. `told`: that it is overdue.
    """

    arrived_at: datetime
    due_at: datetime | None
    reacted_at: datetime | None = None
    told: bool = False

    @property
    def waits(self) -> bool:
        """Whether somebody is still to react, by a due date."""
        return self.due_at is not None and self.reacted_at is None


@dataclass(frozen=True, slots=True)
class Rated:
    """The applicant's rating of the present answer, 1 to 5, and when he gave it. Source: G-28."""

    score: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """The message is considered once more: since when, who approved the first answer, how and when that was rated and given.

    `main`, `main_number`: the message with whose answer it was given, if it was linked then.
    """

    asked_at: datetime
    approved_by: PersonId | None
    score: int
    answered_at: datetime
    main: str | None = None
    main_number: str | None = None


@dataclass(frozen=True, slots=True)
class LastDecision:
    """Who decided last and what: told to whoever comes second."""

    action: Action
    person: PersonId
    decided_at: datetime
