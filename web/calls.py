"""The intake operator's screen for a call or a visit: all of it one form, so that no press of a button loses what was typed.

Sources: S1, 6.1–6.6; S4, 2.1.2–2.1.4; S2, 2.1 ж.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import calling
from api.call_shapes import CallNotes, CallShown, EndOfCall, NewCall, Transfer
from api.errors import problem_of
from api.intake import register_message
from api.problems import Problem
from api.titles import CALL_WAYS
from web.call_forms import answers_of, made, message_of, notes_of, rows_of
from web.call_screen import ASKED, Done, asked_of, categories_of, screen
from web.posted import Form, Posted
from web.record_forms import key_of
from web.rendering import Page, Shell, see

router = APIRouter(prefix="/calls", include_in_schema=False)


@router.get("")
def show_all(page: Shell, cursor: Annotated[str | None, Query(max_length=300)] = None) -> Response:
    """Those that go on, those that were, and a new one by one button."""
    found = calling.own_calls(page.visit.shared, page.visit.person, cursor)
    return page.show("calls/list.html", found=found, keys={way: str(uuid4()) for way in CALL_WAYS})


@router.post("")
def begin(page: Shell, form: Form) -> Response:
    """The phone rings, or somebody has come."""
    body = made(NewCall, {"way": form.get("way")})
    call = calling.begin(page.visit.shared, page.visit.person, key_of(form), body)
    return see(f"/calls/{call.id}")


@router.get("/{call_id:uuid}")
def show(page: Shell, call_id: UUID) -> Response:
    """The screen, as it was noted; of a call that is over its summary, to be printed."""
    return screen(page, call_id)


@router.post("/{call_id:uuid}")
async def go_on(page: Shell, form: Form, call_id: UUID) -> Response:
    """What was typed is noted, and what the button says is done; all of it stands on the page that comes back."""
    done, refused = Done(), None
    action, _, which = form.get("do").partition(":")
    try:
        call = await run_in_threadpool(_noted, page, form, call_id)
        if action == "register":
            done = await _register_message(page, form, call)
        else:
            done = await run_in_threadpool(_done, page, form, call, action, which)
    except (Problem, OperationalError, PoolTimeout) as error:
        refused = problem_of(error)
    over = refused is not None and refused.details.code == "call_ended"  # pressed twice
    if action == "end" and (refused is None or over):
        return see(f"/calls/{call_id}")
    return await run_in_threadpool(screen, page, call_id, form, refused, done)


@router.post("/{call_id:uuid}/notes")
def keep(page: Shell, form: Form, call_id: UUID) -> Response:
    """What was typed is noted while it is being typed. What is not whole yet is told when a button is pressed."""
    try:
        _noted(page, form, call_id)
    except Problem as problem:
        if problem.details.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _noted(page: Page, form: Posted, call_id: UUID) -> CallShown:
    return calling.note(page.visit.shared, page.visit.person, call_id, notes_of(form))


def _done(page: Page, form: Posted, call: CallShown, action: str, which: str) -> Done:
    shared, person, key = page.visit.shared, page.visit.person, f"{key_of(form)[:100]}.{action}"
    match _meant(form) if action == "enter" else action:
        case "find":
            return Done(asked="")
        case "ask":
            return Done(asked=which)
        case "identify":
            if (asked := asked_of(page, call, form.get(ASKED))) is None:
                raise Problem(422, "invalid_request", "Сначала найдите сообщение.", field="search")
            found = calling.identify(shared, person, key, call.id, answers_of(form, asked.message))
            wrong = tuple(f"answers.{question}" for question, fits in found.right.items() if not fits)
            return Done(forgotten=wrong, right={question.value: fits for question, fits in found.right.items()})
        case "transfer":
            beyond = form.get("beyond_limit") == "true"
            to = made(Transfer, {"to": form.get("to").strip(), "beyond_limit": beyond})
            calling.put_through(shared, person, key, call.id, to)
            return Done(forgotten=("to", "beyond_limit"))
        case "end":
            if any(not row.whole for row in rows_of(form)):
                raise Problem(422, "invalid_request", "Заполните в каждой строке: кто, когда и что.", field="steps")
            to_whom = made(EndOfCall, {"summary_to": form.get("summary_to").strip() or None})
            calling.end(shared, person, key, call.id, to_whom)
    return Done()


def _meant(form: Posted) -> str:
    """What the key Enter does: it takes the search a step further, and never costs the caller a try by half an answer."""
    if not form.get(ASKED):
        return "find"
    answered = {name for name, text in form.texts if name.startswith("answers.") and text.strip()}
    return "identify" if len(answered) > 1 or "answers.code" in answered else "save"


async def _register_message(page: Page, form: Posted, call: CallShown) -> Done:
    """The message is in the record and the call is about it: one message a call, from however many windows it is sent."""
    shared, person = page.visit.shared, page.visit.person
    categories = await run_in_threadpool(categories_of, page)
    body = message_of(form, call, categories)
    await run_in_threadpool(calling.require_room, shared, person, call.id)
    registered = await register_message(shared, person, f"call.{call.id}.register", body, Response())
    linked = CallNotes.model_validate({"kind": "new_message", "message": registered.id})
    await run_in_threadpool(calling.note, shared, person, call.id, linked)
    return Done(forgotten=("kind",))
