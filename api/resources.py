"""What the endpoints of a process share, and the dependencies that hand it to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import sqlalchemy as sa
from anyio import CapacityLimiter
from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import Scope
from temporalio.client import Client

from api.live import Live
from api.places import Places
from api.problems import Problem
from api.waiting import Waiters
from domain.vocabulary import PersonId
from settings import Settings
from storage import people, public_drafts, stories
from storage.engine import glance
from storage.files import FileStore
from storage.keys import KeyRing
from storage.reference import Reference, moment


@dataclass(frozen=True)
class Resources:
    """Made once a process by `api.app`."""

    settings: Settings
    engine: sa.Engine
    reference: Reference
    keys: KeyRing
    files: FileStore
    client: Client
    waiters: Waiters
    live: Live
    logins: asyncio.Semaphore
    """A password check takes 64 MiB and a tenth of a second: few at a time."""
    uploaders: Places
    """Who dribbles holds his own places of uploads and leaves the others theirs."""
    many: Places
    """Requests with many decisions: one of a person at a time."""
    turns: asyncio.Semaphore
    """Decisions of all such requests: the others of the process keep their threads and connections."""
    exporters: Places
    """Lists taken away: a core for seconds and a connection, so few at a time."""
    uploads: CapacityLimiter
    """Threads of uploads: however slowly files arrive, the other endpoints keep theirs."""
    large_forms: Places
    """Forms with files lie in memory until they are answered: few at a time."""
    strangers_uploads: Places
    """Of applicants by address, before a place of `uploaders`: nobody dribbles with all that the public form has."""
    strangers_forms: Places
    """The same for forms with files: applicants wait for each other, and never staff for them."""
    day_seconds: int
    """How long a day of every term lasts in this database: 86,400 but in a demonstration."""


async def resources(request: Request) -> Resources:
    """The process's resources. Asynchronous like all that need no thread: FastAPI sends plain functions to one."""
    return cast(Resources, request.app.state.resources)


Shared = Annotated[Resources, Depends(resources)]

DRAFT_KEY = "X-Draft-Key"
"""The header with which an applicant shows that a draft is his."""
TRACKING_CODE = "X-Tracking-Code"
"""The header with which he shows that a message is."""
SEEN = "X-Seen"
"""The header of an answer to staff that says how much of the record was to be seen when it was asked for."""

_bearer = HTTPBearer(auto_error=False, description="Токен из POST /sessions")


async def bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The token of the request. A 401 without one."""
    if credentials is None or not credentials.credentials:
        raise not_signed_in()
    return credentials.credentials


def session_of(shared: Shared, token: Annotated[str, Depends(bearer_token)], response: Response) -> people.SignedIn:
    """Who asks. A 401 unless the token is good."""
    found = session_with(shared, token)
    if found is None:
        raise not_signed_in()
    response.headers[SEEN] = found.seen
    return found


def session_with(shared: Resources, token: str) -> people.SignedIn | None:
    """The session of this token; None unless the token is good."""
    if not token:
        return None
    with glance(shared.engine) as connection:
        return people.signed_in(connection, token)


def is_draft_key(shared: Resources, key: str) -> bool:
    """Whether the key opens a draft of the public form."""
    with shared.engine.connect() as connection:
        return public_drafts.find(connection, key) is not None


def opens_message(shared: Resources, path: str, code: str) -> bool:
    """Whether it is the code of the message that the address names."""
    number = path.removeprefix("/api/v1/track/").partition("/")[0]
    with shared.engine.connect() as connection:
        known = stories.issue_of(connection, number)
    return known is not None and shared.keys.matches_tracking_code(code, UUID(known[0]), known[1])


def clock(shared: Resources) -> datetime:
    """The present instant, aware and UTC, by the one clock that decides of lateness."""
    with shared.engine.connect() as connection:
        return moment(connection).now


async def is_known(scope: Scope) -> bool:
    """Whether the request carries a good token, the key of a draft or the code of its message, before its body is read."""
    headers = Headers(scope=scope)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token, draft_key = token.strip() if scheme.lower() == "bearer" else "", headers.get(DRAFT_KEY, "")
    code = headers.get(TRACKING_CODE, "")
    if not token and not draft_key and not code:
        return False
    shared = cast(Resources, scope["app"].state.resources)

    if token:
        return await run_in_threadpool(session_with, shared, token) is not None
    if code:
        return await run_in_threadpool(opens_message, shared, scope["path"], code)
    return await run_in_threadpool(is_draft_key, shared, draft_key)


async def signed_in(session: Annotated[people.SignedIn, Depends(session_of)]) -> PersonId:
    """The staff number of whoever asks. A 403 while the password is the one that an administrator made."""
    if session.one_time:
        raise Problem(403, "password_change_required", "Сначала смените одноразовый пароль: POST /sessions/password.")
    return session.person


Session = Annotated[people.SignedIn, Depends(session_of)]
Person = Annotated[PersonId, Depends(signed_in)]
Token = Annotated[str, Depends(bearer_token)]


def not_signed_in(*, close: bool = False) -> Problem:
    """Sign in first. `close`: the body was not read, so nothing more can come over this connection."""
    headers = {"WWW-Authenticate": "Bearer"} | ({"Connection": "close"} if close else {})
    return Problem(
        401, "not_signed_in", "Войдите в систему: токен отсутствует или больше не действует.", headers=headers
    )


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=128,
            description="Любая строка до 128 знаков, своя для каждого действия; повтор с тем же ключом в течение 24 часов "
            "ничего не делает второй раз и возвращает нынешнее состояние сделанного",
            examples=["0b6a3f0e-6f0c-4a52-9a50-7f5d8a3b1f6e"],
        ),
    ] = None,
) -> str:
    """The key of a write. A 400 without one."""
    if not key or not key.strip():
        raise Problem(400, "key_missing", "Добавьте заголовок Idempotency-Key: своё значение для каждого действия.")
    return key.strip()


Key = Annotated[str, Depends(idempotency_key)]
