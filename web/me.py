"""One's own page: password, sessions, and which role's sections the menu shows."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api.me import end_session, sessions_of
from api.passwords import MIN_LENGTH, PasswordChange, change_password
from api.problems import Problem, ProblemDetails, invalid
from web.posted import Form
from web.rendering import ONLY_ROLE, AnyShell, Page, Shell, see
from web.signing_in import safe_next

router = APIRouter(include_in_schema=False)


@router.get("/me")
def show(page: AnyShell, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The page."""
    return _shown(page, done=done)


@router.post("/me/password")
async def change(page: AnyShell, form: Form) -> Response:
    """The password is changed and all other sessions are over, or the page says why not."""
    visit = page.visit
    try:
        body = PasswordChange(old=form.get("_old"), new=form.get("_new"))
        if form.get("_new") != form.get("_repeated"):
            raise Problem(422, "password_differs", "Новый пароль и его повтор различаются.", field="repeated")
        await change_password(visit.shared, visit.session, visit.token, str(uuid4()), body)
    except ValidationError as error:
        return await run_in_threadpool(_shown, page, problem=invalid(error.errors()).details)
    except Problem as problem:
        return await run_in_threadpool(_shown, page, problem=problem.details)
    return see("/me?done=password")


@router.post("/me/sessions/{session_id}/end")
def end(page: AnyShell, session_id: str) -> Response:
    """One of one's sessions is over."""
    end_session(page.visit.shared, page.visit.session, session_id)
    return see("/me?done=session")


@router.get("/me/role")
def narrow(
    page: Shell, only: Annotated[str, Query(max_length=30)] = "", next: Annotated[str, Query(max_length=2000)] = "/"
) -> Response:
    """The menu shows this role's sections alone, or those of all again."""
    answer = see(safe_next(next))
    if any(role.code == only for role in page.me.roles):
        answer.set_cookie(ONLY_ROLE, only, httponly=True, samesite="lax")
    else:
        answer.delete_cookie(ONLY_ROLE)
    return answer


def _shown(page: Page, *, problem: ProblemDetails | None = None, done: str = "") -> Response:
    visit = page.visit
    sessions = sessions_of(visit.shared, visit.session, visit.token).sessions
    status = problem.status if problem else 200
    return page.show("me.html", status, sessions=sessions, problem=problem, done=done, min_length=MIN_LENGTH)
