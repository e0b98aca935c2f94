"""What a verdict changes in the record, in the one transaction in which it was judged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from domain.case import Case, Decision
from domain.case_parts import LetterFact
from domain.deliveries import handover_notices, written
from domain.rules.conversion import complaint_number
from domain.verdict import Accepted, LetterOrder, Notice, Refusal, World
from domain.vocabulary import Action, DraftKind, ErrandKind, LetterKind, LetterState, LetterWay, Outcome
from storage import attachments, changes, errands, journal, satisfaction, unsent
from storage import tables as t
from storage.cases import Record, save
from storage.decided import last_written
from storage.types import keys_in_use
from storage.unsent import Whose

_JUDGED = sa.update(t.decision).where(t.decision.c.id == sa.bindparam("decision")).returning(changes.TELL)
_ACCEPTED = _JUDGED.add_cte(unsent.SENT.cte("sent"))

_TELL = sa.insert(t.notice)

# Built once as well: each is of a few decisions alone, and building it costs more than running it.
_EMAIL = sa.select(t.message.c.email).where(t.message.c.id == sa.bindparam("case"))
_SAVE_LETTER = sa.update(t.letter).where(t.letter.c.id == sa.bindparam("letter"))
_LAST_ANSWER = (
    sa.select(t.answer_version)
    .where(t.answer_version.c.case_id == sa.bindparam("case"))
    .order_by(t.answer_version.c.version.desc())
    .limit(1)
)
_last_version = (
    sa.select(sa.func.max(t.answer_version.c.version))
    .where(t.answer_version.c.case_id == sa.bindparam("case"))
    .scalar_subquery()
)
_APPROVED = (
    sa.update(t.answer_version)
    .where(t.answer_version.c.case_id == sa.bindparam("case"), t.answer_version.c.version == _last_version)
    .values(approved_at=sa.bindparam("at"))
)


class Writer:
    """Collects what the verdicts of one call change, and writes each table once.

    The caller holds the case's lock from the first read to the commit.
    """

    def __init__(self, connection: sa.Connection, record: Record, at: datetime, world: World) -> None:
        self._connection = connection
        self._at = at
        self._world = world
        self.case = record.case
        self._before = record.case
        self._head = record.head
        self._journal: list[dict[str, Any]] = []
        self._notices: list[dict[str, Any]] = []

    def accept(self, verdict: Accepted, decision: Decision | None = None, notices: tuple[Notice, ...] = ()) -> None:
        """The case is as the verdict says, with journal rows, notices and letters; a decision's texts are in the record."""
        before = self.case
        self.case = verdict.case
        rows, self._head = journal.rows_of(
            self._head, self.case.id, before.organisation, verdict.facts, self._at, decision.id if decision else None
        )
        self._journal += rows
        if decision is not None:
            self._apply(before, decision)
        notices = verdict.notices + notices + self._write_letters(verdict.letters, decision)
        if notices:
            self.tell(notices, verdict.facts[0].at)

    def tell(self, notices: tuple[Notice, ...], at: datetime) -> None:
        """These people are told what happened at the instant, of the case as it is now."""
        self._notices += [self._notice(notice, at) for notice in notices]

    def flush(self) -> None:
        """Everything collected is written; nothing was, if nothing changed."""
        journal.append(self._connection, self._journal)
        if self._notices:
            self._connection.execute(_TELL, self._notices)
        if self.case == self._before and not self._journal:
            return
        self._save_letters()
        errands.save(self._connection, self._before, self.case)
        if not self.case.open:
            unsent.closed(self._connection, self.case.id)
        save(self._connection, self.case, self._head)

    def _notice(self, notice: Notice, at: datetime) -> dict[str, Any]:
        return {
            "person": notice.person,
            "case_id": self.case.id,
            "kind": notice.kind.value,
            "urgent": notice.urgent,
            "email": notice.email,
            "created_at": self._at,
            "at": at,
            "stage": self.case.stage.value,
            "due_at": self.case.due_at,
            "stage_due_at": self.case.stage_due_at,
        }

    def _write_letters(self, orders: tuple[LetterOrder, ...], decision: Decision | None) -> tuple[Notice, ...]:
        if not orders:
            return ()
        rows = write_letters(self._connection, self.case, orders, decision, self._at, self._world)
        self.case = replace(self.case, letters=self.case.letters + rows)
        if any(letter.state is LetterState.TASK for letter in rows):
            return handover_notices(self.case, self._at, self._world)
        return ()

    def _save_letters(self) -> None:
        before = {letter.id: letter for letter in self._before.letters}
        for letter in self.case.letters:
            if letter.id in before and letter != before[letter.id]:
                values = {
                    "state": letter.state.value,
                    "settled_at": letter.settled_at,
                    "task_due_at": letter.task_due_at,
                    "task_overdue_told": letter.task_overdue_told,
                    "recorded": letter.recorded,
                }
                self._connection.execute(_SAVE_LETTER, values | {"letter": letter.id})

    def _apply(self, before: Case, decision: Decision) -> None:
        match decision.action:
            case Action.SUBMIT_ANSWER | Action.EDIT_ANSWER:
                _write_answer(self._connection, self.case.id, decision)
            case Action.APPROVE if before.draft and before.draft.kind is DraftKind.ANSWER:
                _mark_approved(self._connection, self.case.id, decision)
            case Action.RATE:
                satisfaction.rated(self._connection, before, decision)
            case Action.ASK_REPEAT:
                satisfaction.repeat_asked(self._connection, before, decision)
            case Action.ACCEPT | Action.CORRECT_CARD:
                _correct_card(self._connection, self.case.id, decision)
            case _:
                pass


