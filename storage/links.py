"""Messages of one applicant that get one answer: who waits for whom, as the record has it.

No transaction holds two of them: a linked message looks at its main one without holding it, and the relay wakes those whose
main one has been decided on, as the record says at that moment. So nothing is lost by whatever order things happen in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.case import Case
from domain.rules.linking import Main
from domain.vocabulary import AnswerType, Outcome, PersonId
from storage import tables as t
from storage.letter_content import last_approved
from storage.queries import sees
from storage.reference import Moment, Reference

case, message = t.message_case, t.message
_main = case.alias("main")


@dataclass(frozen=True, slots=True)
class Linked:
    """A message that waits for the answer to another, or got it."""

    id: str
    number: str
    due_at: datetime


def main_named(
    connection: sa.Connection, reference: Reference, at: Moment, person: PersonId, found: Case, number: str
) -> Mapping[str, Any] | None:
    """What the rule needs to know of the message with this number; None unless the person sees one."""
    this, that = message.alias("this"), message.alias("that")
    follower = case.alias("follower")
    query = (
        sa.select(
            case.c.id,
            case.c.number,
            case.c.outcome,
            case.c.organisation,
            case.c.linked_to,
            case.c.executor,
            case.c.rest["complained_of_person"].as_integer().label("complained_of_person"),
            (case.c.received_at <= found.received_at).label("earlier"),
            sa.func.coalesce(_same_applicant(this, that), sa.false()).label("same_applicant"),
            sa.exists().where(follower.c.linked_to == found.id, follower.c.outcome.is_(None)).label("has_linked"),
        )
        .join(that, that.c.id == case.c.id)
        .join(this, this.c.id == found.id)
        .where(that.c.number == number)
    )
    row = connection.execute(query).one_or_none()
    if row is None or not sees(connection, reference, at, row.id, person):
        return None
    return {
        "id": row.id,
        "number": row.number,
        "open": row.outcome is None,
        "organisation": row.organisation,
        "linked": row.linked_to is not None,
        "complained_of_person": row.complained_of_person,
        "executor": row.executor,
        "earlier": row.earlier,
        "same_applicant": row.same_applicant,
        "has_linked": row.has_linked,
    }


def _same_applicant(this: sa.FromClause, that: sa.FromClause) -> sa.ColumnElement[bool]:
    """One person, not one address: families and neighbours share a telephone, and an answer is for its applicant alone."""
    address = sa.or_(this.c.email_index == that.c.email_index, this.c.phone_index == that.c.phone_index)
    return sa.or_(
        this.c.snils_index == that.c.snils_index, sa.and_(this.c.surname_index == that.c.surname_index, address)
    )


def of_main(connection: sa.Connection, main: Case) -> list[Linked]:
    """The messages that are answered together with this one, the soonest due first; while it has no answer, those that wait."""
    there = case.c.outcome.is_distinct_from(Outcome.WITHDRAWN.value) if main.considered else case.c.outcome.is_(None)
    query = (
        sa.select(case.c.id, case.c.number, case.c.due_at)
        .where(case.c.linked_to == main.id, there)
        .order_by(case.c.due_at)
    )
    return [Linked(*row) for row in connection.execute(query)]


def main_of(connection: sa.Connection, found: Case) -> Main | None:
    """The main message as it stands; None for a message that waits for none. The caller holds this one alone.

    Two that were linked at the same time may have made a chain: a main one that is linked itself has no answer to give.
    """
    if found.linked_to is None or found.considered:
        return None
    row = connection.execute(sa.select(case).where(case.c.id == found.linked_to)).one()
    answer = last_approved(connection, row.id)
    return Main(
        row.id,
        row.number,
        Outcome(row.outcome) if row.outcome else None,
        AnswerType(answer["type"]) if answer else None,
        row.rest["secret"],
        row.organisation != found.organisation and found.organisation in row.sent_away,
        row.linked_to is not None,
        row.answered_at,
        row.rest["approved_by"],
        row.rest["complained_of_person"],
        row.postponed_until,
        row.due_at,
        row.executor,
    )


def mark_followers(engine: sa.Engine) -> None:
    """Linked messages whose main one was decided on, put off beyond their own term, given to another or went away are looked at
    again.

    Those that somebody holds at this moment have their turn in the next round: two that mark in different orders never wait
    for one another.
    """
    gone = sa.and_(_main.c.organisation != case.c.organisation, case.c.organisation == sa.any_(_main.c.sent_away))
    put_off = sa.and_(
        _main.c.postponed_until.is_distinct_from(case.c.postponed_until),
        _main.c.postponed_until.is_not(None),
        _main.c.due_at > case.c.due_at,
    )
    complained_of = case.c.rest["complained_of_person"].as_integer()
    passed_on = sa.func.nullif(_main.c.executor, complained_of).is_distinct_from(case.c.executor)
    query = (
        sa.select(case.c.id)
        .join(_main, _main.c.id == case.c.linked_to)
        .where(
            case.c.outcome.is_(None),
            ~case.c.recheck,
            sa.or_(_main.c.outcome.is_not(None), _main.c.linked_to.is_not(None), gone, put_off, passed_on),
        )
        .order_by(case.c.id)
        .with_for_update(of=case, skip_locked=True)
    )
    with engine.begin() as connection:
        connection.execute(sa.update(case).where(case.c.id.in_(query.cte("followers").select())).values(recheck=True))
