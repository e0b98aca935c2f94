"""The way of a message through its stages, planned and real: what the journal says happened, and by when the rest is due.

Source: S2, 2.3, 3.10 and annex; G-10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from api.receipts import DateExplained, stage_due
from api.shown import Named, PersonShown, titled
from api.titles import STAGES
from domain import terms
from domain.vocabulary import TIMED_STAGES, Event, PersonId, Stage
from storage.cards import Card


class When(StrEnum):
    """Where a stage lies, seen from now."""

    PAST = "past"
    PRESENT = "present"
    AHEAD = "ahead"


class StageSpan(BaseModel):
    """Нахождение на этапе: прошлое, нынешнее или предстоящее, если всё пойдёт в срок."""

    stage: Named
    when: When
    entered_at: datetime | None = Field(description="null: ещё не начат")
    due_at: datetime | None = Field(description="срок этапа; null: своего срока у этапа не было")
    left_at: datetime | None = Field(description="когда завершён")
    late: bool = Field(description="завершён или идёт позже своего срока")
    person: PersonShown | None = Field(description="чьим решением завершён")
    explained: DateExplained | None = Field(description="из чего получился срок")


def timeline(card: Card, names: Mapping[PersonId, str]) -> list[StageSpan]:
    """The stages in order. What was done again stands there again."""
    entries = list(_entries(card))
    ends: list[Mapping[str, Any] | None] = [*entries[1:], None]
    found = [_real(card, row, end, names) for row, end in zip(entries, ends, strict=True)]
    return found + list(_ahead(card))


def _entries(card: Card) -> Iterator[Mapping[str, Any]]:
    """The rows with which the stages began; warnings name the entry that they are about too."""
    last = 0
    for row in card.rows:
        if row["facts"].get("entry", last) > last:
            last = row["facts"]["entry"]
            yield row


def people(card: Card) -> set[PersonId]:
    """Whom the timeline names."""
    return {row["person"] for row in _entries(card) if row["person"] is not None}


def _real(
    card: Card, row: Mapping[str, Any], end: Mapping[str, Any] | None, names: Mapping[PersonId, str]
) -> StageSpan:
    facts = row["facts"]
    stage, term = Stage(facts["stage"]), facts.get("term")
    left_at = end["at"] if end else card.case.closed_at
    due_at = _due_at(card, row, end) if term else None
    person = end["person"] if end else None
    return StageSpan(
        stage=titled(stage, STAGES),
        when=When.PRESENT if left_at is None else When.PAST,
        entered_at=datetime.fromisoformat(term["entered_at"]) if term else row["at"],
        due_at=due_at,
        left_at=left_at,
        late=due_at is not None and (left_at or card.at) > due_at,
        person=PersonShown(number=person, name=names.get(person, "")) if person is not None else None,
        explained=stage_due(card, stage, term, due_at) if term else None,
    )


def _due_at(card: Card, row: Mapping[str, Any], end: Mapping[str, Any] | None) -> datetime | None:
    """As the entry's receipt has it, unless a correction brought it forward while the stage lasted."""
    if end is None:
        return card.case.stage_due_at
    found: str | None = row["facts"]["term"]["due_at"]
    for later in card.rows:
        if (
            later["event"] == Event.CARD_CORRECTED
            and row["seq"] < later["seq"] < end["seq"]
            and "due_at" in later["facts"]
        ):
            found = later["facts"].get("stage_due_at")
    return datetime.fromisoformat(found) if found else None


def _ahead(card: Card) -> Iterator[StageSpan]:
    """The stages to come, each begun when the one before it is due, or now where that has passed."""
    case = card.case
    if case.considered or not case.open or case.stage_due_at is None:
        return
    at = max(case.stage_due_at, card.at)
    for stage in TIMED_STAGES[TIMED_STAGES.index(case.stage) + 1 :]:
        due_at = terms.receipt(case.plan, stage, at, case.due_at).due_at
        if not case.plan.shares.get(stage) or due_at is None:
            continue
        yield StageSpan(
            stage=titled(stage, STAGES),
            when=When.AHEAD,
            entered_at=None,
            due_at=due_at,
            left_at=None,
            late=False,
            person=None,
            explained=None,
        )
        at = due_at
