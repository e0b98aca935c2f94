from __future__ import annotations

import pytest

from storage import rows
from storage.sight import Sight

IDENTIFIERS = (
    "8 (84722) 4-10-75",
    "112-233-445 95",
    "4505 1234 5678 9012",
    "a.very.long.address@sub.domain.example.org",
)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_opening_of_a_text_shows_no_half_of_an_identifier_wherever_it_is_cut(identifier: str) -> None:
    pieces = [identifier[:4], identifier[-4:], identifier[: len(identifier) // 2]]
    for before in ("Слово " + " " * 379, "Слово\n" + "\n \t" * 128, "Слово " * 31 + "на ", "Слово " * 32):
        for cut in range(0, len(identifier), 5):
            text = before[cut:] + identifier + " и ещё слово" * 30

            shown = rows.opening(text[: rows.TAKEN], Sight.WITHOUT_CONTACTS)

            assert not any(piece in shown for piece in pieces), (text[:450], shown)
            assert len(shown) <= rows.OPENING
