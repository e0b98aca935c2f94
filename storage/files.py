"""The attachments' contents: one sealed file each, in a folder, under a random id that says nothing of its sender."""

from __future__ import annotations

import io
import os
import re
import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol, cast
from urllib.parse import quote
from uuid import UUID, uuid4

from storage.durable import sync_folder
from storage.keys import KeyRing
from storage.media import EXTENSIONS, FileCode, FileRefused, declared_extension, media_type_of
from storage.photos import PHOTOS, bare
from storage.sealed import SealedReader, SealingWriter

MAX_FILE_BYTES = 20 * 1024 * 1024  # with base64 it still passes mail servers with the usual limit of 30 MB a letter
MAX_NAME_LENGTH = 255  # what file systems take; also keeps the header of a download short
_PIECE = 256 * 1024


class Readable(Protocol):
    """Where a content comes from: an upload, a file, a part of a letter."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A content that is on the disk. `size` in bytes is that of what is kept, `sha256` in hex that of what was sent.

    They differ for photos, of which only the picture is kept. The digest is not for the record: it would tell equal files and
    known ones. That a content is the one that was stored, and belongs to this id, its seal proves.
    """

    id: UUID
    media_type: str
    size: int
    sha256: str


class FileStore:
    """A folder of sealed contents. Thread-safe; several processes may share it."""

    def __init__(self, folder: Path, ring: KeyRing, *, max_bytes: int = MAX_FILE_BYTES) -> None:
        self._folder, self._ring, self._max_bytes = folder, ring, max_bytes
        self._incoming = folder / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def store(self, stream: Readable, declared_name: str) -> StoredFile:
        """The content is sealed on the disk, and its name in the folder too, before the id is known to anybody.

        Of a photo only the picture is kept. Raises `FileRefused`, and leaves nothing, for a file that is too large, empty,
        broken or not of an allowed type. Nothing is ever written unsealed. A retry makes another file; one that no row of
        the record names is nobody's: `delete`.
        """
        if len(declared_name) > MAX_NAME_LENGTH:
            raise FileRefused(FileCode.NAME_TOO_LONG, f"Имя файла длиннее {MAX_NAME_LENGTH} знаков.")
        file_id = uuid4()
        temporary = self._incoming / str(file_id)
        try:
            size, digest = self._receive(stream, temporary, file_id)
            with self._open(temporary, file_id) as content:
                media_type = media_type_of(content, declared_name)
                photo = bare(content, media_type) if media_type in PHOTOS else None
            if photo is not None:
                temporary.unlink()
                media_type = photo.media_type
                size, _ = self._receive(io.BytesIO(photo.content), temporary, file_id)
            self._place(temporary, file_id)
        finally:
            temporary.unlink(missing_ok=True)
        return StoredFile(file_id, media_type, size, digest)

    def open_file(self, file_id: UUID) -> BinaryIO:
        """The content, to read and close. `FileNotFoundError` if it is gone, `Undecipherable` if it was changed."""
        return self._open(self._path(file_id), file_id)

    def delete(self, file_id: UUID) -> None:
        """The content is gone, after a power cut too. Repeating it changes nothing."""
        path = self._path(file_id)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            sync_folder(path.parent)

    def stored(self, older_than: timedelta) -> Iterator[UUID]:
        """The ids of all contents that have been there at least this long, in no order."""
        oldest = time.time() - older_than.total_seconds()
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError, ValueError):  # deleted meanwhile; no content of ours
                if path.stat().st_mtime < oldest:
                    yield UUID(path.name)

    def discard_leftovers(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Contents whose process died while they arrived are gone; how many. Younger ones may still be arriving."""
        oldest = time.time() - older_than.total_seconds()
        discarded = 0
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # stored or discarded meanwhile
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    discarded += 1
        return discarded

    def _receive(self, stream: Readable, path: Path, file_id: UUID) -> tuple[int, str]:
        size, digest = 0, sha256()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            writer = SealingWriter(target, self._ring, file_id)
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > self._max_bytes:
                    raise FileRefused(FileCode.TOO_LARGE, f"Файл больше {_megabytes(self._max_bytes)} МБ.")
                digest.update(piece)
                writer.write(piece)
            if not size:
                raise FileRefused(FileCode.EMPTY, "Файл пустой.")
            writer.close()
            target.flush()
            os.fsync(target.fileno())
        return size, digest.hexdigest()

    def _place(self, temporary: Path, file_id: UUID) -> None:
        path = self._path(file_id)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.rename(path)
        sync_folder(path.parent)
        sync_folder(self._folder)

    def _path(self, file_id: UUID) -> Path:
        return self._folder / file_id.hex[:2] / str(file_id)

    def _open(self, path: Path, file_id: UUID) -> BinaryIO:
        source = path.open("rb")
        try:
            return cast(BinaryIO, io.BufferedReader(SealedReader(source, self._ring, file_id), _PIECE))
        except BaseException:
            source.close()
            raise


def download_name(declared_name: str, media_type: str) -> str:
    """The sender's name without folders, invisible signs and what file systems forbid; the extension tells the type."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", declared_name)[-1])
    name = "".join(sign for sign in name if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")[:MAX_NAME_LENGTH] or "файл"
    extensions = EXTENSIONS.get(media_type, ())
    if extensions and declared_extension(name) not in extensions:
        return f"{name[: MAX_NAME_LENGTH - 6]}.{extensions[0]}"
    return name


def content_disposition(declared_name: str, media_type: str) -> str:
    """The header of a download: always saved, never shown in the page. Serve it with `nosniff`."""
    name = download_name(declared_name, media_type)
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.3g}".replace(".", ",")
