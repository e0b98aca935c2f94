"""What changed between two versions of a text, word by word. Source: S2, 3.7 а, 3.9 а; G-22."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel

MOST_PAIRS = 250_000
"""Lines before times lines after that are still compared, and words times words in the whole text; longer ones are shown whole."""
MOST_EQUAL_PAIRS = 20_000
"""How many of them may be equal: each match that is found walks all of these, so «а б а б …» would cost the cube.

Spaces are no matches of their own, else those of any two long lines would be all of these."""

_WORDS = re.compile(r"\s+|\S+")

_REMEMBERED = 100
"""Differences that a process keeps: a card shows all its versions each time, and they never change."""

Change = Literal["same", "removed", "added"]


class Piece(BaseModel):
    """Отрезок текста: остался, убран или добавлен."""

    change: Change
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces in order: `same` with `removed` give the text before, `same` with `added` the one after.

    Lines are compared first and words only within lines that changed, so long texts cost little.
    """
    return list(_pieces(before, after))


@lru_cache(_REMEMBERED)
def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    passages = _compared(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return tuple(_joined(_by_words(passages)))


_Passage = tuple[str, str]
"""A text before and after; equal where nothing changed."""


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[_Passage]:
    """The passages in order. What both begin and end with is set aside first: most changes are small."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    yield "".join(before[:start]), "".join(before[:start])
    if len(old) * len(new) > MOST_PAIRS or _equal_pairs(old, new) > MOST_EQUAL_PAIRS:
        yield "".join(old), "".join(new)
    else:
        for _, a, b, c, d in SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
            yield "".join(old[a:b]), "".join(new[c:d])
    yield "".join(before[len(before) - end :]), "".join(before[len(before) - end :])


def _equal_pairs(before: Sequence[str], after: Sequence[str]) -> int:
    old, new = Counter(before), Counter(after)
    return sum(count * new[token] for token, count in old.items() if not token.isspace())


def _by_words(passages: Iterator[_Passage]) -> Iterator[_Passage]:
    """Changed passages in turn by words, while the text has pairs of words left to compare."""
    left = MOST_PAIRS
    for before, after in passages:
        old, new = _WORDS.findall(before), _WORDS.findall(after)
        pairs = len(old) * len(new)
        if before == after or pairs > left:
            yield before, after
        else:
            left -= pairs
            yield from _compared(old, new)


def _joined(passages: Iterator[_Passage]) -> list[Piece]:
    found: list[tuple[Change, list[str]]] = []
    for before, after in passages:
        same: list[tuple[Change, str]] = [("same", before)]
        changed: list[tuple[Change, str]] = [("removed", before), ("added", after)]
        for change, text in same if before == after else changed:
            if text and found and found[-1][0] == change:
                found[-1][1].append(text)
            elif text:
                found.append((change, [text]))
    return [Piece(change=change, text="".join(texts)) for change, texts in found]
