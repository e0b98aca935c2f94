"""Organisations, what they tell the public, and the working calendar, as administrators keep them. Source: S2, 1.2 б; S4, 2.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.classifiers import Day, RegionPath, list_changes, list_days, set_day
from api.fields import NearDay
from api.organisations import (
    NewOrganisation,
    OrganisationChanges,
    OrganisationShown,
    change_organisation,
    create_organisation,
    list_organisations,
    read_organisation,
)
from api.problems import Problem
from api.public_pages import NewOrganisationPage, OrganisationPage, read_page, write_page
from api.resources import clock
from web import admin_choices as choices
from web.admin_orders import valid
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see

ROWS = 100
RUSSIA = "RU"
Code = Annotated[str, Query(max_length=63)]
Region = Annotated[str, Query(pattern=r"^RU(-[A-Z]{2,3})?$")]

router = APIRouter(prefix="/admin", include_in_schema=False)

CHANGED = {
    "organisation": "организация",
    "unit": "подразделение",
    "person": "сотрудник",
    "grant": "роль",
    "category": "категория",
    "calendar_day": "день календаря",
    "organisation_page": "страница для граждан",
    "autorule": "автоправило",
    "dry_run": "пробный прогон автоправила",
    "answer_template": "шаблон ответа",
    "absence": "отсутствие",
    "annex": "приложение к приказу",
    "order": "приказ",
    "measure": "мера по приказу",
    "acknowledgement": "ознакомление с приказом",
}
"""What a line of the log is about."""

_DATA = (
    "title region time_zone opens closes self_approval endorsement duty complaints_official contacts active"
).split()
_MAY_BE_EMPTY = {"duty", "complaints_official", "contacts"}
PAGE = Sheet(OrganisationPage)


class DayOfForm(Day):
    """A day of the calendar with its date."""

    day: NearDay = Field(title="День")


_KINDS = (Option("true", "Рабочий"), Option("false", "Выходной или праздник"))
DAY = Sheet(DayOfForm, {"working": _KINDS}, only=("day", "working", "title"))


@router.get("/organisations")
def show_organisations(page: Admin, cursor: Code = "") -> Response:
    """By code, each with what is above it."""
    visit = page.visit
    shared, person, after = visit.shared, visit.person, cursor or None
    found = list_organisations(shared, person, cursor=after, limit=ROWS)
    own = list_organisations(shared, person, cursor=after, limit=ROWS, administered=True)
    above = {one.parent for one in found.items if one.parent} - {one.id for one in found.items}
    known = [*found.items, *(read_organisation(shared, person, one) for one in sorted(above))]
    return page.show(
        "admin/organisations.html",
        found=found.items,
        titles={one.id: one.title for one in known},
        own={one.id for one in own.items},
        next=f"/admin/organisations?cursor={found.next}" if found.next else None,
    )


@router.get("/organisations/new")
def ask_new(page: Admin) -> Response:
    """The form of a new organisation below one that is his."""
    return _organisation_form(page, _new(page).shown(), None)


@router.post("/organisations/new")
def add(page: Admin, form: Form) -> Response:
    """The organisation is there."""
    sheet = _new(page)
    try:
        made = create_organisation(page.visit.shared, page.visit.person, key_of(form), sheet.body(form, page))
    except Problem as problem:
        return _organisation_form(page, sheet.shown(form, problem), None, problem)
    return see(f"/admin/organisations/{made.id}")


@router.get("/organisations/{organisation_id}")
def show(page: Admin, organisation_id: str) -> Response:
    """The form of an organisation."""
    found = _organisation(page, organisation_id)
    known = found.model_dump(include=set(_DATA) - {"duty", "contacts"}, mode="json")
    lists = {"duty": [str(one) for one in found.duty]}
    sheet = _data(page, organisation_id)
    return _organisation_form(
        page,
        sheet.shown(known=_flat(known | {"contacts": found.contacts.model_dump()}), lists=lists),
        found,
    )


@router.post("/organisations/{organisation_id}")
def save(page: Admin, form: Form, organisation_id: str) -> Response:
    """The organisation is as the form has it; what is under way stays where it is."""
    found = _organisation(page, organisation_id)
    sheet = _data(page, organisation_id)
    if form.get("_more"):
        return _organisation_form(page, sheet.shown(form), found)
    try:
        body = sheet.body(form, page)
        change_organisation(page.visit.shared, page.visit.person, key_of(form), organisation_id, body)
    except Problem as problem:
        return _organisation_form(page, sheet.shown(form, problem), found, problem)
    return see("/admin/organisations")


@router.get("/organisations/{organisation_id}/page")
def show_page(page: Admin, organisation_id: str) -> Response:
    """What the organisation tells the public: the form."""
    found = _organisation(page, organisation_id)
    told = read_page(page.visit.shared, page.visit.person, organisation_id)
    known = _flat(told.model_dump(mode="json", exclude={"version"}))
    return _page_form(page, PAGE.shown(known=known), found, told.version)


@router.post("/organisations/{organisation_id}/page")
def save_page(page: Admin, form: Form, organisation_id: str) -> Response:
    """The public page says this from now on."""
    found = _organisation(page, organisation_id)
    try:
        content = PAGE.body(form, page).model_dump() | {"version": form.get("version")}
        body = valid(NewOrganisationPage, content)
        write_page(page.visit.shared, page.visit.person, key_of(form), organisation_id, body)
    except Problem as problem:
        # told of who saved meanwhile, he saves again over what he has now been shown
        stale = problem.details.code == "page_stale"
        version = (
            read_page(page.visit.shared, page.visit.person, organisation_id).version if stale else form.get("version")
        )
        return _page_form(page, PAGE.shown(form, problem), found, version, problem)
    return see(f"/admin/organisations/{organisation_id}/page?done=true")


@router.get("/calendar")
def show_calendar(page: Admin, region: Region = RUSSIA, year: Annotated[int, Query(ge=2000, le=2100)] = 0) -> Response:
    """The days of a year that differ from Monday to Friday, and the form of one more."""
    return _calendar(page, region, year or _this_year(page), DAY.shown())


@router.post("/calendar/{region}")
def save_day(page: Admin, form: Form, region: RegionPath) -> Response:
    """The day is a working day in the region, or none."""
    try:
        body = DAY.body(form, page)
        day = Day(working=body.working, title=body.title)
        set_day(page.visit.shared, page.visit.person, key_of(form), region, body.day, day)
    except Problem as problem:
        return _calendar(page, region, _this_year(page), DAY.shown(form, problem), problem)
    return see(f"/admin/calendar?region={region}&year={body.day.year}")


@router.get("/changes")
def show_changes(page: Admin, cursor: Code = "") -> Response:
    """Who changed what of the reference data and when, latest first."""
    visit = page.visit
    found = list_changes(visit.shared, visit.person, cursor=cursor or None, limit=ROWS)
    return page.show(
        "admin/changes.html",
        found=found.items,
        kinds=CHANGED,
        next=f"/admin/changes?cursor={found.next}" if found.next else None,
    )


def _this_year(page: Page) -> int:
    return clock(page.visit.shared).astimezone(page.zone).year


def _calendar(page: Page, region: str, year: int, sheet: object, problem: Problem | None = None) -> Response:
    visit = page.visit
    return with_status(
        page,
        "admin/calendar.html",
        problem,
        found=list_days(visit.shared, visit.person, region, year),
        regions=sorted({RUSSIA, region} | {one.region for one in choices.organisations(visit)}),
        region=region,
        year=year,
        sheet=sheet,
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Values by the names that fields of a form have."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            found[prefix + name] = str(value).lower()
        elif isinstance(value, list):
            found |= _flat({str(place): one for place, one in enumerate(value)}, f"{prefix}{name}.")
        elif isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _new(page: Page) -> Sheet[NewOrganisation]:
    return Sheet(
        NewOrganisation,
        {"parent": choices.organisation_options(choices.organisations(page.visit, administered=True))},
        only=("id", "parent", "title", "region", "time_zone", "opens", "closes"),
    )


def _data(page: Page, organisation: str) -> Sheet[OrganisationChanges]:
    return Sheet(
        OrganisationChanges,
        {
            "duty": choices.head_options(page.visit, organisation),
            "complaints_official": choices.head_options(page.visit, organisation),
        },
        only=tuple(_DATA),
        required=tuple(name for name in _DATA if name not in _MAY_BE_EMPTY),
    )


def _organisation(page: Page, id_: str) -> OrganisationShown:
    return read_organisation(page.visit.shared, page.visit.person, id_)


def _organisation_form(
    page: Page, sheet: object, found: OrganisationShown | None, problem: Problem | None = None
) -> Response:
    above = _organisation(page, found.parent).title if found and found.parent else ""
    called = choices.called_in_orders(page.visit, found.order_code if found else None)
    return with_status(
        page, "admin/organisation.html", problem, sheet=sheet, organisation=found, above=above, called=called
    )


def _page_form(
    page: Page, sheet: object, found: OrganisationShown, version: str | None, problem: Problem | None = None
) -> Response:
    return with_status(
        page,
        "admin/organisation_page.html",
        problem,
        sheet=sheet,
        organisation=found,
        version=version,
        stale=problem is not None and problem.details.code == "page_stale",
        done=problem is None and "done" in page.visit.request.query_params,
    )
