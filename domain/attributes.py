"""Names and values of the search attributes by which curators filter runs; what they mean stands in the glossary.

None is of type Text, which breaks on Russian punctuation; keywords are cut to what the visibility store takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.standing import Standing
from domain.vocabulary import CLOSED

KEYWORDS = ("MessageNumber", "Regulation", "Organisation", "Stage", "Holder", "Category")
DATETIMES = ("DueAt", "StageDueAt")
BOOLS = ("Overdue",)

_KEYWORD_LIMIT = 255

Value = str | bool | datetime | None


def of_standing(standing: Standing) -> Mapping[str, Value]:
    """The attributes that change as the case moves; None unsets one."""
    return {
        "Organisation": standing.organisation[:_KEYWORD_LIMIT],
        "Stage": CLOSED if standing.closed else standing.stage,
        "Holder": standing.holder[:_KEYWORD_LIMIT],
        "Category": standing.category[:_KEYWORD_LIMIT],
        "DueAt": _instant(standing.due_at),
        "StageDueAt": _instant(standing.stage_due_at),
        "Overdue": standing.overdue,
    }


def _instant(iso: str) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None
