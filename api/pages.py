"""Pages that links in letters lead to: small, made on the server, without scripts. The workplace is another matter."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.attachments import AttachmentShown
from api.markup import POLICY, Markup, element, joined, page
from api.problems import Problem
from api.resources import Resources, Shared
from api.stories import AnswerToApplicant, Step, Tracked, told
from api.tracking import MAX_CODE, MAX_NUMBER, file_answer, story_of
from domain.words import moment_in_words, shortened_notice

router = APIRouter(include_in_schema=False)

_MOST_FIELDS = 10
_KIB, _MIB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Typed:
    """What came with the form. Empty where nothing was typed; `file` names the file to download, if one is asked for."""

    number: str = ""
    code: str = ""
    file: str = ""


async def _typed(request: Request) -> Typed:
    """The form's fields. What is no form is an empty one."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        given = parse_qs(body, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Typed()
    fields = {name: given.get(name, [""])[0].replace("\0", "").strip() for name in ("number", "code", "file")}
    return Typed(**fields)


@router.get("/track")
def ask(shared: Shared) -> HTMLResponse:
    """The form: number and code, as the letter says them."""
    return _answer(shared, "Ход рассмотрения сообщения", _form(Typed()))


@router.post("/track")
def follow(shared: Shared, request: Request, typed: Annotated[Typed, Depends(_typed)]) -> Response:
    """What `POST /api/v1/track` tells, as a page; or a file of the answer. A wrong pair gives the form again, and says so."""
    try:
        _check(typed)
        story = story_of(shared, request, typed.number, typed.code)
        if typed.file:
            return file_answer(shared, story, _uuid(typed.file))
    except Problem as problem:
        return _refused(shared, typed, problem)
    except (OperationalError, PoolTimeout):
        detail = "Служба временно недоступна. Повторите через несколько минут."
        return _refused(shared, typed, Problem(503, "unavailable", detail, headers={"Retry-After": "60"}))
    found = told(story)
    return _answer(shared, f"Сообщение № {found.number}", _story(found, typed, ZoneInfo(story.time_zone)))


@router.get("/messages/{message_id}")
def staff_message(shared: Shared, message_id: str) -> HTMLResponse:
    """Where links of staff mail lead until the workplace is there. It knows no message and asks for none."""
    known = _uuid_or_none(message_id)
    if known is None:
        words = element("p", "Такой страницы нет. Проверьте, что ссылка из письма скопирована целиком.")
        return _answer(shared, "Страница не найдена", words, HTTPStatus.NOT_FOUND)
    words = joined(
        element("p", "Рабочее место в браузере появится в следующем выпуске. Самих сведений на этой странице нет."),
        element("h2", "Как открыть сообщение"),
        element(
            "ol",
            element("li", "В системе, через которую вы работаете с Откликом: найдите его по номеру из письма."),
            element(
                "li",
                "Через HTTP API, после входа: ",
                element("code", f"GET /api/v1/messages/{known}"),
                ". ",
                element("a", "Описание API", href="../docs"),
                ".",
            ),
        ),
        element("p", "Идентификатор сообщения: ", element("code", str(known)), "."),
    )
    return _answer(shared, "Сообщение для сотрудника", words)


def _answer(
    shared: Resources, title: str, content: Markup, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> HTMLResponse:
    notice = shortened_notice(shared.day_seconds)
    first = (element("p", notice, class_="notice"),) if notice else ()
    fixed = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"}
    return HTMLResponse(page(title, *first, content), status, {**fixed, **(headers or {})})


def _refused(shared: Resources, typed: Typed, problem: Problem) -> HTMLResponse:
    """The form as it was filled in, below what is wrong with it."""
    error = element("p", element("strong", "Не получилось. "), problem.details.detail, class_="error", role="alert")
    content = joined(error, _form(typed))
    return _answer(shared, "Ход рассмотрения сообщения", content, problem.details.status, problem.headers)


def _check(typed: Typed) -> None:
    if not typed.number or not typed.code:
        raise Problem(422, "invalid_request", "Укажите и номер сообщения, и код.")
    if len(typed.number) > MAX_NUMBER or len(typed.code) > MAX_CODE:
        raise Problem(422, "invalid_request", "Номер или код слишком длинный. Проверьте, что вставлено в поля.")


def _form(typed: Typed) -> Markup:
    """No `action`: the form goes to the address that shows it, also behind a proxy that puts a folder before it."""
    return joined(
        element("p", "Введите номер сообщения и код из письма о регистрации или полученные у оператора приёма."),
        element(
            "form",
            element("label", "Номер сообщения", for_="number"),
            _input("number", typed.number[:MAX_NUMBER], "number-hint"),
            element("p", "Например, 2026-0000123", id="number-hint", class_="hint"),
            element("label", "Код для просмотра", for_="code"),
            _input("code", typed.code[:MAX_CODE], "code-hint"),
            element("p", "16 букв и цифр; пробелы, дефисы и размер букв не важны", id="code-hint", class_="hint"),
            element("button", "Узнать", type="submit"),
            method="post",
        ),
    )


def _input(name: str, value: str, hint: str) -> Markup:
    return element(
        "input",
        id=name,
        name=name,
        value=value,
        type="text",
        required=True,
        autocomplete="off",
        autocapitalize="characters",
        spellcheck="false",
        aria_describedby=hint,
    )


def _story(found: Tracked, typed: Typed, zone: ZoneInfo) -> Markup:
    parts = [
        element("p", f"Отвечает: {found.organisation}."),
        element("p", f"Поступило {moment_in_words(found.received_at, zone)}."),
        element("h2", "Что будет дальше"),
        element("p", found.next.text),
    ]
    if found.answers:
        parts += [element("h2", "Ответ"), *(_told(answer, typed, zone) for answer in found.answers)]
    offset = f"{found.received_at.astimezone(zone):%z}"
    parts += [
        element("h2", "Что произошло"),
        element("ol", *(_step(step, zone) for step in found.steps)),
        element("p", f"Время местное (UTC{offset[:3]}:{offset[3:]}).", class_="hint"),
        element("p", element("a", "Посмотреть другое сообщение", href="track")),
    ]
    return joined(*parts)


def _step(step: Step, zone: ZoneInfo) -> Markup:
    said = (element("p", step.text, class_="text"),) if step.text else ()
    return element("li", element("strong", step.title), f", {moment_in_words(step.at, zone)}", *said)


def _told(answer: AnswerToApplicant, typed: Typed, zone: ZoneInfo) -> Markup:
    return joined(
        element("h3", f"{answer.type}, {moment_in_words(answer.approved_at, zone)}"),
        element("p", answer.text, class_="text"),
        *(_file(file, typed) for file in answer.files),
    )


def _file(file: AttachmentShown, typed: Typed) -> Markup:
    """A form, since a link would carry the code in its address."""
    fields = {"number": typed.number, "code": typed.code, "file": str(file.id)}
    return element(
        "form",
        *(element("input", type="hidden", name=name, value=value) for name, value in fields.items()),
        element("button", f"Скачать «{file.name}» ({_size(file.size)})", type="submit"),
        method="post",
    )


def _size(size: int) -> str:
    if size >= _MIB:
        return f"{size / _MIB:.1f} МиБ".replace(".", ",")
    return f"{max(1, round(size / _KIB))} КиБ"


def _uuid(typed: str) -> UUID:
    found = _uuid_or_none(typed)
    if found is None:
        raise Problem(404, "not_found", "Такого файла нет.")
    return found


def _uuid_or_none(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
