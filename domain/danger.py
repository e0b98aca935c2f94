"""Words that may tell of danger to somebody's life. They only suggest: a person confirms or dismisses. Source: G-45.

Which words are meant is data (`Watch`); their dictionary forms somebody hands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[а-яё]+")
_SAID = ("text", "reason", "missing", "words")
"""The fields of a decision that hold what the applicant says with it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The data. `phrases`: by kind; a word after «=» is meant exactly, one before «*» begins the dictionary form, others stand
    for any form. `between`: how many words may stand between two of a phrase. `harmless`: phrases whose words mean no danger.
    """

    titles: Mapping[str, str]
    phrases: Mapping[str, Sequence[str]]
    harmless: Sequence[str]
    between: int
    steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sign:
    """What was found: the kind of danger, and the words as they stand in the text."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    lemma: str


def said(parameters: Mapping[str, Any]) -> str:
    """Everything that the applicant says with a decision, his own or one that writes his words down."""
    return "\n".join(str(parameters.get(name) or "") for name in _SAID)


def signs_of(text: str, watch: Watch, lemma: Callable[[str], str]) -> tuple[Sign, ...]:
    """The signs of danger in the text, each kind's in their order; nothing, where nothing is said of danger."""
    tokens = [
        _Token(found.start(), found.end(), word, lemma(word))
        for found in _WORD.finditer(text.lower())
        if (word := found.group().replace("ё", "е"))
    ]
    calm: set[int] = set()
    for phrase in watch.harmless:
        for places in _places(tokens, _parts(phrase, lemma), watch.between):
            calm |= set(places)
    return tuple(
        dict.fromkeys(
            Sign(kind, text[tokens[places[0]].start : tokens[places[-1]].end])
            for kind, phrases in watch.phrases.items()
            for phrase in phrases
            for places in _places(tokens, _parts(phrase, lemma), watch.between)
            if calm.isdisjoint(places)
        )
    )


Fits = Callable[[_Token], bool]


def _parts(phrase: str, lemma: Callable[[str], str]) -> list[Fits]:
    return [_fits(word, lemma) for word in phrase.split()]


def _fits(word: str, lemma: Callable[[str], str]) -> Fits:
    if word.startswith("="):
        return lambda token: token.word == word[1:]
    if word.endswith("*"):
        return lambda token: token.lemma.startswith(word[:-1])
    wanted = {word, lemma(word)}
    return lambda token: token.lemma in wanted


def _places(tokens: Sequence[_Token], parts: Sequence[Fits], between: int) -> Iterator[tuple[int, ...]]:
    """Where the parts stand one after another, with at most so many words between two."""
    for first, token in enumerate(tokens):
        if not parts[0](token):
            continue
        found = [first]
        for part in parts[1:]:
            nearest = range(found[-1] + 1, min(found[-1] + 2 + between, len(tokens)))
            following = next((place for place in nearest if part(tokens[place])), None)
            if following is None:
                break
            found.append(following)
        if len(found) == len(parts):
            yield tuple(found)
