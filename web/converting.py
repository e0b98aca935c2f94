"""«Рассмотреть по другому закону» on the applicant's page: what each way means, and what this page can do about it. Source: G-41.

Through the same function as `POST /api/v1/track/{number}/decisions`.
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
from domain.rules.conversion import NOT_HERE
from domain.vocabulary import Action, Law
from web.posted import Form, Posted
from web.record_forms import key_of
from web.rendering import bare
from web.tracking import check, form_again, story_page

router = APIRouter(include_in_schema=False)


@router.post("/track/law")
async def convert(shared: Shared, request: Request, form: Form) -> Response:
    """What the applicant may choose; chosen, the story with what came of it."""
    number, code = (form.get(name).strip() for name in ("number", "code"))
    try:
        check(number, code)
        story = await run_in_threadpool(story_of, shared, request, number, code)
        if not form.get("sure"):
            return _asked(shared, form, number, code, story.case.organisation)
    except Problem as problem:
        return form_again(shared, problem, number, code)
    try:
        body = ApplicantDecision(action=Action.CHOOSE_LAW, parameters={"law": Law.COMPLAINT_210.value})
        judged = await written(shared, request, number, code, key_of(form), body)
        story = await run_in_threadpool(story_of, shared, request, number, code)
    except Problem as problem:
        return _asked(shared, form, number, code, story.case.organisation, problem)
    return story_page(shared, story, number, code, judged=judged)


def _asked(
    shared: Resources, form: Posted, number: str, code: str, organisation: str, problem: Problem | None = None
) -> Response:
    unsure = problem is not None and problem.details.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return bare(
        shared,
        "track/law.html",
        problem.details.status if problem else HTTPStatus.OK,
        problem.headers if problem else None,
        number=number,
        code=code,
        organisation=organisation,
        not_here=NOT_HERE,
        key=key_of(form) if unsure else str(uuid4()),
        problem=problem.details if problem else None,
    )
