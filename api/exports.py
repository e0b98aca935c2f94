"""`GET /exports`: a list taken away as a spreadsheet, recorded like every reading.

It says no more than the list, and less: neither contacts nor a word of anybody's text, since a file outlives every permission.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from api import spreadsheets
from api.downloads import pieces
from api.lists import Sought
from api.problems import Problem, responses
from api.resources import Person, Resources, Shared
from api.rows import RowShown, row_shown
from api.spreadsheets import DAY, MEDIA_TYPES, MOMENT, Column, Format, Value
from api.throttle import throttle
from domain.vocabulary import PersonId
from storage import exports
from storage.attempts import Tried
from storage.engine import reading
from storage.exports import MOST
from storage.viewer import Viewer, viewer_of

router = APIRouter(prefix="/exports", tags=["Списки"])

EXPORTS = 20
"""In a quarter of an hour, of one person."""

_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Таблица",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()
        },
    }
}

Told = Callable[[RowShown], Value]


class WantedExport(Sought):
    """Что выгрузить и как."""

    format: Format = Field(default=Format.XLSX, description="csv: UTF-8, точка с запятой")


def _words(told: Callable[[RowShown], Any]) -> Told:
    """The title of what the row names by a code."""

    def titles(row: RowShown) -> Value:
        found = told(row)
        return found.title if found is not None else None

    return titles


def _holder(row: RowShown) -> Value:
    if row.holder is None:
        return None
    if row.holder.person is not None:
        return row.holder.person.name
    return row.holder.pool.title if row.holder.pool is not None else None


def _late(row: RowShown) -> Value:
    late = {"ответ": row.overdue, "этап": row.stage_overdue, "передача": row.handover_overdue}
    return ", ".join(name for name, true in late.items() if true) or None


def _marks(row: RowShown) -> Value:
    """What the list shows beside the category."""
    marks = {
        "угроза жизни": row.danger,
        "приоритетное": row.prioritised,
        "отзывают": row.withdrawal_at,
        "ответ по другому сообщению": row.linked,
    }
    return ", ".join([name for name, true in marks.items() if true] + row.tags) or None


COLUMNS: tuple[tuple[Column, Told], ...] = (
    (Column("Номер", 14), lambda row: row.number),
    (Column("Поступило", 16, MOMENT), lambda row: row.received_at),
    (Column("Категория", 24), _words(lambda row: row.category)),
    (Column("Подкатегория", 36), _words(lambda row: row.subcategory)),
    (Column("Организация", 36), _words(lambda row: row.organisation)),
    (Column("У кого", 28), _holder),
    (Column("Этап", 16), _words(lambda row: row.stage)),
    (Column("Чем кончилось", 20), _words(lambda row: row.outcome)),
    (Column("Срок этапа", 16, MOMENT), lambda row: row.stage_due_at),
    (Column("Срок ответа", 16, MOMENT), lambda row: row.due_at),
    (Column("Просрочено", 16), _late),
    (Column("Первая реакция до", 16, MOMENT), lambda row: row.first_reaction_due_at),
    (Column("Отложено до", 12, DAY), lambda row: row.postponed_until),
    (Column("Поручение", 20), _words(lambda row: row.errand)),
    (Column("Выполнить до", 16, MOMENT), lambda row: row.errand_due_at),
    (Column("Передать ответ до", 16, MOMENT), lambda row: row.handover_due_at),
    (Column("Отметки", 28), _marks),
)


@router.get(
    "",
    response_class=Response,
    responses=responses(401, 403, 422, 429, 503) | _CONTENT,
    summary="Выгрузить список в таблицу",
    description=f"Тот же список, что GET /messages с этими условиями, в том же порядке, до {MOST} строк; без контактов и текстов. "
    "Время — по часам вашей организации. Кто, когда и что выгрузил, видят кураторы (GET /access-records).",
)
async def export(shared: Shared, person: Person, wanted: Annotated[WantedExport, Query()]) -> Response:
    """The file, made in a thread of its own and recorded before the first byte of it leaves."""
    return await exported(shared, person, wanted)


async def exported(shared: Resources, person: PersonId, wanted: WantedExport) -> Response:
    """The same for pages. A 403 for accounts of programs, a 422 where the list is longer than a file may be."""
    await to_thread.run_sync(throttle, shared, (Tried.EXPORT, str(person), EXPORTS))
    async with shared.exporters.taken_by(person):
        content, made_at = await to_thread.run_sync(_made, shared, person, wanted)
    name = quote(f"Сообщения {made_at:%Y-%m-%d %H-%M}.{wanted.format}", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Length": str(content.seek(0, 2)),
        "Cache-Control": "private, no-store",
    }
    content.seek(0)
    return StreamingResponse(pieces(content), media_type=MEDIA_TYPES[wanted.format], headers=headers)


def _made(shared: Resources, person: PersonId, wanted: WantedExport) -> tuple[BinaryIO, datetime]:
    """The whole file, on the disk, and when it was made by the clock of where the person works."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        if viewer.directory.people[person].system:
            raise Problem(403, "people_only", "Списки выгружают люди, а не учётные записи программ.")
        rows = _rows(connection, viewer, wanted)
    content = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever sends it
    try:
        spreadsheets.write(wanted.format, "Сообщения", [column for column, _ in COLUMNS], rows, content)
    except BaseException:
        content.close()
        raise
    return content, viewer.directory.calendar_of(person).local(viewer.at)


def _rows(connection: sa.Connection, viewer: Viewer, wanted: WantedExport) -> list[list[Value]]:
    """What the file says, and the record of it. All are read before the first is written, so that no connection waits for that."""
    filters = wanted.filters(viewer)
    order = wanted.order(filters)
    zone = viewer.directory.calendar_of(viewer.person).zone
    told: list[list[Value]] = []
    taken: dict[str, list[str]] = defaultdict(list)
    try:
        for row in exports.rows(connection, viewer, filters, order):
            shown = row_shown(row)
            told.append([_local(tell(shown), zone) for _, tell in COLUMNS])
            taken[row.found["organisation"]].append(row.found["id"])
    except exports.TooManyRows:
        detail = f"Под условия подходит больше {MOST} сообщений. Уточните фильтр, например категорию или этап."
        raise Problem(422, "export_too_large", detail) from None
    asked = wanted.model_dump(mode="json", exclude_none=True, exclude={"format"})
    exports.note(connection, viewer, taken, asked | {"sort": order.value})
    return told


def _local(value: Value, zone: ZoneInfo) -> Value:
    """A spreadsheet knows no zone, and no seconds are told anywhere else."""
    return value.astimezone(zone).replace(tzinfo=None, microsecond=0) if isinstance(value, datetime) else value
