"""Templates of answers as administrators keep them: the list, the form with its preview, the versions. Source: S0-22."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answer_template_shapes import (
    NewTemplate,
    TemplateActive,
    TemplateFields,
    TemplatePreview,
    TemplateShown,
    TemplateToShow,
)
from api.answer_templates import (
    create_template,
    list_templates,
    list_versions,
    preview_template,
    read_template,
    revise_template,
    set_active,
)
from api.problems import Problem, not_found
from domain.answer_templates import CASES, DECLINED, Value
from web import admin_choices as choices
from web.admin_people import Admin
from web.forms import Typed
from web.posted import Form
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see
from web.schemas import fields_of

Code = Annotated[str, Query(max_length=63)]
DONE = {"saved": "Сохранена новая версия.", "on": "Шаблон предлагается.", "off": "Шаблон больше не предлагается."}

router = APIRouter(prefix="/admin/templates", include_in_schema=False)


@router.get("")
def show_templates(page: Admin, organisation: Code = "") -> Response:
    """Those of one organisation, by title."""
    visit = page.visit
    own, chosen = choices.own_and_chosen(visit, organisation)
    return page.show(
        "admin/templates.html",
        own=own,
        organisation=chosen,
        found=list_templates(visit.shared, visit.person, chosen),
        categories=_categories(page),
    )


@router.get("/new")
def ask_new_template(page: Admin, organisation: Code) -> Response:
    """The form of a new template of the organisation."""
    return _form(page, organisation, _sheet(page).shown())


@router.post("/new")
def add_template(page: Admin, form: Form, organisation: Code) -> Response:
    """The template is offered; or how an answer made of it would look."""
    sheet = _sheet(page)
    try:
        body = sheet.body(form, page)
        if form.get("_aside") == "preview":
            return _form(page, organisation, sheet.shown(form), preview=_preview(page, body))
        new = NewTemplate(organisation=organisation, **body.model_dump())
        made = create_template(page.visit.shared, page.visit.person, key_of(form), new)
    except Problem as problem:
        return _form(page, organisation, sheet.shown(form, problem), problem=problem)
    return see(f"/admin/templates/{made.id}")


@router.get("/{template}")
def show_template(page: Admin, template: int) -> Response:
    """The form of the latest version, with all versions and what each changed."""
    found = _template(page, template)
    known = found.template
    values = {"title": [known.title], "categories": list(known.categories), "text": [known.text]}
    sheet = _sheet(page)
    shown = sheet.shown() | {"fields": fields_of(sheet.schema, Typed(values))}
    return _form(page, found.organisation, shown, found, preview=_preview(page, known))


@router.post("/{template}")
def save_template(page: Admin, form: Form, template: int) -> Response:
    """The template has a new version; or how an answer made of it would look."""
    found, sheet = _template(page, template), _sheet(page)
    try:
        body = sheet.body(form, page)
        if form.get("_aside") == "preview":
            return _form(page, found.organisation, sheet.shown(form), found, preview=_preview(page, body))
        revise_template(page.visit.shared, page.visit.person, key_of(form), template, body)
    except Problem as problem:
        return _form(page, found.organisation, sheet.shown(form, problem), found, problem)
    return see(f"/admin/templates/{template}?done=saved")


@router.post("/{template}/active")
def choose_active(page: Admin, form: Form, template: int) -> Response:
    """Whether executors are offered it."""
    found, active = _template(page, template), form.get("active") == "true"
    set_active(page.visit.shared, page.visit.person, key_of(form), found.id, TemplateActive(active=active))
    return see(f"/admin/templates/{template}?done={'on' if active else 'off'}")


def _preview(page: Page, body: TemplateFields) -> TemplatePreview:
    return preview_template(page.visit.shared, page.visit.person, TemplateToShow(text=body.text))


def _template(page: Page, template: int) -> TemplateShown:
    if not 1 <= template <= 2**53:
        raise not_found()
    return read_template(page.visit.shared, page.visit.person, template)


def _sheet(page: Page) -> Sheet[TemplateFields]:
    options = choices.category_options(choices.categories_of(page.visit))
    return Sheet(TemplateFields, {"categories": options}, only=("title", "categories", "text"))


def _categories(page: Page) -> dict[str, str]:
    return {one.code: one.title for one in choices.categories_of(page.visit)}


def _form(
    page: Page,
    organisation: str,
    sheet: dict[str, object],
    template: TemplateShown | None = None,
    problem: Problem | None = None,
    preview: TemplatePreview | None = None,
) -> Response:
    visit = page.visit
    places = {one.id: one.title for one in choices.organisations(visit)}
    return with_status(
        page,
        "admin/template.html",
        problem,
        sheet=sheet,
        organisation=organisation,
        place=places.get(organisation, organisation),
        known=template,
        preview=preview,
        versions=list_versions(visit.shared, visit.person, template.id) if template else [],
        values=[(value.value, value in DECLINED) for value in Value],
        cases=list(CASES),
        done=DONE.get(visit.request.query_params.get("done", "")) if problem is None else None,
    )
