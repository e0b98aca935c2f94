"""What the intake operator does while he talks to an applicant, behind the endpoints and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from api.call_shapes import (
    Answers,
    CallNotes,
    CallShown,
    CallsShown,
    CandidateShown,
    CandidatesShown,
    EndOfCall,
    IdentityShown,
    NewCall,
    Search,
    ToldShown,
    Transfer,
)
from api.calls_shown import shown
from api.intake import key_reused
from api.problems import Problem, not_found
from api.resources import Resources
from api.shown import cursor_of, cursor_wrong, parts_of, titled, typed_number
from api.stories import told
from api.titles import QUESTIONS
from domain.calls import SHOWN, Identity, confirms
from domain.vocabulary import PersonId
from storage import attempts, callers, calls, queries, stories
from storage.access import Opened
from storage.attempts import Tried
from storage.calls import Call
from storage.engine import reading
from storage.reference import Moment, Reference, moment
from storage.repeats import KeyReused

PAGE = 50

_LONG_AGO = "Разговор начат давно: завершите его. Если заявитель снова на связи, начните новую запись."


def begin(shared: Resources, person: PersonId, key: str, body: NewCall) -> CallShown:
    """A call goes on from now. A 403 for whoever takes no messages in."""

    def make(connection: sa.Connection, at: Moment) -> str:
        _require_operator(connection, shared, person)
        return calls.begin(connection, at, person, body.way)

    return call_of(shared, person, _once(shared, person, key, {"call": body.model_dump(mode="json")}, make))


def call_of(shared: Resources, person: PersonId, call_id: UUID) -> CallShown:
    """The call as it is now. A 404 for whoever may not read it; that a colleague read it is recorded."""
    with reading(shared.engine) as connection:
        call = calls.find(connection, str(call_id))
        if call is None or not calls.may_read(connection, shared.reference, call, person):
            raise not_found()
        if call.operator != person:
            calls.note_reading(connection, shared.reference, call, person, Opened.CALL)
        return shown(connection, shared.reference, [call], person)[0]


def own_calls(shared: Resources, person: PersonId, cursor: str | None) -> CallsShown:
    """The calls that the operator took, latest first."""
    with reading(shared.engine) as connection:
        _require_operator(connection, shared, person)
        found = calls.of_operator(connection, person, _before(cursor), PAGE + 1)
        page = shown(connection, shared.reference, found[:PAGE], person)
    return CallsShown(calls=page, next=cursor_of(page[-1].begun_at, str(page[-1].id)) if len(found) > PAGE else None)


def note(shared: Resources, person: PersonId, call_id: UUID, body: CallNotes) -> CallShown:
    """The call says this now. Repeating it changes nothing."""
    with shared.engine.begin() as connection:
        call = _open(connection, shared, call_id, person)
        values = body.model_dump(mode="json", exclude_unset=True, exclude={"message"})
        if body.message is not None:
            values |= _taken_in(connection, call, str(body.message))
        calls.change(connection, call, values)
    return call_of(shared, person, call_id)


def require_room(shared: Resources, person: PersonId, call_id: UUID) -> None:
    """A message that is taken in now can be linked to the call. A 409 before there is one that could not."""
    with shared.engine.connect() as connection:
        call = _open(connection, shared, call_id, person)
        if call.identity in SHOWN:
            raise _of_another()
        if moment(connection).now > call.gone_at:
            raise Problem(409, "call_ended", _LONG_AGO)


def search(shared: Resources, person: PersonId, call_id: UUID, body: Search) -> CandidatesShown:
    """Messages that may be the caller's: of each only when it came and what he can be asked."""
    with shared.engine.connect() as connection:
        call = _open(connection, shared, call_id, person)
        if body.number:
            found = callers.by_number(connection, shared.reference, person, typed_number(body.number))
        elif body.phone:
            found = callers.by_phone(connection, shared.reference, person, body.phone)
        else:
            found = callers.by_surname(connection, shared.reference, person, body.surname or "")
        left = {one.id: _tries_left(connection, shared.reference, call, person, one.id) for one in found}
    candidates = [
        CandidateShown(
            message=UUID(one.id),
            number=one.number,
            received_at=one.received_at,
            questions=[titled(question, QUESTIONS) for question in one.questions],
            tries_left=left[one.id],
        )
        for one in found
    ]
    return CandidatesShown(found=candidates, more=len(candidates) == callers.MOST)


