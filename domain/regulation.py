"""What a regulation says, as data. Numbers of days live here beside their clause, never in code.

A revision is stored once and never changed; a message keeps the revision that it began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.vocabulary import Stage


@dataclass(frozen=True, slots=True)
class Order:
    """The act: who signed what and from when it is in force. Source: G-46."""

    title: str
    body: str
    number: str
    signed_on: date
    valid_from: date


@dataclass(frozen=True, slots=True)
class StageRule:
    """A stage, its title and its share of the term in percent. Source: S2, 2.3 and annex."""

    stage: Stage
    title: str
    share: int
    clause: str


@dataclass(frozen=True, slots=True)
class TermRule:
    """A term in calendar days of 24 hours. Source: S2, 3.10; G-51."""

    code: str
    days: int
    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A word that the act gives with its code: a role, a definition, a type of answer, a reason to decline.

    `text` is what the act says of it, or what the applicant can do about it; empty where the title says all.
    """

    code: str
    title: str
    clause: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the act as it stands in the catalogue of requirements."""

    id: str
    kind: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers that the act leaves to us, each with its decision in the catalogue (`clauses`) and a name (`titles`)."""

    warn_left_percent: int
    floor_percent: int
    default_days: int
    postponements: int
    postponement_days: int
    postponed_shares: Mapping[Stage, int]
    bounce_days: int
    handover_working_days: int
    complaint_working_days: int
    received_back_days: int
    reminder_hour: int
    first_reaction_hours: int
    rating_days: int
    rating_low: int
    question_days: int
    call_attempts: int
    questions_at_once: int
    flag_days: int
    withdrawal_days: int
    co_executor_percent: int
    late_co_executor_days: int
    silence_working_hours: int
    consultation_minutes: int
    call_transfers: int
    identity_tries: int
    identity_tries_a_day: int
    endorse_again: int
    measure_reminder_days: int
    clauses: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Regulation:
    """One revision of one act."""

    code: str
    revision: str
    order: Order
    stages: tuple[StageRule, ...]
    terms: tuple[TermRule, ...]
    roles: tuple[Ground, ...]
    answer_types: tuple[Ground, ...]
    decline_grounds: tuple[Ground, ...]
    absence_codes: tuple[Ground, ...]
    definitions: tuple[Ground, ...]
    submission_rules: tuple[Ground, ...]
    clauses: tuple[Clause, ...]
    settings: Settings
    notes: tuple[Ground, ...] = ()

    @property
    def shares(self) -> dict[Stage, int]:
        """Percent of the term for each timed stage; they sum to 100."""
        return {rule.stage: rule.share for rule in self.stages}

    def clause_of(self, stage: Stage) -> str:
        """The clause that gives the stage its term."""
        return next((rule.clause for rule in self.stages if rule.stage is stage), "")

    def knows_ground(self, code: str) -> bool:
        """Whether a message may be declined for this reason. Source: S2, 3.1."""
        return any(ground.code == code for ground in self.decline_grounds)


REAL_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class DayLength:
    """How long a day of a term lasts: 24 hours, or less in a demonstration database that shows deadlines at work."""

    seconds: int = REAL_DAY_SECONDS

    @property
    def shortened(self) -> bool:
        """Whether this is not the real day."""
        return self.seconds != REAL_DAY_SECONDS

    def days(self, count: int) -> timedelta:
        """The length of `count` days of a term."""
        return timedelta(seconds=self.seconds * count)

    def hours(self, count: int) -> timedelta:
        """The length of `count` hours, of which a day of a term has 24."""
        return timedelta(seconds=self.seconds * count // 24)
