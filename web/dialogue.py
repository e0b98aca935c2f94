"""What the applicant writes while he follows his message: an answer to a question, or facts of his own accord. No script needed."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.applicant import ApplicantDecision, attach, written
from api.problems import Problem
from api.resources import Resources, Shared
from api.tracking import story_of
from domain.vocabulary import Action
from storage.stories import Story
from web.dialogue_mark import PREFIX
from web.posted import Form, Posted
from web.record_forms import key_of
from web.tracking import CHOSEN, FACTS, FILES, form_again, proof_of, story_page

router = APIRouter(include_in_schema=False)


@router.post(PREFIX + "{mark}")
async def write(shared: Shared, request: Request, form: Form, mark: str) -> Response:
    """The page with what was written; or with what is wrong with it, and every word kept."""
    try:
        proof = proof_of(form)
        story = await run_in_threadpool(story_of, shared, request, proof)
    except Problem as problem:
        return form_again(shared, problem, form)
    errand, problem_found, judged = form.get("errand"), None, True
    try:
        judged = await written(shared, request, proof, key_of(form), await _decision(shared, request, story, form))
    except Problem as problem:
        problem_found = problem
    again = await run_in_threadpool(story_of, shared, request, proof)
    where = errand if any(one.id == errand and one.open for one in again.case.errands) else FACTS
    names = ", ".join(f"«{file.filename}»" for _, file in form.files)
    typed = {where: form.get("text"), FILES: names, CHOSEN: _chosen(form)} if problem_found else {}
    return await run_in_threadpool(
        story_page, shared, again, proof, problem_found, typed, said=problem_found is None, judged=judged
    )


async def _decision(shared: Resources, request: Request, story: Story, form: Posted) -> ApplicantDecision:
    fields: dict[str, Any] = {"text": form.get("text")}
    action = Action.ADD_FACTS
    if form.get("errand"):
        action, fields = Action.ANSWER_QUESTION, fields | {"errand": form.get("errand")}
    if not form.get("text").strip():
        raise Problem(422, "invalid_request", "Напишите хотя бы несколько слов.", field="text")
    named = [await _attach(shared, request, story, form, file) for _, file in form.files]
    fields["own_files"] = list(dict.fromkeys(named))
    return ApplicantDecision(action=action, parameters=fields)


async def _attach(shared: Resources, request: Request, story: Story, form: Posted, file: UploadFile) -> str:
    name = file.filename or "файл"
    try:
        kept = await attach(shared, request, story, file.file, name, await run_in_threadpool(_once, form, file))
    except Problem as problem:
        told = problem.details
        detail = f"«{name}»: {told.detail}"
        raise Problem(told.status, told.code, detail, headers=problem.headers, field="own_files") from None
    return str(kept.id)


def _chosen(form: Posted) -> str:
    """What the form is called while the applicant mends it, page after page."""
    return form.get(CHOSEN)[:128] or key_of(form)


def _once(form: Posted, file: UploadFile) -> str:
    """The file's key: chosen again in the same form it is the same file, and uses up nothing.

    By the applicant's code, so that the record does not tell which files are equal.
    """
    once = hmac.new(f"{form.get('code')} {_chosen(form)}".encode(), digestmod="sha256")
    once.update(f"{file.filename}\n".encode())
    once.update(file.file.read())
    file.file.seek(0)
    return once.hexdigest()
