"""Lists of cases: filtered, searched and paged by key, limited to what the person may see.

Before the others, in each order, go those with a precedence: somebody's life may be in danger (G-45), then what a rule holds
for a priority (G-40). Of where a message stands today only those read it who see the present, so for all others it keeps its
usual place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import CLOSED, TIMED_STAGES
from storage import errands, lemmas
from storage import tables as t
from storage.conditions import Condition
from storage.letters import handover_due_at
from storage.rows import TAKEN, Key, Row, as_they_stood, row_of
from storage.sections import Section
from storage.sight import present_ways, unmarked_ways
from storage.viewer import Viewer

case, message = t.message_case, t.message

_category, _subcategory = t.category.alias("category"), t.category.alias("subcategory")


class Sort(StrEnum):
    """The order of a list: what is due first, of what is not closed yet, or what came last."""

    DUE = "due"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; None: anything."""

    section: Section | None = None
    category: str | None = None
    subcategory: str | None = None
    organisation: str | None = None
    stage: str | None = None
    overdue: bool | None = None
    text: str | None = None
    number: str | None = None

    @property
    def asks_for_the_present(self) -> bool:
        """Whether it asks where a message stands today, which whoever sees only a former part is not told."""
        present = (self.section, self.category, self.subcategory, self.organisation, self.stage, self.overdue)
        return any(value is not None for value in present)

    @property
    def asks_for_the_answered(self) -> bool:
        """Whether it asks for what has its decision, which is nobody's priority any more."""
        stage = self.stage is not None and self.stage not in TIMED_STAGES
        return stage or (self.section is not None and self.section.answered)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the list. `place`: the row, by its key, after which it begins, or before which it ends."""

    sort: Sort
    limit: int
    place: Key | None = None
    backwards: bool = False

    @property
    def ascends(self) -> bool:
        """Whether rows are looked for from the earlier to the later: what is due first, or the other way round."""
        return (self.sort is Sort.DUE) is not self.backwards


def find(connection: sa.Connection, viewer: Viewer, filters: Filters, page: Page) -> list[Row]:
    """One row more than the page holds, if there are more: at its end, or looking backwards at its beginning."""
    ids = _ids(viewer, filters, page)
    if ids is None:
        return []
    page_ids = ids.cte("page")
    query = (
        sa.select(
            *(case.c[name] for name in _COLUMNS),
            sa.func.left(message.c.text, TAKEN).label("opening"),
            message.c.created_by,
            case.c.called,
            case.c.alerted,
            t.organisation.c.title.label("organisation_title"),
            _category.c.title.label("category_title"),
            _subcategory.c.title.label("subcategory_title"),
            t.person.c.name.label("holder_name"),
            handover_due_at().label("handover_due_at"),
            errands.asked(viewer.person).label("errand"),
            errands.first_kind().label("errand_kind"),
            errands.due_at().label("errand_due_at"),
            page_ids.c.at,
            page_ids.c.rank,
        )
        .join(page_ids, page_ids.c.id == case.c.id)
        .join(message, message.c.id == case.c.id)
        .join(t.organisation, t.organisation.c.id == case.c.organisation)
        .outerjoin(_category, _category.c.code == case.c.category)
        .outerjoin(_subcategory, _subcategory.c.code == case.c.subcategory)
        .outerjoin(t.person, t.person.c.id == case.c.holder)
        .order_by(page_ids.c.rank.desc(), *_order(page.sort is Sort.DUE, page_ids.c.at, page_ids.c.id))
    )
    return as_they_stood(connection, [row_of(row, viewer) for row in connection.execute(query).mappings()], viewer)


def is_longer(connection: sa.Connection, viewer: Viewer, filters: Filters, page: Page) -> bool:
    """Whether the list goes on after this page."""
    ids = _ids(viewer, filters, page)
    if ids is None:
        return False
    query = sa.select(sa.func.count() > page.limit).select_from(ids.subquery())
    return bool(connection.execute(query).scalar_one())


_COLUMNS = (
    "id number received_at due_at stage_due_at first_reaction_due_at stage entered_at version category subcategory "
    "organisation unit holder executor declared_organisation postponed_until outcome answered_at closed_at task_waiting "
    "started returned sent_away danger precedence withdrawal_at linked_to tags prioritised"
).split()


def _ids(viewer: Viewer, filters: Filters, page: Page) -> sa.Select[Any] | None:
    """The page's ids. Each way to see cases is walked for itself, so that each may use its own index and stop early."""
    conditions = _conditions(viewer, filters, page)
    if conditions is None:
        return None
    at = _ordered_by(filters, page)
    branches = [
        sa.select(case.c.id, at.label("at"), sa.literal(rank, sa.SmallInteger).label("rank"))
        .select_from(_source(filters))
        .where(way, *conditions, *_beyond(page, rank, at))
        .order_by(*_order(page.ascends, at, case.c.id))
        .limit(page.limit + 1)
        .subquery()
        for rank, way in _parts(viewer, filters, page.sort)
        if _reached(page, rank)
    ]
    union = sa.union(*(sa.select(branch) for branch in branches)).subquery()
    rank = union.c.rank if page.backwards else union.c.rank.desc()
    return sa.select(union).order_by(rank, *_order(page.ascends, union.c.at, union.c.id)).limit(page.limit + 1)


