"""Passwords: one's own is changed with the old one; an administrator gives a one-time one and never learns another."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.administration import WRITES, Number, make, require_administrator
from api.intake import key_reused
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Session, Shared, Token
from api.sessions import LOGIN_ATTEMPTS, hash_password, password_fits
from api.throttle import too_many
from domain.vocabulary import PersonId
from storage import attempts, people, repeats, staff
from storage.attempts import Tried
from storage.reference import moment
from storage.turns import hold_key

router = APIRouter()

MIN_LENGTH = 10
_MIN_DIFFERENT = 5
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no signs that look alike
_COMMON = ("password", "пароль", "qwerty", "йцукен", "12345", "admin", "otklik", "отклик")

Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PasswordChange(BaseModel):
    """Смена своего пароля."""

    model_config = ConfigDict(extra="forbid")

    old: Secret = Field(description="нынешний пароль")
    new: Secret = Field(description=f"новый, не короче {MIN_LENGTH} знаков")


class OneTimePassword(BaseModel):
    """Одноразовый пароль."""

    number: int
    password: str | None = Field(
        default=None,
        description="показывается один раз, при повторе запроса его уже нет; все сеансы сотрудника закрыты",
    )


@router.post(
    "/sessions/password",
    tags=["Вход"],
    status_code=204,
    responses=responses(400, 401, 403, 409, 413, 422, 429, 503),
    summary="Сменить свой пароль",
)
async def change_password(shared: Shared, session: Session, token: Token, key: Key, body: PasswordChange) -> Response:
    """All other sessions of the person are closed. Throttled as sign-in is."""
    async with shared.logins:
        await run_in_threadpool(_change, shared, session.person, token, key, body)
    return Response(status_code=204)


@router.post(
    "/people/{number}/password",
    tags=["Сотрудники"],
    responses=responses(*WRITES),
    summary="Дать сотруднику одноразовый пароль",
)
async def reset_password(shared: Shared, person: Person, key: Key, number: Number) -> OneTimePassword:
    """For whoever administers the person and all that the person may do."""
    password, hashed = await new_password(shared, person)
    what = f"POST /people/{number}/password"
    _, new = await run_in_threadpool(
        make, shared, person, key, what, None, lambda change: staff.reset_password(change, number, hashed)
    )
    return OneTimePassword(number=number, password=password if new else None)


async def new_password(shared: Resources, administrator: PersonId) -> tuple[str, str]:
    """A one-time password and its hash, for administrators alone."""
    await run_in_threadpool(require_administrator, shared, administrator)
    password = one_time_password()
    async with shared.logins:
        return password, await run_in_threadpool(hash_password, password)


def one_time_password() -> str:
    """79 random bits in four groups, to be read out and typed."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def weakness(password: str, login: str) -> str | None:
    """Why the password is too easy to guess; None when it is not."""
    low = password.lower()
    if len(password) < MIN_LENGTH:
        return f"Не короче {MIN_LENGTH} знаков."
    if len(set(low)) < _MIN_DIFFERENT or low.isdigit():
        return "Слишком однообразный: добавьте разных букв и цифр."
    if login in low or any(word in low for word in _COMMON):
        return "Пароль не должен содержать логин и частые слова."
    return None


def _change(shared: Resources, person: PersonId, token: str, key: str, body: PasswordChange) -> None:
    # of passwords only a keyed digest is remembered, so that no guess can be tried on it
    digest = hashlib.sha256(shared.keys.blind_index(f"{body.old}\0{body.new}", "password.change")).digest()
    write = repeats.Keyed(person, key, "password", digest)
    with shared.engine.begin() as connection:
        if _recalled(connection, write):
            return
        tried = attempts.count(connection, Tried.PASSWORD, str(person))
        known = staff.person(connection, person)
        hashed = people.password_hash(connection, person)
    assert known is not None
    if tried > LOGIN_ATTEMPTS:
        raise too_many(shared, (Tried.PASSWORD, str(person), LOGIN_ATTEMPTS))
    if not password_fits(hashed, body.old):
        raise Problem(403, "wrong_password", "Нынешний пароль неверен.", field="old")
    why = "Новый пароль совпадает с нынешним." if body.new == body.old else weakness(body.new, known["login"])
    if why:
        raise Problem(422, "password_weak", why, field="new")
    new_hash = hash_password(body.new)
    with shared.engine.begin() as connection:
        if _recalled(connection, write):
            return
        attempts.forget(connection, Tried.PASSWORD, str(person))
        people.set_password(connection, person, new_hash, one_time=False)
        people.close_all_sessions(connection, person, but=token)
        repeats.keep_key(connection, write, str(person), moment(connection).now)


def _recalled(connection: sa.Connection, write: repeats.Keyed) -> bool:
    hold_key(connection, write.person, write.key)
    try:
        return repeats.recall_key(connection, write) is not None
    except repeats.KeyReused:
        raise key_reused() from None
