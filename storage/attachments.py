"""Rows of uploaded files: whose they are and what they belong to. Contents lie in `storage.files`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.case import Decision
from domain.verdict import Refusal
from domain.vocabulary import APPLICANT, PersonId
from storage import tables as t
from storage.files import StoredFile

FORM_LOGIN = "public-form"
"""The account in whose name everything comes in that applicants send themselves."""

ROLES = {"files": "answer", "comment_files": "comment", "reason_files": "reason", "own_files": "message"}
"""Which parameter of a decision makes a file what. What the applicant sends later is his message's like the first."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file as people see it.

    `role`: «unused», or what it belongs to: of a case one of `ROLES` or «message», else `MEASURE`, `ORDER` or `SUPPORT`.
    `size` is in bytes, of what is kept.
    """

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


def by_id(connection: sa.Connection, ids: Collection[str]) -> list[Attachment]:
    """Those of the files that there are."""
    query = sa.select(t.attachment).where(t.attachment.c.id.in_(ids))
    return [_attachment(row) for row in connection.execute(query)]


def of_case(connection: sa.Connection, case_id: str) -> list[Attachment]:
    """The files of a case, oldest first."""
    query = sa.select(t.attachment).where(t.attachment.c.case_id == case_id).order_by(t.attachment.c.uploaded_at)
    return [_attachment(row) for row in connection.execute(query)]


MEASURE = "measure"
"""The role of a file that shows that a measure of an order is done: it belongs to no message."""

ORDER = "order"
"""The role of a scan of an order: it belongs to no message, and all staff read it."""

SUPPORT = "support"
"""The role of a screenshot in a request to the support desk: it belongs to no message, and leaves with the request alone."""

Named = Sequence[tuple[str, str]]
"""Files with the parameter that names each."""


def named_in(parameters: Mapping[str, Any]) -> Named:
    """The files that a decision's parameters name."""
    return [(str(file), name) for name in ROLES for file in parameters.get(name) or ()]


def usable(
    connection: sa.Connection, named: Named, person: PersonId, case_id: str | None = None
) -> dict[tuple[str, str], Attachment]:
    """Those of the files that the person may name there.

    His own that belong to nothing yet; and what an earlier version of the case's answer had in the same place, so that an
    answer that came back goes out with its files again, as the same whole that somebody endorsed (G-22).
    """
    if not named:
        return {}
    query = sa.select(t.attachment).where(t.attachment.c.id.in_([file for file, _ in named]))
    known = {row.id: _attachment(row) for row in connection.execute(query)}
    sent_before = _sent_before(connection, case_id)

    def fits(file: str, name: str) -> bool:
        own = file in known and known[file].role == "unused" and known[file].uploaded_by == person
        return own or (file, name) in sent_before

    return {(file, name): known[file] for file, name in named if fits(file, name)}


def refused(
    connection: sa.Connection, named: Named, person: PersonId, case_id: str | None = None, *, own_alone: bool = False
) -> Refusal | None:
    """A refusal unless all the files are `usable`, and each is named once. `own_alone`: and were sent for this very case.

    Holds them until the transaction ends: nobody else uses or discards them meanwhile.
    """
    if not named:
        return None
    table, files = t.attachment, [file for file, _ in named]
    held = sa.select(table.c.id).where(table.c.id.in_(files)).order_by(table.c.id).with_for_update(key_share=True)
    connection.execute(held)
    found = usable(connection, named, person, case_id)
    own = _sent_for(connection, person, case_id, files) if own_alone else set(files)
    for place, (file, name) in enumerate(named):
        if (file, name) not in found or file not in own:
            return Refusal("file_unknown", "Файл не найден или уже использован: загрузите его ещё раз.", "", name)
        if file in files[:place]:
            return Refusal("file_twice", "Один и тот же файл назван дважды.", "", name)
    return None


def _sent_for(connection: sa.Connection, person: PersonId, case_id: str | None, files: Sequence[str]) -> set[str]:
    """Those of the files that came in for the case: one account keeps what all applicants send."""
    table = t.idempotency_key
    query = sa.select(table.c.made).where(
        table.c.person == person, table.c.kind == "file", table.c.made.in_(files), table.c.key.startswith(f"{case_id} ")
    )
    return {str(made) for made in connection.execute(query).scalars()}