def _parts(viewer: Viewer, filters: Filters, sort: Sort) -> Iterator[tuple[int, Condition]]:
    """The ways with the precedence of what each leads to; nothing is reached with two of them.

    Priorities may be many, so each way leads to his own. Dangers are few: all ways are one question.
    """
    seen = present_ways(viewer.person, viewer.directory, viewer.at)
    if filters.section is not None:
        seen = [sa.and_(way, sa.or_(*seen)) for way in filters.section.holds(viewer)]
    yield 2, sa.and_(case.c.precedence == 2, sa.or_(*seen))
    if not filters.asks_for_the_answered:
        yield from ((1, sa.and_(case.c.precedence == 1, way)) for way in seen)
    if filters.asks_for_the_present or sort is Sort.DUE:
        yield from ((0, sa.and_(case.c.precedence == 0, way)) for way in seen)
    else:
        precedes = case.c.precedence > 0
        yield from ((0, way) for way in unmarked_ways(viewer.person, viewer.directory, viewer.at, precedes))


def _reached(page: Page, rank: int) -> bool:
    """Whether the page may hold rows of this precedence."""
    return page.place is None or (rank >= page.place[0] if page.backwards else rank <= page.place[0])


def _source(filters: Filters) -> sa.FromClause:
    return case.join(message, message.c.id == case.c.id) if filters.text or filters.number else case


def _conditions(viewer: Viewer, filters: Filters, page: Page) -> list[Condition] | None:
    """The filters as conditions; None when nothing can fit."""
    found: list[Condition] = []
    if page.sort is Sort.DUE:
        found.append(case.c.closed_at.is_(None))
    for name in ("category", "subcategory", "organisation"):
        if (value := getattr(filters, name)) is not None:
            found.append(case.c[name] == value)
    if filters.stage == CLOSED:
        found.append(case.c.closed_at.is_not(None))
    elif filters.stage is not None:
        found += [case.c.stage == filters.stage, case.c.closed_at.is_(None)]
    if filters.overdue is not None:
        late = _late(viewer.at)
        found.append(late if filters.overdue else ~late)
    if filters.number:
        found.append(message.c.number == filters.number)
    if filters.text:
        wanted = lemmas.query(filters.text)
        if not wanted:
            return None
        found.append(message.c.search.op("@@")(sa.func.to_tsquery("simple", wanted)))
    return found


def _late(at: datetime) -> Condition:
    """The answer, or the present stage, did not come in time or has not come yet though it should have."""
    stage = sa.and_(case.c.outcome.is_(None), case.c.stage_due_at.is_not(None), case.c.stage_due_at <= at)
    return sa.or_(sa.func.coalesce(case.c.answered_at, at) > case.c.due_at, stage)


def _beyond(page: Page, rank: int, at: sa.ColumnElement[datetime]) -> list[Condition]:
    """Among rows of the place's own kind, those after it, or looking backwards those before it; of the others all."""
    if page.place is None or page.place[0] != rank:
        return []
    last = sa.tuple_(sa.literal(page.place[1], t.Instant), sa.cast(page.place[2], case.c.id.type))
    key = sa.tuple_(at, case.c.id)
    return [key > last if page.ascends else key < last]


def _ordered_by(filters: Filters, page: Page) -> sa.ColumnElement[datetime]:
    """When the message came; or what is due: the answer, unless the section has something of its own."""
    if page.sort is Sort.RECEIVED:
        return case.c.received_at
    own = filters.section.due if filters.section is not None else None
    return case.c.due_at if own is None else own


def _order(ascends: bool, at: sa.ColumnElement[Any], id_: sa.ColumnElement[Any]) -> Iterable[sa.ColumnElement[Any]]:
    return (at, id_) if ascends else (at.desc(), id_.desc())
