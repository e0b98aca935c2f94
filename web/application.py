"""The whole application: the HTTP API, and on top of it the pages that make the same calls."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api import errors
from api.app import create_app as create_api
from domain.regulation import REAL_DAY_SECONDS
from settings import Settings
from web import (
    absences,
    acting,
    admin_measures,
    admin_order_drafts,
    admin_order_places,
    admin_orders,
    admin_organisations,
    admin_people,
    admin_places,
    admin_rules,
    admin_templates,
    answers,
    calls,
    cards,
    choices,
    converting,
    decisions,
    desk,
    dialogue,
    errands,
    exports,
    heads,
    help,
    invitation,
    letters,
    live,
    me,
    measures,
    orders,
    organisation_page,
    oversight,
    rating,
    rounds,
    satisfaction,
    signing_in,
    static_files,
    support,
    tracking,
    withdrawing,
    work,
    writing,
)
from web.guard import PagesGuard
from web.posted import FORMS_WITH_FILES
from web.problems import tell
from web.rendering import compile_all
from web.visits import was_signed_in

ROUTERS: tuple[APIRouter, ...] = (
    signing_in.router,
    me.router,
    absences.router,
    work.router,
    desk.router,
    exports.router,
    cards.router,
    acting.router,
    choices.router,
    decisions.router,
    calls.router,
    letters.router,
    live.router,
    answers.router,
    heads.router,
    tracking.router,
    dialogue.router,
    errands.router,
    rating.router,
    withdrawing.router,
    converting.router,
    writing.router,
    organisation_page.router,
    oversight.router,
    rounds.router,
    satisfaction.router,
    measures.router,
    orders.router,
    admin_people.router,
    admin_places.router,
    admin_organisations.router,
    admin_rules.router,
    admin_templates.router,
    admin_orders.router,
    admin_order_drafts.router,
    admin_order_places.router,
    admin_measures.router,
    invitation.router,
    support.router,
    help.router,
)


def warm(app: FastAPI) -> None:
    """What the first request of each kind would make, while nobody waits: the OpenAPI document, and with it all routes; templates.

    Before the process listens, so that nobody takes it for ready. Nothing of the record is read.
    """
    app.openapi()
    compile_all()


def create_app(settings: Settings, day_seconds: int = REAL_DAY_SECONDS) -> FastAPI:
    """API, pages and static files over the settings' database, Temporal and files."""
    app = create_api(settings, day_seconds, streamed=FORMS_WITH_FILES, known=was_signed_in)
    errors.answer_with(app, tell)
    app.add_middleware(PagesGuard, settings=settings)
    for router in ROUTERS:
        app.include_router(router)
    static_files.mount(app)
    return app