def waiting_for(connection: sa.Connection, person: PersonId, case_id: str) -> int:
    """How many files came in for the case, in the name of the account, that no decision has named yet."""
    keys, table = t.idempotency_key, t.attachment
    sent = sa.and_(keys.c.person == person, keys.c.kind == "file", keys.c.key.startswith(f"{case_id} "))
    query = sa.select(sa.func.count()).join_from(keys, table, sa.cast(table.c.id, sa.Text) == keys.c.made)
    return connection.execute(query.where(sent, table.c.role == "unused")).scalar_one()


def _sent_before(connection: sa.Connection, case_id: str | None) -> set[tuple[str, str]]:
    """The files of all versions of the case's answer, each with the parameter that named it."""
    if case_id is None:
        return set()
    table = t.answer_version
    query = sa.select(table.c.files, table.c.comment_files).where(table.c.case_id == case_id)
    return {
        (file, name)
        for row in connection.execute(query).mappings()
        for name in ("files", "comment_files")
        for file in row[name]
    }


def bind(connection: sa.Connection, files: Iterable[str], case_id: str, role: str, person: PersonId) -> None:
    """The person's unused files belong to the case from now on."""
    table, named = t.attachment, list(files)
    if not named:
        return
    connection.execute(
        sa.update(table)
        .where(table.c.id.in_(named), table.c.role == "unused", table.c.uploaded_by == person)
        .values(case_id=case_id, role=role)
    )


def bind_to_measure(connection: sa.Connection, files: Collection[str], person: PersonId) -> Refusal | None:
    """The person's unused files show that a measure is done. A refusal unless all of them may be named."""
    return _bind_outside(connection, [(file, "files") for file in files], person, MEASURE)


def bind_to_order(connection: sa.Connection, file: str, person: PersonId) -> Refusal | None:
    """The person's unused file is an order's scan. A refusal unless it may be named."""
    return _bind_outside(connection, [(file, "scan")], person, ORDER)


def bind_to_support(connection: sa.Connection, files: Collection[str], person: PersonId) -> Refusal | None:
    """The person's unused files go with his request to the desk. A refusal unless all of them may be named."""
    return _bind_outside(connection, [(file, "screens") for file in files], person, SUPPORT)


def _bind_outside(connection: sa.Connection, named: Named, person: PersonId, role: str) -> Refusal | None:
    if refusal := refused(connection, named, person):
        return refusal
    table = t.attachment
    connection.execute(sa.update(table).where(table.c.id.in_([file for file, _ in named])).values(role=role))
    return None


def bind_all(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    """The files that a decision names are its case's from the moment it is in the inbox: no other decision can take them."""
    for name, role in ROLES.items():
        if files := decision.parameters.get(name):
            bind(connection, files, case_id, role, uploader(connection, decision.person))


def uploader(connection: sa.Connection, person: PersonId) -> PersonId:
    """In whose name the files of a decision were uploaded: the applicant's own came in by the form's account."""
    if person != APPLICANT:
        return person
    query = sa.select(t.person.c.id).where(t.person.c.login == FORM_LOGIN, t.person.c.system)
    return connection.execute(query).scalar_one_or_none() or APPLICANT


def release(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    """The decision was refused: whoever made it may use his files again. Those of an earlier answer stay where they are."""
    if named := named_in(decision.parameters):
        table, owner = t.attachment, uploader(connection, decision.person)
        files = {file for file, _ in named} - {file for file, _ in _sent_before(connection, case_id)}
        connection.execute(
            sa.update(table)
            .where(table.c.id.in_(files), table.c.case_id == case_id, table.c.uploaded_by == owner)
            .values(case_id=None, role="unused")
        )


def _attachment(row: Any) -> Attachment:
    return Attachment(row.id, row.case_id, row.role, row.name, row.media_type, row.size, row.uploaded_by)