def identify(shared: Resources, person: PersonId, key: str, call_id: UUID, body: Answers) -> IdentityShown:
    """The caller's answers are compared with the card, and the outcome is kept; the answers are not."""

    def make(connection: sa.Connection, at: Moment) -> str:
        call, settings = _open(connection, shared, call_id, person), shared.reference.settings(connection, at)
        message, about = str(body.message), _about(person, str(body.message))
        if call.identity in SHOWN:
            if call.case_id != message:
                raise _of_another()
            return str(call_id)
        if not callers.may_ask_about(connection, shared.reference, person, message):
            raise not_found()
        tried = attempts.count(connection, Tried.IDENTITY, about)  # not if it is refused here, as all is undone then
        if call.identity_tries >= settings.identity_tries or tried > settings.identity_tries_a_day:
            detail = (
                "Ответы не сошлись несколько раз. Предложите письмо с новым кодом или личное обращение с документом."
            )
            raise Problem(409, "identity_failed", detail)
        confirmed = confirms(callers.right_answers(connection, message, body.answers))
        if confirmed:
            attempts.forget(connection, Tried.IDENTITY, about)
        outcome = Identity.CONFIRMED if confirmed else Identity.FAILED
        tries = call.identity_tries + (not confirmed)
        calls.change(connection, call, {"case_id": message, "identity": outcome.value, "identity_tries": tries})
        return str(call_id)

    # of the answers themselves only a keyed digest is kept, with the key, for a day
    _once(shared, person, key, {"identity": str(call_id), "answers": body.model_dump(mode="json")}, make)
    with shared.engine.connect() as connection:
        call = _open(connection, shared, call_id, person)
        shown = call.identity in SHOWN
        right = set() if shown else callers.right_answers(connection, str(body.message), body.answers)
        left = _tries_left(connection, shared.reference, call, person, str(body.message))
    return IdentityShown(
        confirmed=shown,
        right={} if shown else {question: question in right for question in body.answers},
        tries_left=left,
    )


def _about(person: PersonId, message: str) -> str:
    """What a day's tries are counted by."""
    return f"{person}:{message}"


def _tries_left(
    connection: sa.Connection, reference: Reference, call: calls.Call, person: PersonId, message: str
) -> int:
    """How often this caller may still be asked about the message: in this call, and in all of the day's together."""
    tried = attempts.counted(connection, Tried.IDENTITY, _about(person, message))
    settings = reference.settings(connection, moment(connection))
    return max(0, min(settings.identity_tries - call.identity_tries, settings.identity_tries_a_day - tried))


def story_for_caller(shared: Resources, person: PersonId, call_id: UUID) -> ToldShown:
    """What the applicant himself would read, and what was said of it before. A 403 until he has shown that it is his."""
    with reading(shared.engine) as connection:
        call = _open(connection, shared, call_id, person)
        if call.case_id is None or call.identity not in SHOWN:
            detail = "Сначала задайте вопросы: о сообщении рассказывают только тому, чьё оно."
            raise Problem(403, "identity_needed", detail)
        _require_tellable(connection, shared, call, call.case_id)
        calls.note_reading(connection, shared.reference, call, person, Opened.STORY)
        before = calls.of_case(connection, shared.reference, call, person)
        story = told(stories.find(connection, shared.reference, call.case_id))
        opens = queries.may_see(connection, shared.reference, call.case_id, person)
        return ToldShown(story=story, opens=opens, before=shown(connection, shared.reference, before, person))


def put_through(shared: Resources, person: PersonId, key: str, call_id: UUID, body: Transfer) -> CallShown:
    """The caller is put through; a 409 warns before one time too many, which needs to be meant. Source: S1, 6.5."""

    def make(connection: sa.Connection, at: Moment) -> str:
        call = _open(connection, shared, call_id, person)
        limit = shared.reference.settings(connection, at).call_transfers
        beyond = len(call.transfers) >= limit
        if beyond and not body.beyond_limit:
            detail = (
                f"Заявителя уже переключали столько раз, сколько можно ({limit}). Предложите, что ему перезвонят; если "
                "переключить всё же нужно, подтвердите это."
            )
            raise Problem(409, "too_many_transfers", detail, clause="S1, 6.5", field="beyond_limit")
        link = {"to": body.to, "at": at.now.isoformat(), "beyond_limit": beyond}
        calls.put_through(connection, call, link)
        return str(call_id)

    what = {"transfer": str(call_id), "body": body.model_dump(mode="json")}
    return call_of(shared, person, _once(shared, person, key, what, make))


