"""The support request: a form that knows where it was opened, and no applicant's data. Source: S2, 5.2; S3, 6."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api.problems import Problem
from api.support import NewSupportRequest, SupportContext, read_support, request_support
from api.titles import STAGES
from domain.rules import RULES
from storage.support import CONTEXT
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell, see
from web.uploaded import stored

router = APIRouter(prefix="/support", include_in_schema=False)

SHEET = Sheet(NewSupportRequest, only=("cause", "essence", "expected", "screens"))
_FROM_THE_PAGE = ("number", "stage", "action", "page", "incident")


@router.get("")
def ask(page: Shell, request: Request, done: int = Query(default=0), hidden: int = Query(default=0)) -> Response:
    """The form, with what the page before told of itself, and one's requests so far."""
    return _form(page, dict(request.query_params), SHEET.shown(), done=done, hidden=hidden)


@router.post("")
async def send(page: Shell, form: Form) -> Response:
    """The request is kept; its number is told. Pictures of a form that must be corrected are to be chosen again."""
    visit = page.visit
    told = {name: form.get(f"context.{name}") for name in _FROM_THE_PAGE}
    try:
        kept = [("screens", one.value) for one in (await stored(page, form, key_of(form))).get("screens", ())]
        body = SHEET.body(Posted((*form.texts, *kept)), page).model_copy(update={"context": _context(page, told)})
        made = await run_in_threadpool(request_support, visit.shared, visit.person, key_of(form), body)
    except Problem as problem:
        return await run_in_threadpool(_form, page, told, SHEET.shown(form, problem), problem)
    return see(f"/support?done={made.number}&hidden={made.hidden}")


def _form(
    page: Page, told: dict[str, str], sheet: dict[str, Any], problem: Problem | None = None, **values: Any
) -> Response:
    context = _context(page, told)
    known = context.model_dump(mode="json", exclude_none=True)
    return with_status(
        page,
        "support.html",
        problem,
        sheet=sheet,
        context=known,
        facts=[(title, _title(name, known[name])) for name, title in CONTEXT.items() if name in known],
        support=read_support(page.visit.shared, page.visit.person),
        **({"done": 0, "hidden": 0} | values),
    )


def _context(page: Page, told: dict[str, str]) -> SupportContext:
    """What was told, as far as it is a code: nothing typed by hand gets into it. The browser says itself what it is."""
    found: dict[str, Any] = {"browser": page.visit.request.headers.get("user-agent", "")[:300] or None}
    for name in _FROM_THE_PAGE:
        try:
            SupportContext.model_validate({name: told[name]})
        except (KeyError, ValidationError):
            continue
        found[name] = told[name]
    return SupportContext.model_validate(found)


def _title(name: str, value: str) -> str:
    if name == "action":
        return next(rule.title for action, rule in RULES.items() if action.value == value)
    return STAGES.get(value, value) if name == "stage" else value
