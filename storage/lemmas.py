"""Words in their dictionary form, for search that finds «приём» by «приёме».

PostgreSQL's own Russian stemmer parts some forms of one word (прием → «при», приёме → «прием»), so both sides of the
search are lemmatised here and PostgreSQL compares them with its `simple` configuration.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import pymorphy3

from domain.words import searchable
from storage.personal import without_identifiers

QUERY_WORDS = 32  # a search box is not a place for whole letters
_LONGEST = 64  # letters; a tsquery refuses words over 2 KB, so longer ones are cut alike on both sides
_RUSSIAN = re.compile("[а-я]+")
_INVISIBLE = re.compile("[\u00ad\u0301\u200b-\u200f\u2060\ufeff]")  # soft hyphens, stress marks, zero-width signs
_SERVICE = {"PREP", "CONJ", "PRCL", "INTJ"}

_loading = Lock()
_analyser: Any = None


class _Lemma(NamedTuple):
    word: str
    service: bool  # a preposition, conjunction, particle or interjection
    others: tuple[str, ...] = ()  # what it may be a form of besides


def lemmas(text: str) -> str:
    """The text's words in dictionary form, in order, ё as е; numbers stay, personal identifiers do not get here.

    A form of several words stands for each: who looks for «платить» and who looks for «плакать» finds «плачу».
    """
    return " ".join(reading for one in map(_lemma, _words(text)) for reading in (one.word, *one.others))


def query(text: str, *, last_word_open: bool = False) -> str:
    """A query for `to_tsquery('simple', …)` that wants every word; "" where the text has none, which should not be run.

    Service words («в», «на») count only when there is nothing else. With `last_word_open` the last word may go on, as
    while somebody is typing. Contains only letters, digits and the operators put in here: whatever the text, it parses.
    """
    words = _words(text)[:QUERY_WORDS]
    content = [word for word in words if not _lemma(word).service] or words
    if not content:
        return ""
    terms = [_lemma(word).word for word in content]
    if last_word_open:
        terms[-1] = f"({terms[-1]} | {content[-1]}:*)"
    return " & ".join(terms)


def any_of(text: str) -> str:
    """A query as `query` makes it, that wants any of the first words which tell something; "" where there is none."""
    found = dict.fromkeys(_lemma(word) for word in _words(text))
    return " | ".join([one.word for one in found if not one.service][:QUERY_WORDS])


def lemma(word: str) -> str:
    """The dictionary form of one word in lower case, ё as е."""
    return _lemma(word).word


def _words(text: str) -> list[str]:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", without_identifiers(text)))
    plain = searchable(plain)
    spaced = "".join(sign if sign.isalpha() or sign.isdecimal() else " " for sign in plain)  # PostgreSQL drops ½ and ²
    return [word[:_LONGEST] for word in spaced.split()]


@lru_cache(maxsize=50_000)
def _lemma(word: str) -> _Lemma:
    if not _RUSSIAN.fullmatch(word):
        return _Lemma(word, service=False)  # the analyser stumbles over letters that have no name in Unicode
    best, *rest = morphology().parse(word)
    normal, service = best.normal_form.replace("ё", "е"), best.tag.POS in _SERVICE
    known = dict.fromkeys(one.normal_form.replace("ё", "е") for one in rest if one.is_known and not service)
    return _Lemma(normal, service, tuple(other for other in known if other != normal))


def morphology() -> Any:
    """The analyser of pymorphy3: 0.2 s and 40 MB, so made at the first word and once."""
    global _analyser
    if _analyser is None:
        with _loading:
            if _analyser is None:
                _analyser = pymorphy3.MorphAnalyzer(lang="ru")
    return _analyser
