"""What a letter to an applicant is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.vocabulary import LetterKind

FILES_LIMIT = 20 * 1024 * 1024
"""Of all files of a letter: with base64 it still passes mail servers with the usual limit of 30 MB."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wrote, and how to reach him."""

    kind: str
    name: str | None = None
    inn: str | None = None
    contact_person: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file that goes with the letter, under the name that its reader gets."""

    id: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """What the words are made of. `text` and `location` are the message's, `organisation` and `time_zone` of who answers.

    `about`: what was decided; another than `kind` for a letter that only says where the decision is to be read.
    `ground`: title and advice of the reason of the submission rules for which the message was declined.
    """

    kind: LetterKind
    about: LetterKind
    number: str
    applicant: Applicant
    received_at: datetime
    organisation: str
    time_zone: str
    facts: Mapping[str, Any]
    answer: str = ""
    reason: str = ""
    ground: tuple[str, str] | None = None
    files: tuple[LetterFile, ...] = ()
    text: str = ""
    location: str | None = None
    doubtful: bool = False
    question: str = ""


def fits(files: tuple[LetterFile, ...]) -> bool:
    """Whether the files may travel in one letter."""
    return sum(file.size for file in files) <= FILES_LIMIT
