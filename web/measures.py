"""What orders ask of me: to read, to do, to control; a measure with its register of readers. Source: S0, 3, 5–7; S1-91."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.attachments import download
from api.measure_shapes import MeasureCancelled, MeasureChanges, MeasureDone, MeasureWhole, OrderReaders
from api.measures import (
    MeasureId,
    acknowledge,
    ask_readers,
    cancel_measure,
    change_measure,
    list_controlled,
    list_measures,
    mark_done,
    order_of,
    read_measure,
    read_mine,
    release_reader,
)
from api.overseeing import read_process
from api.problems import Problem
from web import admin_choices as choices
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell, see
from web.uploaded import stored

router = APIRouter(prefix="/measures", include_in_schema=False)

DONE = Sheet(MeasureDone)
CANCEL = Sheet(MeasureCancelled)
TOLD = {
    "read": "Отмечено: вы ознакомлены.",
    "done": "Исполнение отмечено.",
    "saved": "Изменения сохранены.",
    "asked": "Приказ ждёт их в рабочем месте.",
    "cancelled": "Мера отменена.",
}
Told = Annotated[str, Query(max_length=20)]


@router.get("")
def show_mine(page: Shell, told: Told = "") -> Response:
    """What waits for me, and the orders that I control."""
    shared, person = page.visit.shared, page.visit.person
    orders = [one for one in list_controlled(shared, person).orders if one.controlled or one.open or one.done]
    return page.show("measures/mine.html", mine=read_mine(shared, person), orders=orders, told=TOLD.get(told, ""))


@router.get("/orders/{code}")
def show_order(page: Shell, code: str, overdue: bool = False) -> Response:
    """The measures of an order that I see: of one that I control, all of them. Source: S0, 7."""
    shared, person = page.visit.shared, page.visit.person
    order = order_of(shared, person, code)
    found = list_measures(shared, person, code, overdue).measures
    process = read_process(shared, person, code) if order.controlled else None
    return page.show("measures/order.html", order=order, found=found, overdue=overdue, process=process)


@router.get("/{measure_id}")
def show(page: Shell, measure_id: MeasureId, told: Told = "") -> Response:
    """What, who, by when, done with what evidence, and who has read it."""
    return _shown(page, _measure(page, measure_id), told=TOLD.get(told, ""))


@router.post("/{measure_id}/acknowledge")
def read(page: Shell, form: Form, measure_id: MeasureId) -> Response:
    """«Ознакомлен»."""
    acknowledge(page.visit.shared, page.visit.person, key_of(form), measure_id)
    return see("/measures?told=read")


@router.post("/{measure_id}/done")
async def do(page: Shell, form: Form, measure_id: MeasureId) -> Response:
    """The measure is done, with what shows it. Files of a form that must be corrected are to be chosen again."""
    found = await run_in_threadpool(_measure, page, measure_id)
    try:
        kept = [("files", one.value) for one in (await stored(page, form, key_of(form))).get("files", ())]
        body = DONE.body(Posted((*form.texts, *kept)), page)
        await run_in_threadpool(mark_done, page.visit.shared, page.visit.person, key_of(form), measure_id, body)
    except Problem as problem:
        return await run_in_threadpool(_shown, page, found, problem, done=DONE.shown(form, problem))
    return see(f"/measures/{measure_id}?told=done")


@router.get("/{measure_id}/files/{file_id}")
def save_file(page: Shell, measure_id: MeasureId, file_id: UUID) -> Response:
    """A file that shows that the measure is done, to save."""
    return download(page.visit.shared, page.visit.person, file_id)


@router.post("/{measure_id}/readers")
def ask(page: Shell, form: Form, measure_id: MeasureId) -> Response:
    """The heads of the chosen organisations must read the order."""
    found = _measure(page, measure_id)
    sheet = _readers(page)
    try:
        ask_readers(page.visit.shared, page.visit.person, key_of(form), measure_id, sheet.body(form, page))
    except Problem as problem:
        return _shown(page, found, problem, readers=sheet.shown(form, problem))
    return see(f"/measures/{measure_id}?told=asked")


@router.post("/{measure_id}/readers/{number}/release")
def release(page: Shell, form: Form, measure_id: MeasureId, number: int) -> Response:
    """Somebody who is head no more need not read it."""
    release_reader(page.visit.shared, page.visit.person, key_of(form), measure_id, number)
    return see(f"/measures/{measure_id}?told=saved")


@router.post("/{measure_id}/cancel")
def cancel(page: Shell, form: Form, measure_id: MeasureId) -> Response:
    """Nobody has to do it any more."""
    found = _measure(page, measure_id)
    try:
        cancel_measure(page.visit.shared, page.visit.person, key_of(form), measure_id, CANCEL.body(form, page))
    except Problem as problem:
        return _shown(page, found, problem, cancel=CANCEL.shown(form, problem))
    return see(f"/measures/{measure_id}?told=cancelled")


@router.post("/{measure_id}")
def change(page: Shell, form: Form, measure_id: MeasureId) -> Response:
    """Who does it and by when, while it is open."""
    found = _measure(page, measure_id)
    sheet = _data(page, found)
    try:
        change_measure(page.visit.shared, page.visit.person, key_of(form), measure_id, sheet.body(form, page))
    except Problem as problem:
        return _shown(page, found, problem, data=sheet.shown(form, problem))
    return see(f"/measures/{measure_id}?told=saved")


def _measure(page: Page, measure_id: int) -> MeasureWhole:
    return read_measure(page.visit.shared, page.visit.person, measure_id)


def _shown(
    page: Page, found: MeasureWhole, problem: Problem | None = None, *, told: str = "", **sent: object
) -> Response:
    """The measure with the forms that this person has; one that was refused as it was sent."""
    is_open = found.done_at is None and found.cancelled_at is None
    forms: dict[str, object] = {"done": None, "data": None, "readers": None, "cancel": None}
    if is_open and (found.his or found.kept):
        forms["done"] = DONE.shown()
    if is_open and found.kept:
        known = {"title": found.title, "clause": found.clause, "due_on": found.due_on}
        known |= {"unit": found.unit.code if found.unit else "", "person": found.person.number if found.person else ""}
        forms["data"] = _data(page, found).shown(known=known)
        forms["readers"] = _readers(page).shown() if found.kind.code == "acquaint" else None
        forms["cancel"] = CANCEL.shown()
    return with_status(
        page, "measures/measure.html", problem, measure=found, told=told, problem=problem, **(forms | sent)
    )


def _data(page: Page, found: MeasureWhole) -> Sheet[MeasureChanges]:
    offered = {"unit": choices.unit_options(choices.units_of(page.visit, found.organisation.code))}
    return Sheet(
        MeasureChanges,
        offered | choices.staff_options(page.visit, "person"),
        only=("title", "clause", "unit", "person", "due_on"),
        required=("title", "due_on"),
    )


def _readers(page: Page) -> Sheet[OrderReaders]:
    places = choices.organisation_options(choices.organisations(page.visit, administered=True))
    return Sheet(OrderReaders, {"organisations": places}, only=("organisations",))
