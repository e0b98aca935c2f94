"""Files go out to be saved, never to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

from fastapi.responses import StreamingResponse

from storage.attachments import Attachment
from storage.files import FileStore, content_disposition
from storage.media import EXTENSIONS
from storage.sealed import CHUNK_BYTES

CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Содержимое файла",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in EXTENSIONS},
    }
}
"""How OpenAPI tells of a download."""


def download(files: FileStore, file: Attachment) -> StreamingResponse:
    """The file's content under its name."""
    headers = {
        "Content-Disposition": content_disposition(file.name, file.media_type),
        "Content-Length": str(file.size),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pieces(files.open_file(UUID(file.id))), media_type=file.media_type, headers=headers)


def pieces(content: BinaryIO) -> Iterator[bytes]:
    """The content in parts; closed with the last one."""
    with content:
        while piece := content.read(CHUNK_BYTES):
            yield piece
