"""Sign-in and sign-out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.addresses import address_of
from api.fields import Visible
from api.problems import Problem, responses
from api.resources import Resources, Shared, Token
from api.throttle import too_many
from domain.vocabulary import PersonId
from storage import attempts, people
from storage.attempts import Tried

router = APIRouter(prefix="/sessions", tags=["Вход"])

LOGIN_ATTEMPTS = 10
ADDRESS_ATTEMPTS = 100
"""Failed attempts in a quarter of an hour: with one login, and from one address, behind which a whole office may sit."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Checked when there is no such login, so that a wrong login takes as long as a wrong password."""


class SignIn(BaseModel):
    """Логин и пароль."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[
        str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=63), Visible
    ] = Field(examples=["coordinator"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["…"])


class Session(BaseModel):
    """Открытый сеанс."""

    token: str = Field(description="передавайте в заголовке Authorization: Bearer")
    expires_at: datetime
    person: int = Field(description="табельный номер", examples=[103])


@router.post("", status_code=201, responses=responses(400, 401, 422, 429, 503), summary="Войти")
async def sign_in(shared: Shared, request: Request, body: SignIn) -> Session:
    """A session of twelve hours. Failures are throttled by login and by address."""
    return await open_session(shared, body, address_of(request))


async def open_session(shared: Resources, body: SignIn, address: str) -> Session:
    """The session of whoever has this login and password. `address`: from where, for throttling."""
    async with shared.logins:
        return await run_in_threadpool(_sign_in, shared, body, address)


def _sign_in(shared: Resources, body: SignIn, address: str) -> Session:
    tried = (Tried.LOGIN, body.login, LOGIN_ATTEMPTS), (Tried.LOGIN_ADDRESS, address, ADDRESS_ATTEMPTS)
    with shared.engine.connect() as connection:
        failed = attempts.counted(connection, Tried.LOGIN, body.login)
        failed_there = attempts.counted(connection, Tried.LOGIN_ADDRESS, address)
        account = people.account(connection, body.login)
    if failed >= LOGIN_ATTEMPTS or failed_there >= ADDRESS_ATTEMPTS:
        raise too_many(shared, *tried)
    good = password_fits(account.password_hash if account else None, body.password)
    if account is None or not good or not account.active:
        with shared.engine.begin() as connection:
            failed = attempts.count(connection, Tried.LOGIN, body.login)
            failed_there = attempts.count(connection, Tried.LOGIN_ADDRESS, address)
        if failed > LOGIN_ATTEMPTS or failed_there > ADDRESS_ATTEMPTS:  # others were checked meanwhile
            raise too_many(shared, *tried)
        raise Problem(401, "wrong_password", "Неверный логин или пароль.", headers={"WWW-Authenticate": "Bearer"})
    with shared.engine.begin() as connection:
        attempts.forget(connection, Tried.LOGIN, body.login)
        token, expires = people.open_session(connection, account.person)
    return Session(token=token, expires_at=expires, person=account.person)


@router.delete("/current", status_code=204, responses=responses(401, 503), summary="Выйти")
def sign_out(shared: Shared, token: Token) -> Response:
    """The token is good for nothing any more. Repeating it changes nothing."""
    close_session(shared, token)
    return Response(status_code=204)


def close_session(shared: Resources, token: str) -> None:
    """The session is over."""
    with shared.engine.begin() as connection:
        people.close_session(connection, token)


def formerly_signed_in(shared: Resources, token: str) -> PersonId | None:
    """Whose session this is or was."""
    if not token:
        return None
    with shared.engine.connect() as connection:
        return people.formerly_signed_in(connection, token)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; as slow for somebody who has none."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_password(password: str) -> str:
    """What the record keeps of a password (argon2id)."""
    return _hasher.hash(password)
