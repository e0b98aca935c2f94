"""What the rules need to know of a message: where it stands, whose it is, what is on its way. No texts, no persons' data.

All instants are aware and UTC. A case is never changed: a rule returns the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.case_parts import (
    CategoryTerms,
    Contact,
    Draft,
    Endorsement,
    FirstReaction,
    Holder,
    LastDecision,
    LetterFact,
    Rated,
    Repeat,
)
from domain.errands import ErrandFact
from domain.terms import Plan
from domain.vocabulary import (
    APPLICANT,
    Action,
    AnswerType,
    Audience,
    Danger,
    Flag,
    LetterState,
    Outcome,
    PersonId,
    Role,
    Stage,
)

DANGER = 2
"""The precedence of what may endanger somebody's life."""


@dataclass(frozen=True, slots=True)
class Case:
    """A message as the rules see it.

    `entry` counts stage entries from 1. `transfers`: superior organisations that passed the message down, nearest last.
    `sent_away`: organisations that redirected it; `given_back`: those that returned it to their superior.
    `declared_organisation`: the one that the sender named.
    `warned_people`: whoever was told that the present entry's term draws near; `warned`: its moment has passed.
    `executor_for`: the absent executor whom this one stands in for. `presence_at`: when presence or absence of people was last
    recorded, or somebody with whom it lay decided; `nobody_told`: it was then said that nobody is there to decide;
    `unapprovable_told`: that nobody may approve;
    `called`: the heads above who were told, and may put somebody else in the place until somebody is there.
    """

    id: str
    number: str
    stage: Stage
    entry: int
    entered_at: datetime
    received_at: datetime
    due_at: datetime
    stage_due_at: datetime | None
    plan: Plan
    organisation: str
    contact: Contact
    version: int = 0
    unit: str | None = None
    declared_organisation: str | None = None
    category: str | None = None
    subcategory: str | None = None
    complained_of: str | None = None
    secret: bool = False
    executor: PersonId | None = None
    coordinator: PersonId | None = None
    started: bool = False
    returned: bool = False
    draft: Draft | None = None
    endorsements: tuple[Endorsement, ...] = ()
    transfers: tuple[str, ...] = ()
    sent_away: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()
    participants: tuple[PersonId, ...] = ()
    postponements: int = 0
    postponed_until: date | None = None
    outcome: Outcome | None = None
    answer_type: AnswerType | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    warned_people: tuple[PersonId, ...] = ()
    warned: bool = False
    stage_overdue: bool = False
    message_overdue: bool = False
    overdue_once: bool = False
    reminded_at: datetime | None = None
    letters: tuple[LetterFact, ...] = ()
    last: LastDecision | None = None
    executor_for: PersonId | None = None
    presence_at: datetime | None = None
    nobody_told: bool = False
    unapprovable_told: bool = False
    called: tuple[PersonId, ...] = ()
    complained_of_person: PersonId | None = None
    conflict_overridden: bool = False
    """A coordinator had work on the answer done against the guard of `domain.rules.conflict`."""
    tags: tuple[str, ...] = ()
    prioritised: bool = False
    tags_off: tuple[str, ...] = ()
    unprioritised: bool = False
    """Tags, and the priority, that a person took off: no auto-rule gives them again."""
    first_reaction: FirstReaction | None = None
    approved_by: PersonId | None = None
    rated: Rated | None = None
    repeat: Repeat | None = None
    template: int | None = None
    """The answer template that an auto-rule offers to the executor first."""
    danger: Danger | None = None
    danger_since_answer: bool = False
    """The applicant spoke of it in rating his answer."""
    alerted: tuple[PersonId, ...] = ()
    """Whoever was told of danger, to decide on it or to act; while it goes before all others and they serve there they read it."""
    danger_told_at: datetime | None = None
    danger_reminded: bool = False
    """When it was last told what words suggest; and whether that was a reminder that nobody has decided on it."""
    danger_decided_at: datetime | None = None
    """When a person confirmed or dismissed it last."""
    audience: Audience | None = None
    """Whether it is about a child or an adult, where that was said."""
    fact: str | None = None
    """What in its subcategory it is about, the third step of the platform's classifier; authority never depends on it."""
    linked_to: str | None = None
    linked_number: str | None = None
    """The earlier message of the same applicant with which this one is answered."""
    flags: tuple[Flag, ...] = ()
    flags_suggested: tuple[Flag, ...] = ()
    withdrawal_at: datetime | None = None
    """When the applicant asked that his message be considered no longer, until a person has decided on that."""
    terms: CategoryTerms | None = None
    """As its category had them when it was given to the message: whoever changes them later moves no message that runs."""
    errands: tuple[ErrandFact, ...] = ()

    @property
    def acting_for(self) -> PersonId | None:
        """The absent person in whose place the holder acts."""
        match self.stage:
            case Stage.EXECUTION:
                return self.executor_for
            case Stage.ENDORSEMENT | Stage.APPROVAL:
                return self.draft.acting_for if self.draft else None
            case _:
                return None

    @property
    def holder(self) -> Holder:
        """The one with whom the message lies now. Source: S2, 3.1–3.9."""
        match self.stage:
            case Stage.MODERATION:
                return Holder(pool=Role.MODERATOR)
            case Stage.COORDINATION:
                return Holder(pool=Role.COORDINATOR)
            case Stage.EXECUTION:
                return Holder(person=self.executor)
            case Stage.ENDORSEMENT:
                return Holder(person=self.draft.endorser if self.draft else None)
            case Stage.APPROVAL:
                return Holder(person=self.draft.approver if self.draft else None)
            case Stage.DELIVERY | Stage.RATING:
                tasks = any(letter.state is LetterState.TASK for letter in self.letters)
                return Holder(pool=Role.INTAKE_OPERATOR) if tasks and not self.closed_at else Holder()

    @property
    def counted_from(self) -> datetime:
        """From when its term is counted: its arrival, or the wish for a repeat consideration."""
        return self.repeat.asked_at if self.repeat else self.received_at

    @property
    def open(self) -> bool:
        """Whether anything may still change."""
        return self.closed_at is None

    @property
    def considered(self) -> bool:
        """Whether the decision on the message has been made; only its delivery may be left."""
        return self.outcome is not None

    @property
    def endangers(self) -> bool:
        """Whether somebody's life may be in danger, as words suggest or a person holds. Source: G-45."""
        return self.danger in {Danger.SUGGESTED, Danger.CONFIRMED}

    @property
    def urgent(self) -> bool:
        """Whether it goes before all others: until a person has decided on what words suggest; when confirmed, while there is
        no answer, or since the applicant spoke of danger in rating it.
        """
        if not self.open or self.danger is not Danger.CONFIRMED:
            return self.danger_undecided
        return not self.considered or self.danger_since_answer

    @property
    def danger_undecided(self) -> bool:
        """Whether words suggest danger and nobody has said yet whether there is any: so long it does not close."""
        return self.open and self.danger is Danger.SUGGESTED

    @property
    def precedence(self) -> int:
        """What it goes before in lists: `DANGER` before all others, 1 before the usual ones, which have 0. Source: G-40, G-45."""
        return DANGER if self.urgent else int(self.prioritised and self.open and not self.considered)

    def attended(self, at: datetime) -> Case:
        """The case with somebody there to decide, as far as is known at the instant."""
        return replace(self, nobody_told=False, called=(), presence_at=at)

    def has_endorsed(self, person: PersonId, digest: str) -> bool:
        """Whether the person endorsed exactly this text, in this submission or an earlier one. Source: G-22."""
        return bool(digest) and Endorsement(person, digest) in self.endorsements

    def letter(self, letter_id: str) -> LetterFact | None:
        """The letter with this id, if it is this case's."""
        return next((letter for letter in self.letters if letter.id == letter_id), None)

    def with_letter(self, letter: LetterFact) -> Case:
        """The case with this letter in the place of its former state."""
        return replace(self, letters=tuple(letter if old.id == letter.id else old for old in self.letters))

    def errand(self, errand_id: str) -> ErrandFact | None:
        """The errand with this id, if it is this case's."""
        return next((one for one in self.errands if one.id == errand_id), None)

    def with_errand(self, errand: ErrandFact) -> Case:
        """The case with this errand in the place of its former state, or beside the others."""
        if self.errand(errand.id) is None:
            return replace(self, errands=(*self.errands, errand))
        return replace(self, errands=tuple(errand if old.id == errand.id else old for old in self.errands))

    def joined_by(self, *people: PersonId | None) -> Case:
        """The case with these people among those who took part, who may therefore read it. The applicant is none of them."""
        known = {None, APPLICANT, *self.participants}
        new = tuple(person for person in people if person is not None and person not in known)
        return replace(self, participants=self.participants + tuple(dict.fromkeys(new))) if new else self


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, as the inbox holds it. `parameters` were checked for shape before they were stored."""

    id: str
    action: Action
    person: PersonId
    decided_at: datetime
    version: int
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The trimmed text parameter, empty if absent."""
        value = self.parameters.get(name)
        return value.strip() if isinstance(value, str) else ""

    def people(self, name: str) -> tuple[PersonId, ...]:
        """The list of staff numbers, in the order given."""
        return tuple(int(person) for person in self.parameters.get(name) or ())

    def day(self, name: str) -> date | None:
        """The local date parameter; None when absent or no day of the calendar (30 February)."""
        value = self.parameters.get(name)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return None

    def instant(self, name: str) -> datetime | None:
        """The aware instant parameter; None when absent, impossible or without its offset."""
        try:
            found = datetime.fromisoformat(self.text(name))
        except ValueError:
            return None
        return found if found.tzinfo else None


def whole_seconds(length: timedelta) -> int:
    """Seconds of a length, rounded down."""
    return length // timedelta(seconds=1)
