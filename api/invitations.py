"""Invitations: an administrator has a link sent, and whoever has it sets his own password. Source: S3-24."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.addresses import address_of
from api.administration import WRITES, Number, make
from api.fields import Visible
from api.passwords import MIN_LENGTH, Secret, weakness
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Shared
from api.sessions import hash_password
from api.throttle import too_many
from storage import attempts, invitations, staff
from storage.attempts import Tried
from storage.invitations import Invitation

router = APIRouter()

ADDRESS_ATTEMPTS = 30
"""Links tried from one address in a quarter of an hour: a whole office may be invited at once."""

LinkToken = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Visible,
    Field(description="из ссылки в письме", examples=["Nw3Zk0…"]),
]


class InvitationShown(BaseModel):
    """Приглашение отправлено; прежняя ссылка больше не действует."""

    number: int = Field(description="табельный номер")
    email: str | None = Field(description="куда отправлено", examples=["ochirova@example.org"])
    expires_at: datetime | None = Field(description="до какого времени действует ссылка; null: уже не действует")


class Link(BaseModel):
    """Ссылка из письма."""

    model_config = ConfigDict(extra="forbid")

    token: LinkToken


class Invited(BaseModel):
    """Кого приглашают."""

    login: str = Field(examples=["ochirova"])
    name: str = Field(examples=["Очирова Саглара Бадмаевна"])
    organisation: str = Field(examples=["Городская поликлиника"])
    expires_at: datetime


class Acceptance(Link):
    """Свой пароль по ссылке из письма."""

    password: Secret = Field(description=f"не короче {MIN_LENGTH} знаков, без логина и частых слов")


@router.post(
    "/people/{number}/invitations",
    tags=["Сотрудники"],
    status_code=201,
    responses=responses(*WRITES),
    summary="Пригласить сотрудника письмом",
)
def invite(shared: Shared, person: Person, key: Key, number: Number) -> InvitationShown:
    """For whoever administers the person and all that the person may do."""
    make(shared, person, key, f"POST /people/{number}/invitations", None, lambda change: staff.invite(change, number))
    with shared.engine.connect() as connection:
        known = staff.person(connection, number)
        until = invitations.open_until(connection, [number]).get(number)
    return InvitationShown(number=number, email=known["email"] if known else None, expires_at=until)


@router.post("/invitations/read", tags=["Вход"], responses=responses(400, 404, 422, 429, 503), summary="Приглашение")
def read_invitation(shared: Shared, request: Request, body: Link) -> Invited:
    """Open to whoever has the link; reading it does not use it up."""
    found = _found(shared, request, body.token)
    return Invited(
        login=found.login, name=found.name, organisation=found.organisation_title, expires_at=found.expires_at
    )


@router.post(
    "/invitations/accept",
    tags=["Вход"],
    status_code=204,
    responses=responses(400, 404, 422, 429, 503),
    summary="Задать пароль по приглашению",
)
async def accept_invitation(shared: Shared, request: Request, body: Acceptance) -> Response:
    """Once; then the person signs in with login and password. His other sessions are over."""
    found = await run_in_threadpool(_found, shared, request, body.token)
    if why := weakness(body.password, found.login):
        raise Problem(422, "password_weak", why, field="password")
    async with shared.logins:
        hashed = await run_in_threadpool(hash_password, body.password)
    await run_in_threadpool(_accept, shared, found, hashed)
    return Response(status_code=204)


def _found(shared: Resources, request: Request, token: str) -> Invitation:
    """The invitation while it works. A 404 that does not tell why it does not; throttled by address."""
    address = address_of(request)
    with shared.engine.begin() as connection:
        found = invitations.by_token(connection, token)
        tried = 0 if found else attempts.count(connection, Tried.INVITATION_ADDRESS, address)
    if tried > ADDRESS_ATTEMPTS:
        raise too_many(shared, (Tried.INVITATION_ADDRESS, address, ADDRESS_ATTEMPTS))
    if found is None:
        raise _over()
    return found


def _accept(shared: Resources, found: Invitation, hashed: str) -> None:
    with shared.engine.begin() as connection:
        if not invitations.accept(connection, found, hashed):
            raise _over()


def _over() -> Problem:
    detail = (
        "Ссылка уже использована, заменена новой или её срок истёк. Если пароль вы уже задали, войдите; "
        "иначе попросите администратора пригласить вас ещё раз."
    )
    return Problem(404, "invitation_over", detail)
