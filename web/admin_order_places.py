"""Drafts of the structure as administrators write them: where an organisation stands, and how the order calls it or a unit."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from api.administration import Fields
from api.annex_shapes import AnnexWhole, Code63, PlaceShown, PlaceTold
from api.annex_shapes import Code as OrderCode
from api.problems import Problem, not_found
from web import admin_choices as choices
from web.admin_order_drafts import write
from web.admin_orders import Code, annex_of, saved
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form
from web.record_forms import Sheet, with_status
from web.rendering import Page

router = APIRouter(prefix="/admin/orders", include_in_schema=False)


class PlaceForm(Fields):
    """Of an organisation; of a unit and of the root the second alone."""

    parent: Code63 = Field(title="Вышестоящая организация")
    order_code: OrderCode | None = Field(default=None, title="Как названа в приказе")


class CalledForm(Fields):
    """How the order calls what stays where it is."""

    order_code: OrderCode | None = Field(default=None, title="Как названа в приказе")


@router.get("/{annex_id}/place")
def ask_place(page: Admin, annex_id: int, code: Code, unit: bool = False) -> Response:
    """The form of one place."""
    found = annex_of(page, annex_id)
    place = _place(found, code, unit)
    known = {"parent": place.parent, "order_code": place.order_code}
    sheet = _sheet(page, found, place)
    shown = sheet.shown(known={name: known[name] for name in sheet.shape.model_fields})
    return page.show("admin/order_form.html", annex=found, sheet=shown, to="place", place=place)


@router.post("/{annex_id}/place")
def save_place(page: Admin, form: Form, annex_id: int) -> Response:
    """It stands there, and is called so."""
    found = annex_of(page, annex_id)
    place = _place(found, form.get("place"), bool(form.get("unit")))
    sheet = _sheet(page, found, place)
    try:
        given = sheet.body(form, page).model_dump()
        above = None if place.unit else given.get("parent")
        moved = PlaceShown(id=place.id, unit=place.unit, parent=above, order_code=given["order_code"])
        write(page, form, annex_id, places=[moved])
    except Problem as problem:
        typed = sheet.shown(form, problem)
        return with_status(page, "admin/order_form.html", problem, annex=found, sheet=typed, to="place", place=place)
    return saved(annex_id)


def _place(found: AnnexWhole, code: str, unit: bool) -> PlaceTold:
    place = next((one for one in found.places if (one.id, one.unit) == (code, unit)), None)
    if place is None:
        raise not_found()
    return place


def _sheet(page: Page, found: AnnexWhole, place: PlaceTold) -> Sheet[PlaceForm] | Sheet[CalledForm]:
    named = choices.answerer_options(page.visit)
    if place.order_code and place.order_code not in {one.value for one in named}:
        named = [*named, Option(place.order_code, place.called)]
    if place.unit or place.parent is None:
        return Sheet(CalledForm, {"order_code": named})
    others = [Option(one.id, one.title) for one in found.places if not one.unit and one.id != place.id]
    return Sheet(PlaceForm, {"parent": sorted(others, key=lambda one: one.title), "order_code": named})
