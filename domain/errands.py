"""Errands (поручения): what somebody is asked for beside the stage, with a due of its own. The clock of the stage runs on. G-42.

Who is asked: one person, everybody of a role in an organisation, or the applicant. The words are in the record, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.vocabulary import APPLICANT, ErrandKind, ErrandState, PersonId, Role

OUTLIVES: frozenset[ErrandKind] = frozenset({ErrandKind.COMPLAINT_210})
"""Kinds that are still wanted when the answer has been given: a message does not close while one of them is open."""

PROMISED: frozenset[ErrandKind] = frozenset({ErrandKind.COMPLAINT_210, ErrandKind.WITHDRAWAL})
"""Kinds on which the applicant was promised a decision: nobody takes them back."""

OF_EXECUTOR = frozenset({ErrandKind.MINOR, ErrandKind.LANGUAGE})
"""Kinds that go with the work on a message: whoever executes it has them."""

_NAMES = UUID("5d7f2c3e-0f6e-4a41-9d52-7c1c4f9c8b10")


@dataclass(frozen=True, slots=True)
class ErrandFact:
    """An errand without its words. Exactly one of `person` (who may be the applicant) and `pool` is asked.

    `asked_in`, `settled_in`: the decisions with the words. `remind_at`: when whoever is asked is told of it again.
    `details`: what a kind needs beside; codes, numbers and instants alone. `acting_for`: the absent person who was asked,
    in whose place `person` or `pool` is; `passed_at`: when it last passed to a substitute or back; `unattended_at`: when it was
    last told that nobody who may do it is there.
    """

    id: str
    kind: ErrandKind
    organisation: str
    asked_at: datetime
    due_at: datetime
    asked_by: PersonId | None = None
    asked_in: str | None = None
    person: PersonId | None = None
    pool: Role | None = None
    state: ErrandState = ErrandState.OPEN
    remind_at: datetime | None = None
    overdue_told: bool = False
    settled_at: datetime | None = None
    settled_in: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    acting_for: PersonId | None = None
    passed_at: datetime | None = None
    unattended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is still waited for."""
        return self.state is ErrandState.OPEN

    @property
    def of_applicant(self) -> bool:
        """Whether the applicant is asked."""
        return self.person == APPLICANT

    @property
    def outlives(self) -> bool:
        """Whether it is wanted although the answer has been given."""
        return self.kind in OUTLIVES


def errand_id(decision: str, place: int = 0) -> str:
    """The id of the errand that a decision gives: always the same, since a rule has no chance. `place`: among several."""
    return str(uuid5(_NAMES, f"{decision} {place}"))
