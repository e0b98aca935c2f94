"""`GET /messages` and `GET /sections`: the lists of the staff workplace. Source: S3, 5.1–5.3."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.fields import Code
from api.problems import Problem, responses
from api.resources import Person, Resources, Shared
from api.rows import Beside, RowShown, row_shown
from api.shown import cursor_of, cursor_wrong, parts_of, typed_number
from api.titles import STAGES
from domain.vocabulary import PersonId
from storage import counters, lists
from storage.engine import reading
from storage.lists import Filters, Page, Sort
from storage.rows import Row
from storage.sections import SECTIONS, Section, sections_of
from storage.viewer import Viewer, viewer_of

router = APIRouter(tags=["Списки"])

MOST = 100
"""Rows of a page."""

SectionCode = StrEnum("SectionCode", [(section.code, section.code) for section in SECTIONS])  # type: ignore[misc]  # made of data
StageCode = StrEnum("StageCode", [(code, code) for code in STAGES])  # type: ignore[misc]  # made of data


class SectionShown(BaseModel):
    """Раздел рабочего места со счётчиком."""

    code: str = Field(examples=["new"])
    title: str = Field(examples=["Новые"])
    group: str | None = Field(description="заголовок, под которым раздел стоит вместе с другими")
    roles: list[str] = Field(description="чей раздел; из ролей сотрудника", examples=[["coordinator"]])
    count: int = Field(description=f"не больше {counters.COUNTED_UP_TO}", examples=[12])
    rare: bool = Field(description="в меню стоит, только пока в нём что-то есть")
    more: bool = Field(description=f"в разделе {counters.COUNTED_UP_TO} сообщений или больше")


class SectionsShown(BaseModel):
    """Разделы ролей сотрудника, в порядке меню."""

    sections: list[SectionShown]


class MessagesShown(BaseModel):
    """Страница списка."""

    at: datetime = Field(description="когда прочитано, по часам сервера: от этого времени считайте, сколько осталось")
    sort: Literal["due", "received"] = Field(description="в каком порядке")
    messages: list[RowShown]
    next: str | None = Field(description="передайте в cursor за следующей страницей; null: это последняя")
    previous: str | None = Field(description="передайте в cursor за предыдущей страницей; null: это первая")


@router.get("/sections", responses=responses(401, 403, 503), summary="Разделы и счётчики")
def read_sections(shared: Shared, person: Person) -> SectionsShown:
    """The person's sections with how much is in each."""
    return sections_shown(shared, person)


def sections_shown(shared: Resources, person: PersonId) -> SectionsShown:
    """The person's menu."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        counts = counters.counts(connection, viewer)
    return SectionsShown(
        sections=[
            SectionShown(
                code=section.code,
                title=section.title,
                group=section.group,
                roles=sorted(section.roles & viewer.roles),
                count=counts[section.code],
                rare=section.rare,
                more=counts[section.code] >= counters.COUNTED_UP_TO,
            )
            for section in sections_of(viewer)
        ]
    )


class Sought(BaseModel):
    """Что искать и в каком порядке."""

    model_config = ConfigDict(extra="forbid")

    section: SectionCode | None = Field(default=None, description="раздел из GET /sections")
    category: Code | None = None
    subcategory: Code | None = None
    organisation: Code | None = Field(default=None, description="организация, у которой сообщение")
    stage: StageCode | None = None
    overdue: bool | None = Field(default=None, description="срок ответа или этапа нарушен")
    text: str | None = Field(default=None, max_length=500, description="слова в любой форме", examples=["приём врача"])
    number: str | None = Field(default=None, max_length=20, examples=["2026-0000123"])
    sort: Literal["due", "received"] | None = Field(
        default=None,
        description="due: по сроку ответа (в разделе handover — передачи), только незавершённые; received: сначала новые. "
        "По умолчанию due в разделах с работой, иначе received",
    )

    def filters(self, viewer: Viewer) -> Filters:
        """As the record is asked. A 403 for a section that the viewer's roles do not have."""
        return Filters(
            section=_section(self.section, viewer),
            category=self.category,
            subcategory=self.subcategory,
            organisation=self.organisation,
            stage=self.stage,
            overdue=self.overdue,
            text=self.text,
            number=typed_number(self.number) if self.number else None,
        )

    def order(self, filters: Filters) -> Sort:
        """The order asked for, or the usual one of the section."""
        if self.sort is not None:
            return Sort(self.sort)
        return Sort.DUE if filters.section is not None and not filters.section.newest_first else Sort.RECEIVED


class Wanted(Sought):
    """И какую страницу показать."""

    cursor: str | None = Field(default=None, max_length=300, description="next или previous другой страницы")
    limit: int = Field(default=50, ge=1, le=MOST)
    suggest: bool = Field(default=False, description="предложить исполнителя там, где вы можете назначить")
    duplicates: bool = Field(default=False, description="назвать вероятные повторы")
    actions: bool = Field(default=False, description="назвать доступные действия")


@router.get("/messages", responses=responses(401, 403, 422, 503), summary="Список сообщений")
def list_messages(shared: Shared, person: Person, wanted: Annotated[Wanted, Query()]) -> MessagesShown:
    """What the person may see, a page at a time; new arrivals neither repeat nor hide a row of the pages to come.

    Whoever sees only a former part of a message does not find it by where it stands today, nor in the order of its term.
    """
    return page_of(shared, person, wanted)


def page_of(shared: Resources, person: PersonId, wanted: Wanted) -> MessagesShown:
    """The page, with cursors to the ones beside it."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        filters = wanted.filters(viewer)
        page = _page(wanted, wanted.order(filters))
        found = lists.find(connection, viewer, filters, page)
        beside = Beside.of(connection, shared.reference, viewer, wanted, found)
    more = len(found) > page.limit
    rows = found[1:] if more and page.backwards else found[: page.limit]
    before, after = (more, True) if page.backwards else (page.place is not None, more)
    return MessagesShown(
        at=viewer.at,
        sort=page.sort.value,
        messages=[beside.put(row_shown(row)) for row in rows],
        next=_cursor(page.sort, rows[-1], "next") if after and rows else None,
        previous=_cursor(page.sort, rows[0], "previous") if before and rows else None,
    )


def _section(code: StrEnum | None, viewer: Viewer) -> Section | None:
    if code is None:
        return None
    for section in sections_of(viewer):
        if section.code == code:
            return section
    raise Problem(403, "section_forbidden", "Этого раздела нет у ваших ролей.", field="section")


def _cursor(sort: Sort, row: Row, way: str) -> str:
    return cursor_of(way, sort.value, *row.key)


def _page(wanted: Wanted, order: Sort) -> Page:
    if wanted.cursor is None:
        return Page(order, wanted.limit)
    way, sort, rank, at, id_ = parts_of(wanted.cursor, 5)
    try:
        if sort != order.value or way not in ("next", "previous") or type(rank) is not int:
            raise cursor_wrong()
        place = rank, datetime.fromisoformat(at), str(UUID(id_))
    except (ValueError, TypeError, AttributeError):
        raise cursor_wrong() from None
    if place[1].tzinfo is None:
        raise cursor_wrong()
    return Page(order, wanted.limit, place, backwards=way == "previous")
