"""The measures that each shipped order asks for (`lists/measures.toml`): what an administrator begins its register with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from domain.measures import MeasureKind


@dataclass(frozen=True, slots=True)
class ListedMeasure:
    """A measure as an order asks for it. `whom`: whom the order names, by position."""

    kind: MeasureKind
    title: str
    whom: str
    clause: str


@cache
def listed_measures() -> Mapping[str, tuple[ListedMeasure, ...]]:
    """All lists by the code of their order, read once. A kind that is unknown is a mistake of the file and raises."""
    source = (files("regulations") / "lists" / "measures.toml").read_text(encoding="utf-8")
    return {
        order: tuple(ListedMeasure(MeasureKind(row["kind"]), row["title"], row["whom"], row["clause"]) for row in rows)
        for order, rows in tomllib.loads(source).items()
    }
