"""The lists of words that come with the product (`lists/`): hints for answers, beginnings of reasons, danger to life."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from domain.danger import Watch
from domain.hints import HintKind, Kind, Wording


@cache
def wording() -> Wording:
    """The lists, read once. A kind that is missing or unknown is a mistake of the file and raises."""
    found = _list("wording")
    return Wording(
        kinds={kind: Kind(**found["kinds"][kind]) for kind in HintKind},
        phrases={HintKind(kind): phrases for kind, phrases in found["phrases"].items()},
        longest_sentence=found["sentences"]["longest"],
        shortened=frozenset(found["sentences"]["shortened"].split()),
        everyday=frozenset(found["abbreviations"]["everyday"].split()),
        stand_for=found["abbreviations"]["stand_for"],
        known=frozenset(word.replace("ё", "е") for word in found["dictionary"]["known"].split()),
    )


@cache
def ready_reasons(action: str) -> tuple[str, ...]:
    """What a reason for this action often says."""
    return tuple(_list("reasons")[action])


@cache
def watch() -> Watch:
    """The words that may tell of danger to life, and what to do about it."""
    return _watch("danger")


@cache
def flag_words() -> Watch:
    """The words by which a child may be writing himself."""
    return _watch("flags")


def _watch(name: str) -> Watch:
    found = _list(name)
    kinds = found["kinds"]
    return Watch(
        titles={kind: one["title"] for kind, one in kinds.items()},
        phrases={kind: tuple(one["phrases"]) for kind, one in kinds.items()},
        harmless=tuple(found["harmless"]["phrases"]),
        between=found["between"],
        steps=tuple(one["text"] for one in found.get("steps", ())),
    )


def _list(name: str) -> dict[str, Any]:
    return tomllib.loads((files("regulations") / "lists" / f"{name}.toml").read_text(encoding="utf-8"))
