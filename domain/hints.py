"""What an answer might say better: hints that never block. Source: S1, 3.1 and 3.2 (S1-27…S1-31).

Which words are meant is data (`Wording`); which words there are at all a dictionary knows, that somebody hands in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Protocol

from domain.words import plural

MOST_SUGGESTIONS = 30
"""Unknown words of one text for which likely ones are looked up: each costs some milliseconds."""


class HintKind(StrEnum):
    """Why a place is worth another look."""

    UNKNOWN_WORD = "unknown_word"
    PUNCTUATION = "punctuation"
    COLLOQUIAL = "colloquial"
    COMPLEX = "complex"
    ABBREVIATION = "abbreviation"
    VAGUE = "vague"
    BLAME = "blame"
    LONG_SENTENCE = "long_sentence"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class Kind:
    """What people read of a kind, and the clause that asks for it."""

    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The data. `phrases`: by kind, words and advice; a word after «=» is meant exactly, others in any form.

    `shortened`: what a full stop shortens without ending the sentence. `everyday`, `stand_for`: abbreviations that need no
    explanation, and what others mean. `known`: words that the dictionary lacks.
    """

    kinds: Mapping[HintKind, Kind]
    phrases: Mapping[HintKind, Mapping[str, str]]
    longest_sentence: int
    shortened: frozenset[str]
    everyday: frozenset[str]
    stand_for: Mapping[str, str]
    known: frozenset[str]


class Dictionary(Protocol):
    """The words of the language. All in lower case."""

    def knows(self, word: str) -> bool:
        """Whether it is a form of any word."""

    def lemma(self, word: str) -> str:
        """The word's dictionary form; its likeliest one, if the dictionary lacks it."""

    def like(self, word: str) -> tuple[str, ...]:
        """Words that it is a slip of, likeliest first."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint for `text[start:end]`."""

    kind: HintKind
    start: int
    end: int
    advice: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A personal identifier at `text[start:end]`, and what it is."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    first: bool  # of its sentence

    @property
    def lower(self) -> str:
        return self.text.lower().replace("ё", "е")


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: HintKind
    rest: tuple[str, ...]
    advice: str


class _Covered:
    """Which places of a text lie within identifiers: asked for each word, so by halves and not one by one."""

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        spans = sorted((one.start, one.end) for one in identifiers)
        self._starts = [start for start, _ in spans]
        self._ends = list(accumulate((end for _, end in spans), max))

    def __contains__(self, end: int) -> bool:
        """Whether a word that ends here ends within one that began before."""
        began = bisect_left(self._starts, end)
        return began > 0 and end <= self._ends[began - 1]


