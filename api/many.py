"""`POST /decisions`: up to two hundred decisions at once, each with its own fate. Source: S2, 3.2; S3, 5.1."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api import candidates, choices
from api.choices import ActionShown
from api.decisions import NewDecision, RefusalShown, decided, read_decision
from api.errors import problem_of
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Shared
from domain.vocabulary import Action, PersonId
from storage import cards
from storage.engine import now, reading

router = APIRouter(prefix="/decisions", tags=["Решения"])

MOST = 200
AT_ONCE = 4
"""Decisions of such requests under way together in a process; of one request no more than wait for their turn."""

ONE_BY_ONE = frozenset({Action.ENDORSE, Action.APPROVE})
"""What nobody decides about texts that he has not opened."""


class OneOfMany(NewDecision):
    """Решение и сообщение, по которому оно принято."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    message: UUID


class ManyDecisions(BaseModel):
    """Решения, каждое по своему сообщению."""

    decisions: list[OneOfMany] = Field(min_length=1, max_length=MOST)

    @field_validator("decisions")
    @classmethod
    def _each_once(cls, found: list[OneOfMany]) -> list[OneOfMany]:
        if len({one.message for one in found}) < len(found):
            raise ValueError("По одному сообщению — одно решение.")
        return found


class Fate(BaseModel):
    """Что стало с решением."""

    message: UUID
    state: Literal["accepted", "pending", "stuck", "refused", "unknown"] = Field(
        description="unknown: неизвестно, сохранено ли; повторите с тем же ключом"
    )
    decision: UUID | None = Field(default=None, description="null, если ничего не сохранено")
    version: int | None = Field(default=None, description="версия карточки сейчас")
    refusal: RefusalShown | None = Field(default=None, description="почему не принято")


class ManyDecided(BaseModel):
    """Судьба каждого решения, в порядке запроса."""

    accepted: int
    refused: int
    waiting: int = Field(description="остальные: сохранены без вердикта или неизвестны")
    decisions: list[Fate]


@router.post(
    "",
    responses=responses(400, 401, 403, 413, 422, 503),
    summary="Принять много решений",
    description=f"До {MOST} решений, по одному на сообщение; каждое принимается или нет само по себе. Согласовать и утвердить "
    "так нельзя. Повтор с тем же Idempotency-Key ничего не делает второй раз ни по одному сообщению.",
)
async def decide_many(shared: Shared, person: Person, key: Key, body: ManyDecisions) -> ManyDecided:
    """200 whatever the verdicts are: the answer tells each."""
    async with shared.many.taken_by(person):
        return await decided_many(shared, person, key, body.decisions)


async def decided_many(shared: Resources, person: PersonId, key: str, wanted: Sequence[OneOfMany]) -> ManyDecided:
    """The fate of each. The key with the message's id stands for each of them.

    Once a verdict did not come in its time the others are only stored: the relay rings for them.
    """
    turns, late = asyncio.Semaphore(AT_ONCE), asyncio.Event()

    async def one(decision: OneOfMany) -> Fate:
        async with turns, shared.turns:
            found = await _fate(shared, person, f"{key} {decision.message}", decision, waits=not late.is_set())
        if found.state == "pending":
            late.set()
        return found

    fates = await asyncio.gather(*(one(decision) for decision in wanted))
    accepted, refused = (sum(fate.state == state for fate in fates) for state in ("accepted", "refused"))
    return ManyDecided(
        accepted=accepted, refused=refused, waiting=len(fates) - accepted - refused, decisions=list(fates)
    )


_TRIED = 5
"""Messages that are looked at for one that allows the action."""


def offered(
    shared: Resources, person: PersonId, action: Action, messages: Sequence[UUID]
) -> tuple[UUID, ActionShown] | None:
    """The first of the messages that allow the action, and the action with its fields and choices there; None if none does.

    What others of them allow is told when it is decided about each. Nobody has opened a card by asking.
    """
    with reading(shared.engine) as connection:
        for message in messages[:_TRIED]:
            card = cards.find(connection, shared.reference, str(message), person)
            if card is None or action not in {rule.action for rule in candidates.allowed(card)}:
                continue
            found = candidates.choices(card)
            names = cards.names(connection, found.people())
            return message, next(one for one in choices.shown(card, found, names) if one.action is action)
    return None


def require_recent(shared: Resources, person: PersonId, made: Sequence[tuple[UUID, UUID]], limit: timedelta) -> None:
    """A 409 if one of the decisions, each with its message, is older. By the record's clock, not by a page's."""
    with shared.engine.connect() as connection:
        at = now(connection)
    for message, decision in made:
        if at - read_decision(shared, person, message, decision).decided_at > limit:
            detail = "Минута прошла: отзовите назначение на карточке и назовите причину."
            raise Problem(409, "too_late_to_undo", detail)


async def _fate(shared: Resources, person: PersonId, key: str, decision: OneOfMany, *, waits: bool) -> Fate:
    try:
        if decision.action in ONE_BY_ONE:
            raise Problem(422, "one_by_one", "Тексты согласуют и утверждают по одному: откройте карточку.")
        body = NewDecision(action=decision.action, version=decision.version, parameters=decision.parameters)
        made = await decided(shared, person, key, decision.message, body, waits=waits)
    except Exception as error:  # noqa: BLE001  # what is wrong with one must not hide what became of the others
        told = problem_of(error).details
        refusal = RefusalShown(code=told.code, detail=told.detail, clause=told.clause, field=told.field)
        unknown = told.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Fate(message=decision.message, state="unknown" if unknown else "refused", refusal=refusal)
    return Fate(message=decision.message, state=made.state, decision=made.id, version=made.version)
