"""Absences: one's own, those of subordinates, and of the organisations that one administers. Source: S2, 3.9 в; G-20."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.absence_previews import Part, foresee
from api.absence_shapes import AbsenceFields, AbsenceShown, BasisFields, NewAbsence
from api.absences import (
    alter_absence,
    end_absence,
    enter_absence,
    kept_people,
    list_absences,
    possible_substitutes,
    read_absence,
    state_basis,
)
from api.problems import Problem
from api.resources import clock
from api.titles import ABSENCES
from web.forms import Option, Typed
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell, bare, see
from web.schemas import FIND, fields_of

router = APIRouter(prefix="/absences", include_in_schema=False)

WEEKS = 6
"""How far the calendar of the list reaches, from this week on."""
DONE = {
    "entered": "Отсутствие внесено: с его начала сообщения получает замещающий.",
    "changed": "Отсутствие изменено.",
    "founded": "Основание указано.",
    "ended": "Отсутствие завершено, сообщения возвращаются.",
}
FIELDS = ("code", "first_day", "last_day", "basis", "substitutes")
Number = Annotated[int | None, Query(ge=1, le=2**53)]


@dataclass(frozen=True)
class Strip:
    """An absence over the days of the calendar: for each day whether he is away, and whether it is a day off."""

    absence: AbsenceShown
    days: list[bool]


@router.get("")
def show(
    page: Shell,
    of: Number = None,
    done: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """All that one keeps, one's own first."""
    return _list(page, of, cursor, done=done)


@router.get("/new")
def ask(page: Shell, person: Number = None) -> Response:
    """The form of a new absence: one's own, unless another person is named."""
    return _form(page, person or page.visit.person, None)


@router.post("/new")
def enter(page: Shell, form: Form, person: Number = None) -> Response:
    """The absence is there, or the form says why not."""
    visit, whose = page.visit, person or page.visit.person
    if form.get("_more") or form.get("_find"):
        return _form(page, whose, None, form)
    try:
        body = Sheet(AbsenceFields, only=FIELDS).body(form, page)
        if _is_to_be_told(form, body):
            return _told(page, whose, None, form, body)
        fields = NewAbsence(**body.model_dump(), person=whose)
        enter_absence(visit.shared, visit.person, key_of(form), fields)
    except Problem as problem:
        return _form(page, whose, None, form, problem)
    return see("/absences?done=entered")


@router.get("/substitutes")
def find(page: Shell, request: Request, person: Number = None) -> Response:
    """Whom the words typed so far find, with who is chosen."""
    query = request.query_params
    typed = Typed({name: query.getlist(name) for name in query})
    sheet = _sheet(page, person or page.visit.person, typed)
    one = next(one for one in fields_of(sheet.schema, typed) if one.name == "substitutes")
    return bare(page.visit.shared, "parts/choices.html", one=one)


@router.get("/{absence_id}")
def show_one(page: Shell, absence_id: int) -> Response:
    """An absence, to be changed; of one that is over, the basis alone."""
    found = read_absence(page.visit.shared, page.visit.person, absence_id)
    return see(f"/absences/{absence_id}/basis") if found.over else _form(page, found.person.number, found)


@router.get("/{absence_id}/basis")
def ask_basis(page: Shell, absence_id: int) -> Response:
    """The form of the basis alone, which may come when the absence has begun or is over."""
    return _basis(page, read_absence(page.visit.shared, page.visit.person, absence_id))


@router.post("/{absence_id}/basis")
def found_by(page: Shell, form: Form, absence_id: int) -> Response:
    """The basis is as the form has it, and nothing else has changed."""
    visit = page.visit
    try:
        state_basis(visit.shared, visit.person, key_of(form), absence_id, Sheet(BasisFields).body(form, page))
    except Problem as problem:
        return _basis(page, read_absence(visit.shared, visit.person, absence_id), form, problem)
    return see("/absences?done=founded")


@router.post("/{absence_id}")
def change(page: Shell, form: Form, absence_id: int) -> Response:
    """The absence is as the form has it."""
    visit = page.visit
    found = read_absence(visit.shared, visit.person, absence_id)
    if form.get("_more") or form.get("_find"):
        return _form(page, found.person.number, found, form)
    try:
        body = Sheet(AbsenceFields, only=FIELDS).body(form, page)
        if _is_to_be_told(form, body):
            return _told(page, found.person.number, found, form, body)
        alter_absence(visit.shared, visit.person, key_of(form), absence_id, body)
    except Problem as problem:
        return _form(page, found.person.number, found, form, problem)
    return see("/absences?done=changed")


