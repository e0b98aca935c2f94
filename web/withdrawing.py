"""«Отозвать сообщение» on the applicant's page: asked once more, with what follows from it. A person decides. Source: G-45.

Through the same function as `POST /api/v1/track/{number}/decisions`. Number and code travel in forms, never in an address.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.applicant import ApplicantDecision, written
from api.problems import Problem
from api.resources import Resources, Shared
from api.tracking import story_of
from domain.vocabulary import Action
from web.posted import Form, Posted
from web.record_forms import key_of
from web.rendering import bare
from web.tracking import check, form_again, story_page

router = APIRouter(include_in_schema=False)


@router.post("/track/withdraw")
async def withdraw(shared: Shared, request: Request, form: Form) -> Response:
    """The question whether he is sure; answered, the story with what he asked for."""
    number, code = (form.get(name).strip() for name in ("number", "code"))
    try:
        check(number, code)
        if not form.get("sure"):
            await run_in_threadpool(story_of, shared, request, number, code)
            return _asked(shared, form, number, code)
    except Problem as problem:
        return form_again(shared, problem, number, code)
    try:
        reason = form.get("reason").strip()
        body = ApplicantDecision(action=Action.ASK_WITHDRAWAL, parameters={"reason": reason} if reason else {})
        judged = await written(shared, request, number, code, key_of(form), body)
        story = await run_in_threadpool(story_of, shared, request, number, code)
    except Problem as problem:
        return _asked(shared, form, number, code, problem)
    return story_page(shared, story, number, code, judged=judged)


def _asked(shared: Resources, form: Posted, number: str, code: str, problem: Problem | None = None) -> Response:
    return bare(
        shared,
        "track/withdraw.html",
        problem.details.status if problem else HTTPStatus.OK,
        problem.headers if problem else None,
        number=number,
        code=code,
        reason=form.get("reason"),
        key=key_of(form) if problem and problem.details.status >= HTTPStatus.INTERNAL_SERVER_ERROR else str(uuid4()),
        problem=problem.details if problem else None,
    )
