"""The HTTP API: thin. Parse, authorise, one storage call, ring, map errors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType

from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI
from starlette.types import Scope

from api import (
    absence_previews,
    absences,
    access_records,
    acting,
    annexes,
    answer_templates,
    answerers,
    applicant,
    attachments,
    autorules,
    calls,
    cards,
    changes,
    classifiers,
    contacts,
    decisions,
    drafts,
    errors,
    exports,
    health,
    hints,
    intake,
    invitations,
    journals,
    lists,
    many,
    me,
    measures,
    notices,
    openapi,
    orders,
    organisations,
    overseeing,
    passwords,
    presence,
    previews,
    public_drafts,
    public_form,
    public_pages,
    queue,
    regulations,
    rounds,
    satisfaction,
    searches,
    sessions,
    similar,
    staff,
    support,
    tracking,
    units,
)
from api.bodies import Bodies
from api.hardening import Guard
from api.live import Live
from api.places import Places
from api.resources import Resources, is_known
from api.waiting import Waiters
from domain.regulation import REAL_DAY_SECONDS
from domain.words import shortened_notice
from settings import Settings
from storage.engine import make_engine
from storage.files import MAX_FILE_BYTES, FileStore
from storage.keys import KeyRing
from storage.reference import Reference
from storage.types import use_keys
from temporal.client import connect

MAX_BODY_BYTES = 1 << 20
"""A megabyte: the longest text with all its fields fits many times. Files have a limit of their own."""

STREAMED = (attachments.UPLOAD, public_drafts.UPLOAD, applicant.UPLOAD)

LOGINS_AT_ONCE = 2
UPLOADS_AT_ONCE, UPLOADS_OF_ONE, UPLOAD_SECONDS = 8, 3, 20.0
MANY_AT_ONCE, MANY_SECONDS = 50, 10.0
EXPORTS_AT_ONCE, EXPORT_SECONDS = 1, 20.0
LARGE_FORMS_AT_ONCE, LARGE_FORMS_OF_ONE, LARGE_FORM_SECONDS = 4, 2, 10.0
STRANGERS_AT_ONCE, STRANGERS_OF_ONE = attachments.PORTAL_AT_ONCE, 2
"""Applicants with files: behind one address a family may sit, or a waiting room that takes turns."""

ROUTERS: tuple[APIRouter, ...] = (
    sessions.router,
    me.router,
    intake.router,
    decisions.router,
    many.router,
    drafts.router,
    previews.router,
    similar.router,
    hints.router,
    attachments.router,
    organisations.router,
    units.router,
    annexes.router,
    answerers.router,
    public_pages.router,
    public_form.router,
    public_drafts.router,
    passwords.router,
    staff.router,
    absences.router,
    absence_previews.router,
    acting.router,
    invitations.router,
    classifiers.router,
    autorules.router,
    answer_templates.router,
    lists.router,
    exports.router,
    queue.router,
    changes.router,
    cards.router,
    searches.router,
    contacts.router,
    presence.router,
    journals.router,
    notices.router,
    access_records.router,
    tracking.router,
    applicant.router,
    calls.router,
    regulations.router,
    rounds.router,
    satisfaction.router,
    measures.router,
    orders.router,
    overseeing.router,
    support.router,
)


def create_app(
    settings: Settings,
    day_seconds: int = REAL_DAY_SECONDS,
    streamed: Mapping[tuple[str, str], int] = MappingProxyType({}),
    known: Callable[[Scope], Awaitable[bool]] = is_known,
) -> FastAPI:
    """The HTTP API over the settings' database, Temporal and files; `web.application` puts the pages on top.

    `day_seconds`: the length of a day in that database, told on every answer and page unless it is a real one.
    `streamed`: what of those who are put on top takes large bodies, see `Guard`. `known`: of whom bodies are read that
    strangers may not send.
    """
    notice = shortened_notice(day_seconds)

    app = FastAPI(
        title="Отклик",
        version="1",
        summary="Сообщения граждан органам власти: от поступления до архива" + (f". {notice[:-1]}" if notice else ""),
        lifespan=_lifespan(settings, day_seconds),
        docs_url=None,
        redoc_url=None,
    )
    large = {**dict.fromkeys(STREAMED, MAX_FILE_BYTES), **streamed}
    app.add_middleware(Guard, bodies=Bodies(MAX_BODY_BYTES, known), streamed=large, day_seconds=day_seconds)
    errors.install(app)
    openapi.install(app)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    return app


def _lifespan(
    settings: Settings, day_seconds: int
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    """What the application holds while it serves: connections, and the two who listen to the database."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.resources = shared = await _resources(settings, day_seconds)
        listening = [asyncio.create_task(shared.waiters.listen()), asyncio.create_task(shared.live.tell())]
        yield
        shared.live.close()
        for task in listening:
            task.cancel()
        shared.engine.dispose()

    return lifespan


async def _resources(settings: Settings, day_seconds: int) -> Resources:
    keys = KeyRing.load(settings.keys_file)
    use_keys(keys)
    url = settings.database_url.get_secret_value()
    engine, reference = make_engine(url, pool=settings.database_pool), Reference()
    live = Live(engine, reference)
    return Resources(
        settings=settings,
        engine=engine,
        reference=reference,
        keys=keys,
        files=FileStore(settings.files_dir, keys),
        client=await connect(settings.temporal_address, settings.temporal_namespace, lazy=True),
        waiters=Waiters(url, live),
        live=live,
        logins=asyncio.Semaphore(LOGINS_AT_ONCE),
        uploaders=Places(UPLOADS_AT_ONCE, UPLOADS_OF_ONE, UPLOAD_SECONDS),
        many=Places(MANY_AT_ONCE, 1, MANY_SECONDS),
        turns=asyncio.Semaphore(many.AT_ONCE),
        exporters=Places(EXPORTS_AT_ONCE, 1, EXPORT_SECONDS),
        uploads=CapacityLimiter(UPLOADS_AT_ONCE),
        large_forms=Places(LARGE_FORMS_AT_ONCE, LARGE_FORMS_OF_ONE, LARGE_FORM_SECONDS),
        strangers_uploads=Places(STRANGERS_AT_ONCE, STRANGERS_OF_ONE, UPLOAD_SECONDS),
        strangers_forms=Places(LARGE_FORMS_AT_ONCE, STRANGERS_OF_ONE, LARGE_FORM_SECONDS),
        day_seconds=day_seconds,
    )
