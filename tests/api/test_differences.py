"""What changed between two versions of a text."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import differences as module
from api.differences import differences

_TEXTS = st.text(alphabet="аб вг\n.", max_size=60)


@given(before=_TEXTS, after=_TEXTS)
def test_difference_gives_both_texts_again(before: str, after: str) -> None:
    pieces = differences(before, after)

    assert "".join(piece.text for piece in pieces if piece.change != "added") == before
    assert "".join(piece.text for piece in pieces if piece.change != "removed") == after
    assert all(piece.text for piece in pieces)


def test_long_texts_are_compared_in_no_time() -> None:
    before = "\n".join(f"строка {number} о ремонте дороги" for number in range(1000))
    rewritten = " ".join(f"слово{number}" for number in range(6000))

    began = time.process_time()
    few = differences(before, before.replace("строка 500 ", "строка пятьсот "))
    whole = differences(before, rewritten)

    assert [piece.text for piece in few if piece.change != "same"] == ["500", "пятьсот"]
    assert [piece.change for piece in whole] == ["removed", "added"]
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x" + "а\nб\n" * 25_000, "а\nб\n" * 25_000 + "x"),
        ("x " + "а б " * 25_000, "а б " * 25_000 + "x"),
        ("x\n" + "а\n" * 498 + "x\n", "y\n" + "а\nб\n" * 249 + "y\n"),
        ("x\n" + "а б в\n\n" * 300 + "x", "y\n" + "б а в г\n" * 300 + "y"),
    ],
)
def test_repetitive_texts_cost_no_more_than_others(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    compared: list[int] = []

    class Counting(SequenceMatcher[str]):
        def __init__(self, spaces: Callable[[str], bool], a: Sequence[str], b: Sequence[str], autojunk: bool) -> None:
            own, other = ([one for one in side if not spaces(one)] for side in (a, b))
            compared.append(sum(one == two for one in own for two in other) if len(a) * len(b) < 10**6 else 10**9)
            super().__init__(spaces, a, b, autojunk)

    monkeypatch.setattr(module, "SequenceMatcher", Counting)
    pieces = differences(before, after)

    assert "".join(piece.text for piece in pieces if piece.change != "added") == before
    assert "".join(piece.text for piece in pieces if piece.change != "removed") == after
    assert sum(compared) <= 2 * module.MOST_PAIRS
    assert max(compared, default=0) <= module.MOST_EQUAL_PAIRS
