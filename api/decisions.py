"""`POST /messages/{id}/decisions`: what staff click becomes a row, and only then a bell. Source: S2, 3.1–3.9."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.actions import FIELDS, as_json
from api.intake import key_reused
from api.naming import naming
from api.problems import Problem, invalid, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.verdict import Refusal
from domain.vocabulary import Action, PersonId
from logs import where
from storage import cards, inbox, queries
from storage.decided import kept_as
from storage.engine import glance
from storage.inbox import Entry, Request
from storage.repeats import KeyReused
from storage.sight import Sight
from temporal import bell

router = APIRouter(prefix="/messages", tags=["Решения"])
log = structlog.get_logger()

PATIENCE_SECONDS = 3.0
"""How long a request waits for its verdict before it answers 202."""


class NewDecision(BaseModel):
    """Решение по сообщению: действие, версия карточки и поля действия из её `actions`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"action": "assign", "version": 1, "parameters": {"executor": 104}}]},
    )

    action: Action
    version: int = Field(
        ge=0,
        le=2**31 - 1,
        strict=True,
        description="версия карточки, которую вы видели; действию рядом с этапом (beside) она не важна",
    )
    parameters: dict[str, Any] = Field(default={}, description="поля действия, см. actions карточки", max_length=30)


class RefusalShown(BaseModel):
    """Почему решение не принято."""

    code: str = Field(examples=["version_stale"])
    detail: str
    clause: str | None = None
    field: str | None = None


class DecisionShown(BaseModel):
    """Решение и его судьба."""

    id: UUID
    message: UUID
    action: Action
    person: int | None = Field(description="табельный номер; null: заявитель")
    decided_at: datetime
    state: Literal["pending", "accepted", "refused", "stuck"] = Field(
        description="pending: ещё не рассмотрено; stuck: не рассмотрено из-за ошибки, служба поддержки знает"
    )
    judged_at: datetime | None = None
    refusal: RefusalShown | None = None
    incident: str | None = Field(default=None, description="номер происхождения ошибки для state = stuck")
    version: int | None = Field(
        default=None, description="версия карточки сейчас; null, если сообщение от вас ушло и видно вам лишь частью"
    )
    stage: str | None = Field(default=None, description="этап сейчас; null там же")


@router.post(
    "/{message_id}/decisions",
    responses={
        202: {"model": DecisionShown, "description": "Принято к рассмотрению"},
        **responses(400, 401, 403, 404, 409, 413, 422, 503),
    },
    summary="Принять решение",
)
async def decide(
    shared: Shared, person: Person, key: Key, message_id: UUID, body: NewDecision, response: Response
) -> DecisionShown:
    """200 with the new state, 409 with the reason, 202 when there is no verdict within three seconds."""
    shown = await decided(shared, person, key, message_id, body)
    if shown.state != "accepted":
        response.status_code = 202
        response.headers["Location"] = f"/api/v1/messages/{message_id}/decisions/{shown.id}"
    return shown


async def decided(
    shared: Resources, person: PersonId, key: str, message_id: UUID, body: NewDecision, *, waits: bool = True
) -> DecisionShown:
    """The decision with its verdict, or without one when there is none within three seconds. A Problem when it is refused.

    Holds neither thread nor connection while it waits. Who does not wait leaves the bell to the relay, too.
    """
    request = Request(str(message_id), person, body.action, body.version, checked(body), key)
    with shared.waiters.any_of_case(str(message_id)) as heard:
        entry = await run_in_threadpool(_store, shared, request)
        repeated = entry.verdict != "pending"
        if waits and not repeated:
            await _ring(shared, entry)
            entry = await _verdict(shared, entry, heard)
    # what a decision has just done is told to whoever made it; where the message went since then, not to former participants
    shown = _show(entry, former=repeated and await run_in_threadpool(_is_former, shared, request))
    if entry.refusal is not None:
        raise Problem.of(await run_in_threadpool(_naming, shared, Refusal(**entry.refusal)))
    return shown


async def decided_by_applicant(
    shared: Resources, message_id: str, action: Action, parameters: dict[str, Any], key: str
) -> Entry:
    """What the applicant decided, with its verdict or without one. A Problem when it is refused.

    Whoever calls has compared number and code.
    """
    body = NewDecision(action=action, version=0, parameters=parameters)
    fields = checked(body)
    with shared.waiters.any_of_case(message_id) as heard:
        entry = await run_in_threadpool(_store_for_applicant, shared, message_id, action, fields, key)
        if entry.verdict == "pending":
            await _ring(shared, entry)
            entry = await _verdict(shared, entry, heard)
    raise_if_refused(entry)
    return entry


def raise_if_refused(entry: Entry) -> None:
    """A Problem with the reason, where the verdict was a refusal."""
    if entry.refusal is not None:
        raise Problem.of(Refusal(**entry.refusal))


