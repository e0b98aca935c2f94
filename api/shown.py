"""Small shapes that several answers share."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.problems import Problem

MOST_ID = 2**63 - 1
"""The largest number that the database gives."""


class Named(BaseModel):
    """Код и то, что читают люди."""

    code: str = Field(examples=["medicine"])
    title: str = Field(examples=["Медицина"])


class PersonShown(BaseModel):
    """Сотрудник."""

    number: int = Field(description="табельный номер", examples=[104])
    name: str = Field(examples=["Исполнитель И. И."])


class HolderShown(BaseModel):
    """У кого сообщение: у сотрудника или у всех, кто исполняет роль."""

    person: PersonShown | None = None
    pool: Named | None = None


def named(code: str | None, titles: Mapping[str, str]) -> Named | None:
    """The code with its title; the code itself where there is none."""
    return Named(code=code, title=titles.get(code, code)) if code is not None else None


def titled(code: str, titles: Mapping[str, str]) -> Named:
    """The same for a code that is always there."""
    return Named(code=code, title=titles.get(code, code))


def typed_number(typed: str) -> str:
    """«№ 2026-0000123» as people copy it; what has no digit is nobody's number."""
    return re.sub("[^0-9-]", "", typed) or "-"


def cursor_of(*parts: Any) -> str:
    """An opaque place in a list."""
    shown = [part.isoformat() if isinstance(part, date) else part for part in parts]
    text = json.dumps(shown, ensure_ascii=False)  # half as long for titles
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parts_of(cursor: str, length: int) -> list[Any]:
    """What `cursor_of` was given. A 422 for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise cursor_wrong() from None
    if not isinstance(found, list) or len(found) != length:
        raise cursor_wrong()
    return found


def id_of(cursor: str | None) -> int | None:
    """The place in a list that is ordered by numbers given by the database. A 422 for anything else."""
    if cursor is None:
        return None
    (found,) = parts_of(cursor, 1)
    if type(found) is not int or not 0 < found <= MOST_ID:
        raise cursor_wrong()
    return found


def cursor_wrong() -> Problem:
    """The cursor is not one of ours, or of another list."""
    detail = "Начните список сначала: это не то значение, которое вернула предыдущая страница."
    return Problem(422, "cursor_invalid", detail, field="cursor")
