"""Priority and tags on the card, each with whoever gave it: an auto-rule by number and revision, or a person. Source: G-40."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from domain.vocabulary import Event, PersonId
from storage.autorules import PRIORITY, Given
from storage.cards import Card

_TITLE = "приоритетное"


class MarkShown(BaseModel):
    """Отметка сообщения и кто её поставил."""

    title: str = Field(examples=["приоритетное"])
    at: datetime | None = Field(description="когда поставлена")
    by: str | None = Field(examples=["автоправило № 3, редакция 2, «Недозвон — в регистратуру»"])


def marks_shown(card: Card, given: Sequence[Given], names: Mapping[PersonId, str]) -> list[MarkShown]:
    """The marks that it has, the priority first; each as it was given last, since what was taken off may have come back."""
    case = card.case
    kept = [*([PRIORITY] if case.prioritised else []), *case.tags]
    told: dict[str, tuple[datetime, str]] = {}
    for at, mark, by in sorted((*_by_rules(given), *_by_hand(card, names))):
        told[mark] = at, by
    return [
        MarkShown(
            title=mark or _TITLE, at=told[mark][0] if mark in told else None, by=told[mark][1] if mark in told else None
        )
        for mark in kept
    ]


def people(card: Card) -> set[PersonId]:
    """Whoever gave marks by hand."""
    return {row["person"] for row in card.rows if row["event"] == Event.CARD_CORRECTED and row["person"] is not None}


def marks_in_words(facts: Mapping[str, Any]) -> str | None:
    """What a journal row says of marks that a person changed, with those before; None of other rows."""
    said = []
    if "prioritised" in facts:
        said.append("отмечено приоритетным" if facts["prioritised"] else "приоритет снят")
    if "tags" in facts:
        said.append(f"метки: {_listed(facts['tags'])} (были: {_listed(facts['tags_was'])})")
    return "; ".join(said) or None


def _listed(tags: Sequence[str]) -> str:
    return ", ".join(tags) or "нет"


_Step = tuple[datetime, str, str]


def _by_rules(given: Sequence[Given]) -> Iterator[_Step]:
    for one in given:
        by = f"автоправило № {one.rule}, редакция {one.revision}, «{one.title}»"
        yield from ((one.at, mark, by) for mark in one.marks)


def _by_hand(card: Card, names: Mapping[PersonId, str]) -> Iterator[_Step]:
    for row in card.rows:
        facts = row["facts"]
        if row["event"] == Event.CARD_CORRECTED and {"tags", "prioritised"} & set(facts):
            new = [tag for tag in facts.get("tags", ()) if tag not in facts.get("tags_was", ())]
            marks = [*([PRIORITY] if facts.get("prioritised") else []), *new]
            yield from ((row["at"], mark, names.get(row["person"], f"№ {row['person']}")) for mark in marks)
