"""People as their administrator keeps them: accounts, passwords, invitations, roles. Source: S2, 2.1; S3-24."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.administration import require_administrator
from api.invitations import invite
from api.passwords import reset_password
from api.problems import Problem
from api.staff import (
    CreatedPerson,
    NewGrant,
    NewPerson,
    PersonChanges,
    PersonShown,
    change_person,
    create_grant,
    create_person,
    end_grant,
    list_people,
    read_person,
)
from api.titles import ROLE
from web import admin_choices as choices
from web.posted import Form, Posted
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, Shell, see

ROWS = 50
DONE = {
    "saved": "Изменения сохранены.",
    "invited": "Приглашение отправлено письмом.",
    "role": "Роль дана.",
    "role-ended": "Роль снята.",
    "dismissed": "Сотрудник больше не работает в системе, его сеансы закрыты.",
    "returned": "Сотрудник снова работает в системе.",
}


def administrator(page: Shell) -> Page:
    """The page of somebody who administers something. A 403 for everybody else."""
    require_administrator(page.visit.shared, page.visit.person)
    return page


Admin = Annotated[Page, Depends(administrator)]
Name = Annotated[str, Query(max_length=100)]
Code = Annotated[str, Query(max_length=63)]

router = APIRouter(prefix="/admin/people", include_in_schema=False)


@router.get("")
def show_people(
    page: Admin, name: Name = "", organisation: Code = "", active: Code = "true", cursor: Code = ""
) -> Response:
    """By number, those who work unless others are asked for."""
    visit = page.visit
    found = list_people(
        visit.shared,
        visit.person,
        cursor=cursor or None,
        limit=ROWS,
        organisation=organisation or None,
        name=name or None,
        active={"true": True, "false": False}.get(active),
    )
    query = {"name": name, "organisation": organisation, "active": active}
    return page.show(
        "admin/people.html",
        found=found.items,
        places=_titles(page),
        query=query,
        next=f"/admin/people?{urlencode(query | {'cursor': found.next})}" if found.next else None,
        role_titles=ROLE,
    )


@router.get("/new")
def ask_new(page: Admin) -> Response:
    """The form of a new account."""
    return page.show("admin/new_person.html", sheet=_new(page).shown())


@router.post("/new")
async def add(page: Admin, form: Form) -> Response:
    """The account is there: its owner is invited by mail, or the page shows a one-time password."""
    visit = page.visit
    sheet = await run_in_threadpool(_new, page)
    by_mail = form.get("way") == "invite"
    try:
        body = sheet.body(form, page)
        if by_mail and not body.email:
            raise Problem(422, "no_email", "Чтобы пригласить письмом, укажите почту.", field="email")
        made = await create_person(visit.shared, visit.person, key_of(form), body)
        if by_mail:
            await run_in_threadpool(invite, visit.shared, visit.person, f"{key_of(form)[:100]}.invite", made.number)
    except Problem as problem:
        again = sheet.shown(form, problem)
        return await run_in_threadpool(with_status, page, "admin/new_person.html", problem, sheet=again)
    if by_mail:
        return see(f"/admin/people/{made.number}?done=invited")
    return await run_in_threadpool(_password_shown, page, made)


@router.get("/{number}")
def show(page: Admin, number: int, done: Code = "", waiting: int = 0) -> Response:
    """One person: data, roles, and what may be done. `waiting`: how much lies with somebody who was just dismissed."""
    return _person(page, number, done=done, waiting=waiting)


@router.post("/{number}")
def save(page: Admin, form: Form, number: int) -> Response:
    """The data are as the form has them."""
    return _changed(page, form, number, None)


@router.post("/{number}/active")
def dismiss(page: Admin, form: Form, number: int) -> Response:
    """The person works in the system no more, or again."""
    active = form.get("active") == "true"
    return _changed(page, form, number, PersonChanges(active=active))


@router.post("/{number}/grants")
def give_role(page: Admin, form: Form, number: int) -> Response:
    """A role over what the administrator has."""
    visit = page.visit
    try:
        body = _grant(page).body(form, page)
        create_grant(visit.shared, visit.person, key_of(form), number, body)
    except Problem as problem:
        return _person(page, number, granting=Again(form, problem))
    return see(f"/admin/people/{number}?done=role")


@router.post("/{number}/grants/{grant_id}/end")
def take_role(page: Admin, form: Form, number: int, grant_id: int) -> Response:
    """The role is over now."""
    return _done(page, number, "role-ended", lambda: end_grant(*_who(page), key_of(form), number, grant_id))


@router.post("/{number}/invite")
def send_invitation(page: Admin, form: Form, number: int) -> Response:
    """A link by mail; the link before works no more."""
    return _done(page, number, "invited", lambda: invite(*_who(page), key_of(form), number))


@router.post("/{number}/password")
async def give_password(page: Admin, form: Form, number: int) -> Response:
    """A one-time password, shown once."""
    try:
        made = await reset_password(page.visit.shared, page.visit.person, key_of(form), number)
    except Problem as problem:
        return await run_in_threadpool(_person, page, number, problem=problem)
    person = await run_in_threadpool(read_person, page.visit.shared, page.visit.person, number)
    known = CreatedPerson(**person.model_dump(), password=made.password)
    return await run_in_threadpool(_password_shown, page, known)


@dataclass(frozen=True)
class Again:
    """A form that comes back, with why."""

    form: Posted
    problem: Problem


def _changed(page: Page, form: Posted, number: int, body: PersonChanges | None) -> Response:
    visit = page.visit
    try:
        person = read_person(visit.shared, visit.person, number)
        change = body or _data(page, person).body(form, page)
        changed = change_person(visit.shared, visit.person, key_of(form), number, change)
    except Problem as problem:
        if problem.details.status == 404:
            raise
        return _person(page, number, editing=Again(form, problem) if body is None else None, problem=problem)
    said = "saved" if body is None else "returned" if body.active else "dismissed"
    return see(f"/admin/people/{number}?done={said}" + (f"&waiting={changed.waiting}" if said == "dismissed" else ""))


def _done(page: Page, number: int, said: str, doing: Any) -> Response:
    try:
        doing()
    except Problem as problem:
        return _person(page, number, problem=problem)
    return see(f"/admin/people/{number}?done={said}")


def _person(
    page: Page,
    number: int,
    *,
    done: str = "",
    waiting: int = 0,
    problem: Problem | None = None,
    editing: Again | None = None,
    granting: Again | None = None,
) -> Response:
    visit = page.visit
    person = read_person(visit.shared, visit.person, number)
    data = _data(page, person)
    known = person.model_dump(include={"name", "position", "email", "unit"})
    told = problem if editing is None else None
    return with_status(
        page,
        "admin/person.html",
        problem or (granting.problem if granting else None),
        person=person,
        his=person.login is not None,
        waiting=waiting,
        data=data.shown(editing.form, editing.problem) if editing else data.shown(known=known),
        grant=_grant(page).shown(granting.form, granting.problem) if granting else _grant(page).shown(),
        problem=told.details if told else None,
        done=DONE.get(done),
        places=_titles(page),
        units={one.id: one.title for one in choices.units_of(visit)},
        categories={one.code: one.title for one in choices.categories_of(visit)},
        role_titles=ROLE,
    )


def _password_shown(page: Page, made: CreatedPerson) -> Response:
    return page.show("admin/password.html", person=made)


def _new(page: Page) -> Sheet[NewPerson]:
    places = choices.organisations(page.visit, administered=True)
    titles = {one.id: one.title for one in places}
    units = choices.unit_options(choices.units_of(page.visit), titles)
    return Sheet(NewPerson, {"organisation": choices.organisation_options(places), "unit": units})


def _data(page: Page, person: PersonShown) -> Sheet[PersonChanges]:
    units = choices.unit_options(choices.units_of(page.visit, person.organisation))
    return Sheet(PersonChanges, {"unit": units}, only=("name", "position", "email", "unit"), required=("name",))


def _grant(page: Page) -> Sheet[NewGrant]:
    places = choices.organisations(page.visit, administered=True)
    titles = {one.id: one.title for one in places}
    return Sheet(
        NewGrant,
        {
            "role": choices.role_options(),
            "organisation": choices.organisation_options(places),
            "unit": choices.unit_options(choices.units_of(page.visit), titles),
            "categories": choices.category_options(choices.categories_of(page.visit)),
        },
    )


def _titles(page: Page) -> dict[str, str]:
    return {one.id: one.title for one in choices.organisations(page.visit)}


def _who(page: Page) -> tuple[Any, int]:
    return page.visit.shared, page.visit.person