@router.get(
    "/{message_id}/decisions/{decision_id}", responses=responses(401, 404, 503), summary="Узнать судьбу решения"
)
def read_decision(shared: Shared, person: Person, message_id: UUID, decision_id: UUID) -> DecisionShown:
    """The decision as it is now, for whoever may see the message; of former participants, for those whose part it was."""
    with shared.engine.connect() as connection:
        sight = queries.sight(connection, shared.reference, str(message_id), person)
        if sight is None:
            raise not_found()
        entry = inbox.entry(connection, str(decision_id))
        if entry is None or entry.case_id != str(message_id):
            raise not_found()
        if sight is Sight.FORMER and entry.person != person:
            card = cards.find(connection, shared.reference, entry.case_id, person)
            if card is None or entry.id not in {row["decision"] for row in card.rows}:
                raise not_found()
        if entry.refusal is not None:
            entry = replace(entry, refusal=asdict(naming(connection, Refusal(**entry.refusal))))
    return _show(entry, former=sight is Sight.FORMER)


def checked(body: NewDecision) -> dict[str, Any]:
    """The action's fields as the inbox keeps them. A 422 that names those that are wrong."""
    try:
        return as_json(FIELDS[body.action].model_validate(body.parameters))
    except ValidationError as error:
        raise invalid(error.errors(), prefix="parameters.") from None


def _store(shared: Resources, request: Request) -> Entry:
    try:
        found = inbox.decide(shared.engine, shared.reference, request)
    except KeyReused:
        raise key_reused() from None
    if found is None:
        raise not_found()
    if isinstance(found, Refusal):
        stranger = _is_stranger_now(shared, request, found)
        raise Problem.of(_telling_nothing(found) if stranger else _naming(shared, found))
    return found


def _store_for_applicant(shared: Resources, message_id: str, action: Action, fields: dict[str, Any], key: str) -> Entry:
    try:
        found = inbox.decide_as_applicant(shared.engine, shared.reference, message_id, action, fields, key)
    except KeyReused:
        raise key_reused() from None
    if found is None:
        raise not_found()
    if isinstance(found, Refusal):
        raise Problem.of(found)
    return found


def _naming(shared: Resources, refusal: Refusal) -> Refusal:
    with shared.engine.connect() as connection:
        return naming(connection, refusal)


_TELLS_PROGRESS = {"version_stale", "action_not_allowed", "action_forbidden", "case_closed"}
"""Refusals that differ by version and stage, so that both could be guessed."""


def _is_stranger_now(shared: Resources, request: Request, refusal: Refusal) -> bool:
    """Whether the refusal would tell a former participant more than that his own decision was the last one."""
    if refusal.code not in _TELLS_PROGRESS or not _is_former(shared, request):
        return False
    with shared.engine.connect() as connection:
        return queries.last_decided_by(connection, request.case_id) != request.person


def _telling_nothing(refusal: Refusal) -> Refusal:
    return Refusal("action_forbidden", "Сообщение от вас ушло: решения по нему принимают другие.", refusal.clause)


async def _ring(shared: Resources, entry: Entry) -> None:
    """The run is told. If it cannot be, the decision is safe and the relay rings again."""
    try:
        await bell.ring(shared.client, entry.case_id, entry.action.value, request_id=entry.id, person=entry.person)
    except bell.Unreachable as error:
        log.warning("bell not rung, the relay will", case=entry.case_id, decision=entry.id, why=str(error))


async def _verdict(shared: Resources, entry: Entry, heard: asyncio.Event) -> Entry:
    """The decision after its verdict, or as it is when patience ends. NOTIFY is a hint; the row is read."""
    until = time.monotonic() + PATIENCE_SECONDS
    found = entry
    while found.verdict == "pending" and (left := until - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), left)
        heard.clear()
        found = await run_in_threadpool(_read, shared, entry)
    return found


def _read(shared: Resources, entry: Entry) -> Entry:
    """The decision now; as it was committed if the record cannot be asked: what is safe is not called lost."""
    try:
        with glance(shared.engine) as connection:
            return inbox.entry(connection, entry.id) or entry
    except (OperationalError, PoolTimeout) as error:
        log.warning("verdict not read", decision=entry.id, where=where(error))
        return entry


def _is_former(shared: Resources, request: Request) -> bool:
    with shared.engine.connect() as connection:
        return queries.sight(connection, shared.reference, request.case_id, request.person) in (None, Sight.FORMER)


def _show(entry: Entry, *, former: bool) -> DecisionShown:
    present = entry.verdict == "accepted" and not former
    return DecisionShown(
        id=UUID(entry.id),
        message=UUID(entry.case_id),
        action=entry.action,
        person=kept_as(entry.person),
        decided_at=entry.decided_at,
        state="stuck" if entry.verdict == "pending" and entry.incident else entry.verdict,
        judged_at=entry.judged_at,
        refusal=RefusalShown(**entry.refusal) if entry.refusal else None,
        incident=entry.incident if entry.verdict == "pending" else None,
        version=entry.version if present else None,
        stage=entry.stage if present else None,
    )
