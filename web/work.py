"""The workplace: sections with counters, and the list with its filters. Source: S3, 5.1–5.3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from api.classifiers import CategoryShown
from api.lists import SectionCode, Sought, Wanted, page_of
from api.problems import invalid, not_found
from api.rows import RowShown
from api.spreadsheets import Format
from api.titles import STAGES
from domain.rules import RULES
from domain.vocabulary import Role
from storage.exports import MOST
from storage.sections import SECTIONS
from web import admin_choices as choices
from web.desk import NOT_TOGETHER
from web.rendering import Page, Shell, see

router = APIRouter(include_in_schema=False)

NUMBER = re.compile(r"\s*№?\s*\d{4}-\d{1,10}\s*")
ROWS = 25
"""Of a page: what fits two screens."""

_SHARING_OUT = frozenset({Role.COORDINATOR, Role.MODERATOR})
"""Whose lists are a desk: they suggest people, put duplicates together, and many messages are decided about at once."""

_SECTIONS = {section.code: section.title for section in SECTIONS}
_FILTERS = ("number", "text", "category", "subcategory", "organisation", "stage", "overdue")
EXPORTS = {Format.XLSX: "Excel (XLSX)", Format.CSV: "CSV"}
SORTS = {"due": "По сроку ответа", "received": "Сначала новые"}


@router.get("/")
def begin(page: Shell) -> Response:
    """To where work waits."""
    sections = page.menu
    first = next((section for section in sections if section.count), sections[0] if sections else None)
    return see(f"/work/{first.code}" if first else "/work")


@router.get("/work")
def show_all(page: Shell, request: Request, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Everything that the person may see; what was typed in the search is a number or words."""
    if q.strip():
        name = "number" if NUMBER.fullmatch(q) else "text"
        return see(f"/work?{urlencode({name: q.strip()})}")
    return _list(page, request, None)


@router.get("/work/{section}")
def show_section(page: Shell, request: Request, section: str) -> Response:
    """A section. A 403 for whoever has not its role."""
    if section not in set(SectionCode):
        raise not_found()
    return _list(page, request, section)


def _list(page: Page, request: Request, section: str | None) -> Response:
    query = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        wanted = Wanted.model_validate({"limit": ROWS} | query | ({"section": section} if section else {}))
    except ValidationError as error:
        raise invalid(error.errors()) from None
    visit, path = page.visit, request.url.path
    desk = bool(page.roles & _SHARING_OUT)
    beside = dict.fromkeys(("actions", "suggest", "duplicates"), desk)
    found = page_of(visit.shared, visit.person, wanted.model_copy(update=beside))
    categories = choices.categories_of(visit)
    return page.show(
        "list.html",
        title=next((one.title for one in page.sections if one.code == section), "Все сообщения"),
        found=found,
        rows=_grouped(found.messages),
        desk=desk,
        together=_together(found.messages),
        here=_address(path, query),
        key=str(uuid4()),
        at=found.at,
        query=query,
        tags=_tags(path, query, categories),
        categories=_with_subcategories(categories),
        stages=STAGES,
        sorts=SORTS,
        next=_address(path, query | {"cursor": found.next}) if found.next else None,
        previous=_address(path, query | {"cursor": found.previous}) if found.previous else None,
        first=_address(path, _without(query, "cursor")),
        exports=_exports(query, section),
        most=MOST,
        search=query.get("number") or query.get("text") or "",
    )


def _grouped(rows: list[RowShown]) -> list[tuple[RowShown, bool]]:
    """The rows in their order, but each likely duplicate under the first of its kind; whether it stands under one."""
    known = {row.id: row for row in rows}
    found: dict[UUID, bool] = {}
    for row in rows:
        if row.id in found:
            continue
        found[row.id] = False
        found |= {one.id: True for one in row.duplicates if one.id in known and one.id not in found}
    return [(known[id_], twin) for id_, twin in found.items()]


def _together(rows: list[RowShown]) -> dict[str, str]:
    """What may be done about several of them at once: code and title, in the order of the act."""
    titles = {one.action: one.title for row in rows for one in row.actions if one.action not in NOT_TOGETHER}
    return {action.value: titles[action] for action in RULES if action in titles}


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter in force, and the list without it."""

    title: str
    without: str


def _exports(query: Mapping[str, str], section: str | None) -> dict[str, str]:
    """Where the list is taken away, by the name of the format."""
    kept = {name: value for name, value in query.items() if name in Sought.model_fields}
    kept |= {"section": section} if section else {}
    return {title: _address("/export", kept | {"format": kind.value}) for kind, title in EXPORTS.items()}


def _tags(path: str, query: Mapping[str, str], categories: list[CategoryShown]) -> list[Tag]:
    known = {category.code: category.title for category in categories}
    return [
        Tag(told(name, query[name], known), _address(path, _without(query, name))) for name in query if name in _FILTERS
    ]


def told(name: str, value: str, categories: Mapping[str, str]) -> str:
    """The filter as people read it."""
    match name:
        case "number":
            return f"№ {value}"
        case "text":
            return f"Слова: {value}"
        case "category" | "subcategory":
            return categories.get(value, value)
        case "stage":
            return f"Этап: {STAGES.get(value, value)}"
        case "overdue":
            return "Просроченные" if value == "true" else "В срок"
        case "section":
            return f"Раздел: {_SECTIONS.get(value, value)}"
        case "sort":
            return SORTS.get(value, value)
        case _:
            return value


def _without(query: Mapping[str, str], name: str) -> dict[str, str]:
    """The same list from its beginning, without one condition."""
    return {one: value for one, value in query.items() if one not in {name, "cursor"}}


def _with_subcategories(categories: list[CategoryShown]) -> list[tuple[CategoryShown, list[CategoryShown]]]:
    return [
        (one, [child for child in categories if child.parent == one.code and child.active])
        for one in categories
        if one.parent is None and one.active
    ]


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
