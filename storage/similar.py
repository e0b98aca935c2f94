"""Approved answers to like questions, of those that the person may see, without anything of their applicants. Source: S3, 5.2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import Outcome
from domain.words import searchable
from storage import access, lemmas
from storage import tables as t
from storage.cards import Card
from storage.conditions import Condition
from storage.lemmas import lemma
from storage.personal import masked
from storage.rows import TAKEN, opening
from storage.sight import Sight, present_ways

CANDIDATES = 300
"""The latest answers of the subcategory, for each way of seeing them, that are compared in words."""
_NAMES = ("applicant_name", "contact_person", "concerned_name")
_WORD = re.compile(r"[^\W\d_]{2,}")
"""What may be a name: people write theirs in small letters too, and not all in Russian ones. An initial alone is none."""

case, message, answer = t.message_case, t.message, t.answer_version


@dataclass(frozen=True, slots=True)
class Similar:
    """An approved answer and the beginning of its question."""

    id: str
    number: str
    organisation: str
    answered_at: datetime
    type: str
    ground: str | None
    opening: str
    text: str


def read(connection: sa.Connection, card: Card, most: int) -> list[Similar]:
    """The answers that are found. That the card's viewer read them is in the record."""
    found = find(connection, card, most)
    others = {one.id: one.organisation for one in found}
    access.note_answers(connection, others, card.case, card.viewer.person, card.world, card.at)
    return found


def find(connection: sa.Connection, card: Card, most: int) -> list[Similar]:
    """The answers whose questions are nearest in words to this card's, then the latest. Equal answers are told once."""
    subcategory, words = card.case.subcategory, lemmas.any_of(card.message["text"])
    if subcategory is None:
        return []
    about = sa.and_(
        case.c.subcategory == subcategory,
        case.c.outcome == Outcome.ANSWERED.value,
        case.c.id != card.case.id,
        sa.not_(case.c.rest["secret"].as_boolean()),
    )
    viewer = card.viewer
    latest = sa.union(
        *(_latest(about, way) for way in present_ways(viewer.person, viewer.directory, viewer.at))
    ).subquery()
    nearness = sa.func.ts_rank(message.c.search, sa.func.to_tsquery("simple", words), 1) if words else sa.literal(0)
    query = (
        sa.select(
            *(case.c[name] for name in ("id", "number", "organisation", "answered_at")),
            *(answer.c.type, answer.c.ground, answer.c.text.label("answer")),
        )
        .add_columns(message.c.text, *(message.c[name] for name in _NAMES))
        .join(latest, latest.c.id == case.c.id)
        .join(message, message.c.id == case.c.id)
        .join(answer, sa.and_(answer.c.case_id == case.c.id, answer.c.approved_at == case.c.answered_at))
        .order_by(nearness.desc(), case.c.received_at.desc(), case.c.id)
        .limit(most * 4)
    )
    return _different((_similar(row) for row in connection.execute(query).mappings()), most)


def _latest(about: Condition, way: Condition) -> sa.Select[Any]:
    query = sa.select(case.c.id).where(about, way).order_by(case.c.received_at.desc(), case.c.id.desc())
    return sa.select(query.limit(CANDIDATES).subquery())


def _similar(row: sa.RowMapping) -> Similar:
    names = {_plain(word) for name in _NAMES for word in _WORD.findall(row[name] or "")}
    return Similar(
        id=row["id"],
        number=row["number"],
        organisation=row["organisation"],
        answered_at=row["answered_at"],
        type=row["type"],
        ground=row["ground"],
        opening=opening(_nameless(masked(row["text"]), names)[:TAKEN], Sight.WITHOUT_CONTACTS),
        text=_nameless(masked(row["answer"]), names),
    )


def _nameless(text: str, names: set[str]) -> str:
    """Without the names of those whom the message is of and about, in whatever form."""
    return _WORD.sub(lambda found: "[имя]" if _plain(found[0]) in names else found[0], text)


def _plain(word: str) -> str:
    return lemma(searchable(word))


def _different(found: Iterable[Similar], most: int) -> list[Similar]:
    texts: dict[str, Similar] = {}
    for one in found:
        texts.setdefault(" ".join(one.text.split()), one)
    return list(texts.values())[:most]
