"""Annexes of orders as administrators keep them: which there are, what a draft would change, publishing, taking back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ValidationError

from api.annex_preview_shapes import PreviewTold
from api.annex_shapes import AnnexShown, AnnexWhole, DraftVersion, NewAnnex, Publication, TakingBack
from api.annexes import (
    discard_annex,
    draw_up_annex,
    list_annexes,
    make_annex_categories,
    preview_annex,
    preview_withdrawal,
    publish_annex,
    read_annex,
    take_back_annex,
)
from api.attachments import download
from api.measures import list_controlled
from api.problems import Problem, invalid
from api.staff import read_person
from api.titles import ROLE, STAGES
from regulations.rows import plain
from web import admin_choices as choices
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form, Posted, number_of
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see

KINDS = {
    "categories": "Категории и кто отвечает",
    "structure": "Подведомственность и ответственные",
    "roles": "Ролевая модель",
    "regulation": "Регламент: этапы, сроки, основания",
}
DONE = {
    "drawn": "Проект готов: в нём то же, что действует. Измените его; опубликует другой администратор.",
    "saved": "Проект сохранён.",
    "published": "Редакция опубликована.",
    "withdrawn": "Редакция отозвана.",
    "made": "Категории созданы.",
    "discarded": "Проект удалён.",
}
LISTED = 200
"""Organisations and units that a page lists; others are found by name."""
Code = Annotated[str, Query(max_length=63)]
Body = TypeVar("Body", bound=BaseModel)

router = APIRouter(prefix="/admin/orders", include_in_schema=False)

NEW = Sheet(
    NewAnnex,
    {"kind": [Option(code, title) for code, title in KINDS.items()]},
    only=("kind", "act", "order_number", "signed_on", "issuer", "title"),
)


@router.get("")
def show_all(page: Admin, done: Code = "") -> Response:
    """Of each act and kind: what is in force, drafts, what will be and what was."""
    found = list_annexes(page.visit.shared, page.visit.person).annexes
    groups = [(kind, act, list(rows)) for (act, kind), rows in groupby(found, lambda one: (one.act, one.kind))]
    if all(kind != "structure" for kind, _, _ in groups):
        groups.append(("structure", "S0", []))
    return page.show(
        "admin/orders.html",
        groups=groups,
        kinds=KINDS,
        names=names(page, found),
        missing=_lacking(page, found),
        key=key_of(Posted()),
        done=DONE.get(done),
    )


@router.get("/new")
def ask_new(page: Admin, kind: Code = "categories", act: Code = "S0") -> Response:
    """The form of a draft: which order brings it."""
    return page.show("admin/order_new.html", sheet=NEW.shown(known={"kind": kind, "act": act}))


@router.post("/new")
def add(page: Admin, form: Form) -> Response:
    """The draft is there, with what is in force."""
    try:
        made = draw_up_annex(page.visit.shared, page.visit.person, key_of(form), NEW.body(form, page))
    except Problem as problem:
        return with_status(page, "admin/order_new.html", problem, sheet=NEW.shown(form, problem))
    return see(f"/admin/orders/{made.id}?done=drawn")


@router.get("/{annex_id}")
def show(page: Admin, annex_id: int, done: Code = "", find: Code = "") -> Response:
    """What it says, what it changes, and what may be done with it. `find`: organisations and units to be listed."""
    return shown(page, annex_id, done=DONE.get(done), find=find)


@router.get("/{annex_id}/scan/{file_id}")
def save_scan(page: Admin, annex_id: int, file_id: UUID) -> Response:
    """The order's scan, to save."""
    return download(page.visit.shared, page.visit.person, file_id)


@router.post("/{annex_id}/publication")
def publish(page: Admin, form: Form, annex_id: int) -> Response:
    """The revision is in force from its day."""
    successors = _successors(form)
    fields = {name: form.get(name) for name in ("valid_from", "seen")} | {"successors": successors}
    on = None
    try:
        wanted = valid(Publication, fields | {"version": number_of(form.get("version"))})
        on = wanted.valid_from
        publish_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, wanted)
    except Problem as problem:
        return shown(page, annex_id, problem, on=on, successors=successors)
    return saved(annex_id, "published")


@router.post("/{annex_id}/withdrawal")
def take_back(page: Admin, form: Form, annex_id: int) -> Response:
    """What was in force before is in force again."""
    successors = _successors(form)
    fields = {name: form.get(name) for name in ("reason", "seen")} | {"successors": successors}
    try:
        take_back_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, valid(TakingBack, fields))
    except Problem as problem:
        return shown(page, annex_id, problem, successors=successors, reason=form.get("reason"))
    return saved(annex_id, "withdrawn")


