"""The intake operator registers what came on paper or by mail. Source: S2, 2.1 ж, 3.1; S4, 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import problem_of
from api.intake import NewMessage, RegisteredMessage, register_message, require_operator
from api.problems import Problem, invalid
from web.call_screen import categories_of, organisations_of
from web.forms import Field, Option, Typed, all_fields
from web.posted import Form, Posted
from web.record_forms import key_of, next_key, with_status
from web.rendering import Page, Shell
from web.schemas import fields_of, parameters_of, with_choices
from web.uploaded import stored

router = APIRouter(prefix="/letters", include_in_schema=False)

CHANNELS = (Option("post", "Почтой, на бумаге"), Option("email", "Электронной почтой"), Option("visit", "Отдано лично"))
KINDS = (Option("citizen", "Гражданин"), Option("legal_entity", "Юридическое лицо"))
RELATIONS = (
    Option("applicant", "Самого заявителя"),
    Option("represented", "Того, кого заявитель законно представляет"),
    Option("other_with_consent", "Другого человека, его согласие есть"),
    Option("other_without_consent", "Другого человека, согласия нет"),
)
LABELS: Mapping[str, tuple[str, str]] = {
    "channel": ("Как пришло", ""),
    "received_at": ("Когда поступило", "Пусто — сейчас. Срок ответа считается отсюда; не раньше 60 дней назад."),
    "category": ("Категория", "Если не ясна, оставьте: её выберет модератор."),
    "organisation": ("Какую организацию назвал заявитель", ""),
    "text": ("Текст письма", "Полностью, как написал заявитель. Скан приложите ниже."),
    "files": ("Скан письма и приложения", "До 20 файлов, каждый до 20 МиБ."),
    "location": ("Место, о котором речь", ""),
    "secret": ("Врачебная тайна: ответ не уйдёт электронной почтой", ""),
    "applicant": ("Заявитель", ""),
    "applicant.kind": ("Кто пишет", ""),
    "applicant.name": ("ФИО или наименование", "Нет в письме — оставьте пустым."),
    "applicant.inn": ("ИНН юридического лица", ""),
    "applicant.contact_person": ("Контактное лицо юридического лица", ""),
    "applicant.email": ("Электронная почта для ответа", ""),
    "applicant.phone": ("Телефон", ""),
    "applicant.address": ("Почтовый адрес", ""),
    "concerned": ("О ком письмо", ""),
    "concerned.relation": ("Касается", ""),
    "concerned.name": ("Его фамилия, имя, отчество", ""),
    "concerned.basis": ("Документ о представительстве или согласии", ""),
}
"""Label and hint of each field that the page asks, in the order of the page where it is not in a group."""


@router.get("")
def ask(page: Shell) -> Response:
    """An empty form."""
    require_operator(page.visit.shared, page.visit.person)
    return _form(page, None, {}, None)


@router.post("")
async def register(page: Shell, form: Form) -> Response:
    """The letter has its number and code, to be told to whoever wrote it; or the form again with what is wrong with it."""
    shared, person, key = page.visit.shared, page.visit.person, key_of(form)
    uploaded: dict[str, list[Option]] = {}
    try:
        await run_in_threadpool(require_operator, shared, person)
        uploaded = await stored(page, form, key)
        body = await run_in_threadpool(_message, page, form, uploaded)
        registered = await register_message(shared, person, key, body, Response())
    except (Problem, OperationalError, PoolTimeout) as error:
        problem = problem_of(error)
        if problem.details.status == HTTPStatus.FORBIDDEN:
            raise problem from None
        return await run_in_threadpool(_form, page, form, uploaded, problem)
    return await run_in_threadpool(_told, page, registered)


def _message(page: Page, form: Posted, uploaded: Mapping[str, list[Option]]) -> NewMessage:
    found = parameters_of(_schema(page), form, page.zone)
    chosen = found.pop("category", None)
    parents = {one.value: one.group for one in categories_of(page)}
    if chosen is not None:
        found |= {"category": parents.get(chosen) or chosen}
        found |= {"subcategory": chosen} if parents.get(chosen) else {}
    found["files"] = [file.value for files in uploaded.values() for file in files]
    try:
        return NewMessage.model_validate({"channel": form.get("channel"), **found})
    except ValidationError as error:
        raise invalid(error.errors()) from None


def _schema(page: Page) -> dict[str, Any]:
    whole = NewMessage.model_json_schema()
    choices = {"channel": CHANNELS, "category": categories_of(page), "organisation": organisations_of(page)}
    offered = with_choices(whole, choices)["properties"]
    return whole | {"properties": {name: offered[name] for name in LABELS if "." not in name}}


def _form(page: Page, form: Posted | None, uploaded: Mapping[str, list[Option]], problem: Problem | None) -> Response:
    typed = Typed.of(form, problem.details if problem else None) if form else Typed()
    fields = list(_labelled(fields_of(_schema(page), replace(typed, uploaded=uploaded))))
    return with_status(
        page,
        "letters/form.html",
        problem,
        fields=fields,
        wrong=[one for one in all_fields(fields) if one.error],
        problem=problem.details if problem else None,
        key=next_key(form, problem),
    )


def _labelled(fields: list[Field]) -> Iterator[Field]:
    choices = {"applicant.kind": KINDS, "concerned.relation": RELATIONS}
    for one in fields:
        if one.name not in LABELS:
            continue
        label, hint = LABELS[one.name]
        options = choices.get(one.name, one.options)
        inner = tuple(_labelled(list(one.fields)))
        required = one.required or one.name in choices
        yield replace(one, label=label, hint=hint, options=options, fields=inner, required=required)


def _told(page: Page, registered: RegisteredMessage) -> Response:
    track = f"{page.visit.shared.settings.public_url}/track"
    return page.show("letters/done.html", registered=registered, track=track)
