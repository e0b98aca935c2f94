"""Units with their heads, and categories, as administrators keep them. Source: S2, 1.2 б; S3-14."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.classifiers import (
    CategoryChanges,
    CategoryShown,
    NewCategory,
    change_category,
    create_category,
)
from api.problems import Problem, not_found
from api.staff import read_person
from api.titles import ONE_DAY
from api.units import NewUnit, UnitChanges, UnitShown, change_unit, create_unit, list_units, read_unit
from web import admin_choices as choices
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see

ROWS = 100
Code = Annotated[str, Query(max_length=63)]

router = APIRouter(prefix="/admin", include_in_schema=False)


@router.get("")
def begin(page: Admin) -> Response:
    """People are what administrators come for."""
    return see("/admin/people")


@router.get("/units")
def show_units(page: Admin, organisation: Code = "", cursor: Code = "") -> Response:
    """By code, with their heads."""
    visit = page.visit
    found = list_units(visit.shared, visit.person, cursor=cursor or None, limit=ROWS, organisation=organisation or None)
    heads = {unit.head for unit in found.items if unit.head is not None}
    return page.show(
        "admin/units.html",
        found=found.items,
        heads={head: read_person(visit.shared, visit.person, head).name for head in heads},
        places={one.id: one.title for one in choices.organisations(visit)},
        organisation=organisation,
        next=f"/admin/units?organisation={organisation}&cursor={found.next}" if found.next else None,
    )


@router.get("/units/new")
def ask_new_unit(page: Admin) -> Response:
    """The form of a new unit; its head is chosen once it has people."""
    return _unit_form(page, _new_unit(page).shown(), None)


@router.post("/units/new")
def add_unit(page: Admin, form: Form) -> Response:
    """The unit is there."""
    sheet = _new_unit(page)
    try:
        made = create_unit(page.visit.shared, page.visit.person, key_of(form), sheet.body(form, page))
    except Problem as problem:
        return _unit_form(page, sheet.shown(form, problem), None, problem)
    return see(f"/admin/units/{made.id}")


@router.get("/units/{unit_id}")
def show_unit(page: Admin, unit_id: str) -> Response:
    """The form of a unit."""
    unit = _unit(page, unit_id)
    known = unit.model_dump(include={"title", "head"}) | {"active": str(unit.active).lower()}
    return _unit_form(page, _unit_data(page, unit).shown(known=known), unit)


@router.post("/units/{unit_id}")
def save_unit(page: Admin, form: Form, unit_id: str) -> Response:
    """The unit is as the form has it."""
    unit = _unit(page, unit_id)
    sheet = _unit_data(page, unit)
    try:
        change_unit(page.visit.shared, page.visit.person, key_of(form), unit_id, sheet.body(form, page))
    except Problem as problem:
        return _unit_form(page, sheet.shown(form, problem), unit, problem)
    return see("/admin/units")


@router.get("/categories")
def show_categories(page: Admin) -> Response:
    """Each followed by its own."""
    found = choices.categories_of(page.visit)
    inside = {one.code for one in found if one.parent}
    facts = {one.code for one in found if one.parent in inside}
    return page.show("admin/categories.html", found=found, facts=facts, one_day=ONE_DAY)


@router.get("/categories/new")
def ask_new_category(page: Admin) -> Response:
    """The form of a new category."""
    return _category_form(page, _new_category(page).shown(), None)


@router.post("/categories/new")
def add_category(page: Admin, form: Form) -> Response:
    """The category is there."""
    sheet = _new_category(page)
    try:
        create_category(page.visit.shared, page.visit.person, key_of(form), sheet.body(form, page))
    except Problem as problem:
        return _category_form(page, sheet.shown(form, problem), None, problem)
    return see("/admin/categories")


@router.get("/categories/{code}")
def show_category(page: Admin, code: str) -> Response:
    """The form of a category."""
    found = _category(page, code)
    known = found.model_dump(include={"title", "days", "one_day", "hint"}) | {"active": str(found.active).lower()}
    return _category_form(page, _category_data(found).shown(known=known), found)


@router.post("/categories/{code}")
def save_category(page: Admin, form: Form, code: str) -> Response:
    """The category is as the form has it; messages keep what they have."""
    found = _category(page, code)
    sheet = _category_data(found)
    try:
        change_category(page.visit.shared, page.visit.person, key_of(form), code, sheet.body(form, page))
    except Problem as problem:
        return _category_form(page, sheet.shown(form, problem), found, problem)
    return see("/admin/categories")


def _category_data(category: CategoryShown) -> Sheet[CategoryChanges]:
    """Of what comes from an order, its settings alone: the order says how it is called, and whether it is given."""
    own, of_order = ("title", "days", "one_day", "hint", "active"), ("days", "one_day", "hint")
    offered = {"one_day": choices.one_day_options()}
    if category.of_order:
        return Sheet(CategoryChanges, offered, only=of_order)
    return Sheet(CategoryChanges, offered, only=own, required=("title", "active"))


def _unit_form(page: Page, sheet: object, unit: UnitShown | None, problem: Problem | None = None) -> Response:
    called = choices.called_in_orders(page.visit, unit.order_code if unit else None)
    return with_status(page, "admin/unit.html", problem, sheet=sheet, unit=unit, called=called)


def _category_form(
    page: Page, sheet: object, category: CategoryShown | None, problem: Problem | None = None
) -> Response:
    return with_status(page, "admin/category.html", problem, sheet=sheet, category=category)


def _new_unit(page: Page) -> Sheet[NewUnit]:
    places = choices.organisation_options(choices.organisations(page.visit, administered=True))
    return Sheet(NewUnit, {"organisation": places}, only=("id", "organisation", "title"))


def _unit_data(page: Page, unit: UnitShown) -> Sheet[UnitChanges]:
    offered = {"head": choices.head_options(page.visit, unit.organisation)}
    return Sheet(UnitChanges, offered, only=("title", "head", "active"), required=("title", "active"))


def _new_category(page: Page) -> Sheet[NewCategory]:
    known = {one.code: one for one in choices.categories_of(page.visit) if one.active}
    parents = [
        Option(one.code, f"{known[one.parent].title} / {one.title}" if one.parent else one.title)
        for one in known.values()
        if not one.of_order and (one.parent is None or (one.parent in known and known[one.parent].parent is None))
    ]
    return Sheet(NewCategory, {"parent": parents, "one_day": choices.one_day_options()})


def _unit(page: Page, unit_id: str) -> UnitShown:
    return read_unit(page.visit.shared, page.visit.person, unit_id)


def _category(page: Page, code: str) -> CategoryShown:
    for one in choices.categories_of(page.visit):
        if one.code == code:
            return one
    raise not_found()
