"""The applicant's page: number and code in, the story out. It needs no script, and the code never stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.applicant import ApplicantDecision, written
from api.problems import Problem, invalid
from api.public_form import EMERGENCIES
from api.resources import Resources, Shared
from api.stories import told
from api.story_shapes import Tracked
from api.tracking import MAX_CODE, MAX_NUMBER, LostCode, Proof, ask_for_new_code, file_answer, story_of
from storage.stories import Story
from web.dialogue_mark import PREFIX, mark
from web.forms import errors_of
from web.posted import Form, Posted
from web.record_forms import key_of, next_key
from web.rendering import bare

router = APIRouter(include_in_schema=False)

FACTS = "facts"
"""Where the words of somebody stand who was not asked."""

FILES = "own_files"
"""Where the names of files stand that are to be chosen again."""

CHOSEN = "chosen"
"""Where it stands of which form they are, while he mends it."""

_WORDS = ("text", "words", "missing", "reason")
"""The fields of the applicant's forms that hold what he writes."""

_MAX_EMAIL = 254


@router.get("/track")
def ask(shared: Shared) -> Response:
    """The form: number and code, as the letter says them."""
    return _form(shared)


@router.post("/track")
async def follow(shared: Shared, request: Request, form: Form) -> Response:
    """What `POST /api/v1/track` tells, as a page; or a file of the answer. A wrong pair gives the form again, and says so."""
    return await run_in_threadpool(_follow, shared, request, form)


@router.get("/track/code")
def ask_for_code(shared: Shared) -> Response:
    """«Забыли код»: the form."""
    return _lost(shared)


@router.post("/track/code")
def send_code(shared: Shared, request: Request, form: Form) -> Response:
    """A new code is on its way to whoever is the message's contact. The page tells nobody whether there is such a message."""
    number, email = (form.get(name).strip() for name in ("number", "email"))
    typed: dict[str, Any] = {"number": number[:MAX_NUMBER], "email": email[:_MAX_EMAIL]}
    try:
        ask_for_new_code(shared, request, LostCode(number=number, email=email))
    except ValidationError as error:
        return _lost(shared, invalid(error.errors()), **typed)
    except Problem as problem:
        return _lost(shared, problem, **typed)
    return _lost(shared, sent=True, **typed)


def _follow(shared: Resources, request: Request, form: Posted) -> Response:
    try:
        proof = proof_of(form)
        story = story_of(shared, request, proof)
        if file := form.get("file").strip():
            return file_answer(shared, story, _uuid(file))
    except Problem as problem:
        return form_again(shared, problem, form)
    except (OperationalError, PoolTimeout):
        detail = "Служба временно недоступна. Повторите через несколько минут."
        away = Problem(503, "unavailable", detail, headers={"Retry-After": "60"})
        return form_again(shared, away, form)
    return story_page(shared, story, proof)


def story_page(
    shared: Resources,
    story: Story,
    proof: Proof,
    problem: Problem | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
    *,
    said: bool = False,
    judged: bool = True,
) -> Response:
    """The applicant's message as he may follow it. `typed`: what he wrote, by field, when something is wrong with it.

    `said`: what he wrote has just been taken; `judged`: and the page shows what came of it.
    """
    found, zone = told(story), ZoneInfo(story.time_zone)
    offset = f"{found.received_at.astimezone(zone):%z}"
    return bare(
        shared,
        "track/story.html",
        problem.details.status if problem else 200,
        problem.headers if problem else None,
        problem=problem.details if problem else None,
        typed=typed,
        unsent=_unsent(found, typed),
        said=said,
        judged=judged,
        emergencies=EMERGENCIES if story.case.urgent else (),
        key=str(uuid4()),
        here=f"{PREFIX}{mark(shared)}",
        found=found,
        zone=zone,
        offset=f"UTC{offset[:3]}:{offset[3:]}",
        number=proof.number,
        code=proof.code,
    )


def _unsent(found: Tracked, typed: Mapping[str, str]) -> str:
    """What he wrote in a form that the page does not have any more: he can copy it from there."""
    shown = {str(question.id) for question in found.questions if question.text} | ({FACTS} if found.may_add else set())
    if found.rating is not None:
        shown |= ({"words"} if found.rating.open else set()) | ({"missing"} if found.rating.repeat else set())
    return "\n".join(text for name, text in typed.items() if name not in shown | {"score", FILES, CHOSEN})


async def once_sure(
    shared: Resources, request: Request, form: Posted, template: str, body: ApplicantDecision, **shown: Any
) -> Response:
    """The question whether he is sure, by this template; answered, the story with what he decided.

    What is wrong with his decision stands above the question. `shown`: what the template needs beside the organisation.
    """
    try:
        proof = proof_of(form)
        story = await run_in_threadpool(story_of, shared, request, proof)
    except Problem as problem:
        return form_again(shared, problem, form)
    shown |= {"number": proof.number, "code": proof.code, "organisation": story.case.organisation}
    if not form.get("sure"):
        return _asked(shared, template, None, shown | {"key": next_key(form, None)})
    try:
        judged = await written(shared, request, proof, key_of(form), body)
        story = await run_in_threadpool(story_of, shared, request, proof)
    except Problem as problem:
        return _asked(shared, template, problem, shown | {"key": next_key(form, problem)})
    return story_page(shared, story, proof, judged=judged)


def form_again(shared: Resources, problem: Problem, form: Posted) -> Response:
    """The form with what was typed in it, and what is wrong with that; what he wrote on another page comes back with it."""
    number, code = (form.get(name).strip() for name in ("number", "code"))
    unsent = "\n".join(text for name in _WORDS if (text := form.get(name).strip()))
    return _form(shared, problem, number=number[:MAX_NUMBER], code=code[:MAX_CODE], unsent=unsent)


def _lost(shared: Resources, problem: Problem | None = None, **typed: Any) -> Response:
    return _asked(shared, "track/lost.html", problem, {"number": "", "email": "", "sent": False} | typed)


def _form(shared: Resources, problem: Problem | None = None, **typed: Any) -> Response:
    return _asked(shared, "track/form.html", problem, {"number": "", "code": "", "unsent": ""} | typed)


def _asked(shared: Resources, template: str, problem: Problem | None, typed: dict[str, Any]) -> Response:
    """As it was filled in, with what is wrong with it."""
    return bare(
        shared,
        template,
        problem.details.status if problem else 200,
        problem.headers if problem else None,
        problem=problem.details if problem else None,
        errors=errors_of(problem.details if problem else None),
        **typed,
    )


def proof_of(form: Posted) -> Proof:
    """Number and code, as they were typed. A 422 unless both are there and may be what they should be."""
    number, code = (form.get(name).strip() for name in ("number", "code"))
    if not number or not code:
        raise Problem(422, "invalid_request", "Укажите и номер сообщения, и код.")
    if len(number) > MAX_NUMBER or len(code) > MAX_CODE:
        raise Problem(422, "invalid_request", "Номер или код слишком длинный. Проверьте, что вставлено в поля.")
    return Proof(number=number, code=code)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Problem(404, "not_found", "Такого файла нет.") from None
