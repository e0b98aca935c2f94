"""When each revision of an annex was in force: who was told what by which order, also by one that was taken back since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from storage import tables as t

annex = t.annex_revision
IN_ORDER = annex.c.valid_from, annex.c.published_at, annex.c.id
"""Of revisions that count at once the last one is in force."""


@dataclass(frozen=True, slots=True)
class Reign:
    """When a revision began and ceased to be among those that count: not before it was published, or was taken back."""

    row: Any
    begins: datetime
    ends: datetime | None

    def lasts(self, at: datetime) -> bool:
        """Whether it counts at the instant."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Turn:
    """At which instant one revision came into force after another, or instead of one that was taken back."""

    at: datetime
    before: Reign | None
    after: Reign | None

    @property
    def taken_back(self) -> bool:
        """Whether it came about by taking back the one before."""
        return self.before is not None and self.before.ends == self.at

    def cause(self, zone: ZoneInfo) -> tuple[str, date]:
        """By which order, and since which local day."""
        if self.before is not None and self.taken_back:
            return f"{self.before.row.order_number} (отозван)", self.at.astimezone(zone).date()
        row = next(one.row for one in (self.after, self.before) if one is not None)
        return row.order_number, row.valid_from


def reigns(rows: Iterable[Any], zone: ZoneInfo) -> list[Reign]:
    """Of published and taken-back rows, which come in their order. What came with the product is in force since its day."""
    return [
        Reign(
            row,
            max(datetime.combine(row.valid_from, time(), zone), row.published_at)
            if row.author is not None
            else datetime.combine(row.valid_from, time(), zone),
            row.taken_back_at,
        )
        for row in rows
    ]


def ruling(found: Collection[Reign], at: datetime) -> Reign | None:
    """The one in force at the instant."""
    return next((one for one in reversed([*found]) if one.lasts(at)), None)


def instants(found: Collection[Reign], after: datetime | None, until: datetime) -> list[datetime]:
    """At which another revision may have come to count."""
    every = {at for one in found for at in (one.begins, one.ends) if at is not None}
    return sorted(at for at in every if at <= until and (after is None or at > after))


def turns(found: Collection[Reign], until: datetime) -> Iterator[Turn]:
    """One after another, since the first."""
    before: Reign | None = None
    for at in instants(found, None, until):
        after = ruling(found, at)
        if after is not before:
            yield Turn(at, before, after)
            before = after
