"""What changed between two versions of a text, word by word. Source: S2, 3.7 а, 3.9 а; G-22."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from pydantic import BaseModel

_MOST_WORDS = 2000
"""Words on both sides of a changed passage that are still compared one by one; longer ones are shown whole."""


class Piece(BaseModel):
    """Отрезок текста: остался, убран или добавлен."""

    change: Literal["same", "removed", "added"]
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces in order: `same` with `removed` give the text before, `same` with `added` the one after.

    Lines are compared first and words only within lines that changed, so long texts cost little.
    """
    return _joined(_by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True)))


def _by_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(change="same", text="".join(before[a:b]))
        else:
            yield from _by_words("".join(before[a:b]), "".join(after[c:d]))


def _by_words(before: str, after: str) -> Iterator[Piece]:
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    if len(old) + len(new) > _MOST_WORDS:
        yield from _changed(before, after)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(change="same", text="".join(old[a:b]))
        else:
            yield from _changed("".join(old[a:b]), "".join(new[c:d]))


def _changed(before: str, after: str) -> Iterator[Piece]:
    if before:
        yield Piece(change="removed", text=before)
    if after:
        yield Piece(change="added", text=after)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].change == piece.change:
            found[-1] = Piece(change=piece.change, text=found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
