"""Russian words: which there are, and which one a slip may stand for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from storage.lemmas import lemma, morphology

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_LONGEST = 40
"""Letters of a word worth guessing at: each more costs some 70 look-ups."""
_CONFUSED = {*"оа ао еи ие ыи иы эе еэ бп пб вф фв гк кг дт тд жш шж зс сз цс щш шщ чщ ьъ ъь".split()}
_MOST = 3
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})


class Russian:
    """`domain.hints.Dictionary` by pymorphy3. Thread-safe; all words in lower case."""

    def knows(self, word: str) -> bool:
        """Whether it is a form of any word."""
        return _knows(word)

    def lemma(self, word: str) -> str:
        """The word's dictionary form, with е for ё."""
        return lemma(word)

    def like(self, word: str) -> tuple[str, ...]:
        """Known words one slip away, of the likeliest sort that there is: what sounds alike, or a letter more or less of two."""
        if len(word) > _LONGEST:
            return ()
        return _like(word)


@lru_cache(maxsize=50_000)
def _knows(word: str) -> bool:
    return bool(morphology().word_is_known(word))


@lru_cache(maxsize=5_000)
def _like(word: str) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for other, rank in _one_slip_away(word):
        if rank < found.get(other, 9) and _is_word(other):
            found[other] = rank
    best = min(found.values(), default=0)
    return tuple(sorted(other for other, rank in found.items() if rank == best)[:_MOST])


def _is_word(candidate: str) -> bool:
    """Whether it is a word and no name. Not kept: candidates are mostly neither, and would push all else out of the cache."""
    found = morphology()
    return found.word_is_known(candidate) and not _NAMES & found.parse(candidate)[0].tag.grammemes


def _one_slip_away(word: str) -> Iterator[tuple[str, int]]:
    """Each candidate with how unlikely the slip is."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in _LETTERS:
            doubled = letter in (before[-1:], after[:1])
            yield before + letter + after, 0 if doubled else 2
        if not after:
            continue
        yield before + after[1:], 0 if after[0] in (before[-1:], after[1:2]) else 2
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:], 1
        for letter in _LETTERS:
            if letter != after[0]:
                yield before + letter + after[1:], 0 if after[0] + letter in _CONFUSED else 3
