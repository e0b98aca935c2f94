"""What a message may need beside an answer: a child writes, or it is in another language. Only suggested; people set it. G-45."""

from __future__ import annotations

import re
from collections.abc import Callable

from domain.danger import Watch, signs_of
from domain.vocabulary import Flag

_AGE = re.compile(r"\bмне\s+(?:всего\s+|только\s+|сейчас\s+)?(\d{1,2})\s*(?:лет|год|г\b)", re.IGNORECASE)
_RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
FULL_AGE = 18
_FEW = 20
"""Fewer letters tell no language."""
_OTHER_ALPHABET = 0.5
_OTHER_LETTERS = 0.02
"""Of the letters: from this share on they are not a name or a brand but the language. Letters of other Cyrillic alphabets are rare
in each of these languages, so a few of them tell."""


_WORD = re.compile(r"\b[а-яё]{3,}\b")
_FEW_WORDS = 5
_RUSSIAN_WORDS = 0.3
"""Of the words, without names and abbreviations: people who spell badly, or list medicines, stay above it."""


def suggested(text: str, watch: Watch, lemma: Callable[[str], str], knows: Callable[[str], bool]) -> tuple[Flag, ...]:
    """The flags that the text suggests. `knows`: whether a word is Russian."""
    found = []
    ages = [int(one) for one in _AGE.findall(text)]
    if any(age < FULL_AGE for age in ages) or signs_of(text, watch, lemma):
        found.append(Flag.MINOR)
    if is_foreign(text, knows):
        found.append(Flag.LANGUAGE)
    return tuple(found)


def is_foreign(text: str, knows: Callable[[str], bool]) -> bool:
    """Whether most letters are of another alphabet, some are of another Cyrillic one than the Russian, or few words are Russian."""
    letters = [sign for sign in text.lower() if sign.isalpha()]
    if len(letters) < _FEW:
        return False
    cyrillic = [sign for sign in letters if "\u0400" <= sign <= "\u052f"]
    if len(cyrillic) < len(letters) * _OTHER_ALPHABET:
        return True
    if sum(sign not in _RUSSIAN for sign in cyrillic) > len(letters) * _OTHER_LETTERS:
        return True
    words = _WORD.findall(text)
    return len(words) >= _FEW_WORDS and sum(knows(word) for word in words) < len(words) * _RUSSIAN_WORDS
