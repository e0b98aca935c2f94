"""Problem details (RFC 9457): a stable code for programs, Russian for people, never a value that somebody typed."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from domain.verdict import Refusal

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One field of the request that is wrong."""

    field: str = Field(description="путь к полю через точку", examples=["parameters.reason"])
    detail: str = Field(examples=["Поле обязательно."])


class ProblemDetails(BaseModel):
    """What every error answer looks like (RFC 9457)."""

    type: str = Field(examples=["urn:otklik:problem:version_stale"])
    title: str = Field(description="коротко и одинаково для кода", examples=["Уже решено другим сотрудником"])
    status: int = Field(examples=[409])
    code: str = Field(description="постоянный код для программ", examples=["version_stale"])
    detail: str = Field(description="что не так и что делать", examples=["Обновите карточку."])
    clause: str | None = Field(default=None, description="пункт регламента", examples=["S2, 3.2 а"])
    field: str | None = Field(default=None, description="поле запроса, если дело в нём", examples=["reason"])
    errors: list[FieldError] | None = Field(default=None, description="все поля с ошибками")
    incident: str | None = Field(default=None, description="номер происшествия для службы поддержки", examples=["1f3a"])
    waiting: int | None = Field(default=None, description="сколько сообщений этому мешает", examples=[3])


class Problem(Exception):
    """An answer that is not the wished one. Raised by endpoints; one handler turns it into problem details."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        clause: str | None = None,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        errors: list[FieldError] | None = None,
        incident: str | None = None,
        waiting: int | None = None,
    ) -> None:
        super().__init__(code)
        self.details = ProblemDetails(
            type=f"urn:otklik:problem:{code}",
            title=TITLES.get(code, _STATUS_TITLES.get(status, "Запрос не выполнен")),
            status=status,
            code=code,
            detail=detail,
            clause=clause or None,
            field=field,
            errors=errors,
            incident=incident,
            waiting=waiting,
        )
        self.headers = headers

    @classmethod
    def of(cls, refusal: Refusal) -> Problem:
        """The answer to a refused decision: 409 when the state of the case forbids it, 403 when the person, else 422."""
        status = {
            "version_stale": 409,
            "case_closed": 409,
            "action_not_allowed": 409,
            "action_forbidden": 403,
            "absent": 403,
            "conflict_of_interest": 422 if refusal.field else 403,
        }
        return cls(
            status.get(refusal.code, 422), refusal.code, refusal.detail, clause=refusal.clause, field=refusal.field
        )

    def response(self) -> JSONResponse:
        """The answer as it goes out."""
        return JSONResponse(
            self.details.model_dump(exclude_none=True), self.details.status, self.headers, media_type=MEDIA_TYPE
        )


TITLES = {
    "version_stale": "Уже решено другим сотрудником",
    "case_closed": "Работа завершена",
    "action_not_allowed": "Действие на этом этапе невозможно",
    "action_forbidden": "Действие принадлежит не вам",
    "absent": "Вы отмечены отсутствующим",
    "conflict_of_interest": "Сообщение об этом сотруднике",
    "conflict_of_organisation": "Сообщение о руководителе этой организации",
    "not_signed_in": "Вход не выполнен",
    "one_by_one": "Решайте по одному",
    "wrong_password": "Неверный логин или пароль",
    "too_many_attempts": "Слишком много попыток",
    "not_found": "Не найдено",
    "invitation_over": "Приглашение не действует",
    "invalid_request": "Запрос заполнен неверно",
    "body_too_large": "Запрос слишком велик",
    "too_many_at_once": "Слишком много запросов сразу",
    "key_missing": "Нет ключа повтора",
    "key_reused": "Ключ повтора уже использован",
    "key_in_use": "Ключ повтора уже использован",
    "invalid_json": "Запрос не прочитан",
    "invalid_text": "Недопустимые знаки",
    "headers_too_large": "Запрос слишком велик",
    "method_not_allowed": "Метод не поддерживается",
    "password_change_required": "Смените одноразовый пароль",
    "beyond_scope": "Вне ваших полномочий",
    "work_waits": "Есть незавершённая работа",
    "already_exists": "Уже есть",
    "table_wrong": "Таблица не принята",
    "draft_stale": "Проект изменил другой администратор",
    "preview_stale": "Различия уже другие",
    "category_of_order": "Категория приказа",
    "page_stale": "Страницу изменил другой администратор",
    "second_person_needed": "Нужен второй администратор",
    "successor_needed": "Назовите преемника",
    "last_administrator": "Последний администратор",
    "form_closed": "Форма закрыта",
    "too_many_transfers": "Переключений больше, чем можно",
    "identity_needed": "Личность не подтверждена",
    "identity_failed": "Личность не подтверждена",
    "message_unknown": "Сообщение не из этого разговора",
    "secret_matter": "Врачебная тайна",
    "call_ended": "Разговор завершён",
    "call_of_another_message": "Разговор о другом сообщении",
    "draft_confirmed": "Сообщение уже зарегистрировано",
    "code_sent_already": "Код уже отправлен",
    "code_wrong": "Код не подошёл",
    "code_expired": "Код больше не действует",
    "too_many_files": "Слишком много файлов",
    "unavailable": "Служба временно недоступна",
    "internal": "Внутренняя ошибка",
}

_STATUS_TITLES = {
    400: "Запрос не прочитан",
    401: "Вход не выполнен",
    403: "Нет права",
    404: "Не найдено",
    405: "Метод не поддерживается",
    408: "Запрос не дошёл",
    409: "Противоречит состоянию",
    411: "Не указан размер запроса",
    413: "Запрос слишком велик",
    415: "Тип содержимого не поддерживается",
    422: "Запрос заполнен неверно",
    429: "Слишком много попыток",
    431: "Запрос слишком велик",
    500: "Внутренняя ошибка",
    503: "Служба временно недоступна",
}


def not_found() -> Problem:
    """What does not exist and what may not be seen are told apart by nobody outside."""
    return Problem(404, "not_found", "Не найдено или недоступно вам.")


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an endpoint for OpenAPI."""
    return {
        status: {
            "model": ProblemDetails,
            "content": {MEDIA_TYPE: {}},
            "description": _STATUS_TITLES.get(status, "Ошибка"),
        }
        for status in statuses
    }


