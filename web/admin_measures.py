"""Orders whose measures are kept, as administrators begin them: the order, who controls it, what it asks for. Source: S0, 3–7."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.annexes import read_annex
from api.measure_shapes import NewMeasure, NewOrder, OrderChanges, OrderControlled
from api.measures import TITLES, change_order, create_measure, create_order, list_controlled, list_listed, order_of
from api.problems import Problem
from api.shown import MOST_ID
from web import admin_choices as choices
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see

router = APIRouter(prefix="/admin/measures", include_in_schema=False)

_DATA = ("title", "body", "number", "signed_on", "link", "controller", "active")
Place = Annotated[int, Query(ge=0, le=100, description="which of the listed measures to begin with")]


@router.get("")
def show_orders(page: Admin) -> Response:
    """Each with how its measures stand."""
    return page.show(
        "admin/measures.html",
        found=list_controlled(page.visit.shared, page.visit.person).orders,
    )


@router.get("/new")
def ask_new(page: Admin, annex: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None) -> Response:
    """The form of an order; with the data of the one that published this revision of an annex."""
    known: dict[str, object] = {}
    if annex is not None:
        found = read_annex(page.visit.shared, page.visit.person, annex)
        known = {"code": f"{found.act}-{found.id}", "title": found.title, "body": found.issuer}
        known |= {"number": found.order_number, "signed_on": found.signed_on}
    return _form(page, _new(page).shown(known=known), None)


@router.post("/new")
def add(page: Admin, form: Form) -> Response:
    """The order is there; its measures follow."""
    sheet = _new(page)
    try:
        made = create_order(page.visit.shared, page.visit.person, key_of(form), sheet.body(form, page))
    except Problem as problem:
        return _form(page, sheet.shown(form, problem), None, problem)
    return see(f"/admin/measures/{made.code}")


@router.get("/{code}")
def show(page: Admin, code: str) -> Response:
    """The order's data, and what it asks for."""
    order = _order(page, code)
    known = order.model_dump(include=set(_DATA) - {"controller", "active"}, mode="json")
    known |= {"controller": order.controller.number if order.controller else "", "active": str(order.active).lower()}
    return _form(page, _data(page).shown(known=known), order)


@router.post("/{code}")
def save(page: Admin, form: Form, code: str) -> Response:
    """The order is as the form has it."""
    order, sheet = _order(page, code), _data(page)
    try:
        change_order(page.visit.shared, page.visit.person, key_of(form), code, sheet.body(form, page))
    except Problem as problem:
        return _form(page, sheet.shown(form, problem), order, problem)
    return see("/admin/measures")


@router.get("/{code}/new")
def ask_measure(page: Admin, code: str, listed: Place | None = None) -> Response:
    """The form of a measure; of a listed one it has what the order says."""
    order = _order(page, code)
    known = list_listed(page.visit.person, code)
    begun: dict[str, object] = {}
    whom = ""
    if listed is not None and listed < len(known):
        one = known[listed]
        begun, whom = {"kind": one.kind.code, "title": one.title, "clause": one.clause}, one.whom
    return _measure_form(page, order, _measure(page).shown(known=begun), whom)


@router.post("/{code}/new")
def add_measure(page: Admin, form: Form, code: str) -> Response:
    """The measure waits for whoever does it."""
    order, sheet = _order(page, code), _measure(page)
    try:
        made = create_measure(page.visit.shared, page.visit.person, key_of(form), code, sheet.body(form, page))
    except Problem as problem:
        return _measure_form(page, order, sheet.shown(form, problem), "", problem)
    return see(f"/measures/{made.id}?told=saved")


def _order(page: Page, code: str) -> OrderControlled:
    return order_of(page.visit.shared, page.visit.person, code)


def _new(page: Page) -> Sheet[NewOrder]:
    return Sheet(NewOrder, choices.staff_options(page.visit, "controller"))


def _data(page: Page) -> Sheet[OrderChanges]:
    required = ("title", "body", "number", "signed_on", "active")
    return Sheet(OrderChanges, choices.staff_options(page.visit, "controller"), only=_DATA, required=required)


def _measure(page: Page) -> Sheet[NewMeasure]:
    own = choices.organisations(page.visit, administered=True)
    units = choices.unit_options(choices.units_of(page.visit), {one.id: one.title for one in own})
    offered = {
        "kind": [Option(code, title.capitalize()) for code, title in TITLES.items()],
        "organisation": choices.organisation_options(own),
        "unit": units,
    }
    return Sheet(NewMeasure, offered | choices.staff_options(page.visit, "person"))


def _form(page: Page, sheet: object, order: OrderControlled | None, problem: Problem | None = None) -> Response:
    listed = list_listed(page.visit.person, order.code) if order else []
    return with_status(page, "admin/order_measures.html", problem, sheet=sheet, order=order, listed=listed)


def _measure_form(
    page: Page, order: OrderControlled, sheet: object, whom: str, problem: Problem | None = None
) -> Response:
    return with_status(page, "admin/measure.html", problem, sheet=sheet, order=order, whom=whom)
