"""What became of each version of an answer: who endorsed that very text, who sent it back and why, who approved it. G-22."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.vocabulary import DraftKind, Event, PersonId
from storage.cards import Card


@dataclass(frozen=True, slots=True)
class Return:
    """A version was sent back by this decision."""

    person: PersonId
    at: datetime
    decision: str


@dataclass(frozen=True, slots=True)
class Fates:
    """By the decision that made the version; endorsements by the digest of its whole, since they hold for equal texts.

    `edits`: the versions that a head made.
    """

    endorsed: Mapping[str, Mapping[PersonId, datetime]]
    returned: Mapping[str, Return]
    approved: Mapping[str, PersonId]
    edits: frozenset[str]

    def people(self) -> set[PersonId]:
        """Everybody whom they name."""
        endorsers = {person for found in self.endorsed.values() for person in found}
        return endorsers | {one.person for one in self.returned.values()} | set(self.approved.values())


def fates_of(card: Card) -> Fates:
    """As far as the viewer reads the journal."""
    endorsed: defaultdict[str, dict[PersonId, datetime]] = defaultdict(dict)
    returned: dict[str, Return] = {}
    approved: dict[str, PersonId] = {}
    version = ""
    for row in card.rows:
        match row["event"]:
            case Event.ANSWER_SUBMITTED | Event.ANSWER_EDITED:
                version = row["decision"]
            case Event.DRAFT_ENDORSED if _is_answer(row):
                endorsed[row["facts"]["text_digest"]].setdefault(row["person"], row["at"])
            case Event.DRAFT_REJECTED if _is_answer(row):
                returned[version] = Return(row["person"], row["at"], row["decision"])
            case Event.ANSWER_APPROVED | Event.POSTPONEMENT_APPROVED if row["person"] is not None:
                approved[version] = row["person"]
    edits = frozenset(row["decision"] for row in card.rows if row["event"] == Event.ANSWER_EDITED)
    return Fates(endorsed, returned, approved, edits)


def _is_answer(row: Mapping[str, Any]) -> bool:
    return bool(row["facts"].get("kind") == DraftKind.ANSWER)