def judged(connection: sa.Connection, case_id: str, decision: Decision, refusal: Refusal | None, at: datetime) -> None:
    """The decision has its verdict, and whoever waits on the case is woken when the transaction commits.

    A refusal lives in its decision's row, and nowhere else; the files that it named are free again.
    """
    values: dict[str, Any] = {"verdict": "accepted", "judged_at": at, "decision": decision.id, "case": case_id}
    if refusal is not None:
        reason = {"code": refusal.code, "detail": refusal.detail, "clause": refusal.clause, "field": refusal.field}
        values |= {"verdict": "refused", "refusal": reason}
        attachments.release(connection, case_id, decision)
        connection.execute(_JUDGED, values)
    else:
        connection.execute(_ACCEPTED, values | unsent.sent(Whose(decision.person, case_id, decision.action)))


def write_letters(
    connection: sa.Connection,
    case: Case,
    orders: tuple[LetterOrder, ...],
    decision: Decision | None,
    at: datetime,
    world: World,
) -> tuple[LetterFact, ...]:
    """The letters are in the record, each as it begins. Their words are made of the record when they leave."""
    email = None
    if any(order.way is LetterWay.EMAIL for order in orders):
        email = connection.execute(_EMAIL, {"case": case.id}).scalar_one()
    redirected = case.outcome is Outcome.REDIRECTED
    redirect = last_written(connection, case.id, Action.PROPOSE_REDIRECT) if redirected else {}
    complaint = next((one for one in case.errands if one.kind is ErrandKind.COMPLAINT_210), None)
    letters = [written(case, str(uuid4()), order, at, world) for order in orders]
    asked = next((one for one in case.errands if decision and one.asked_in == decision.id), None)
    common = {
        "case_id": case.id,
        "decision": decision.id if decision else None,
        "created_at": at,
        "facts": {
            "due_at": case.due_at.isoformat(),
            "organisation": case.organisation,
            "redirected_to": redirect.get("external_name"),
            "complaint": complaint_number(case.number) if complaint else None,
            "complaint_due_at": complaint.due_at.isoformat() if complaint else None,
            "main": case.linked_to,
            "main_number": case.linked_number,
            "postponed_until": case.postponed_until.isoformat() if case.postponed_until else None,
            "errand_due_at": asked.due_at.isoformat() if asked else None,
            "rating_days": world.regulation.settings.rating_days if case.outcome is Outcome.ANSWERED else None,
        },
    }
    recipients = {LetterKind.FORWARDED: redirect.get("external_email")}
    rows = [common | _letter_row(letter, recipients.get(letter.kind, email)) for letter in letters]
    connection.execute(sa.insert(t.letter), rows)
    return tuple(letters)


def _letter_row(letter: LetterFact, address: str | None) -> dict[str, Any]:
    return {
        "id": letter.id,
        "kind": letter.kind.value,
        "way": letter.way.value,
        "state": letter.state.value,
        "recipient": address if letter.way is LetterWay.EMAIL else None,
        "settled_at": letter.settled_at,
        "task_due_at": letter.task_due_at,
        "recorded": letter.recorded,
    }


def _write_answer(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    table = t.answer_version
    last = connection.execute(_LAST_ANSWER, {"case": case_id}).mappings().one_or_none()
    edited = decision.action is Action.EDIT_ANSWER
    if edited:
        assert last is not None, "an edited answer was submitted"
    values = {
        "case_id": case_id,
        "version": (last["version"] if last else 0) + 1,
        "submission": (last["submission"] if last else 0) + (0 if edited else 1),
        "decision": decision.id,
        "author": decision.person,
        "created_at": decision.decided_at,
        "text": decision.text("text"),
        "digest": decision.text("text_digest"),
    }
    if edited:
        kept = ("type", "postponed_until", "ground", "template", "comment", "files", "comment_files")
        values |= {name: last[name] for name in kept} if last else {}
    else:
        values |= {
            "type": decision.text("type"),
            "postponed_until": decision.day("postponed_until"),
            "ground": decision.text("ground") or None,
            "template": decision.text("template") or None,
            "comment": decision.text("comment") or None,
            "files": list(decision.parameters.get("files") or ()),
            "comment_files": list(decision.parameters.get("comment_files") or ()),
        }
    connection.execute(sa.insert(table), values)


def _mark_approved(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    """The version in force is the approved one."""
    connection.execute(_APPROVED, {"case": case_id, "at": decision.decided_at})


def _correct_card(connection: sa.Connection, case_id: str, decision: Decision) -> None:
    table = t.message
    given = decision.parameters
    new: dict[str, Any] = {}
    for name in ("location", "complained_of_title"):
        if isinstance(given.get(name), str):
            new[name] = decision.text(name)
    contacts = given.get("contacts")
    if decision.action is Action.CORRECT_CARD and contacts is not None:
        keys = keys_in_use()
        for name in ("email", "phone"):
            value = contacts.get(name) or None
            new[name] = value
            new[f"{name}_index"] = keys.blind_index(value, f"message.{name}") if value else None
        new["address"] = contacts.get("address") or None
    if not new:
        return
    visible = [name for name in new if not name.endswith("_index")]
    old = (
        connection.execute(sa.select(*(table.c[name] for name in visible)).where(table.c.id == case_id))
        .mappings()
        .one()
    )
    connection.execute(
        sa.insert(t.card_version).values(
            decision=decision.id,
            case_id=case_id,
            replaced_at=decision.decided_at,
            old=json.dumps(dict(old), ensure_ascii=False),
        )
    )
    connection.execute(sa.update(table).where(table.c.id == case_id).values(new))
