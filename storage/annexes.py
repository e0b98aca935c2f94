"""Annexes in force: of each kind and act the latest published revision whose day has come and that was not taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

import regulations
from domain.annexes import CategoriesAnnex, Responsible
from domain.directory_records import Answerer, Succession
from domain.structure import Structure, carriers
from storage import tables as t
from storage.reigns import IN_ORDER
from storage.successions import gone as successions_of

annex = t.annex_revision
_NEVER = datetime.max.replace(tzinfo=UTC)


def published(on: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Of revisions that count on the local day."""
    return annex.c.state == "published", annex.c.valid_from <= on


def latest(on: date, *where: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """Of each kind and act the revision in force on the day: the latest day, and of one day the one published last."""
    return (
        sa.select(annex)
        .ext(distinct_on(annex.c.kind, annex.c.act))
        .where(*published(on), *where)
        .order_by(annex.c.kind, annex.c.act, annex.c.valid_from.desc(), annex.c.published_at.desc(), annex.c.id.desc())
    )


def first(on: date) -> sa.Select[tuple[object, ...]]:
    """Of each act the revision that came first of those published until the day."""
    return (
        sa.select(annex)
        .ext(distinct_on(annex.c.act))
        .where(*published(on))
        .order_by(annex.c.act, annex.c.valid_from, annex.c.published_at, annex.c.kind, annex.c.id)
    )


def not_taken_back(revision: sa.Table) -> sa.ColumnElement[bool]:
    """Of revisions of regulations: messages that began under one keep it, and no other begins under it."""
    taken = sa.select(sa.literal(1)).where(
        annex.c.kind == "regulation",
        annex.c.state == "taken_back",
        annex.c.act == revision.c.code,
        annex.c.hash == revision.c.hash,
    )
    return ~sa.exists(taken)


@dataclass(frozen=True, slots=True)
class InForce:
    """Who answers about what on a day. `until`: the instant from which it is to be asked anew."""

    until: datetime = _NEVER
    responsible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Mapping[str, Responsible] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    """In which category each subcategory stands."""
    listed: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    """Codes that an earlier revision listed and the one in force does not: given to no message any more."""
    gone: tuple[Succession, ...] = ()
    """Who answered by a revision that was in force, and answers by none that is; not yet which units and organisations that was."""
    coming: frozenset[str] = frozenset()
    """Codes that a published revision lists whose day has not come."""

    @property
    def ordered(self) -> frozenset[str]:
        """Codes that an order lists, or is about to: nobody changes alone what they mean."""
        return self.listed | self.coming

    def allows(self, code: str, act: str | None) -> bool:
        """Whether new messages may have the category. One that no annex ever listed or made is not the annexes' business."""
        return code in self.listed or (act is None and code not in self.former)


def in_force(connection: sa.Connection, now: datetime, zone: ZoneInfo) -> InForce:
    """The categories of all acts at the instant, by the clock of the root organisation."""
    on = now.astimezone(zone).date()
    is_categories = annex.c.kind == "categories"
    valid = [regulations.categories_annex(row.body) for row in connection.execute(latest(on, is_categories))]
    listed = _union(one.codes for one in valid)
    later = sa.select(annex.c.body).where(annex.c.state == "published", annex.c.valid_from > on, is_categories)
    coming = _union(regulations.categories_annex(body).codes for body in connection.execute(later).scalars())
    query = sa.select(annex).where(annex.c.state != "draft", annex.c.valid_from <= on, is_categories)
    every = connection.execute(query.order_by(*IN_ORDER)).all()
    rows = [(row, regulations.categories_annex(row.body)) for row in every]
    former = _union(one.codes for row, one in rows if row.state == "published") - listed
    above = {code: category for one in valid for code, category in one.above.items()}
    gone = tuple(successions_of(rows, now, zone, _union(one.named for one in valid)))
    return InForce(
        _until(connection, on, zone), _responsible(valid), _known(valid), above, listed, former, gone, coming
    )


def answerers(connection: sa.Connection, known: Mapping[str, Responsible], here: Structure) -> dict[str, Answerer]:
    """Those who answer, with the units and organisations here that are in force and carry their code."""
    units, organisations = (
        carriers(codes, set(connection.execute(sa.select(table.c.id).where(table.c.active)).scalars()))
        for table, codes in ((t.unit, here.units), (t.organisation, here.organisations))
    )
    return {
        code: Answerer(code, one.title, units.get(code, ()), organisations.get(code, ())) for code, one in known.items()
    }


def successions(gone: Iterable[Succession], here: Structure) -> tuple[Succession, ...]:
    """Those who answer no more, with the units and organisations here that carry their code, in force or not."""
    units, organisations = (carriers(codes, codes) for codes in (here.units, here.organisations))
    return tuple(
        replace(one, units=units.get(one.code, ()), organisations=organisations.get(one.code, ())) for one in gone
    )


def root_zone(connection: sa.Connection) -> ZoneInfo:
    """The clock by whose midnight annexes come into force."""
    query = sa.select(t.organisation.c.time_zone).where(t.organisation.c.parent.is_(None))
    return ZoneInfo(connection.execute(query).scalar_one_or_none() or "UTC")


def today(connection: sa.Connection, now: datetime) -> date:
    """The day of the instant by that clock."""
    return now.astimezone(root_zone(connection)).date()


def _until(connection: sa.Connection, on: date, zone: ZoneInfo) -> datetime:
    """The local midnight of the next day on which a revision comes into force."""
    query = sa.select(sa.func.min(annex.c.valid_from)).where(annex.c.state == "published", annex.c.valid_from > on)
    following = connection.execute(query).scalar_one()
    return datetime.combine(following, time(), zone) if following else _NEVER


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _responsible(valid: Iterable[CategoriesAnnex]) -> dict[str, tuple[str, ...]]:
    return {code: codes for one in valid for code, codes in one.responsible.items()}


def _known(valid: Iterable[CategoriesAnnex]) -> dict[str, Responsible]:
    return {code: responsible for one in valid for code, responsible in one.known.items()}
