"""The public form: rules, the form, the code from the e-mail, the number. Works without scripts. Source: S2, 1.2 д, 3.1.

The calls are those of `POST /api/v1/public/drafts` and its neighbours; the browser keeps the draft's key in a cookie.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api import drafting
from api.draft_shapes import DraftForm, DraftShown
from api.problems import Problem, invalid
from api.public_form import FormShown, categories_shown, form_shown
from api.resources import Resources, Shared
from web.draft_cookie import PREFIX, draft_key, drop_draft_key, keep_draft_key
from web.posted import Form, Posted
from web.record_forms import key_of
from web.rendering import bare, see
from web.writing_fields import draft_of, fields_shown, topic_of

router = APIRouter(prefix=PREFIX, include_in_schema=False)

DO = "_do"
"""What the pressed button of the form asks for: `send`, `save`, or `remove:` and a file."""

SEEN = "seen"
"""The mark of the page whose text this page began with; its own is its idempotency key."""

_OF_CODE = frozenset({"code_wrong", "code_expired", "code_sent_already"})
"""Problems that are mended on the page of the code; all others on the form."""


@router.get("")
def show_rules(shared: Shared, request: Request) -> Response:
    """Where to call instead, what a message must be, and why one is declined: read and agreed to before anything is typed."""
    return _rules(shared, request)


@router.post("")
def begin(shared: Shared, request: Request, form: Form) -> Response:
    """A draft begins with the agreement to the rules."""
    try:
        if form.get("rules_agreed") != "true":
            detail = "Отметьте, что ознакомились с правилами подачи и согласны с ними."
            raise Problem(422, "invalid_request", detail, field="rules_agreed")
        key = drafting.begin(shared, request, DraftForm(rules_agreed=True))
    except Problem as problem:
        return _rules(shared, request, problem)
    answer = see(f"{PREFIX}/form")
    keep_draft_key(shared, answer, key)
    return answer


@router.get("/emergency")
def stop(shared: Shared) -> Response:
    """Whoever is in danger now shall not write but call."""
    return bare(shared, "write/emergency.html", asked=form_shown(shared))


@router.get("/form")
def show_form(shared: Shared, request: Request) -> Response:
    """The draft, to go on with."""
    draft = _draft(shared, request)
    if draft is None:
        return see(PREFIX)
    return see(f"{PREFIX}/done") if draft.message else _form(shared, request, draft)


@router.post("/form")
async def keep(shared: Shared, request: Request, form: Form) -> Response:
    """The draft is kept; with its new files, without the removed one; and, if that was pressed, its code is sent."""
    key, wanted = draft_key(request), form.get(DO)
    try:
        await run_in_threadpool(_save, shared, key, form)
        if wanted.startswith("remove:"):
            await run_in_threadpool(drafting.detach, shared, key, _uuid(wanted.removeprefix("remove:")))
        await _attach(shared, request, form)
        if wanted == "send":
            await run_in_threadpool(drafting.order_code, shared, key, request)
            return see(f"{PREFIX}/code")
    except Problem as problem:
        return await run_in_threadpool(_again, shared, request, form, problem)
    return see(f"{PREFIX}/form")


@router.post("/form/text")
def keep_text(shared: Shared, request: Request, form: Form) -> Response:
    """What a script sends while one is typing: no page comes back."""
    _save(shared, draft_key(request), form)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/code")
def ask_code(shared: Shared, request: Request) -> Response:
    """The page where the code from the letter is typed."""
    draft = _draft(shared, request)
    if draft is None:
        return see(PREFIX)
    if draft.message:
        return see(f"{PREFIX}/done")
    return _code(shared, draft) if draft.code else see(f"{PREFIX}/form")


@router.post("/code")
async def confirm(shared: Shared, request: Request, form: Form) -> Response:
    """The message is registered; or another code is on its way."""
    key = draft_key(request)
    try:
        if form.get(DO) == "again":
            await run_in_threadpool(drafting.order_code, shared, key, request)
            return see(f"{PREFIX}/code")
        await drafting.confirm(shared, key, form.get("code"))
    except Problem as problem:
        return await run_in_threadpool(_again, shared, request, form, problem)
    return see(f"{PREFIX}/done")


@router.get("/done")
def show_number(shared: Shared, request: Request) -> Response:
    """Number and code, and by when the answer will be given."""
    draft = _draft(shared, request)
    if draft is None or draft.message is None:
        return see(f"{PREFIX}/form")
    return bare(shared, "write/done.html", found=draft.message, zone=ZoneInfo(form_shown(shared).time_zone))


@router.post("/leave")
def leave(shared: Shared, request: Request) -> Response:
    """Nothing is left in this browser; nor anywhere, unless it is a message."""
    draft = _draft(shared, request)
    if draft is not None and draft.message is None:
        drafting.discard(shared, draft_key(request))
    answer = see(PREFIX)
    drop_draft_key(answer)
    return answer


async def _attach(shared: Resources, request: Request, form: Posted) -> None:
    for place, (_, file) in enumerate(form.files):
        name = file.filename or "файл"
        try:
            once = f"{key_of(form)[:60]}.{place}"
            await drafting.attach(shared, draft_key(request), request, file.file, name, once)
        except Problem as problem:
            told = problem.details
            detail = f"«{name}»: {told.detail}"
            raise Problem(told.status, told.code, detail, headers=problem.headers, field="files") from None


def _save(shared: Resources, key: str, form: Posted) -> None:
    try:
        draft = draft_of(form, categories_shown(shared))
    except ValidationError as error:
        raise invalid(error.errors()) from None
    drafting.save(shared, key, draft, page=key_of(form), seen=dict(form.texts).get(SEEN))


def _draft(shared: Resources, request: Request) -> DraftShown | None:
    """The draft of this browser; None when there is none any more."""
    try:
        return drafting.shown(shared, draft_key(request))
    except Problem as problem:
        if problem.details.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def _again(shared: Resources, request: Request, form: Posted, problem: Problem) -> Response:
    """The page on which the problem is mended, with everything typed."""
    draft = _draft(shared, request)
    if draft is None:
        raise problem
    if draft.message:
        return see(f"{PREFIX}/done")
    on_code = request.url.path.endswith("/code")
    if draft.code and (problem.details.code in _OF_CODE or (on_code and problem.details.errors is None)):
        return _code(shared, draft, problem, form.get("code"))
    return _form(shared, request, draft, problem, None if on_code else form)


def _rules(shared: Resources, request: Request, problem: Problem | None = None) -> Response:
    draft = _draft(shared, request)
    return _page(shared, "write/rules.html", problem, draft=draft, at_work=bool(draft and not draft.message))


def _form(
    shared: Resources, request: Request, draft: DraftShown, problem: Problem | None = None, form: Posted | None = None
) -> Response:
    kept = draft.form or DraftForm()
    asked = form_shown(shared, kept.organisation)
    fields = fields_shown(asked, kept, form, problem.details if problem else None)
    return _page(
        shared,
        "write/form.html",
        problem,
        asked,
        draft=draft,
        fields=fields,
        wrong=[one for one in fields.values() if one.error],
        topic=form.get("topic") if form else topic_of(draft.form),
        draft_mark=shared.keys.blind_index(draft_key(request), "draft.mark").hex()[:32],
        key=str(uuid4()),
        seen=draft.written_by,
    )


def _code(shared: Resources, draft: DraftShown, problem: Problem | None = None, typed: str = "") -> Response:
    return _page(shared, "write/code.html", problem, code=draft.code, typed=typed)


def _page(
    shared: Resources, template: str, problem: Problem | None, asked: FormShown | None = None, **values: Any
) -> Response:
    asked = asked or form_shown(shared)
    return bare(
        shared,
        template,
        problem.details.status if problem else HTTPStatus.OK,
        problem.headers if problem else None,
        asked=asked,
        zone=ZoneInfo(asked.time_zone),
        problem=problem.details if problem else None,
        **values,
    )


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Problem(404, "not_found", "Такого файла нет.") from None
