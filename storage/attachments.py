"""Rows of uploaded files: whose they are and what they belong to. Contents lie in `storage.files`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.case import Decision
from domain.verdict import Refusal
from domain.vocabulary import PersonId
from storage import tables as t
from storage.files import StoredFile

ROLES = {"files": "answer", "comment_files": "comment", "reason_files": "reason"}
"""Which parameter of a decision makes a file what."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file as people see it. `role`: unused, message, answer, comment or reason."""

    id: str
    case_id: str | None
    role: str
    name: str
    media_type: str
    size: int
    uploaded_by: PersonId


def add(connection: sa.Connection, stored: StoredFile, name: str, person: PersonId) -> Attachment:
    """The file is known and belongs to nothing yet."""
    values = {
        "id": str(stored.id),
        "name": name,
        "media_type": stored.media_type,
        "size": stored.size,
        "uploaded_by": person,
    }
    connection.execute(sa.insert(t.attachment).values(values))
    return Attachment(str(stored.id), None, "unused", name, stored.media_type, stored.size, person)


def read(connection: sa.Connection, file_id: str) -> Attachment | None:
    """The file with this id, whoever's it is."""
    row = connection.execute(sa.select(t.attachment).where(t.attachment.c.id == file_id)).one_or_none()
    return _attachment(row) if row else None


def of_case(connection: sa.Connection, case_id: str) -> list[Attachment]:
    """The files of a case, oldest first."""
    query = sa.select(t.attachment).where(t.attachment.c.case_id == case_id).order_by(t.attachment.c.uploaded_at)
    return [_attachment(row) for row in connection.execute(query)]


def refused(connection: sa.Connection, named: Mapping[str, str], person: PersonId) -> Refusal | None:
    """A refusal unless each file (id to the parameter that names it) is this person's and belongs to nothing yet.

    Holds the files until the transaction ends: nobody else uses or discards them meanwhile.
    """
    if not named:
        return None
    table = t.attachment
    usable = set(
        connection.execute(
            sa.select(table.c.id)
            .where(table.c.id.in_(named), table.c.uploaded_by == person, table.c.role == "unused")
            .order_by(table.c.id)
            .with_for_update(key_share=True)
        ).scalars()
    )
    for file, name in named.items():
        if file not in usable:
            return Refusal("file_unknown", "Файл не найден или уже использован: загрузите его ещё раз.", "", name)
    return None


def bind(connection: sa.Connection, files: Iterable[str], case_id: str, role: str, person: PersonId) -> None:
    """The person's unused files belong to the case from now on."""
    table = t.attachment
    connection.execute(
        sa.update(table)
        .where(table.c.id.in_(list(files)), table.c.role == "unused", table.c.uploaded_by == person)
        .values(case_id=case_id, role=role)
    )


def bind_all(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    """The files that a decision names are its case's from the moment it is in the inbox: no other decision can take them."""
    for name, role in ROLES.items():
        if files := decision.parameters.get(name):
            bind(connection, files, case_id, role, decision.person)


def release(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    """The decision was refused: whoever made it may use his files again."""
    files = [file for name in ROLES for file in decision.parameters.get(name) or ()]
    if files:
        table = t.attachment
        connection.execute(
            sa.update(table)
            .where(table.c.id.in_(files), table.c.case_id == case_id, table.c.uploaded_by == decision.person)
            .values(case_id=None, role="unused")
        )


def _attachment(row: Any) -> Attachment:
    return Attachment(row.id, row.case_id, row.role, row.name, row.media_type, row.size, row.uploaded_by)
