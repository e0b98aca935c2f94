"""What enters a run: its start, where the case stands, how it ended. Codes as strings; fields only grow, with defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.alarms import Alarm
from domain.case import Case
from domain.vocabulary import LetterState


@dataclass(frozen=True)
class Standing:
    """Where the case stands: the whole answer, never a delta. Instants are ISO 8601 in UTC, empty when there is none.

    `deliveries`: ids of letters that wait for the mail. `more`: decisions are left to judge. Nothing of a person but numbers.
    """

    stage: str
    entry: int
    version: int = 0
    holder: str = "none"
    organisation: str = ""
    category: str = ""
    due_at: str = ""
    stage_due_at: str = ""
    overdue: bool = False
    alarm: str = ""
    alarm_at: str = ""
    deliveries: list[str] = field(default_factory=list)
    more: bool = False
    closed: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class Start:
    """What a run begins with. `standing` lets any stage be the first, after a rebuild or a renewal.

    `judged`: the standing is what a verdict would say, so the run arms its alarm and sends its letters at once and judges when
    the bell rings. So at registration; whoever begins a run of an older case does not know what is in the record by now.
    """

    case_id: str
    number: str
    regulation: str
    standing: Standing
    judged: bool = False


@dataclass(frozen=True)
class Closing:
    """How a run ended: what the case came to, after how many accepted decisions."""

    outcome: str
    version: int


def standing_of(case: Case, alarm: Alarm | None, *, more: bool = False) -> Standing:
    """The standing of a case with its next alarm."""
    return Standing(
        stage=case.stage.value,
        entry=case.entry,
        version=case.version,
        holder=str(case.holder),
        organisation=case.organisation,
        category=case.subcategory or case.category or "",
        due_at=_iso(case.due_at),
        stage_due_at=_iso(case.stage_due_at),
        overdue=case.message_overdue and not case.considered,
        alarm=alarm.kind.value if alarm else "",
        alarm_at=_iso(alarm.at if alarm else None),
        deliveries=[letter.id for letter in case.letters if letter.state in {LetterState.PENDING, LetterState.BEGUN}],
        more=more,
        closed=case.closed_at is not None,
        outcome=case.outcome.value if case.outcome else "",
    )


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