@router.post("/{annex_id}/categories")
def make_categories(page: Admin, form: Form, annex_id: int) -> Response:
    """What it lists is in the record."""
    shared, person = page.visit.shared, page.visit.person
    return attempt(page, annex_id, lambda: make_annex_categories(shared, person, key_of(form), annex_id), "made")


@router.post("/{annex_id}/discarding")
def discard(page: Admin, form: Form, annex_id: int) -> Response:
    """The draft is gone."""
    try:
        body = valid(DraftVersion, {"version": number_of(form.get("version"))})
        discard_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, body)
    except Problem as problem:
        return shown(page, annex_id, problem)
    return see("/admin/orders?done=discarded")


def _successors(form: Posted) -> dict[str, str]:
    return {
        name.removeprefix("successor."): text for name, text in form.texts if name.startswith("successor.") and text
    }


def _withdrawal(page: Page, found: AnnexWhole) -> tuple[PreviewTold | None, str | None]:
    """Of a published one: what taking it back would change, or why nobody can."""
    if found.state != "published":
        return None, None
    try:
        return preview_withdrawal(page.visit.shared, page.visit.person, found.id), None
    except Problem as problem:
        return None, problem.details.detail


def _lacking(page: Page, found: Iterable[AnnexShown]) -> AnnexWhole | None:
    """The first list in force whose categories the record does not have: where a fresh installation begins."""
    lists = (annex_of(page, one.id) for one in found if one.kind == "categories" and one.in_force)
    return next((one for one in lists if one.missing), None)


def annex_of(page: Page, annex_id: int) -> AnnexWhole:
    """The revision. A Problem for whoever may not see it."""
    return read_annex(page.visit.shared, page.visit.person, annex_id)


def shown(
    page: Page,
    annex_id: int,
    problem: Problem | None = None,
    done: str | None = None,
    on: date | None = None,
    successors: Mapping[str, str] = MappingProxyType({}),
    reason: str = "",
    find: str = "",
) -> Response:
    """The page of a revision, with what went wrong with it, and the `successors` and `reason` given. `on`: the day asked for."""
    visit = page.visit
    found = annex_of(page, annex_id)
    preview = None if found.fault else preview_annex(visit.shared, visit.person, annex_id, on)
    withdrawal, stays_because = _withdrawal(page, found)
    return with_status(
        page,
        "admin/order.html",
        problem,
        annex=found,
        kind=KINDS[found.kind],
        preview=preview,
        asked=on is not None,
        successors=successors,
        withdrawal=withdrawal,
        stays_because=stays_because,
        reason=reason,
        measured=_measured(page, found),
        names=names(page, [found]),
        places={one.id: one.title for one in choices.organisations(visit)} if preview else {},
        titles={line.code: line.title for line in found.lines}
        | {fact.code: fact.title for line in found.lines for fact in line.facts},
        listed=[one for one in found.places if plain(find) in plain(f"{one.title} {one.id}")][:LISTED],
        find=find,
        stages=STAGES,
        roles=ROLE,
        may_publish=visit.person not in found.editors,
        problem=problem.details if problem else None,
        key=key_of(Posted()),
        done=done,
    )


def _measured(page: Page, found: AnnexWhole) -> str | None:
    """The code under which the measures of the revision's order are kept, once they are."""
    orders = list_controlled(page.visit.shared, page.visit.person).orders
    same = (one for one in orders if (one.number, one.signed_on) == (found.order_number, found.signed_on))
    return next((one.code for one in same), None)


def attempt(page: Page, annex_id: int, doing: Callable[[], object], done: str = "saved") -> Response:
    """Done, and back to the revision; or its page with what stands in the way."""
    try:
        doing()
    except Problem as problem:
        return shown(page, annex_id, problem)
    return saved(annex_id, done)


def saved(annex_id: int, done: str = "saved") -> Response:
    """Back to the revision."""
    return see(f"/admin/orders/{annex_id}?done={done}")


def valid(shape: type[Body], fields: Mapping[str, Any]) -> Body:
    """The fields as the API takes them. A Problem names those that do not fit."""
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        raise invalid(error.errors()) from None


def names(page: Page, found: Iterable[AnnexShown]) -> dict[int, str]:
    """Of all who had to do with them."""
    people = {who for one in found for who in (one.author, one.publisher, one.taken_back_by, *one.editors) if who}
    return {who: read_person(page.visit.shared, page.visit.person, who).name for who in sorted(people)}
