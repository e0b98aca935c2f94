"""Problems as pages: the reason, what to do, and of a form that was refused nothing typed is lost."""

from __future__ import annotations

from fastapi import Request, Response

from api.problems import Problem
from api.resources import Resources
from web.draft_cookie import is_writing, no_draft
from web.guard import SAFE, is_api
from web.posted import Posted
from web.rendering import bare, see, sign_in_first
from web.visits import LOGIN, TOKEN

_NEEDS_SIGN_IN = frozenset({"not_signed_in", "wrong_password", "too_many_attempts", "form_of_another"})

_LONG = 40
"""Longer texts are not only kept but shown: somebody may have to copy them."""

TO_DO = {
    "not_found": "Проверьте адрес. Возможно, сообщение передали и вам оно больше не видно.",
    "password_change_required": "Откройте страницу «Мой вход» в новой вкладке, смените пароль и повторите отправку здесь.",
    "unavailable": "Повторите через несколько секунд: если это уже сохранено, второй раз ничего не произойдёт.",
    "version_stale": "Откройте карточку и посмотрите, что изменилось.",
    "method_not_allowed": "Откройте страницу заново.",
}


async def tell(request: Request, problem: Problem) -> Response:
    """The problem as its reader needs it: JSON for programs, a page for people, the form again for whoever posted one."""
    shared: Resources = request.app.state.resources
    if is_api(request.url.path):
        return problem.response()
    if is_writing(request.url.path) and problem.details.code == "not_signed_in":
        problem = no_draft()
    if request.method in SAFE and "HX-Request" not in request.headers:
        if problem.details.code == "not_signed_in":
            return sign_in_first(request)
        if problem.details.code == "password_change_required":
            return see("/me")
    posted: Posted | None = getattr(request.state, "posted", None)
    if posted is not None:
        return _form_again(shared, request, problem, posted)
    return _answer(shared, request, problem, "problem.html")


def _form_again(shared: Resources, request: Request, problem: Problem, posted: Posted) -> Response:
    """Everything typed comes back, to be sent once more; after a session's end together with a sign-in."""
    began = posted.get(TOKEN)  # whose session has ended or not: it tells who may send the form
    signs_in = problem.details.code in _NEEDS_SIGN_IN or bool(posted.get(LOGIN))
    return _answer(
        shared,
        request,
        problem,
        "form_again.html",
        action=request.url.path,
        signs_in=signs_in,
        token=began if signs_in else getattr(request.state, "form_token", began),
        kept=posted.kept(),
        files=posted.file_names(),
        long=[text for _, text in posted.kept() if len(text) > _LONG],
    )


def _answer(shared: Resources, request: Request, problem: Problem, template: str, **values: object) -> Response:
    details = problem.details
    headers = {name: value for name, value in (problem.headers or {}).items() if name != "WWW-Authenticate"}
    return bare(
        shared,
        "parts/problem.html" if "HX-Request" in request.headers else template,
        details.status,
        headers,
        problem=details,
        to_do=TO_DO.get(details.code),
        page=request.url.path,
        **values,
    )
