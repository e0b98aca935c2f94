"""What near-identical texts have in common, kept so that an index finds it: bands of MinHash over pairs of neighbouring lemmas.

Two texts share a band with a chance that rises steeply with the part of the pairs that they share: of one word in thirty
changed, practically always; of half of the pairs, two times in five; of a tenth, never.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise

import sqlalchemy as sa

from storage import tables as t
from storage.lemmas import lemmas

BANDS, ROWS = 8, 4
WORDS = 300
"""More of a text is not looked at: who sends it again sends its beginning again."""
LEAST_WORDS = 5
"""Shorter texts are alike without being the same."""

_PRIME = (1 << 61) - 1


def bands(text: str) -> list[int]:
    """The bands of a text, as PostgreSQL's bigint; none of a text of few words."""
    words = lemmas(text).split()[:WORDS]
    if len(words) < LEAST_WORDS:
        return []
    pairs = {_number(f"{one} {other}") % _PRIME for one, other in pairwise(words)}
    least = [min((a * pair + b) % _PRIME for pair in pairs) for a, b in _FUNCTIONS]
    return [_number(f"{band} {least[band * ROWS : (band + 1) * ROWS]}") - (1 << 63) for band in range(BANDS)]


def keep(connection: sa.Connection, message_id: str, received_at: datetime, text: str) -> None:
    """The message is found by texts like its own from now on."""
    rows = [{"message": message_id, "band": band, "received_at": received_at} for band in bands(text)]
    if rows:
        connection.execute(sa.insert(t.text_band), rows)


def _number(text: str) -> int:
    """64 bits that are the same for ever: they lie in the record."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _functions() -> Iterator[tuple[int, int]]:
    for place in range(BANDS * ROWS):
        yield _number(f"a{place}") % (_PRIME - 1) + 1, _number(f"b{place}") % _PRIME


_FUNCTIONS = tuple(_functions())
