"""The applicant rates his answer on the tracking page, and asks there for a repeat consideration. Source: S0, п. 2; G-28."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.applicant import ApplicantDecision, written
from api.problems import Problem
from api.resources import Resources, Shared
from api.tracking import story_of
from domain.vocabulary import Action
from web.posted import Form, Posted
from web.tracking import check, form_again, story_page

router = APIRouter(prefix="/track", include_in_schema=False)


@router.post("/rating")
async def rate(shared: Shared, request: Request, form: Form) -> Response:
    """The answer has his rating; he may change it while its days last."""
    words = form.get("words").strip()
    return await _decided(shared, request, form, Action.RATE, {"score": form.get("score"), "words": words or None})


@router.post("/repeat")
async def ask_repeat(shared: Shared, request: Request, form: Form) -> Response:
    """He says what is missing; the message is considered once more."""
    return await _decided(shared, request, form, Action.ASK_REPEAT, {"missing": form.get("missing")})


async def _decided(
    shared: Resources, request: Request, form: Posted, action: Action, parameters: dict[str, Any]
) -> Response:
    """The story with what was decided; or the same page, which says why not."""
    number, code = (form.get(name).strip() for name in ("number", "code"))
    refused: Problem | None = None
    try:
        check(number, code)
        body = ApplicantDecision(action=action, parameters=parameters)
        await written(shared, request, number, code, form.get("idempotency_key")[:128] or str(uuid4()), body)
    except Problem as problem:
        refused = problem
    return await run_in_threadpool(_page, shared, request, number, code, refused)


def _page(shared: Resources, request: Request, number: str, code: str, refused: Problem | None) -> Response:
    try:
        check(number, code)
        story = story_of(shared, request, number, code)
    except Problem as problem:
        return form_again(shared, problem, number, code)
    return story_page(shared, story, number, code, refused)
