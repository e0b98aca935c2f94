"""`/calls`: contacts with applicants by phone and in person. Sources: S1, 6.1–6.6; S4, 2.1.2–2.1.4; S2, 2.1 ж."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api import calling
from api.call_shapes import (
    Answers,
    CallNotes,
    CallShown,
    CallsShown,
    CandidatesShown,
    EndOfCall,
    IdentityShown,
    NewCall,
    Search,
    ToldShown,
    Transfer,
)
from api.problems import responses
from api.resources import Key, Person, Shared

router = APIRouter(tags=["Разговоры с заявителями"])

WRITES = (400, 401, 403, 404, 409, 413, 422, 503)


@router.post("/calls", status_code=201, responses=responses(*WRITES), summary="Заявитель позвонил или пришёл")
def begin_call(shared: Shared, person: Person, key: Key, body: NewCall, response: Response) -> CallShown:
    """It goes on from now, with the words to introduce oneself."""
    made = calling.begin(shared, person, key, body)
    response.headers["Location"] = f"/api/v1/calls/{made.id}"
    return made


@router.get("/calls", responses=responses(401, 403, 422, 503), summary="Мои разговоры")
def list_calls(
    shared: Shared, person: Person, cursor: Annotated[str | None, Query(max_length=300)] = None
) -> CallsShown:
    """Those that the operator took, latest first."""
    return calling.own_calls(shared, person, cursor)


@router.get("/calls/{call_id}", responses=responses(401, 403, 404, 422, 503), summary="Разговор")
def read_call(shared: Shared, person: Person, call_id: UUID) -> CallShown:
    """For intake operators of the organisation where it was taken."""
    return calling.call_of(shared, person, call_id)


@router.patch("/calls/{call_id}", responses=responses(*WRITES), summary="Записать по ходу разговора")
def note_call(shared: Shared, person: Person, call_id: UUID, body: CallNotes) -> CallShown:
    """What is given replaces what was there. Repeating it changes nothing."""
    return calling.note(shared, person, call_id, body)


@router.post("/calls/{call_id}/search", responses=responses(*WRITES), summary="Найти сообщение заявителя")
def search_messages(shared: Shared, person: Person, call_id: UUID, body: Search) -> CandidatesShown:
    """In the body, so that nothing personal stands in an address. By surname: of where the operator works alone."""
    return calling.search(shared, person, call_id, body)


@router.post("/calls/{call_id}/identity", responses=responses(*WRITES), summary="Проверить, чьё сообщение")
def check_identity(shared: Shared, person: Person, key: Key, call_id: UUID, body: Answers) -> IdentityShown:
    """Before anything of a message is told: the code alone, or two other right answers."""
    return calling.identify(shared, person, key, call_id, body)


@router.get("/calls/{call_id}/story", responses=responses(401, 403, 404, 409, 422, 503), summary="Что рассказать")
def read_story(shared: Shared, person: Person, call_id: UUID) -> ToldShown:
    """As much as the applicant reads himself with his number and code; that it was opened is recorded."""
    return calling.story_for_caller(shared, person, call_id)


@router.post("/calls/{call_id}/transfers", responses=responses(*WRITES), summary="Переключить на коллегу")
def put_through(shared: Shared, person: Person, key: Key, call_id: UUID, body: Transfer) -> CallShown:
    """One more link of the chain; 409 `too_many_transfers` before one beyond `call_transfers`, unless it is meant."""
    return calling.put_through(shared, person, key, call_id, body)


@router.post("/calls/{call_id}/end", responses=responses(*WRITES), summary="Завершить разговор")
def end_call(shared: Shared, person: Person, key: Key, call_id: UUID, body: EndOfCall) -> CallShown:
    """The journal of its message says so, also of a closed one; the summary is sent if an address is given."""
    return calling.end(shared, person, key, call_id, body)
