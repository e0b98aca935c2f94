"""Rules and the record know people by number alone; whoever reads a refusal is told the name. Bodies have their titles already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from domain.verdict import Refusal
from domain.vocabulary import PersonId
from storage import cards

_NUMBERED = re.compile(r"сотрудник № (\d+)", re.IGNORECASE)


def naming(connection: sa.Connection, refusal: Refusal) -> Refusal:
    """The refusal with names in place of staff numbers. Its reader is one whom it may be told to."""
    return replace(refusal, detail=in_names(connection, [refusal.detail])[refusal.detail])


def in_names(connection: sa.Connection, details: Iterable[str]) -> dict[str, str]:
    """What each of these details says when it names people."""
    numbers = {detail: {PersonId(int(found)) for found in _NUMBERED.findall(detail)} for detail in details}
    told = set().union(*numbers.values())
    names = cards.names(connection, told) if told else {}
    return {
        detail: _NUMBERED.sub(lambda found: names.get(PersonId(int(found[1])), found[0]), detail) for detail in numbers
    }
