"""The way in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Query

from api.problems import Problem
from api.resources import Shared, session_with
from api.sessions import close_session
from web.posted import Form, cookie_token
from web.rendering import bare, see
from web.visits import AnyVisit, signed_in

router = APIRouter(include_in_schema=False)

_ELSEWHERE = "//", "/\\", "/sign-"


def safe_next(wanted: str) -> str:
    """A path of ours to go on to; the workplace for everything else."""
    fits = wanted.startswith("/") and not wanted.startswith(_ELSEWHERE) and wanted.isprintable() and "\\" not in wanted
    return wanted if fits else "/"


@router.get("/sign-in")
def ask(shared: Shared, request: Request, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """Login and password; at once the page asked for, if the browser is signed in already."""
    known = session_with(shared, cookie_token(request, shared))
    return see(safe_next(next)) if known else bare(shared, "sign_in.html", next=safe_next(next), login="")


@router.post("/sign-in")
async def sign_in(shared: Shared, request: Request, form: Form) -> Response:
    """A new session in the browser, and the page that was asked for. Throttled as the API is."""
    next_, login = safe_next(form.get("next")), form.get("login")
    try:
        await signed_in(shared, request, login, form.get("_password"))
    except Problem as problem:
        details = problem.details
        return await run_in_threadpool(
            bare, shared, "sign_in.html", details.status, next=next_, login=login, problem=details
        )
    return see(next_)


@router.post("/sign-out")
def sign_out(visit: AnyVisit) -> Response:
    """The session is over. The browser keeps its dead token: a form left open elsewhere is then still known as this person's."""
    close_session(visit.shared, visit.token)
    return see("/sign-in")
