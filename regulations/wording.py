"""The lists behind the hints for answers, as shipped (`lists/wording.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from domain.hints import HintKind, Kind, Wording


@cache
def wording() -> Wording:
    """The lists, read once. A kind that is missing or unknown is a mistake of the file and raises."""
    text = (files("regulations") / "lists" / "wording.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)
    return Wording(
        kinds={kind: Kind(**found["kinds"][kind]) for kind in HintKind},
        phrases={HintKind(kind): phrases for kind, phrases in found["phrases"].items()},
        longest_sentence=found["sentences"]["longest"],
        shortened=frozenset(found["sentences"]["shortened"].split()),
        everyday=frozenset(found["abbreviations"]["everyday"].split()),
        stand_for=found["abbreviations"]["stand_for"],
        known=frozenset(word.replace("ё", "е") for word in found["dictionary"]["known"].split()),
    )
