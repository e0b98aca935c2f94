"""What a file is, by its content: an allow-list of documents that can be read years later and run nothing."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from typing import BinaryIO

import filetype

from storage.office import DOCX, ODS, ODT, XLSX, NotADocument, office_type
from storage.rtf import refuse_active

PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
HEIC = "image/heic"
RTF, TXT = "application/rtf", "text/plain"

EXTENSIONS = {  # the first one is added to a name that has none of them
    PDF: ("pdf",),
    JPEG: ("jpg", "jpeg"),
    PNG: ("png",),
    TIFF: ("tif", "tiff"),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    ODT: ("odt",),
    ODS: ("ods",),
    RTF: ("rtf",),
    TXT: ("txt",),
}
_TAKEN = {extension for extensions in EXTENSIONS.values() for extension in extensions} | {"heic", "heif"}
_BY_MAGIC = {PDF, JPEG, PNG, HEIC, TIFF, RTF}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # not tab, line ends, form feed
_PIECE = 256 * 1024


class FileCode(StrEnum):
    """Why a file is refused: stable codes of the API."""

    TOO_LARGE = "file_too_large"
    TYPE_NOT_ALLOWED = "file_type_not_allowed"
    EMPTY = "file_empty"
    NAME_TOO_LONG = "file_name_too_long"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_UNREADABLE = "photo_unreadable"


class FileRefused(Exception):
    """The file is not taken. `detail` is for its sender and holds nothing of its name or content."""

    def __init__(self, code: FileCode, detail: str) -> None:
        super().__init__(str(code))
        self.code, self.detail = code, detail


def media_type_of(content: BinaryIO, declared_name: str) -> str:
    """A key of `EXTENSIONS`, by content, or HEIC, of which `storage.photos` makes one; `FileRefused` for everything else.

    `content` must be seekable. The declared extension must be one that is taken, and `.txt` for plain text, which anything
    can look like. Otherwise a wrong one is forgiven, as telephones write `.jpg` on PNG: download names are mended.
    """
    extension = declared_extension(declared_name)
    if extension and extension not in _TAKEN:
        raise _not_allowed("Файлы с таким расширением не принимаются.")
    content.seek(0)
    head = content.read(8192)
    try:
        if head.startswith(b"PK\3\4"):
            return office_type(content)
        kind = filetype.guess(head)
        if kind is not None and kind.mime == RTF:
            refuse_active(content)
    except NotADocument as problem:
        raise _not_allowed(str(problem)) from None
    if kind is not None and kind.mime in _BY_MAGIC:
        return str(kind.mime)
    if extension == "txt" and any(_reads_as(encoding, content) for encoding in ("utf-8-sig", "cp1251")):
        return TXT
    raise _not_allowed("Содержимое файла не относится к принимаемым типам.")


def declared_extension(name: str) -> str:
    """The extension in small letters, "" without one: «Письмо от 12.05.2024» has none."""
    match = re.search(r"\.(?=[0-9]*[a-z])([a-z0-9]{1,8})\s*$", name.lower())
    return match[1] if match else ""


def _not_allowed(reason: str) -> FileRefused:
    accepted = "PDF, JPEG, PNG, HEIC, TIFF, DOCX, XLSX, ODT, ODS, RTF, TXT"
    return FileRefused(FileCode.TYPE_NOT_ALLOWED, f"{reason} Принимаются: {accepted}.")


def _reads_as(encoding: str, content: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    content.seek(0)
    try:
        while piece := content.read(_PIECE):
            if _CONTROL.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
