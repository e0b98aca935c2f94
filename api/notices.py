"""`GET /notices`: what I was told, and `POST /notices/read`. Source: S2, 4.1."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.problems import responses
from api.resources import Person, Shared
from api.shown import MOST_ID, Named, cursor_of, id_of, titled
from api.titles import NOTICES, STAGES
from storage import notices
from storage.engine import reading
from storage.notices import LOOKED_AT

router = APIRouter(prefix="/notices", tags=["Уведомления"])


class NoticeShown(BaseModel):
    """Уведомление."""

    id: int
    kind: Named = Field(examples=[{"code": "task_arrived", "title": "Поступило вам"}])
    urgent: bool
    message: UUID
    number: str = Field(examples=["2026-0000123"])
    at: datetime = Field(description="когда случилось то, о чём уведомление")
    created_at: datetime
    stage: Named
    due_at: datetime
    stage_due_at: datetime | None
    read_at: datetime | None


class NoticesShown(BaseModel):
    """Страница уведомлений, сначала новые."""

    notices: list[NoticeShown]
    unread: int = Field(description=f"непрочитанных среди последних {LOOKED_AT}")
    next: str | None = Field(description="передайте в cursor за следующей страницей")


class ReadUntil(BaseModel):
    """Прочитано это уведомление и все более ранние."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"until": 1024}]})

    until: int = Field(ge=1, le=MOST_ID, strict=True, description="id уведомления")


class Unread(BaseModel):
    """Сколько осталось."""

    unread: int


@router.get("", responses=responses(401, 403, 422, 503), summary="Мои уведомления")
def read_notices(
    shared: Shared,
    person: Person,
    cursor: Annotated[str | None, Query(max_length=100, description="next предыдущей страницы")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> NoticesShown:
    """Newest first; what arrives meanwhile does not move the pages to come."""
    before = id_of(cursor)
    with reading(shared.engine) as connection:
        rows = notices.of_person(connection, person, before, limit)
        unread = notices.unread(connection, person)
    shown = [
        NoticeShown(
            id=row["id"],
            kind=titled(row["kind"], NOTICES),
            urgent=row["urgent"],
            message=UUID(row["case_id"]),
            number=row["number"],
            at=row["at"],
            created_at=row["created_at"],
            stage=titled(row["stage"], STAGES),
            due_at=row["due_at"],
            stage_due_at=row["stage_due_at"],
            read_at=row["read_at"],
        )
        for row in rows[:limit]
    ]
    return NoticesShown(notices=shown, unread=unread, next=cursor_of(shown[-1].id) if len(rows) > limit else None)


@router.post("/read", responses=responses(400, 401, 403, 422, 503), summary="Отметить прочитанными")
def mark_read(shared: Shared, person: Person, body: ReadUntil) -> Unread:
    """My notices up to this one are read. Repeating it changes nothing."""
    with shared.engine.begin() as connection:
        notices.mark_read(connection, person, body.until)
        return Unread(unread=notices.unread(connection, person))
