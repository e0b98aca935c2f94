"""Who answered by an order and answers by none in force, and who takes over his open work."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.annexes import CategoriesAnnex
from domain.directory_records import Succession
from storage.reigns import Turn, reigns, turns

Rows = Sequence[tuple[Any, CategoriesAnnex]]


def gone(rows: Rows, now: datetime, zone: ZoneInfo, answering: Collection[str]) -> Iterator[Succession]:
    """Of revisions of categories in their order, also of those taken back: who was named by one of them is gone with it."""
    found: dict[str, Succession] = {}
    for act in dict.fromkeys(row.act for row, _ in rows):
        found |= _of_act([row for row in rows if row[0].act == act], now, zone)
    for code, left in sorted(found.items()):
        if code not in answering:
            yield replace(left, successor=_last_successor(left, found, answering))


def _of_act(rows: Rows, now: datetime, zone: ZoneInfo) -> dict[str, Succession]:
    named = {row.id: one.named for row, one in rows}
    taken_back = [row for row, _ in reversed(rows) if row.state == "taken_back"]
    found: dict[str, Succession] = {}
    for turn in turns(reigns([row for row, _ in rows], zone), now):
        if turn.before is None:
            continue
        after = named[turn.after.row.id] if turn.after else frozenset()
        for code in named[turn.before.row.id] - after:
            found[code] = _succession(code, turn, taken_back, zone)
    return found


def _succession(code: str, turn: Turn, taken_back: Sequence[Any], zone: ZoneInfo) -> Succession:
    """By the revision that caused it; else by the other, which foresaw it; else as one said that is taken back."""
    both = [one.row for one in (turn.after, turn.before) if one is not None]
    if turn.taken_back:
        both.reverse()
    successor = next((row.successors[code] for row in (*both, *taken_back) if code in row.successors), None)
    return Succession(code, successor, *turn.cause(zone))


def _last_successor(one: Succession, found: Mapping[str, Succession], answering: Collection[str]) -> str | None:
    """The successor, or his own where he answers no more either."""
    passed: set[str] = set()
    successor = one.successor
    while successor is not None and successor not in passed and successor not in answering:
        passed.add(successor)
        successor = found[successor].successor if successor in found else None
    return successor if successor in answering else None
