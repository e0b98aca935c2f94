"""`GET /access-records`: who took lists away, or opened cards, contacts and files without having to; for curators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem, responses
from api.resources import Person, Resources, Shared
from api.shown import Named, PersonShown, cursor_of, id_of, titled
from api.titles import OPENED
from domain.vocabulary import PersonId
from storage import access
from storage.engine import reading
from storage.reference import moment

router = APIRouter(prefix="/access-records", tags=["Учёт доступа"])


class ExportShown(BaseModel):
    """Что было в выгрузке списка."""

    rows: int = Field(description="строк о сообщениях этой организации", examples=[120])
    filters: dict[str, str | bool] = Field(
        description="условия и порядок, как в GET /messages", examples=[{"section": "overdue", "category": "medicine"}]
    )


class AccessShown(BaseModel):
    """Кто что открыл."""

    id: int
    at: datetime
    person: PersonShown
    message: UUID | None = Field(description="null: выгрузка списка")
    number: str | None = Field(examples=["2026-0000123"])
    opened: Named = Field(examples=[{"code": "contacts", "title": "Контакты заявителя"}])
    export: ExportShown | None = Field(description="только у выгрузки списка")
    file: UUID | None = Field(description="какой файл, если открыт файл")
    organisation: Named = Field(description="у кого тогда было сообщение")
    with_task: bool = Field(description="сообщение было тогда его делом")


class AccessesShown(BaseModel):
    """Страница учёта, сначала новые."""

    records: list[AccessShown]
    next: str | None = Field(description="передайте в cursor за следующей страницей")


class WantedAccess(BaseModel):
    """Что показать."""

    model_config = ConfigDict(extra="forbid")

    everything: bool = Field(default=False, description="и тех, чьим делом сообщение было")
    message: UUID | None = Field(default=None, description="и выгрузки, в которых оно было")
    person: int | None = Field(default=None, ge=1, le=2**53, description="табельный номер")
    cursor: str | None = Field(default=None, max_length=100, description="next предыдущей страницы")
    limit: int = Field(default=50, ge=1, le=100)


@router.get("", responses=responses(401, 403, 422, 503), summary="Кто открывал карточки, контакты и файлы")
def read_accesses(shared: Shared, person: Person, wanted: Annotated[WantedAccess, Query()]) -> AccessesShown:
    """What lay with the curator's organisations when it was opened, newest first; usually by whom it did not concern."""
    return accesses_of(shared, person, wanted)


def accesses_of(shared: Resources, person: PersonId, wanted: WantedAccess) -> AccessesShown:
    """The page of records. A 403 for whoever oversees nothing."""
    with reading(shared.engine) as connection:
        at = moment(connection)
        directory = shared.reference.directory(connection, at)
        grants = access.overseen(directory.grants_of(person), at.now)
        if not grants:
            raise Problem(403, "curators_only", "Учёт доступа читают кураторы.")
        asked = access.Wanted(
            everything=wanted.everything,
            case_id=str(wanted.message) if wanted.message else None,
            person=wanted.person,
            before=id_of(wanted.cursor),
        )
        rows = access.find(connection, grants, directory, asked, wanted.limit)
    shown = [
        AccessShown(
            id=row["id"],
            at=row["at"],
            person=PersonShown(number=row["person"], name=row["person_name"]),
            message=row["case_id"],
            number=row["number"],
            opened=titled(row["opened"], OPENED),
            export=_export(row),
            file=row["file"],
            organisation=Named(code=row["organisation"], title=row["organisation_title"]),
            with_task=row["with_task"],
        )
        for row in rows[: wanted.limit]
    ]
    return AccessesShown(records=shown, next=cursor_of(shown[-1].id) if len(rows) > wanted.limit else None)


def _export(row: Mapping[str, Any]) -> ExportShown | None:
    return ExportShown(rows=row["rows"], filters=json.loads(row["filters"])) if row["filters"] is not None else None
