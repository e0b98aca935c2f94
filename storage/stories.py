"""What an applicant may follow of a message: the public part of its journal, the approved answers, where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.case import Case
from domain.regulation import Regulation
from domain.verdict import World
from domain.vocabulary import Action, ErrandKind, Event, Outcome
from storage import attachments, cases, journal
from storage import tables as t
from storage.attachments import Attachment
from storage.decided import last_written, whole
from storage.reference import Reference, moment

PUBLIC = {
    Event.MESSAGE_REGISTERED.value,
    Event.MESSAGE_ACCEPTED.value,
    Event.EXECUTOR_ASSIGNED.value,
    Event.MESSAGE_TAKEN.value,
    Event.WORK_STARTED.value,
    Event.MESSAGE_DECLINED.value,
    Event.MESSAGE_TRANSFERRED.value,
    Event.REDIRECT_APPROVED.value,
    Event.POSTPONEMENT_APPROVED.value,
    Event.ANSWER_APPROVED.value,
    Event.CARD_CORRECTED.value,
    Event.DELIVERY_CONFIRMED.value,
    Event.ANSWER_RATED.value,
    Event.REPEAT_ASKED.value,
    Event.FACTS_ADDED.value,
    Event.WITHDRAWAL_ASKED.value,
    Event.MESSAGE_WITHDRAWN.value,
    Event.CONSIDERATION_CONTINUED.value,
    Event.MESSAGE_LINKED.value,
    Event.MESSAGE_UNLINKED.value,
    Event.ANSWERED_TOGETHER.value,
    Event.LINK_ENDED.value,
    Event.MESSAGE_CONVERTED.value,
}
"""What happened with the message itself. How people inside came to it is theirs."""
_OF_ERRANDS = {Event.ERRAND_GIVEN.value, Event.ERRAND_DONE.value, Event.ERRAND_CANCELLED.value}
"""The same of what the applicant himself was asked for, and of a complaint that was considered."""


@dataclass(frozen=True, slots=True)
class Story:
    """A message as its applicant follows it. `declined`: the reason written for him; `forwarded`: where it went outside.

    `questions`: what he is asked, by errand; without words where the matter is secret.
    `answers`: approved versions without a word that was meant for the inside; empty where the matter is secret (G-50).
    """

    case: Case
    regulation: Regulation
    at: datetime
    time_zone: str
    organisations: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...]
    answers: tuple[Mapping[str, Any], ...]
    files: Mapping[str, Attachment]
    declined: str | None
    forwarded: str | None
    world: World
    continued: str | None
    """Why work goes on although he withdrew it."""
    converted: str | None
    """Why a coordinator handed it over as a complaint."""
    questions: Mapping[str, str]


def issue_of(connection: sa.Connection, number: str) -> tuple[str, int] | None:
    """The message with this number and the issue of its code; None if there is none."""
    table = t.message
    row = connection.execute(sa.select(table.c.id, table.c.code_issue).where(table.c.number == number)).one_or_none()
    return (row.id, row.code_issue) if row else None


def find(connection: sa.Connection, reference: Reference, message_id: str) -> Story:
    """The story so far."""
    record = cases.read(connection, message_id)
    assert record is not None, "a message has its case since the transaction that stored it"
    case = record.case
    at = moment(connection)
    world = reference.world(connection, at, record.regulation, record.revision)
    table = t.organisation
    query = sa.select(table.c.id, table.c.title, table.c.time_zone)
    organisations = {row.id: row for row in connection.execute(query)}
    answers = () if case.secret else _answers(connection, case)
    shown = {file for answer in answers for file in answer["files"]}
    files = [
        file
        for one in (message_id, *(main for main, _ in _mains(case)))
        for file in attachments.of_case(connection, one)
    ]
    return Story(
        case=case,
        regulation=world.regulation,
        world=world,
        at=at.now,
        time_zone=organisations[case.organisation].time_zone,
        organisations={id_: row.title for id_, row in organisations.items()},
        rows=tuple(dict(row) for row in journal.of_case(connection, message_id) if _is_public(row)),
        answers=answers,
        files={file.id: file for file in files if file.id in shown},
        declined=None if case.secret else _written(connection, message_id, Action.DECLINE, "reason"),
        continued=None if case.secret else _written(connection, message_id, Action.CONTINUE_CONSIDERATION, "reason"),
        converted=None if case.secret else _written(connection, message_id, Action.CONVERT, "reason"),
        forwarded=_written(connection, message_id, Action.PROPOSE_REDIRECT, "external_name"),
        questions={} if case.secret else _questions(connection, case),
    )


def _is_public(row: sa.RowMapping) -> bool:
    kind = row["facts"].get("kind") if row["event"] in _OF_ERRANDS else None
    of_complaint = kind == ErrandKind.COMPLAINT_210 and row["event"] == Event.ERRAND_DONE
    return row["event"] in PUBLIC or kind == ErrandKind.QUESTION or of_complaint


def _questions(connection: sa.Connection, case: Case) -> dict[str, str]:
    asked = {one.asked_in: one.id for one in case.errands if one.of_applicant}
    query = sa.select(t.decision.c.id, t.decision.c.parameters, t.decision.c.sealed).where(t.decision.c.id.in_(asked))
    return {asked[row.id]: str(whole(row).get("text") or "") for row in connection.execute(query)} if asked else {}


def _mains(case: Case) -> list[tuple[str, datetime]]:
    """The messages with whose answers this one was answered, and when."""
    found = [(case.repeat.main, case.repeat.answered_at)] if case.repeat and case.repeat.main else []
    if case.linked_to and case.outcome is Outcome.ANSWERED and case.answered_at:
        found.append((case.linked_to, case.answered_at))
    return found


def _answers(connection: sa.Connection, case: Case) -> tuple[Mapping[str, Any], ...]:
    """Its own, and those that others' were for it too, in their order; of these what came later is not its."""
    found = [*_approved(connection, case.id)]
    for main, at in _mains(case):
        found += [one for one in _approved(connection, main) if one["approved_at"] <= at][-1:]
    return tuple(sorted(found, key=lambda one: one["approved_at"]))


def _approved(connection: sa.Connection, case_id: str) -> tuple[Mapping[str, Any], ...]:
    table = t.answer_version
    query = (
        sa.select(*(table.c[name] for name in "version type text ground files approved_at".split()))
        .where(table.c.case_id == case_id, table.c.approved_at.is_not(None))
        .order_by(table.c.version)
    )
    return tuple(dict(row) for row in connection.execute(query).mappings())


def _written(connection: sa.Connection, case_id: str, action: Action, name: str) -> str | None:
    """What stood in a field of the last accepted decision of this kind."""
    found = last_written(connection, case_id, action).get(name)
    return str(found) if found else None
