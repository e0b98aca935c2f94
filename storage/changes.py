"""That a case changed is told when its transaction commits, and with its number: whoever read the record before knows what
he missed, whatever process he asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

CHANNEL = "otklik_changes"

TELL = sa.func.pg_notify(
    CHANNEL, sa.bindparam("case", type_=sa.Text) + " " + sa.cast(sa.func.pg_current_xact_id(), sa.Text)
)
"""Of the case `case`, within the statement that changes it."""

SEEN = sa.cast(sa.func.pg_current_snapshot(), sa.Text)
"""Which transactions the statement sees, as `Seen` reads it."""

NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
"""The number of the first transaction that has not begun yet."""


def change_of(payload: str) -> tuple[str, int]:
    """The case and the number of the transaction; 0, which everybody has seen, where nobody says one."""
    case, _, number = payload.partition(" ")
    return case, int(number or 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader of the record had before him: all before `first`, none from `end` on, and of those between not the `open`."""

    first: int
    end: int
    open: frozenset[int]

    @classmethod
    def parse(cls, told: str) -> Seen:
        """Raises ValueError unless it is what `SEEN` gave."""
        first, end, between = told.split(":")
        return cls(int(first), int(end), frozenset(int(one) for one in between.split(",") if one))

    def has(self, number: int) -> bool:
        """Whether he saw what this transaction did."""
        return number < self.first or (number < self.end and number not in self.open)
