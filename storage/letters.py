"""Letters on their way. The row says «begun» before DATA and gets its outcome after it; what lies between is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import LetterState
from storage import tables as t

MOST_BEGINNINGS = 2
"""A letter is begun once, and once more when nobody knows what became of the first time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter as the mail finds it. `age`: since it was written."""

    id: str
    state: str
    attempts: int
    age: timedelta

    @property
    def settled(self) -> bool:
        """Whether it has its outcome."""
        return self.state not in {LetterState.PENDING, LetterState.BEGUN}

    @property
    def begun(self) -> bool:
        """Whether DATA was begun and nobody knows what came of it."""
        return self.state == LetterState.BEGUN

    @property
    def in_doubt_twice(self) -> bool:
        """Whether it may not be sent once more."""
        return self.begun and self.attempts >= MOST_BEGINNINGS


def lock(connection: sa.Connection, letter_id: str) -> Waiting | None:
    """The letter, held until the transaction ends; None if there is none."""
    table = t.letter
    row = connection.execute(
        sa.select(table.c.id, table.c.state, table.c.attempts, (sa.func.otklik_now() - table.c.created_at).label("age"))
        .where(table.c.id == letter_id)
        .with_for_update()
    ).one_or_none()
    return Waiting(row.id, row.state, row.attempts, row.age) if row else None


def begin(connection: sa.Connection, letter_id: str) -> bool:
    """DATA may begin once this has committed. False when somebody else settled the letter or it was begun too often."""
    table = t.letter
    changed = connection.execute(
        sa.update(table)
        .where(
            table.c.id == letter_id,
            table.c.state.in_([LetterState.PENDING.value, LetterState.BEGUN.value]),
            table.c.attempts < MOST_BEGINNINGS,
        )
        .values(
            state=LetterState.BEGUN.value,
            attempts=table.c.attempts + 1,
            begun_at=sa.func.otklik_now(),
            doubtful=table.c.state == LetterState.BEGUN.value,
        )
    )
    return changed.rowcount == 1


def not_begun(connection: sa.Connection, letter_id: str) -> None:
    """The server said that it did not take the letter: the beginning does not count."""
    table = t.letter
    connection.execute(
        sa.update(table)
        .where(table.c.id == letter_id, table.c.state == LetterState.BEGUN.value)
        .values(state=LetterState.PENDING.value, attempts=table.c.attempts - 1, begun_at=None)
    )


def sent(connection: sa.Connection, letter_id: str) -> str:
    """The server took it; the case hears of it at the next bell."""
    return _settle(connection, letter_id, LetterState.SENT, settled_at=sa.func.otklik_now())


def refuse(connection: sa.Connection, letter_id: str, code: str) -> str:
    """The mail cannot deliver it; the case makes a task of it at the next bell. `code` names no person."""
    return _settle(connection, letter_id, LetterState.REFUSED, failure=code)


def _settle(connection: sa.Connection, letter_id: str, state: LetterState, **values: Any) -> str:
    table = t.letter
    open_states = [LetterState.PENDING.value, LetterState.BEGUN.value]
    connection.execute(
        sa.update(table)
        .where(table.c.id == letter_id, table.c.state.in_(open_states))
        .values(state=state.value, recorded=False, **values)
    )
    return state.value


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a letter's words are made of. Never leaves the process but as the letter itself."""

    id: str
    kind: str
    recipient: str
    written_at: datetime
    doubtful: bool
    number: str
    message_id: str
    code_issue: int
    channel: str
    applicant_name: str | None
    message_text: str
    received_at: datetime
    organisation: str
    time_zone: str
    facts: dict[str, Any]
    parameters: dict[str, Any]
    answer: dict[str, Any] | None
    files: tuple[dict[str, Any], ...]
    secret: bool


def content(connection: sa.Connection, letter_id: str) -> Content:
    """The letter's content as the record has it now."""
    letter, message, organisation, decision = t.letter, t.message, t.organisation, t.decision
    query = (
        sa.select(
            letter,
            message.c.number,
            message.c.code_issue,
            message.c.channel,
            message.c.applicant_name,
            message.c.text,
            message.c.received_at,
            organisation.c.title,
            organisation.c.time_zone,
            decision.c.parameters,
            t.message_case.c.rest["secret"].as_boolean().label("secret"),
        )
        .join(message, message.c.id == letter.c.case_id)
        .join(t.message_case, t.message_case.c.id == letter.c.case_id)
        .join(organisation, organisation.c.id == letter.c.facts["organisation"].astext)
        .outerjoin(decision, decision.c.id == letter.c.decision)
        .where(letter.c.id == letter_id)
    )
    row = connection.execute(query).mappings().one()
    answer = _approved_answer(connection, row["case_id"], row["decision"])
    return Content(
        id=row["id"],
        kind=row["kind"],
        recipient=row["recipient"] or "",
        written_at=row["created_at"],
        doubtful=row["state"] == LetterState.BEGUN.value,
        number=row["number"],
        message_id=row["case_id"],
        code_issue=row["code_issue"],
        channel=row["channel"],
        applicant_name=row["applicant_name"],
        message_text=row["text"],
        received_at=row["received_at"],
        organisation=row["title"],
        time_zone=row["time_zone"],
        facts=row["facts"],
        parameters=row["parameters"] or {},
        answer=answer,
        files=_files(connection, answer["files"]) if answer else (),
        secret=row["secret"],
    )


def _approved_answer(connection: sa.Connection, case_id: str, decision_id: str | None) -> dict[str, Any] | None:
    """The version that the letter's own decision approved: the text in force when it was made."""
    if decision_id is None:
        return None
    table = t.answer_version
    decided_at = sa.select(t.decision.c.decided_at).where(t.decision.c.id == decision_id).scalar_subquery()
    row = (
        connection.execute(sa.select(table).where(table.c.case_id == case_id, table.c.approved_at == decided_at))
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def _files(connection: sa.Connection, ids: list[str]) -> tuple[dict[str, Any], ...]:
    table = t.attachment
    rows = {
        row["id"]: dict(row)
        for row in connection.execute(
            sa.select(table.c.id, table.c.name, table.c.media_type).where(table.c.id.in_(ids))
        ).mappings()
    }
    return tuple(rows[file] for file in ids if file in rows)
