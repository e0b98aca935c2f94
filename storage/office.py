"""Documents that are ZIP archives inside, told from other archives and from traps before anybody opens them."""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"

MAX_DIRECTORY = 1024 * 1024  # bytes of the list of parts; a long text with pictures needs some tens of thousands
MAX_UNPACKED = 300 * 1024 * 1024  # bytes that an office program would have to hold
MAX_RATIO = 100  # unpacked to packed; the XML of real documents packs 5 to 30 times
RATIO_FROM = 10 * 1024 * 1024  # bytes unpacked; below that a document may pack as well as it likes
_PIECE = 256 * 1024
_ACTIVE = re.compile(
    r"vbaproject\.bin$|vbadata\.xml$|(^|/)activex/|^basic/|^scripts/|(^|/)embeddings/.*(?<!\.xlsx)(?<!\.docx)$"
)
_LOADED = re.compile(r".*/(attachedTemplate|oleObject|frame|subDocument)")
_LOCAL = re.compile(r"file:///[a-z]:[^:]*|[a-z]:[^:]*|(?![\\/]{2})[^:]*", re.IGNORECASE)


class NotADocument(Exception):
    """The reason, in Russian, for the person who sent the file."""


def office_type(content: BinaryIO) -> str:
    """DOCX, XLSX, ODT or ODS, without macros, damage or a bomb; else `NotADocument`. `content` must be seekable."""
    try:
        _refuse_long_directory(content)
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
            _refuse_bomb(content, entries)
            return _document_type(archive, {entry.filename.lower() for entry in entries})
    except (zipfile.BadZipFile, zlib.error, struct.error, LookupError, RuntimeError, ValueError, EOFError):
        raise NotADocument("Документ повреждён или защищён паролем.") from None


def _document_type(archive: zipfile.ZipFile, names: set[str]) -> str:
    """By the parts that the format demands. What can run (macros, controls) is a programme, not a document."""
    if any(_ACTIVE.search(name) for name in names):
        raise NotADocument("Документ содержит макросы или активные элементы.")
    if any(_loads(archive, entry.filename) for entry in archive.infolist()):
        raise NotADocument("Документ при открытии загружает данные из другого места или запускает программу.")
    if "mimetype" in names:
        declared = _part(archive, "mimetype").decode("ascii", "replace").strip()
        if declared in {ODT, ODS} and "content.xml" in names:
            if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
                raise NotADocument("Документ защищён паролем.")
            return declared
    if "[content_types].xml" in names:
        types = _part(archive, "[Content_Types].xml")
        if b"macroenabled" in types.lower():
            raise NotADocument("Документ содержит макросы или активные элементы.")
        for media_type in (DOCX, XLSX):
            if f'"{media_type}.main+xml"'.encode() in types:
                return media_type
    raise NotADocument("Архивы не принимаются.")


def _loads(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether the part tells the office program to fetch a template or object from elsewhere, or to start a program (DDE)."""
    low = name.lower()
    links = "externallinks/" in low and low.endswith(".xml")
    if not links and not low.endswith(".rels"):
        return False
    content = _part(archive, name)
    words = content.replace(b"\0", b"").lower()  # UTF-16 too
    if links:
        return b"ddelink" in words
    if b"<!doctype" in words:
        raise zipfile.BadZipFile
    try:
        relations = ElementTree.fromstring(content)  # noqa: S314  # no entities without a DTD, a megabyte at most
    except ElementTree.ParseError:
        raise zipfile.BadZipFile from None
    return any(
        one.get("TargetMode") == "External"
        and _LOADED.fullmatch(one.get("Type", ""))
        and not _LOCAL.fullmatch(one.get("Target", ""))
        for one in relations
    )


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(1024 * 1024)


def _refuse_long_directory(content: BinaryIO) -> None:
    """Before `zipfile` makes an object of each entry, of which 20 MB can hold 400,000."""
    content.seek(max(0, content.seek(0, os.SEEK_END) - 0x10000 - 22))
    tail = content.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or b"PK\6\7" in tail[max(0, end - 20) : end]:  # the latter: sizes over 4 GB, stated elsewhere
        raise zipfile.BadZipFile
    if struct.unpack_from("<I", tail, end + 12)[0] > MAX_DIRECTORY:
        raise NotADocument("Документ при открытии занял бы слишком много места.")


def _refuse_bomb(content: BinaryIO, entries: list[zipfile.ZipInfo]) -> None:
    """Everything is unpacked once, counted and dropped: what an archive states of its own sizes may be a lie."""
    packed = content.seek(0, os.SEEK_END)
    limit = min(MAX_UNPACKED, max(RATIO_FROM, MAX_RATIO * packed))
    overlapping = sum(entry.compress_size for entry in entries) > packed
    if overlapping or sum(entry.file_size for entry in entries) > limit:
        raise NotADocument("Документ при открытии занял бы слишком много места.")
    for entry in entries:
        unpacked = 0
        for piece in _unpacked(content, entry):
            unpacked += piece
            if unpacked > entry.file_size:
                raise zipfile.BadZipFile


def _unpacked(content: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[int]:
    """The lengths of the pieces into which one part unpacks."""
    content.seek(entry.header_offset)
    header = content.read(30)
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    if entry.flag_bits & 1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile
    content.seek(entry.header_offset + 30 + name_length + extra_length)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield entry.compress_size
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    left = entry.compress_size
    while left > 0 and not inflate.eof and (packed := content.read(min(_PIECE, left))):
        left -= len(packed)
        while packed and not inflate.eof:
            yield len(inflate.decompress(packed, _PIECE))
            packed = inflate.unconsumed_tail