class Adviser:
    """Gives hints by one wording and one dictionary; made once."""

    def __init__(self, wording: Wording, dictionary: Dictionary) -> None:
        self._wording, self._dictionary = wording, dictionary
        self._known = set(wording.known) | {dictionary.lemma(word) for word in wording.known}
        self._phrases: defaultdict[str, list[_Phrase]] = defaultdict(list)
        for kind, phrases in wording.phrases.items():
            for phrase, advice in phrases.items():
                first, *rest = (self._meant(word) for word in phrase.lower().replace("ё", "е").split())
                self._phrases[first].append(_Phrase(kind, tuple(rest), advice))

    def hints(self, text: str, identifiers: Iterable[Identifier] = ()) -> tuple[Hint, ...]:
        """All hints, in the order of the text."""
        named = tuple(identifiers)
        sentences = tuple(_sentences(text, self._wording.shortened))
        hidden = _Covered(named)
        words = [word for word in _words(text, sentences) if word.end not in hidden]
        found = [
            *(Hint(HintKind.IDENTIFIER, one.start, one.end, _IDENTIFIER.format(one.name)) for one in named),
            *(hint for hint in _marks(text) if hint.end not in hidden),
            *self._long(text, sentences),
            *self._phrases_in(text, words),
            *self._abbreviations(text, words),
            *self._unknown(text, words),
        ]
        return tuple(sorted(found, key=lambda hint: (hint.start, -hint.end)))

    def _meant(self, word: str) -> str:
        return word if word.startswith("=") else self._dictionary.lemma(word)

    def _long(self, text: str, sentences: Iterable[tuple[int, int]]) -> Iterator[Hint]:
        for start, end in sentences:
            count = len(re.findall(r"[\w-]+", text[start:end]))
            if count > self._wording.longest_sentence:
                counted = f"{count} {plural(count, ('слово', 'слова', 'слов'))}"
                yield Hint(HintKind.LONG_SENTENCE, start, end, f"{counted} в одном предложении: разделите его")

    def _phrases_in(self, text: str, words: list[_Word]) -> Iterator[Hint]:
        last = 0
        for place, word in enumerate(words):
            for phrase in self._beginning_with(word) if word.start >= last else ():
                following = words[place + 1 : place + 1 + len(phrase.rest)]
                end = following[-1].end if following else word.end
                if self._goes_on(phrase, following) and _is_unbroken(text[word.start : end]):
                    last = end
                    yield Hint(phrase.kind, word.start, end, phrase.advice)
                    break

    def _beginning_with(self, word: _Word) -> list[_Phrase]:
        """The longest first: «сами виноваты» is part of «вы сами виноваты»."""
        keys = {"=" + word.lower, self._dictionary.lemma(word.lower)}
        return sorted((one for key in keys for one in self._phrases.get(key, ())), key=lambda one: -len(one.rest))

    def _goes_on(self, phrase: _Phrase, following: list[_Word]) -> bool:
        return len(following) == len(phrase.rest) and all(
            wanted in ("=" + word.lower, self._dictionary.lemma(word.lower))
            for wanted, word in zip(phrase.rest, following, strict=True)
        )

    def _abbreviations(self, text: str, words: Iterable[_Word]) -> Iterator[Hint]:
        """Each where it stands first, unless it is explained anywhere."""
        told = set(self._wording.everyday)
        for word in words:
            if word.text in told or not self._is_abbreviation(word):
                continue
            told.add(word.text)
            if not _is_explained(text, word.text):
                meaning = self._wording.stand_for.get(word.text)
                yield Hint(
                    HintKind.ABBREVIATION,
                    word.start,
                    word.end,
                    f"напишите: {meaning}" if meaning else "напишите словами",
                )

    def _is_abbreviation(self, word: _Word) -> bool:
        if word.text in self._wording.stand_for:
            return True
        return word.text.isupper() and 2 <= len(word.text) <= 6 and not self._dictionary.knows(word.lower)

    def _unknown(self, text: str, words: Iterable[_Word]) -> Iterator[Hint]:
        suggested: dict[str, tuple[str, ...]] = {}
        for word in words:
            shortened = word.lower in self._wording.shortened and text[word.end : word.end + 1] == "."
            if len(word.text) < 3 or word.text.isupper() or shortened or self._is_known(word):
                continue
            if word.lower not in suggested and len(suggested) < MOST_SUGGESTIONS:
                suggested[word.lower] = self._dictionary.like(word.lower)
            likely = suggested.get(word.lower, ())
            if likely or word.text.islower():  # a capital may begin a name that no dictionary has
                advice = f"может быть: {', '.join(likely)}" if likely else "проверьте, как пишется"
                yield Hint(HintKind.UNKNOWN_WORD, word.start, word.end, advice)

    def _is_known(self, word: _Word) -> bool:
        if not word.text.islower() and not (word.first and word.text[1:].islower()):
            return True  # a name
        return self._knows(word.lower) or ("-" in word.lower and all(map(self._knows, word.lower.split("-"))))

    def _knows(self, word: str) -> bool:
        return self._dictionary.knows(word) or word in self._known or self._dictionary.lemma(word) in self._known


_IDENTIFIER = "{}: если это данные заявителя, уберите их: письмо могут прочитать другие"
_LONGEST_SHORTENED = 12
_WORD = re.compile(r"(?<![\w@./-])[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*(?![\w@]|-\w)")
_END = re.compile(r"[.!?…]+[»”\")\]]*\s+(?=[«“\"(—–]?\s?[А-ЯЁA-Z0-9])")


_MARKS = {
    re.compile(r"(?<=[\w»)])[ \t]+(?:[,;:!?]|\.(?=\s|$))"): "уберите пробел перед знаком",
    re.compile(r"[,;:!?](?=[А-Яа-яЁё])"): "поставьте пробел после знака",
    re.compile(r"[!?]{2,}|,{2,}"): "достаточно одного знака",
    re.compile(r"(?<![\w-])(\w+)\s+\1(?![\w-])", re.IGNORECASE): "слово повторено",
}


def _marks(text: str) -> Iterator[Hint]:
    for pattern, advice in _MARKS.items():
        for match in pattern.finditer(text):
            yield Hint(HintKind.PUNCTUATION, match.start(), match.end(), advice)


def _sentences(text: str, shortened: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where each begins and ends. A line ends its last one."""
    for line in re.finditer(r"[^\n]*\S", text):
        start = line.start()
        for end in _END.finditer(text, line.start(), line.end()):
            before = re.search(r"\w+$", text[max(start, end.start() - _LONGEST_SHORTENED) : end.start()])
            short = before is not None and (before[0].lower() in shortened or len(before[0]) == 1)
            if end[0].startswith(".") and short:
                continue  # «ул. Ленина», «И. И. Иванов»
            yield start, end.end()
            start = end.end()
        if start < line.end():
            yield start, line.end()


def _words(text: str, sentences: Iterable[tuple[int, int]]) -> Iterator[_Word]:
    for start, end in sentences:
        first = True
        for match in _WORD.finditer(text, start, end):
            yield _Word(match[0], match.start(), match.end(), first)
            first = False


def _is_unbroken(phrase: str) -> bool:
    """Whether nothing but spaces, commas and dashes stands between the words."""
    return re.fullmatch(r"[\w\s,—–-]+", phrase) is not None


def _is_explained(text: str, abbreviation: str) -> bool:
    """«центральная районная больница (далее — ЦРБ)» or «ЦРБ (центральная районная больница)»."""
    short = re.escape(abbreviation)
    return re.search(rf"\((?:далее\s*[—–-]?\s*)?«?{short}»?\)|\b{short}»?\s*\([^()]*[а-яё]{{3}}", text) is not None
