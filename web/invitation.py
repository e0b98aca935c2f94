"""The page behind the link of an invitation: whoever has it sets his own password. Source: S3-24."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api.invitations import Acceptance, Invited, Link, accept_invitation, read_invitation
from api.passwords import MIN_LENGTH
from api.problems import Problem, invalid
from api.resources import Resources, Shared
from web.guard import is_secure
from web.posted import Form
from web.rendering import bare, see
from web.visits import signed_in

router = APIRouter(include_in_schema=False)

LINK = "_link"
_PATH = "/invitation"
_COOKIE, _COOKIE_SECONDS = "otklik-invitation", 3600


@router.get("/invitation")
def ask(shared: Shared, request: Request, token: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Who is invited, and the form of his password. Looking does not use the link up.

    The token leaves the address at once, for a cookie of this page: no history, screenshot or shoulder keeps it.
    """
    kept = token or request.cookies.get(_COOKIE, "")
    invited = _invited(shared, request, kept)
    if not token:
        return _form(shared, invited, kept)
    answer = see(_PATH)
    secure = is_secure(shared.settings)
    answer.set_cookie(_COOKIE, token, _COOKIE_SECONDS, path=_PATH, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/invitation")
async def accept(shared: Shared, request: Request, form: Form) -> Response:
    """The password is set and the browser signed in; or the form again with what is wrong."""
    token, password = form.get(LINK), form.get("_new")
    invited = await run_in_threadpool(_invited, shared, request, token)
    try:
        if password != form.get("_repeated"):
            raise Problem(422, "password_differs", "Пароль и его повтор различаются.", field="repeated")
        await accept_invitation(shared, request, _acceptance(token, password))
        await signed_in(shared, request, invited.login, password)
    except Problem as problem:
        return await run_in_threadpool(_form, shared, invited, token, problem)
    answer = see("/")
    answer.delete_cookie(_COOKIE, path=_PATH)
    return answer


def _acceptance(token: str, password: str) -> Acceptance:
    try:
        return Acceptance(token=token, password=password)
    except ValidationError as error:
        raise invalid(error.errors()) from None


def _invited(shared: Resources, request: Request, token: str) -> Invited:
    try:
        link = Link(token=token)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    return read_invitation(shared, request, link)


def _form(shared: Resources, invited: Invited, token: str, problem: Problem | None = None) -> Response:
    return bare(
        shared,
        "invitation.html",
        problem.details.status if problem else 200,
        invited=invited,
        token=token,
        problem=problem.details if problem else None,
        min_length=MIN_LENGTH,
    )
