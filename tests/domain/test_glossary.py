"""The glossary knows each word that people and other systems meet."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from domain.calls import CallKind
from domain.vocabulary import (
    AbsenceCode,
    Action,
    AlarmKind,
    AnswerType,
    Channel,
    DraftKind,
    LetterWay,
    Outcome,
    Role,
    Stage,
)

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


@pytest.mark.parametrize(
    "words", [Role, Stage, Action, AnswerType, Outcome, DraftKind, AbsenceCode, Channel, LetterWay, AlarmKind, CallKind]
)
def test_glossary_has_each_code(words: type[StrEnum]) -> None:
    codes = set(re.findall(r"`(\w+)`", GLOSSARY.read_text(encoding="utf-8")))

    missing = [word for word in words if word not in codes]

    assert not missing, f"add to docs/glossary.md: {', '.join(missing)}"


def test_each_row_of_the_glossary_is_complete() -> None:
    rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("|")]

    assert rows
    assert all(len(cells) == 4 and all(cells) for cells in ([c.strip() for c in row[1:-1].split("|")] for row in rows))
