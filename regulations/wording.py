"""The lists of words that come with the product (`lists/`): behind the hints for answers, and to begin a reason with."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

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


def _list(name: str) -> dict[str, Any]:
    return tomllib.loads((files("regulations") / "lists" / f"{name}.toml").read_text(encoding="utf-8"))
