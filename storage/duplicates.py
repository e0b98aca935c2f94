"""Messages that are likely the same: near in time, alike in text or from the same applicant, about the same thing or place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from domain.directory import Place
from domain.vocabulary import Stage
from storage import tables as t
from storage.sight import Sight, Standpoint, sight_from, visible
from storage.viewer import Viewer

NEAR = timedelta(days=14)
"""How far from one another they arrive."""

LOOKED_AT = 20
"""Of each contact and of each band; who writes more often is no duplicate but a correspondent."""

case, message = t.message_case, t.message


class Same(StrEnum):
    """In what two messages are alike."""

    CONTACT = "contact"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another message that is likely the same."""

    id: str
    number: str
    open: bool
    same: frozenset[Same]


def duplicates(connection: sa.Connection, viewer: Viewer, ids: Iterable[str]) -> dict[str, list[Duplicate]]:
    """The likely duplicates of each message, latest first, of those that the viewer sees together with it.

    That two come from one applicant is contact data: for full sight of both.
    """
    found: dict[str, dict[str, Duplicate]] = {}
    for row in map(dict, connection.execute(_query(viewer, list(ids))).mappings()):
        sights = [_sight(row, side, viewer) for side in ("this_", "that_")]
        if Sight.FORMER in sights or (row["same"] == Same.CONTACT and set(sights) != {Sight.FULL}):
            continue
        known = found.setdefault(row["this_id"], {})
        same = known[row["that_id"]].same if row["that_id"] in known else frozenset()
        known[row["that_id"]] = Duplicate(
            row["that_id"], row["that_number"], row["that_closed_at"] is None, same | {Same(row["same"])}
        )
    return {id_: list(known.values()) for id_, known in found.items()}


_this_message, _this_case = message.alias("this_message"), case.alias("this_case")
_SEEN_FROM = "id number organisation unit stage category subcategory executor holder declared_organisation closed_at"


def _query(viewer: Viewer, ids: list[str]) -> sa.Select[Any]:
    like = _LIKE
    return (
        sa.select(
            like.c.same,
            *(_this_case.c[name].label(f"this_{name}") for name in _SEEN_FROM.split()),
            _this_message.c.created_by.label("this_created_by"),
            *(case.c[name].label(f"that_{name}") for name in _SEEN_FROM.split()),
            message.c.created_by.label("that_created_by"),
        )
        .select_from(_this_message)
        .join(_this_case, _this_case.c.id == _this_message.c.id)
        .join(like, sa.true())
        .join(message, message.c.id == like.c.id)
        .join(case, case.c.id == like.c.id)
        .where(
            _this_message.c.id.in_(ids),
            like.c.id != _this_message.c.id,
            sa.or_(
                _about(case, message).is_not_distinct_from(_about(_this_case, _this_message)),
                sa.func.lower(message.c.location) == sa.func.lower(_this_message.c.location),
            ),
            visible(viewer.person, viewer.directory, viewer.at),
        )
        .order_by(case.c.received_at.desc(), case.c.id)
    )


def _about(cases: Any, messages: Any) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(cases.c.category, messages.c.declared_category)


def _like() -> sa.CompoundSelect[Any]:
    """Ids of messages alike, each way by its own index and bounded."""
    return sa.union(*(sa.select(way) for way in [*_by_contact(), _by_text()]))


def _by_contact() -> Iterable[sa.Subquery]:
    for name in ("email_index", "phone_index", "snils_index"):
        other = message.alias(f"by_{name}")
        yield (
            sa.select(other.c.id, sa.literal(Same.CONTACT.value).label("same"))
            .where(other.c[name] == _this_message.c[name], _near(other.c.received_at))
            .order_by(other.c.received_at.desc())
            .limit(LOOKED_AT)
            .correlate(_this_message)
            .subquery()
        )


def _by_text() -> sa.Subquery:
    own, other = t.text_band.alias("own"), t.text_band.alias("other")
    alike = (
        sa.select(other.c.message.label("id"))
        .where(other.c.band == own.c.band, _near(other.c.received_at))
        .order_by(other.c.received_at.desc())
        .limit(LOOKED_AT)
        .correlate(own, _this_message)
        .lateral("alike")
    )
    return (
        sa.select(alike.c.id, sa.literal(Same.TEXT.value).label("same"))
        .select_from(own.join(alike, sa.true()))
        .where(own.c.message == _this_message.c.id)
        .correlate(_this_message)
        .subquery()
    )


def _near(received_at: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    at = _this_message.c.received_at
    return received_at.between(at - NEAR, at + NEAR)


_LIKE = _like().lateral("like_this")
"""Made once: it is the same for all, and to make it anew took longer than to ask it."""


def _sight(row: Mapping[str, Any], side: str, viewer: Viewer) -> Sight:
    def of(name: str) -> Any:
        return row[side + name]

    seen = Standpoint(
        place=Place(of("organisation"), of("unit"), of("category"), of("subcategory")),
        stage=Stage(of("stage")),
        executor=of("executor"),
        holder=of("holder"),
        declared_organisation=of("declared_organisation"),
        created_by=of("created_by"),
    )
    return sight_from(seen, viewer.person, viewer.directory, viewer.at)