def invalid(errors: Any, *, drop: int = 0, prefix: str = "") -> Problem:
    """The problem of pydantic's errors: fields and reasons, none of the values. `drop`: leading parts of the path to leave out."""
    return wrong_fields(field_errors(errors, drop=drop, prefix=prefix))


def field_errors(errors: Any, *, drop: int = 0, prefix: str = "") -> list[FieldError]:
    """Pydantic's errors, field by field."""
    return [
        FieldError(field=prefix + ".".join(str(part) for part in one["loc"][drop:]), detail=_reason(one))
        for one in errors
    ]


def wrong_fields(found: list[FieldError]) -> Problem:
    """These fields are to be mended."""
    return Problem(
        422,
        "invalid_request",
        "Исправьте поля: " + ", ".join(sorted({one.field or "тело запроса" for one in found})) + ".",
        field=found[0].field if found else None,
        errors=found,
    )


def _reason(error: dict[str, Any]) -> str:
    context = error.get("ctx") or {}
    match error["type"]:
        case "missing":
            return "Поле обязательно."
        case "string_too_long":
            return f"Не длиннее {context.get('max_length')} знаков."
        case "string_too_short" | "too_short":
            return "Не может быть пустым."
        case "too_long":
            return f"Не больше {context.get('max_length')} значений."
        case "extra_forbidden":
            return "Такого поля нет."
        case "enum" | "literal_error":
            return f"Допустимо: {context.get('expected')}."
        case "bool_type":
            return "Допустимо: true или false."
        case "date_parsing" | "date_from_datetime_parsing":
            return "Такого дня в календаре нет."
        case "timezone_aware":
            return "Напишите время с часовым поясом: 2026-09-01T09:00:00+03:00."
        case "value_error":
            return str(context.get("error", "Недопустимое значение."))
        case _:
            return "Недопустимое значение."
