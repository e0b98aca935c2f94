"""The inbox of decisions: a row first, and only then a bell. A decision cannot be lost, doubled, reordered or judged unseen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from domain.case import Decision
from domain.danger import said, signs_of
from domain.rules import RULES, judge
from domain.rules.base import HEARD, OF_APPLICANT
from domain.verdict import Refusal
from domain.vocabulary import APPLICANT, CLOSED, Action, PersonId
from regulations.wording import watch
from storage import answer_templates, attachments, cases, links
from storage import tables as t
from storage.decided import decided_by, kept_as, parted, whole
from storage.digests import text_digest
from storage.identities import identified
from storage.lemmas import lemma
from storage.queries import sees
from storage.reference import MOMENT, Moment, Reference, moment_of
from storage.repeats import KEEP, Keyed, KeyInUse, kept, keyed, recall_at
from storage.sight import holds

_ABOUT_LETTERS = frozenset({Action.CONFIRM_DELIVERY, Action.REPORT_DELIVERY_FAILURE})
"""Actions whose rules look at the case's letters; the others are asked without reading them."""

# Statements of the hot path are built once: building one costs more than running it.
_earlier = t.decision.alias("earlier")

_kept = KEEP.cte("kept")

_last = sa.select(sa.func.max(_earlier.c.seq)).where(_earlier.c.case_id == sa.bindparam("case")).scalar_subquery()

_INSERT = (
    sa.insert(t.decision)
    .values(
        {
            name: sa.bindparam(name)
            for name in ("id", "case_id", "action", "person", "decided_at", "version", "beside", "parameters", "sealed")
        }
        | {"seq": sa.func.coalesce(_last, 0) + 1}
    )
    .returning(t.decision.c.seq, sa.exists(sa.select(_kept.c.key)).label("kept"))
)
"""The decision, and with it the key under which it came."""

_pending = sa.and_(t.decision.c.case_id == sa.bindparam("case"), t.decision.c.verdict == "pending")
_PENDING = (
    sa.select(*MOMENT, t.decision)
    .select_from(t.installation.outerjoin(t.decision, _pending))
    .order_by(t.decision.c.seq)
    .limit(sa.bindparam("most"))
)

