"""The workplace: sections with counters, and the list with its filters. Source: S3, 5.1–5.3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from api.classifiers import CategoryShown, list_categories
from api.lists import SectionCode, Wanted, page_of
from api.problems import invalid, not_found
from api.titles import STAGES
from web.rendering import Page, Shell, see

router = APIRouter(include_in_schema=False)

_NUMBER = re.compile(r"\s*№?\s*\d{4}-\d{1,10}\s*")
ROWS = 25
"""Of a page: what fits two screens."""

_FILTERS = ("number", "text", "category", "subcategory", "organisation", "stage", "overdue")
SORTS = {"due": "По сроку ответа", "received": "Сначала новые"}


@router.get("/")
def begin(page: Shell) -> Response:
    """To where work waits."""
    sections = page.menu.sections
    first = next((section for section in sections if section.count), sections[0] if sections else None)
    return see(f"/work/{first.code}" if first else "/work")


@router.get("/work")
def show_all(page: Shell, request: Request, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Everything that the person may see; what was typed in the search is a number or words."""
    if q.strip():
        name = "number" if _NUMBER.fullmatch(q) else "text"
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
    found = page_of(visit.shared, visit.person, wanted)
    categories = list_categories(visit.shared, visit.person, limit=500).items
    return page.show(
        "list.html",
        title=next((one.title for one in page.menu.sections if one.code == section), "Все сообщения"),
        found=found,
        at=found.at,
        query=query,
        tags=_tags(path, query, categories),
        categories=_with_subcategories(categories),
        stages=STAGES,
        sorts=SORTS,
        next=_address(path, query | {"cursor": found.next}) if found.next else None,
        previous=_address(path, query | {"cursor": found.previous}) if found.previous else None,
        first=_address(path, _without(query, "cursor")),
        search=query.get("number") or query.get("text") or "",
    )


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter in force, and the list without it."""

    title: str
    without: str


def _tags(path: str, query: Mapping[str, str], categories: list[CategoryShown]) -> list[Tag]:
    known = {category.code: category.title for category in categories}
    return [
        Tag(_told(name, query[name], known), _address(path, _without(query, name)))
        for name in query
        if name in _FILTERS
    ]


def _told(name: str, value: str, categories: Mapping[str, str]) -> str:
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
