"""Who looks at a page: the session of the cookie, the token that its forms carry, and signing in again in the middle of one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.types import Scope

from api.addresses import address_of
from api.me import Me, me
from api.problems import Problem, invalid
from api.resources import Resources, Shared, is_known, not_signed_in, session_with
from api.sessions import Session, SignIn, close_session, formerly_signed_in, open_session
from domain.vocabulary import PersonId
from storage.people import SignedIn
from web.dialogue_mark import is_dialogue, is_marked
from web.draft_cookie import has_draft, is_writing
from web.guard import SAFE, remember
from web.posted import Form, Posted, cookie_token

TOKEN, LOGIN, PASSWORD = "_token", "_login", "_password"
"""Fields of forms: the session's token; login and password of whoever signs in again to send a form."""


@dataclass(frozen=True)
class Visit:
    """A signed-in person asks for a page. Every dependency of a page that is not public ends here."""

    shared: Resources
    request: Request
    token: str
    session: SignedIn

    @property
    def person(self) -> PersonId:
        """The staff number, as the API's functions want it."""
        return self.session.person

    @property
    def form_token(self) -> str:
        """What each form of this session carries."""
        return form_token(self.shared, self.token, self.person)

    def me(self) -> Me:
        """Name, roles and time zone."""
        return me(self.shared, self.session)


async def any_visit(shared: Shared, request: Request, form: Form) -> Visit:
    """The visit of whoever is signed in, also with a one-time password. A form is let through with its token alone."""
    token = cookie_token(request, shared)
    if request.method in SAFE:
        return Visit(shared, request, token, await run_in_threadpool(_session, shared, token))
    if LOGIN in dict(form.texts):
        token = await _signed_in_again(shared, request, form)
        return Visit(shared, request, token, await run_in_threadpool(_session, shared, token))
    session = await run_in_threadpool(_session, shared, token)
    request.state.form_token = right = form_token(shared, token, session.person)
    if not hmac.compare_digest(form.get(TOKEN).encode(), right.encode()):
        if _begun_by(form) and _begun_by(form) != _mark(shared, session.person):
            raise _of_another()
        raise Problem(403, "form_outdated", "Форма открыта в прежнем сеансе. Проверьте её и отправьте ещё раз.")
    return Visit(shared, request, token, session)


async def visit(found: Annotated[Visit, Depends(any_visit)]) -> Visit:
    """The same for everything but one's own password. A 403 while the password is the one that an administrator made."""
    if found.session.one_time:
        raise Problem(403, "password_change_required", "Сначала смените одноразовый пароль на свой.")
    return found


AnyVisit = Annotated[Visit, Depends(any_visit)]
Visitor = Annotated[Visit, Depends(visit)]


def form_token(shared: Resources, token: str, person: PersonId) -> str:
    """Bound to the session, and worth nothing without its cookie; after the session it still tells who began the form."""
    return f"{shared.keys.blind_index(token, 'form.token').hex()}.{_mark(shared, person)}"


def _mark(shared: Resources, person: PersonId) -> str:
    return shared.keys.blind_index(str(person), "form.person").hex()


def _begun_by(form: Posted) -> str:
    """The mark of who began the form; empty where its token tells nothing."""
    return form.get(TOKEN).partition(".")[2]


def _of_another() -> Problem:
    return Problem(403, "form_of_another", "Эту форму начал другой сотрудник: отправить её может только он.")


def zone_of(known: Me) -> ZoneInfo:
    """Where the person works."""
    return ZoneInfo(known.time_zone)


async def signed_in(shared: Resources, request: Request, login: str, password: str) -> Session:
    """A new session that the browser keeps. A Problem as `POST /api/v1/sessions` has it."""
    session = await _opened(shared, request, login, password)
    remember(request, session.token)
    return session


async def _opened(shared: Resources, request: Request, login: str, password: str) -> Session:
    try:
        wanted = SignIn(login=login, password=password)
    except ValidationError as error:
        raise invalid(error.errors()) from None
    return await open_session(shared, wanted, address_of(request))


async def _signed_in_again(shared: Resources, request: Request, form: Posted) -> str:
    """The token of a new session for a form that outlived its own. Nobody sends what another person has typed.

    The browser keeps the session only when the form is this person's: with it the form would be his at the second press.
    """
    session = await _opened(shared, request, form.get(LOGIN), form.get(PASSWORD))
    if _begun_by(form) != _mark(shared, PersonId(session.person)):
        await run_in_threadpool(close_session, shared, session.token)
        raise _of_another()
    remember(request, session.token)
    return session.token


async def was_signed_in(scope: Scope) -> bool:
    """Whether a large form, or whatever the API takes, is to be read: also of a session that has ended, and of a draft."""
    if await is_known(scope):
        return True
    request = Request(scope)
    shared: Resources = request.app.state.resources
    if is_writing(request.url.path):
        return await has_draft(shared, request)
    if is_dialogue(request.url.path):
        return is_marked(shared, request)
    return await run_in_threadpool(formerly_signed_in, shared, cookie_token(request, shared)) is not None


def _session(shared: Resources, token: str) -> SignedIn:
    found = session_with(shared, token)
    if found is None:
        raise not_signed_in()
    return found