def end(shared: Resources, person: PersonId, key: str, call_id: UUID, body: EndOfCall) -> CallShown:
    """The call is over, its message's journal says so, and the summary is on its way if it was wished for."""

    def make(connection: sa.Connection, at: Moment) -> str:
        call = _open(connection, shared, call_id, person)
        _require_noted(call)
        calls.end(connection, shared.reference, at, call)
        if body.summary_to:
            _require_sendable(connection, call)
            calls.order_summary(connection, call, body.summary_to)
        return str(call_id)

    what = {"end": str(call_id), "body": body.model_dump(mode="json")}
    return call_of(shared, person, _once(shared, person, key, what, make))


def _require_operator(connection: sa.Connection, shared: Resources, person: PersonId) -> None:
    if not calls.is_operator(connection, shared.reference, person):
        raise Problem(403, "action_forbidden", "Разговоры с заявителями ведёт оператор приёма.")


def _require_noted(call: Call) -> None:
    if call.kind is None:
        raise Problem(422, "invalid_request", "Выберите, о чём был разговор.", field="kind")
    if not call.subject:
        raise Problem(422, "invalid_request", "Запишите, что спросили и что ответили.", field="subject")


def _require_sendable(connection: sa.Connection, call: Call) -> None:
    if not call.steps:
        raise Problem(422, "invalid_request", "Отправлять нечего: запишите, кто, когда и что сделает.", field="steps")
    if calls.is_secret(connection, call):
        detail = "В сообщении врачебная тайна: итог не отправляют почтой. Прочитайте его или распечатайте."
        raise Problem(422, "secret_matter", detail, field="summary_to")


def _once(
    shared: Resources, person: PersonId, key: str, what: Mapping[str, Any], make: Callable[[sa.Connection, Moment], str]
) -> UUID:
    try:
        return UUID(calls.once(shared.engine, person, key, what, make))
    except KeyReused:
        raise key_reused() from None


def _open(connection: sa.Connection, shared: Resources, call_id: UUID, person: PersonId) -> Call:
    """The operator's own call that goes on, held until the commit."""
    call = calls.find(connection, str(call_id), lock=True)
    if call is None or call.operator != person or not calls.may_read(connection, shared.reference, call, person):
        raise not_found()
    if not call.open:
        raise Problem(409, "call_ended", "Разговор завершён: начните новую запись.")
    return call


def _require_tellable(connection: sa.Connection, shared: Resources, call: Call, message: str) -> None:
    """Who has shown whose the message is is still there, and it is still the operator's to look up."""
    if moment(connection).now > call.gone_at:
        raise Problem(403, "action_forbidden", _LONG_AGO)
    if not callers.may_ask_about(connection, shared.reference, call.operator, message):
        raise Problem(403, "action_forbidden", "Сообщение теперь у другой организации: рассказывают о нём там.")


def _taken_in(connection: sa.Connection, call: Call, message: str) -> dict[str, str]:
    """The link to the message registered in the course of the call. Whose it is need not be asked."""
    if call.identity in SHOWN and call.case_id != message:
        raise _of_another()
    if not calls.took_in(connection, call, message):
        raise Problem(422, "message_unknown", "Это сообщение зарегистрировано не в этом разговоре.", field="message")
    return {"case_id": message, "identity": Identity.TAKEN_IN.value}


def _before(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        at, id_ = parts_of(cursor, 2)
        found = datetime.fromisoformat(str(at)), str(UUID(str(id_)))
    except ValueError:
        raise cursor_wrong() from None
    if found[0].tzinfo is None:
        raise cursor_wrong()
    return found


def _of_another() -> Problem:
    return Problem(409, "call_of_another_message", "У разговора уже есть сообщение: о другом начните новую запись.")
