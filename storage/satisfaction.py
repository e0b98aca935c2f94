"""Ratings and wishes for a repeat in the record: of one message for its card, of many for curators. Source: G-28, G-44."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.case import Case, Decision
from domain.directory import Directory, Grant
from storage import tables as t
from storage.conditions import Condition, about, organisations_of

kept = t.satisfaction
RATING = "rating"


def rated(connection: sa.Connection, case: Case, decision: Decision) -> None:
    """The rating of the present answer is this one, in the place of an earlier one."""
    values = {
        "case_id": case.id,
        "answer": 1 if case.repeat is None else 2,
        "source": RATING,
        "decision": decision.id,
        "at": decision.decided_at,
        "score": int(decision.parameters["score"]),
        "words": decision.text("words") or None,
        "organisation": case.organisation,
        "category": case.category,
        "subcategory": case.subcategory,
    }
    new = insert(kept).values(values)
    changed: dict[str, Any] = {name: new.excluded[name] for name in ("decision", "at", "score")}
    changed["words"] = sa.func.coalesce(new.excluded.words, kept.c.words)  # a new score takes back no words
    keys = [kept.c.case_id, kept.c.answer, kept.c.source]
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=changed))


def repeat_asked(connection: sa.Connection, case: Case, decision: Decision) -> None:
    """The applicant misses something in the first answer."""
    which = sa.and_(kept.c.case_id == case.id, kept.c.answer == 1, kept.c.source == RATING)
    values = {"missing": decision.text("missing"), "repeat_asked_at": decision.decided_at}
    connection.execute(sa.update(kept).where(which).values(values))


def of_case(connection: sa.Connection, case_id: str) -> list[Mapping[str, Any]]:
    """What the applicant said of each answer, in their order."""
    query = sa.select(kept).where(kept.c.case_id == case_id, kept.c.source == RATING).order_by(kept.c.answer)
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Share:
    """What was said of the answers of one place or about one matter."""

    code: str | None
    title: str
    ratings: int
    average: float
    good: int
    repeats: int


def shares(
    connection: sa.Connection,
    grants: Sequence[Grant],
    directory: Directory,
    since: datetime,
    until: datetime,
) -> tuple[Share, list[Share], list[Share]]:
    """All of these grants' ratings in the time together, by organisation and by category."""
    where = sa.and_(
        kept.c.source == RATING,
        kept.c.at >= since,
        kept.c.at < until,
        sa.or_(sa.false(), *(_of(grant, directory) for grant in grants)),
    )
    counted = (
        sa.func.count().label("ratings"),
        sa.func.coalesce(sa.func.avg(kept.c.score), 0).label("average"),
        sa.func.count().filter(kept.c.score >= 4).label("good"),
        sa.func.count().filter(kept.c.repeat_asked_at.is_not(None)).label("repeats"),
    )
    whole = connection.execute(sa.select(*counted).where(where)).one()
    return (
        Share(None, "Всего", whole.ratings, float(whole.average), whole.good, whole.repeats),
        _by(connection, t.organisation, t.organisation.c.id, kept.c.organisation, counted, where),
        _by(connection, t.category, t.category.c.code, kept.c.category, counted, where),
    )


def _by(
    connection: sa.Connection,
    table: sa.Table,
    key: sa.ColumnElement[Any],
    column: sa.ColumnElement[Any],
    counted: Sequence[sa.Label[Any]],
    where: Condition,
) -> list[Share]:
    query = (
        sa.select(key.label("code"), table.c.title, *counted)
        .join_from(kept, table, key == column)
        .where(where)
        .group_by(key, table.c.title)
        .order_by(sa.desc("ratings"), table.c.title)
    )
    return [
        Share(row.code, row.title, row.ratings, float(row.average), row.good, row.repeats)
        for row in connection.execute(query)
    ]


def _of(grant: Grant, directory: Directory) -> Condition:
    return sa.and_(kept.c.organisation.in_(list(organisations_of(grant, directory))), about(grant, kept))
