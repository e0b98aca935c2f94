"""Column types of the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

from storage.keys import KeyRing

_ring: KeyRing | None = None


class KeysMissing(RuntimeError):
    """An encrypted column was used before the process was given its keys."""


def use_keys(ring: KeyRing) -> None:
    """From now on the encrypted columns of this process use `ring`. The composition root calls it before any query."""
    global _ring
    _ring = ring


def keys_in_use() -> KeyRing:
    """The ring of this process; `KeysMissing` before `use_keys`."""
    if _ring is None:
        raise KeysMissing("no key ring: the composition root must call storage.types.use_keys(ring) before any query")
    return _ring


class Encrypted(TypeDecorator[str]):
    """A text that PostgreSQL only ever sees sealed: `mapped_column(Encrypted("applicant.phone"))`.

    The argument is the column's own place. A value copied into another column cannot be read there, nor can one whose
    table or column was renamed without keeping the old place here. Each write gives other bytes, so the column cannot
    be compared, sorted or made unique: store `KeyRing.blind_index` beside it.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        if place.count(".") != 1:
            raise ValueError(f"a place is table.column, not {place!r}")
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keys_in_use().encrypt(value, self.place)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else keys_in_use().decrypt(bytes(value), self.place)

    def __repr__(self) -> str:
        return f"Encrypted({self.place!r})"

    class Comparator(TypeDecorator.Comparator[str]):
        """Refuses every comparison but the one with NULL, which would otherwise silently find nothing."""

        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            if op in _WITH_NULL and other == (None,):
                return super().operate(op, *other, **kwargs)
            raise TypeError("an encrypted column cannot be compared or sorted: use its blind index")

    comparator_factory = Comparator


_WITH_NULL = (operators.eq, operators.ne, operators.is_, operators.is_not)
