"""Everything that a letter's words are made of, as the record has it at the moment of sending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.letter_content import Applicant, Content, LetterFile
from domain.letters import about
from domain.vocabulary import LetterKind
from storage import tables as t
from storage.files import download_name
from storage.letters import in_doubt

_ANSWERS = frozenset({LetterKind.ANSWER, LetterKind.POSTPONEMENT})


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter with what its words are made of. Never leaves the process but as the letter itself."""

    id: str
    recipient: str
    written_at: datetime
    message_id: str
    code_issue: int
    secret: bool
    content: Content


def read(connection: sa.Connection, letter_id: str) -> Letter:
    """The letter with its content. Raises NoResultFound for a letter that does not exist."""
    row = connection.execute(_QUERY, {"letter": letter_id}).mappings().one()
    return Letter(
        id=row["id"],
        recipient=row["recipient"] or "",
        written_at=row["created_at"],
        message_id=row["case_id"],
        code_issue=row["code_issue"],
        secret=row["secret"],
        content=_content(connection, row),
    )


def _content(connection: sa.Connection, row: sa.RowMapping) -> Content:
    kind, parameters = LetterKind(row["kind"]), row["parameters"] or {}
    sealed = json.loads(row["sealed"]) if row["sealed"] is not None else {}
    main = row["facts"].get("main") if row["decision"] is None else None
    answer = (
        last_approved(connection, main, row["created_at"])
        if main
        else _approved_answer(connection, row["case_id"], row["decision"])
    )
    ground = (answer or parameters).get("ground")
    return Content(
        kind=kind,
        about=about(kind, row["action"], answer["type"] if answer else None),
        number=row["number"],
        applicant=Applicant(
            row["applicant_kind"],
            row["applicant_name"],
            row["inn"],
            row["contact_person"],
            row["email"],
            row["phone"],
            row["address"],
        ),
        received_at=row["received_at"],
        organisation=row["title"],
        time_zone=row["time_zone"],
        facts=row["facts"],
        answer=answer["text"] if answer else "",
        reason=str(parameters.get("reason") or ""),
        ground=_ground(connection, row["case_id"], ground) if ground else None,
        files=_files(connection, kind, main or row["case_id"], answer),
        text=row["text"],
        location=row["location"],
        doubtful=row["in_doubt"],
        question=str(sealed.get("text") or "") if kind is LetterKind.QUESTION else "",
    )


def _query() -> sa.Select[Any]:
    letter, message, case, organisation, decision = t.letter, t.message, t.message_case, t.organisation, t.decision
    return (
        sa.select(
            letter.c.id,
            letter.c.case_id,
            letter.c.decision,
            letter.c.kind,
            letter.c.recipient,
            letter.c.created_at,
            letter.c.facts,
            in_doubt().label("in_doubt"),
            message.c.number,
            message.c.code_issue,
            message.c.applicant_kind,
            message.c.applicant_name,
            message.c.inn,
            message.c.contact_person,
            message.c.email,
            message.c.phone,
            message.c.address,
            message.c.text,
            message.c.location,
            message.c.received_at,
            organisation.c.title,
            organisation.c.time_zone,
            decision.c.parameters,
            decision.c.sealed,
            decision.c.action,
            case.c.rest["secret"].as_boolean().label("secret"),
        )
        .join(message, message.c.id == letter.c.case_id)
        .join(case, case.c.id == letter.c.case_id)
        .join(organisation, organisation.c.id == letter.c.facts["organisation"].astext)
        .outerjoin(decision, decision.c.id == letter.c.decision)
        .where(letter.c.id == sa.bindparam("letter"))
    )


_QUERY = _query()
"""Built once: building it costs more than running it."""


def _approved_answer(connection: sa.Connection, case_id: str, decision_id: str | None) -> dict[str, Any] | None:
    """The version that the letter's own decision approved: the text in force when it was made."""
    if decision_id is None:
        return None
    table = t.answer_version
    decided_at = sa.select(t.decision.c.decided_at).where(t.decision.c.id == decision_id).scalar_subquery()
    row = (
        connection.execute(
            sa.select(table.c.type, table.c.text, table.c.ground, table.c.files).where(
                table.c.case_id == case_id, table.c.approved_at == decided_at
            )
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def last_approved(connection: sa.Connection, case_id: str, by: datetime | None = None) -> dict[str, Any] | None:
    """The answer that was given last, `by` the instant: that of a message is the answer to those that were linked to it, too."""
    table = t.answer_version
    row = (
        connection.execute(
            sa.select(table.c.type, table.c.text, table.c.ground, table.c.files)
            .where(
                table.c.case_id == case_id,
                table.c.approved_at.is_not(None) if by is None else table.c.approved_at <= by,
            )
            .order_by(table.c.version.desc())
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def _ground(connection: sa.Connection, case_id: str, code: str) -> tuple[str, str]:
    """What the act says of the reason, in the revision that the message began with."""
    case, revision = t.message_case, t.regulation_revision
    grounds = connection.execute(
        sa.select(revision.c.body["decline_grounds"])
        .join(case, (revision.c.code == case.c.regulation) & (revision.c.revision == case.c.revision))
        .where(case.c.id == case_id)
    ).scalar_one()
    found: dict[str, Any] = next((one for one in grounds if one["code"] == code), {})
    return str(found.get("title", code)), str(found.get("text", ""))


def _files(
    connection: sa.Connection, kind: LetterKind, case_id: str, answer: dict[str, Any] | None
) -> tuple[LetterFile, ...]:
    """The approved answer's files in its order, with the answer alone; to an outside organisation the message's own."""
    table = t.attachment
    query = sa.select(table.c.id, table.c.name, table.c.media_type, table.c.size).where(table.c.case_id == case_id)
    if kind is LetterKind.FORWARDED:
        query = query.where(table.c.role == "message").order_by(table.c.uploaded_at, table.c.id)
        return tuple(_file(row) for row in connection.execute(query))
    if answer is None or kind not in _ANSWERS:
        return ()
    rows = {row.id: _file(row) for row in connection.execute(query.where(table.c.id.in_(answer["files"])))}
    return tuple(rows[file] for file in answer["files"] if file in rows)


def _file(row: sa.Row[*tuple[Any, ...]]) -> LetterFile:
    return LetterFile(row.id, download_name(row.name, row.media_type), row.media_type, row.size)
