"""The OpenAPI document, with each error as what it is, and a page of it for people: no scripts, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from api.actions import FIELDS
from api.examples import COMPONENTS, PARAMETERS
from api.problems import MEDIA_TYPE, ProblemDetails
from domain.rules import RULES
from domain.vocabulary import Action

router = APIRouter(include_in_schema=False)

_RUSSIAN = re.compile("[а-яё]")
_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"$ref": f"{_SCHEMAS}ProblemDetails"}
_COMMON = {
    "422": "Запрос заполнен неверно",
    "431": "Заголовки запроса слишком велики",
    "500": "Внутренняя ошибка",
    "503": "Служба временно недоступна",
}
_SECURED = {"401": "Вход не выполнен", "403": "Нет права или сначала нужно сменить одноразовый пароль"}
_WITH_BODY = {
    "400": "Запрос не прочитан",
    "408": "Запрос не дошёл вовремя",
    "413": "Запрос слишком велик",
    "429": "Слишком много запросов или попыток",
}

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #bbb}h3{margin:1.5rem 0 .3rem;font-size:1.05rem}"
    "code{font-size:.95em;background:#f0f0f0;padding:.1em .3em;overflow-wrap:anywhere}"
    "table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def install(app: FastAPI) -> None:
    """The application tells every error of every endpoint."""
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description="Ошибки — problem details (RFC 9457) с постоянным `code`. Описание для чтения: /docs",
                    routes=app.routes,
                )
            )
            _tell_success(made)
            _tell_errors(made)
            _tell_decisions(made)
            for name, example in COMPONENTS.items():
                made["components"]["schemas"][name]["examples"] = [example]
        return made

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to change the document
    app.include_router(router)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """The endpoints to read."""
    page = "".join(_page(request.app.openapi()))
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each endpoint."""
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def _tell_success(made: dict[str, Any]) -> None:
    """What the framework says in English of every good answer is said in Russian."""
    for path in made["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if answer.get("description") == "Successful Response":
                    answer["description"] = "Создано" if status == "201" else "Выполнено"


def _tell_errors(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemDetails"] = problem
    for _, _, operation in operations(document):
        answers = operation["responses"]
        common = _COMMON | (_SECURED if operation.get("security") else {})
        common |= _WITH_BODY if "requestBody" in operation else {}
        for status, description in common.items():
            answers.setdefault(status, {"description": description})
        for status, answer in answers.items():
            if status >= "400":
                answer["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
                if answer["description"] == "Validation Error":
                    answer["description"] = _COMMON["422"]
        operation["responses"] = dict(sorted(answers.items()))


def _tell_decisions(document: dict[str, Any]) -> None:
    """`POST decisions` takes one of the actions, each with its own fields: told apart by `action`."""
    schemas = document["components"]["schemas"]
    told = schemas["NewDecision"]
    kinds = {action.value: f"{_SCHEMAS}{_decision(schemas, told, action)}" for action in FIELDS}
    schemas["NewDecision"] = {name: told[name] for name in ("title", "description", "examples")} | {
        "oneOf": [{"$ref": ref} for ref in kinds.values()],
        "discriminator": {"propertyName": "action", "mapping": kinds},
    }
    (body,) = (
        operation["requestBody"]["content"]["application/json"]
        for _, _, operation in operations(document)
        if f"{_SCHEMAS}NewDecision" in str(operation.get("requestBody"))
    )
    body["examples"] = {
        action.value: {
            "summary": RULES[action].title,
            "value": {"action": action.value, "version": 1, "parameters": parameters},
        }
        for action, parameters in PARAMETERS.items()
    }


def _decision(schemas: dict[str, Any], told: dict[str, Any], action: Action) -> str:
    """The component of this action's decision; those of its fields are there too."""
    shape, rule = FIELDS[action], RULES[action]
    fields = shape.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    schemas.update(fields.pop("$defs", {}))
    schemas[f"{shape.__name__}Fields"] = fields
    name = "".join(part.title() for part in action.value.split("_")) + "Decision"
    own = {
        "action": {"type": "string", "const": action.value, "title": rule.title},
        "parameters": {"$ref": f"{_SCHEMAS}{shape.__name__}Fields"},
    }
    schemas[name] = {
        "type": "object",
        "title": name,
        "description": f"{rule.title} ({rule.clause}).",
        "properties": told["properties"] | own,
        "required": [*told["required"], *(["parameters"] if fields.get("required") else [])],
        "additionalProperties": False,
    }
    return name


def _page(document: dict[str, Any]) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>{title}: HTTP API</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}: HTTP API</h1><p>{escape(document['info'].get('summary', ''))}.</p>"
    yield '<p>Полное описание для программ: <a href="/openapi.json">/openapi.json</a> (OpenAPI). Вход: POST '
    yield "<code>/api/v1/sessions</code>, затем заголовок <code>Authorization: Bearer</code>. Каждое изменение "
    yield "требует заголовка <code>Idempotency-Key</code>. Ошибки: <code>application/problem+json</code> с "
    yield "постоянным полем <code>code</code>.</p>"
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for method, path, operation in operations(document):
        by_tag.setdefault((operation.get("tags") or ["Прочее"])[0], []).append((method, path, operation))
    for tag, found in by_tag.items():
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, operation in found:
            yield from _operation(method, path, operation)
    yield "</body></html>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h3><code>{method} {escape(path)}</code> {escape(operation.get('summary', ''))}</h3>"
    description = operation.get("description", "")
    if _RUSSIAN.search(description):  # docstrings are for those who read the code
        yield f"<p>{escape(description)}</p>"
    yield "<table>"
    for parameter in operation.get("parameters", ()):
        needed = ", обязателен" if parameter.get("required") else ""
        described = escape(parameter.get("description", ""))
        yield f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{described}{needed}</td></tr>"
    for status, answer in operation["responses"].items():
        yield f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td></tr>"
    yield "</table>"
