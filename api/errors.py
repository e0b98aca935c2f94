"""Every exception of the application as a problem, and who tells it: JSON for programs, pages for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.problems import Problem, invalid
from logs import where
from storage.repeats import KeyInUse

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Every error of the application becomes problem details; `answer_with` changes how they are told."""
    answer_with(app, _in_json)
    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        OperationalError,
        PoolTimeout,
        DataError,
        KeyInUse,
        Exception,
    ):
        app.add_exception_handler(kind, any_error)


Teller = Callable[[Request, "Problem"], Awaitable[Response]]
"""How a problem is told to whoever asked."""


def answer_with(app: FastAPI, teller: Teller) -> None:
    """From now on the application tells its problems in this way."""
    app.state.tell_problem = teller


async def any_error(request: Request, error: Exception) -> Response:
    """The answer to an error, wherever it came up: before, in or behind the endpoints."""
    teller: Teller = request.app.state.tell_problem
    return await teller(request, problem_of(error))


async def _in_json(_: Request, problem: Problem) -> Response:
    return problem.response()


def problem_of(error: Exception) -> Problem:
    """The error as a problem. What nobody mapped is logged with an incident id, without its words."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _validation(error)
        case HTTPException():
            return _http(error)
        case OperationalError() | PoolTimeout():
            return _database(error)
        case DataError():
            return _unstorable(error)
        case KeyInUse():
            detail = "Запрос с этим ключом Idempotency-Key уже выполняется: повторите его."
            return Problem(409, "key_in_use", detail, headers={"Retry-After": "1"})
        case _:
            return _bug(error)


def _validation(error: RequestValidationError) -> Problem:
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return Problem(400, "invalid_json", "Тело запроса не является правильным JSON.")
    return invalid(error.errors(), drop=1)


def _http(error: HTTPException) -> Problem:
    codes = {400: "invalid_json", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
    details = {
        400: "Тело запроса не является правильным JSON.",
        404: "Такого адреса нет.",
        405: "Этот адрес не поддерживает такой метод.",
        413: "Тело запроса больше допустимого.",
    }
    detail = details.get(error.status_code, "Запрос не выполнен.")
    headers = dict(error.headers) if error.headers else None
    return Problem(error.status_code, codes.get(error.status_code, "http_error"), detail, headers=headers)


def _database(error: Exception) -> Problem:
    log.error("database unavailable", where=where(error))
    detail = "База данных не отвечает. Неизвестно, сохранено ли это: повторите с тем же ключом Idempotency-Key."
    return Problem(503, "unavailable", detail, headers={"Retry-After": "5"})


def _unstorable(error: Exception) -> Problem:
    """A value beyond what its column holds: the check that should have come first is missing, but nothing was stored."""
    log.error("value beyond its column", where=where(error))
    return Problem(422, "invalid_request", "Значение не помещается в своё поле. Ничего не сохранено.")


def _bug(error: Exception) -> Problem:
    incident = uuid4().hex[:12]
    log.error("unmapped error", incident=incident, where=where(error))
    detail = f"Произошла ошибка, её номер {incident}. Сообщите номер службе поддержки."
    return Problem(500, "internal", detail, incident=incident)