_SHOWN = ("id", "case_id", "seq", "action", "person", "decided_at", "verdict", "refusal", "judged_at", "incident")
_ENTRY = (
    sa.select(
        *(t.decision.c[name] for name in _SHOWN),
        t.message_case.c.version.label("case_version"),
        t.message_case.c.stage,
        t.message_case.c.closed_at,
    )
    .join(t.message_case, t.message_case.c.id == t.decision.c.case_id)
    .where(t.decision.c.id == sa.bindparam("decision"))
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a person sends: the action, the version that he saw, its parameters (checked for shape), his key."""

    case_id: str
    person: PersonId
    action: Action
    version: int
    parameters: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision as the inbox holds it now."""

    id: str
    case_id: str
    seq: int
    action: Action
    person: PersonId
    decided_at: datetime
    verdict: str
    refusal: Mapping[str, Any] | None
    judged_at: datetime | None
    incident: str | None
    version: int = 0
    """Of the case now."""
    stage: str = ""


def decide(engine: sa.Engine, reference: Reference, request: Request) -> Entry | Refusal | None:
    """The decision is in the inbox and committed; or why it cannot be; or None when the person sees no such case.

    What is closed, stale, forbidden or impossible is refused here and leaves no trace. The same key with the same body gives
    the decision made then. Raises KeyReused.
    """
    with engine.begin() as connection:
        record = cases.lock(connection, request.case_id, letters=request.action in _ABOUT_LETTERS)
        asked = _asked(connection, request)
        if record is None or not _reaches(connection, reference, asked.at, record, request):
            return None
        return _taken_in(connection, reference, asked, record, request)


def _reaches(
    connection: sa.Connection, reference: Reference, at: Moment, record: cases.Record, request: Request
) -> bool:
    """Whether the person sees the message, or writes down what its applicant has told him in a call."""
    if holds(record.case, request.person):
        return True
    if request.action is Action.RECORD_WITHDRAWAL and identified(connection, request.person, request.case_id):
        return True
    return sees(connection, reference, at, request.case_id, request.person)


def decide_as_applicant(
    engine: sa.Engine, reference: Reference, case_id: str, action: Action, parameters: Mapping[str, Any], key: str
) -> Entry | Refusal | None:
    """The same for the applicant. The caller has compared his number and code; he is asked for no version.

    His keys are his message's: nobody else's request is found by them. None when there is no such case. Raises KeyReused.
    """
    with engine.begin() as connection:
        record = cases.lock(connection, case_id)
        if record is None:
            return None
        request = Request(case_id, APPLICANT, action, 0, parameters, f"{case_id} {key}")
        return _taken_in(connection, reference, _asked(connection, request), record, request)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The moment of a request, and what its key stands for already."""

    at: Moment
    write: Keyed
    made: str | None


def _asked(connection: sa.Connection, request: Request) -> _Asked:
    body = {"case": request.case_id, "action": request.action.value} | _body(request)
    write = keyed(request.person, request.key, "decision", body)
    at, made = recall_at(connection, write)
    return _Asked(at, write, made)


def _taken_in(
    connection: sa.Connection, reference: Reference, asked: _Asked, record: cases.Record, request: Request
) -> Entry | Refusal | None:
    """The decision's row, or why there is none. The caller holds the case's lock and knows who asks."""
    if asked.made is not None:
        return entry(connection, asked.made)
    at = asked.at
    world = reference.world(connection, at, record.regulation, record.revision)
    parameters = dict(request.parameters) | text_digest(connection, record.case.id, request.action, request.parameters)
    about_template = answer_templates.judged(connection, record.case, world, request.action, request.parameters)
    if isinstance(about_template, Refusal):
        return about_template
    parameters |= about_template
    if (request.person == APPLICANT or request.action in OF_APPLICANT) and signs_of(said(parameters), watch(), lemma):
        parameters["danger"] = True
    if request.action is Action.LINK:
        number = re.sub("[^0-9-]", "", str(request.parameters.get("main") or ""))
        parameters["found"] = links.main_named(connection, reference, at, request.person, record.case, number)
    if request.action in HEARD and request.person != APPLICANT:
        parameters["identified"] = identified(connection, request.person, request.case_id)
    needs_version = request.person != APPLICANT and not RULES[request.action].beside
    version = request.version if needs_version else record.case.version
    decision = Decision(str(uuid4()), request.action, request.person, at.now, version, _json(parameters))
    verdict = judge(record.case, decision, world)
    if isinstance(verdict, Refusal):
        return verdict
    named = attachments.named_in(decision.parameters)
    owner = attachments.uploader(connection, request.person) if named else request.person
    own_alone = request.person == APPLICANT
    if refusal := attachments.refused(connection, named, owner, record.case.id, own_alone=own_alone):
        return refusal
    attachments.bind_all(connection, record.case.id, decision)
    return _insert(connection, record, decision, kept(asked.write, decision.id, at.now))


def _insert(connection: sa.Connection, record: cases.Record, decision: Decision, key: dict[str, Any]) -> Entry:
    parameters, sealed = parted(decision.action, decision.parameters)
    values = {
        "id": decision.id,
        "case_id": record.case.id,
        "action": decision.action.value,
        "person": kept_as(decision.person),
        "decided_at": decision.decided_at,
        "version": decision.version,
        "beside": RULES[decision.action].beside,
        "parameters": parameters,
        "sealed": sealed,
        "case": record.case.id,
    }
    row = connection.execute(_INSERT, key | values).one()
    if not row.kept:
        raise KeyInUse
    return Entry(
        decision.id,
        record.case.id,
        row.seq,
        decision.action,
        decision.person,
        decision.decided_at,
        "pending",
        None,
        None,
        None,
    )


def pending(connection: sa.Connection, case_id: str, limit: int) -> tuple[Moment, list[Decision]]:
    """The moment, and the decisions without a verdict in the order in which they were made. The caller holds the case's lock."""
    rows = connection.execute(_PENDING, {"case": case_id, "most": limit}).all()
    return moment_of(rows[0]), [
        Decision(row.id, Action(row.action), decided_by(row.person), row.decided_at, row.version, whole(row))
        for row in rows
        if row.id is not None
    ]


def entry(connection: sa.Connection, decision_id: str) -> Entry | None:
    """The decision with this id as it is now."""
    row = connection.execute(_ENTRY, {"decision": decision_id}).one_or_none()
    if row is None:
        return None
    return Entry(
        row.id,
        row.case_id,
        row.seq,
        Action(row.action),
        decided_by(row.person),
        row.decided_at,
        row.verdict,
        row.refusal,
        row.judged_at,
        row.incident,
        row.case_version,
        CLOSED if row.closed_at else row.stage,
    )


def mark_stuck(connection: sa.Connection, case_id: str, incident: str) -> str | None:
    """The oldest pending decision of the case is marked with the incident; its id, or None if there is none or it was marked."""
    table = t.decision
    oldest = (
        sa.select(table.c.id)
        .where(table.c.case_id == case_id, table.c.verdict == "pending")
        .order_by(table.c.seq)
        .limit(1)
        .scalar_subquery()
    )
    found: str | None = connection.execute(
        sa.update(table)
        .where(table.c.id == oldest, table.c.incident.is_(None))
        .values(incident=incident)
        .returning(table.c.id)
    ).scalar_one_or_none()
    return found


def _body(request: Request) -> dict[str, Any]:
    return {"version": request.version, "parameters": _json(request.parameters)}


def _json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(dict(parameters), default=str))
    return found
