"""Which messages an organisation's auto-rules (автоправила) are about, and what they may do. Source: S0-23; G-40."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.case import Case
from domain.vocabulary import Action, PersonId, Stage

ARRIVALS = frozenset(
    {Action.ACCEPT, Action.TRANSFER_TO_SUBORDINATE, Action.APPROVE, Action.RETURN_TO_SUPERIOR},
)
"""Decisions that bring a message to an organisation's coordinators. What comes back from its own people is for people."""


class EffectKind(StrEnum):
    """What an auto-rule may do. Source: G-40."""

    ASSIGN = "assign"
    TRANSFER = "transfer"
    REDIRECT = "redirect"
    TERM = "term"
    TEMPLATE = "template"
    TAG = "tag"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What the conditions ask of a message beside its case. `lemmas`: the words of its text in dictionary form.

    `repeated`: the applicant had written before it came.
    """

    lemmas: Collection[str] = ()
    channel: str = ""
    applicant_kind: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that are given must hold; of each list one is enough. `phrases`: the words of each, which must all occur.

    `organisations`: those that the applicant named or complains of.
    """

    categories: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    phrases: tuple[frozenset[str], ...] = ()
    channels: frozenset[str] = frozenset()
    applicant_kinds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    repeated: bool | None = None
    prioritised: bool | None = None

    def hold(self, case: Case, facts: MessageFacts) -> bool:
        """Whether the rule is about this message as it stands when the rule is asked."""
        return (
            _one_of(self.categories, case.category, case.subcategory, case.fact)
            and _one_of(self.organisations, case.declared_organisation, case.complained_of)
            and _one_of(self.channels, facts.channel)
            and _one_of(self.applicant_kinds, facts.applicant_kind)
            and _one_of(self.tags, *case.tags)
            and self.repeated in (None, facts.repeated)
            and self.prioritised in (None, case.prioritised)
            and (not self.phrases or any(phrase.issubset(facts.lemmas) for phrase in self.phrases))
        )


@dataclass(frozen=True, slots=True)
class Effects:
    """What is done, in this order; at most one of `executor`, `unit`, `transfer` and `redirect`.

    `unit`: its least loaded executor. `days`: the term from the message's arrival, which can only become shorter (G-37).
    """

    priority: bool = False
    tag: str | None = None
    template: int | None = None
    days: int | None = None
    executor: PersonId | None = None
    unit: str | None = None
    transfer: str | None = None
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class AutoRule:
    """One revision of a rule."""

    id: int
    revision: int
    organisation: str
    conditions: Conditions
    effects: Effects


@dataclass(frozen=True, slots=True)
class Line:
    """An organisation's rules that are switched on, in their order. `every`: all that match are applied, else the first."""

    rules: tuple[AutoRule, ...] = ()
    every: bool = False


def arrives(before: Case, after: Case, action: Action) -> bool:
    """Whether the decision brought the message to other coordinators."""
    return (
        action in ARRIVALS
        and after.stage is Stage.COORDINATION
        and (before.stage is Stage.MODERATION or before.organisation != after.organisation)
    )


def _one_of(wanted: frozenset[str], *found: str | None) -> bool:
    return not wanted or any(one in wanted for one in found)
