"""Stage terms: how long a message may stay where it is, and why. Source: S2, 3.10 and annex; G-10.

Everything is computed in whole seconds from stored instants, so a date can be recomputed from the journal by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.vocabulary import TIMED_STAGES, Stage

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a term is divided. `total`: the length that the shares are of; `shares`: percent by stage, 100 together;
    `floor`: the least that a stage gets while the term has not run out. A plan lasts until the term changes (acceptance,
    correction, postponement) or the message comes to an organisation with other stages.
    """

    total: timedelta
    shares: Mapping[Stage, int]
    floor: timedelta

    def __post_init__(self) -> None:
        if sum(self.shares.values()) != 100:
            raise ValueError(f"shares sum to {sum(self.shares.values())}, not to 100")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The deadline receipt of one stage entry: every number that its due date came from."""

    stage: Stage
    entered_at: datetime
    message_due_at: datetime
    total_seconds: int
    share: int
    shares_from_here: int
    floor_seconds: int
    remaining_seconds: int
    due_at: datetime | None

    def as_facts(self) -> dict[str, Any]:
        """The receipt as the journal keeps it; `due_of` gives the same date from it."""
        return {
            "stage": self.stage.value,
            "entered_at": self.entered_at.isoformat(),
            "message_due_at": self.message_due_at.isoformat(),
            "total_seconds": self.total_seconds,
            "share": self.share,
            "shares_from_here": self.shares_from_here,
            "floor_seconds": self.floor_seconds,
            "remaining_seconds": self.remaining_seconds,
            "due_at": self.due_at.isoformat() if self.due_at else None,
        }


def plan(
    total: timedelta, shares: Mapping[Stage, int], floor_percent: int, off: frozenset[Stage] = frozenset()
) -> Plan:
    """A plan over the whole seconds of `total`. A stage in `off` gives its share to execution. Source: G-10."""
    kept = {stage: 0 if stage in off else share for stage, share in shares.items()}
    kept[Stage.EXECUTION] += sum(share for stage, share in shares.items() if stage in off)
    seconds = total // _SECOND
    return Plan(timedelta(seconds=seconds), kept, timedelta(seconds=seconds * floor_percent // 100))


def receipt(plan: Plan, stage: Stage, entered_at: datetime, message_due_at: datetime) -> Receipt:
    """The stage's due date with everything it came from. Source: S2, annex; architecture «Terms».

    due = entered + max(min(share × total, remaining × share / Σ shares from here on), min(floor, remaining)).
    A stage entered when the message's own term has run out has no due date.
    """
    share = plan.shares.get(stage, 0)
    from_here = sum(plan.shares.get(later, 0) for later in TIMED_STAGES[TIMED_STAGES.index(stage) :])
    remaining = (message_due_at - entered_at) // _SECOND
    total, floor = plan.total // _SECOND, plan.floor // _SECOND
    found = Receipt(stage, entered_at, message_due_at, total, share, from_here, floor, remaining, None)
    seconds = due_seconds(total, share, from_here, floor, remaining)
    if seconds is None:
        return found
    return Receipt(
        stage, entered_at, message_due_at, total, share, from_here, floor, remaining, entered_at + seconds * _SECOND
    )


def due_seconds(total: int, share: int, shares_from_here: int, floor: int, remaining: int) -> int | None:
    """Seconds from the entry to the stage's due date; None when nothing remains."""
    if remaining <= 0:
        return None
    by_share = total * share // 100
    by_rest = remaining * share // shares_from_here if shares_from_here else 0
    return max(min(by_share, by_rest), min(floor, remaining))


def due_of(facts: Mapping[str, Any]) -> datetime | None:
    """The due date recomputed from a receipt in the journal: what an inspector's own calculator does.

    A later `CardCorrected` with a `due_at` brings it forward: the earlier of both is then in force.
    """
    seconds = due_seconds(
        facts["total_seconds"],
        facts["share"],
        facts["shares_from_here"],
        facts["floor_seconds"],
        (datetime.fromisoformat(facts["message_due_at"]) - datetime.fromisoformat(facts["entered_at"])) // _SECOND,
    )
    return None if seconds is None else datetime.fromisoformat(facts["entered_at"]) + seconds * _SECOND


def warning_at(entered_at: datetime, stage_due_at: datetime, left_percent: int) -> datetime:
    """When `left_percent` of the stage's own time is left. Source: G-11."""
    seconds = (stage_due_at - entered_at) // _SECOND
    return stage_due_at - timedelta(seconds=seconds * left_percent // 100)
