"""Rules and the record know people by number alone; whoever reads a refusal is told the name."""

from __future__ import annotations

import re
from dataclasses import replace

import sqlalchemy as sa

from domain.verdict import Refusal
from domain.vocabulary import PersonId
from storage import cards

_NUMBERED = re.compile(r"сотрудник № (\d+)")


def naming(connection: sa.Connection, refusal: Refusal) -> Refusal:
    """The refusal with names in place of staff numbers. Its reader is one whom it may be told to."""
    numbers = {PersonId(int(found)) for found in _NUMBERED.findall(refusal.detail)}
    if not numbers:
        return refusal
    names = cards.names(connection, numbers)
    return replace(
        refusal,
        detail=_NUMBERED.sub(lambda found: names.get(PersonId(int(found[1])), found[0]), refusal.detail),
    )
