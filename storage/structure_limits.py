"""Whose reach a new structure changes: rights over a subtree, templates of those above, auto-rules that pass messages on."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from domain.structure import Structure, rerouted, scopes
from storage.annex_limits import QUERIES, Kind, Limited


def reached(connection: sa.Connection, old: Structure, new: Structure) -> Iterator[Limited]:
    """Rights and templates that lose or gain what lies below their organisation; auto-rules that can do what they could not, or
    no longer can."""
    losing, gaining = scopes(old, new)
    kinds: tuple[Kind, ...] = ("grant", "template")
    for kind in kinds:
        for row in connection.execute(QUERIES[kind]):
            loses, gains = row.organisation in losing, row.organisation in gaining
            if (loses or gains) and (kind == "template" or row.subtree):
                yield Limited(kind, row.title, row.organisation, loses, gains, row.role)
    yield from _rules(connection, old, new)


def _rules(connection: sa.Connection, old: Structure, new: Structure) -> Iterator[Limited]:
    """A rule transfers only to what is below its organisation, and redirects only to what is not."""
    moved = rerouted(old, new)
    for row in connection.execute(QUERIES["autorule"]):
        downwards = "transfer" in row.effects
        target = row.effects.get("transfer") or row.effects.get("redirect")
        if target and not moved.isdisjoint((target, row.organisation)):
            was, now = ((row.organisation in one.path(target)) is downwards for one in (old, new))
            if was != now:
                yield Limited("autorule", row.title, row.organisation, was, now)
