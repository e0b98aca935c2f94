"""Danger to somebody's life on the card: what is held of it, the words that suggest it, and what to do. Source: G-45."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.card_shapes import DangerShown
from api.shown import titled
from api.titles import DANGERS
from domain.danger import said, signs_of
from regulations.wording import watch
from storage.cards import Card
from storage.lemmas import lemma
from storage.personal import masked
from storage.sight import Sight


def danger_shown(card: Card, given: Mapping[str, Mapping[str, Any]]) -> DangerShown | None:
    """None where nobody and nothing suggests any. `given`: the parameters of decisions by id."""
    case = card.case
    if case.danger is None:
        return None
    words = [sign.words for text in _texts(card, given) for sign in signs_of(text, watch(), lemma)]
    return DangerShown(
        state=titled(case.danger, DANGERS),
        signs=list(dict.fromkeys(words)),
        steps=list(watch().steps) if case.urgent else [],
    )


def _texts(card: Card, given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The message's words, and those that its applicant added where there were signs in them."""
    yield card.message["text"]
    for parameters in given.values():
        if parameters.get("danger"):
            added = said(parameters)
            yield added if card.sight is Sight.FULL else masked(added)
