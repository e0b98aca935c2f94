"""`GET /changes`: a stream of hints that lists or the open card are to be read again. Source: S3, 5.1."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError

from api.live import LISTS, Stream
from api.problems import Problem, not_found, responses
from api.resources import SEEN, Person, Resources, Shared, Token
from domain.vocabulary import PersonId
from logs import where
from storage import people, queries
from storage.changes import Seen
from storage.sight import Sight

router = APIRouter(tags=["Списки"])
log = structlog.get_logger()

MEDIA_TYPE = "text/event-stream"

BEAT_SECONDS = 15.0
"""How often a quiet stream says that it is there, and asks whether its session still is."""
CLOCK_BEATS = 4
"""After so many the lists are to be read again though nobody did anything: terms come near by themselves."""
LEAST_SECONDS = 0.5
"""Between two hints of one stream."""
RETRY_MILLISECONDS = 2000
"""After which a browser whose stream broke opens another."""

ENDED = "ended"

After = Annotated[
    str | None,
    Query(
        max_length=4000,
        description=f"заголовок {SEEN} ответа, который вы показываете: поток начнётся с того, что изменилось после него",
    ),
]


@router.get(
    "/changes",
    response_class=Response,
    responses=responses(401, 403, 404, 422, 429, 503)
    | {200: {"description": "Поток событий", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    summary="Следить за изменениями",
    description="Поток событий (server-sent events), пока действует вход. `lists`: счётчики и списки могли измениться; "
    "`card`: изменилась открытая карточка; `presence`: её открыл или закрыл другой; `ended`: вход больше не действует. "
    "Данных в событиях нет: прочитайте раздел или карточку заново.",
)
async def follow(
    shared: Shared,
    person: Person,
    token: Token,
    message: Annotated[UUID | None, Query(description="сообщение, карточка которого открыта")] = None,
    after: After = None,
) -> StreamingResponse:
    """Holds neither thread nor connection while nothing happens."""
    return await stream_of(shared, person, token, message, after)


async def stream_of(
    shared: Resources, person: PersonId, token: str, message: UUID | None, after: str | None
) -> StreamingResponse:
    """The stream of a session. A 404 for a card that the person may not see, a 429 or 503 when there are too many streams."""
    seen = _seen(after)
    sight = await run_in_threadpool(_sight, shared, person, message) if message else None
    if message is not None and sight is None:
        raise not_found()
    shared.live.check_room(person)
    following = shared.live.stream(person, str(message) if message else None, present=sight is not Sight.FORMER)
    events = _events(shared, token, following, seen)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, headers=headers, media_type=MEDIA_TYPE)


async def _events(
    shared: Resources, token: str, following: AbstractContextManager[Stream], seen: Seen | None
) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    beats, beat_at = 0, clock() + BEAT_SECONDS
    with following as stream:
        yield format_sse_event(comment="", retry=RETRY_MILLISECONDS)
        if seen is not None:
            await shared.live.catch_up(stream, seen)
        while not shared.live.closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(beat_at):
                    await stream.woken.wait()
            for news in stream.take():
                yield format_sse_event(event=news, data_str="1")
            if clock() < beat_at:
                await asyncio.sleep(LEAST_SECONDS)
                continue
            if not await run_in_threadpool(_signed_in, shared, token):
                yield format_sse_event(event=ENDED, data_str="1")
                return
            beats, beat_at = beats + 1, clock() + BEAT_SECONDS
            yield (
                format_sse_event(event=LISTS, data_str="1")
                if beats % CLOCK_BEATS == 0
                else format_sse_event(comment="")
            )


def _seen(after: str | None) -> Seen | None:
    try:
        return Seen.parse(after) if after else None
    except ValueError:
        raise Problem(422, "invalid_request", "Отметка неверна: возьмите её из ответа.", field="after") from None


def _sight(shared: Resources, person: PersonId, message: UUID) -> Sight | None:
    with shared.engine.connect() as connection:
        return queries.sight(connection, shared.reference, str(message), person)


def _signed_in(shared: Resources, token: str) -> bool:
    """Whether the session is good still; while the record does not answer, nobody says that it is not."""
    try:
        with shared.engine.connect() as connection:
            return people.signed_in(connection, token) is not None
    except SQLAlchemyError as error:
        log.warning("session of a stream not asked for", where=where(error))
        return True
