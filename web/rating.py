"""The applicant rates his answer on the tracking page, and asks there for a repeat consideration. Source: S0, п. 2; G-28."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.actions import FIELDS
from api.applicant import ApplicantDecision, written
from api.problems import Problem
from api.resources import Resources, Shared
from api.tracking import story_of
from domain.rules.rating import BEST
from domain.vocabulary import Action
from web.posted import Form, Posted
from web.record_forms import key_of
from web.schemas import parameters_of
from web.tracking import form_again, proof_of, story_page

router = APIRouter(prefix="/track", include_in_schema=False)

_TO_DO = {
    "parameters.score": f"Поставьте оценку от 1 до {BEST}.",
    "parameters.words": "Напишите короче: не больше 10 000 знаков.",
    "parameters.missing": "Напишите, чего не хватает в ответе, не больше 10 000 знаков.",
}

_NO_ZONE = ZoneInfo("UTC")
"""These forms ask for no instants."""


@router.post("/rating")
async def rate(shared: Shared, request: Request, form: Form) -> Response:
    """The answer has his rating; he may change it while its days last."""
    return await _decided(shared, request, form, Action.RATE)


@router.post("/repeat")
async def ask_repeat(shared: Shared, request: Request, form: Form) -> Response:
    """He says what is missing; the message is considered once more."""
    return await _decided(shared, request, form, Action.ASK_REPEAT)


async def _decided(shared: Resources, request: Request, form: Posted, action: Action) -> Response:
    """The story with what was decided; or the same page, which says why not and has kept what he wrote."""
    refused: Problem | None = None
    judged = True
    try:
        proof = proof_of(form)
        fields = parameters_of(FIELDS[action].model_json_schema(), form, _NO_ZONE)
        body = ApplicantDecision(action=action, parameters=fields)
        judged = await written(shared, request, proof, key_of(form), body)
    except Problem as problem:
        refused = _in_plain_words(problem)
    return await run_in_threadpool(_page, shared, request, form, refused, judged=judged)


def _in_plain_words(problem: Problem) -> Problem:
    """Fields have names for programs; he reads what to do."""
    told = problem.details
    detail = _TO_DO.get(told.field or "")
    return Problem(told.status, told.code, detail, field=told.field) if detail else problem


def _page(shared: Resources, request: Request, form: Posted, refused: Problem | None, *, judged: bool) -> Response:
    try:
        proof = proof_of(form)
        story = story_of(shared, request, proof)
    except Problem as problem:
        return form_again(shared, problem, form)
    typed = {name: form.get(name) for name in ("score", "words", "missing") if form.get(name)} if refused else {}
    return story_page(shared, story, proof, refused, typed, judged=judged)
