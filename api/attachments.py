"""`POST /attachments` and download: contents are sealed as they arrive and opened as they leave, never whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from anyio import from_thread, to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api import downloads
from api.intake import key_reused
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.vocabulary import PersonId
from storage import uploads
from storage.attachments import Attachment
from storage.files import Readable
from storage.media import FileCode, FileRefused
from storage.repeats import KeyReused

router = APIRouter(prefix="/attachments", tags=["Файлы"])

UPLOAD = ("POST", "/api/v1/attachments")
"""The one endpoint that takes its body in pieces; `api.bodies` counts them."""

PORTAL_AT_ONCE = 6
"""Uploads at once of an account through which many send; a person has `api.app.UPLOADS_OF_ONE`."""

_STATUS = {FileCode.TOO_LARGE: 413, FileCode.PHOTO_TOO_LARGE: 413, FileCode.TYPE_NOT_ALLOWED: 415}
BODY = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


class AttachmentShown(BaseModel):
    """Загруженный файл. Ни к чему не приложенный хранится сутки."""

    id: UUID
    name: str = Field(examples=["Ответ заявителю.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="байты", examples=[48211])


@router.post(
    "",
    status_code=201,
    responses=responses(400, 401, 403, 408, 411, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": BODY},
    summary="Загрузить файл",
    description="Тело запроса — содержимое файла как есть, не multipart: до 20 МиБ; PDF, JPEG, PNG, HEIC, TIFF, DOCX, XLSX, "
    "ODT, ODS, RTF, TXT. Тип узнаётся по содержимому. От снимков и сканов остаётся только изображение (место, время и "
    "устройство съёмки удаляются), HEIC становится JPEG. Затем назовите `id` в `files` сообщения или решения.",
)
async def upload(
    shared: Shared,
    person: Person,
    key: Key,
    request: Request,
    response: Response,
    name: Annotated[
        str, Query(min_length=1, max_length=255, description="имя файла", examples=["Ответ заявителю.pdf"])
    ],
) -> AttachmentShown:
    """The content is sealed on the disk and its row committed before the answer leaves. The same key gives the same file."""
    kept = await keep(shared, person, key, Pieces(request.stream()), name)
    response.headers["Location"] = f"/api/v1/attachments/{kept.id}"
    return kept


async def keep(shared: Resources, person: PersonId, key: str, content: Readable, name: str) -> AttachmentShown:
    """The content is sealed and committed as an attachment that belongs to nothing yet. A Problem when it is refused."""
    try:
        system = await to_thread.run_sync(uploads.sends_for_many, shared.engine, person, key)
        async with shared.uploaders.taken_by(person, PORTAL_AT_ONCE if system else None):
            kept = await to_thread.run_sync(_keep, shared, person, key, content, name, limiter=shared.uploads)
    except FileRefused as refused:
        raise Problem(_STATUS.get(refused.code, 422), refused.code.value, refused.detail, field="name") from None
    except KeyReused:
        raise key_reused() from None
    except uploads.TooManyUnused as refused:
        detail = "Слишком много загруженных файлов ни к чему не приложено: приложите их или подождите сутки."
        if refused.of_many:
            detail = "Сейчас файлы не принимаются: их загружено слишком много. Отправьте без файла или повторите позже."
        raise Problem(429, "too_many_unused_files", detail, headers={"Retry-After": "3600"}) from None
    return shown(kept)


@router.get(
    "/{file_id}",
    response_class=Response,
    responses=responses(401, 404, 422, 503) | downloads.CONTENT,
    summary="Скачать файл",
)
def download(shared: Shared, person: Person, file_id: UUID) -> Response:
    """The content, always to be saved and never shown, for whoever may read it; that he opened it is recorded."""
    with shared.engine.begin() as connection:
        found = uploads.opened(connection, shared.reference, str(file_id), person)
    if found is None:
        raise not_found()
    return downloads.download(shared.files, found)


def shown(attachment: Attachment) -> AttachmentShown:
    """The file as people see it."""
    return AttachmentShown(
        id=UUID(attachment.id), name=attachment.name, media_type=attachment.media_type, size=attachment.size
    )


class Pieces:
    """The request's body for a thread that reads it. Waits for the sender on the event loop; `api.bodies` ends the wait."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._left = b""

    def read(self, size: int, /) -> bytes:
        if not self._left:
            self._left = from_thread.run(self._next)
        piece, self._left = self._left[:size], self._left[size:]
        return piece

    async def _next(self) -> bytes:
        async for piece in self._stream:
            if piece:
                return piece
        return b""


def _keep(shared: Resources, person: PersonId, key: str, content: Readable, name: str) -> Attachment:
    stored = shared.files.store(content, name)
    return uploads.keep(shared.engine, shared.files, stored, name, person, key)