@router.post("/{absence_id}/end")
def end(page: Shell, form: Form, absence_id: int) -> Response:
    """The person is back, in one press."""
    end_absence(page.visit.shared, page.visit.person, key_of(form), absence_id)
    return see("/absences?done=ended")


def _list(page: Page, of: int | None, cursor: str, *, done: str) -> Response:
    visit = page.visit
    mine = list_absences(visit.shared, visit.person, of=visit.person).items
    found = list_absences(visit.shared, visit.person, of=of, cursor=cursor or None)
    following = urlencode(({"of": of} if of else {}) | {"cursor": found.next or ""})
    first = _today(page) - timedelta(days=_today(page).weekday())
    days = [first + timedelta(days=n) for n in range(7 * WEEKS)]
    return page.show(
        "absences/list.html",
        mine=mine,
        others=[
            Strip(one, [_covers(one, day) for day in days]) for one in found.items if one.person.number != visit.person
        ],
        next=f"/absences?{following}" if found.next else None,
        cursor=cursor,
        days=days,
        today=_today(page),
        kept=kept_people(visit.shared, visit.person),
        done=DONE.get(done),
        act=page.act,
    )


def _covers(one: AbsenceShown, day: date) -> bool:
    return one.first_day <= day and (one.last_day is None or day <= one.last_day)


def _is_to_be_told(form: Posted, body: AbsenceFields) -> bool:
    """What it would bring is asked for, or was told of another period than the one that is sent now."""
    told = form.get("_told")
    return _is_asked(form) or (told != "" and told != _digest(body))


def _is_asked(form: Posted) -> bool:
    return bool(form.get("_preview") or form.get("_after"))


def _digest(body: AbsenceFields) -> str:
    return sha256(body.model_dump_json().encode()).hexdigest()


def _told(page: Page, whose: int, found: AbsenceShown | None, form: Posted, body: AbsenceFields) -> Response:
    """The form as it was filled in, with what the absence would bring. Nothing is entered."""
    visit = page.visit
    part = Part(cursor=form.get("_after") or None)
    told = foresee(visit.shared, visit.person, body, whose, found.id if found else None, part)
    return _form(page, whose, found, form, told=told, digest=_digest(body), asked=_is_asked(form))


def _form(
    page: Page,
    whose: int,
    found: AbsenceShown | None,
    form: Posted | None = None,
    problem: Problem | None = None,
    **told: object,
) -> Response:
    visit = page.visit
    sheet = _sheet(page, whose, Typed.of(form) if form else Typed(_substitutes_of(found)))
    if form is not None or found is None:
        shown = sheet.shown(form, problem)
    else:
        known = {name: getattr(found, name) for name in ("first_day", "last_day", "basis")}
        shown = sheet.shown(known=known | {"code": found.code.code}, lists=_substitutes_of(found))
    people = {one.number: one.name for one in kept_people(visit.shared, visit.person).people}
    return with_status(
        page,
        "absences/form.html",
        problem,
        sheet=shown,
        found=found,
        whose=whose,
        name=None if whose == visit.person else people.get(whose, f"№ {whose}"),
        act=page.act,
        **told,
    )


def _basis(page: Page, found: AbsenceShown, form: Posted | None = None, problem: Problem | None = None) -> Response:
    sheet = Sheet(BasisFields).shown(form, problem, known={"basis": found.basis})
    return with_status(page, "absences/basis.html", problem, sheet=sheet, found=found)


def _substitutes_of(found: AbsenceShown | None) -> dict[str, list[str]]:
    return {"substitutes": [str(one.number) for one in found.substitutes] if found else []}


def _sheet(page: Page, whose: int, typed: Typed) -> Sheet[AbsenceFields]:
    words = next(iter(typed.values.get(f"{FIND}substitutes", ())), "")[:100]
    chosen = {one for one in typed.values.get("substitutes", ()) if one}
    offered = possible_substitutes(page.visit.shared, page.visit.person, whose, words, chosen)
    address = f"/absences/substitutes?person={whose}"
    return Sheet(
        AbsenceFields,
        {
            "code": [Option(code, title) for code, title in ABSENCES.items()],
            "substitutes": [Option(str(one.number), f"{one.name}, № {one.number}") for one in offered.people],
        },
        only=FIELDS,
        searched={"substitutes": (address, offered.beyond > 0)} if offered.total > len(offered.people) else {},
    )


def _today(page: Page) -> date:
    return clock(page.visit.shared).astimezone(page.zone).date()
