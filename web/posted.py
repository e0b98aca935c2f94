"""What a form sent: texts and files, read once a request, kept in memory and never written to the disk unsealed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from api.problems import Problem
from api.resources import Shared
from storage.files import MAX_FILE_BYTES
from web.guard import SAFE

MOST_FIELDS = 200
MOST_FILES = 20
MAX_FORM_BYTES = 2 * MAX_FILE_BYTES + (1 << 20)
"""All files of a form together. Larger ones go one by one through `POST /api/v1/attachments`."""

FORMS_WITH_FILES: Mapping[tuple[str, str], int] = {
    ("POST", r"/messages/[0-9a-f-]{36}/decisions/[a-z_]+"): MAX_FORM_BYTES,
}
"""The pages that take files: method, pattern of the path, most bytes. All others take a megabyte."""

SMALL_BYTES = 1 << 20
"""Forms of up to so much wait for nobody."""

PRIVATE = "_"
"""Fields whose names begin so are never shown again: tokens and passwords."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields in the order of the form. Line ends are those of text, not of the wire."""

    texts: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, UploadFile], ...] = ()

    def get(self, name: str, otherwise: str = "") -> str:
        """The first text of the name."""
        return next((text for known, text in self.texts if known == name), otherwise)

    def all(self, name: str) -> list[str]:
        """Every text of the name."""
        return [text for known, text in self.texts if known == name]

    def kept(self) -> list[tuple[str, str]]:
        """What comes back to whoever must send the form once more."""
        return [(name, text) for name, text in self.texts if not name.startswith(PRIVATE)]

    def file_names(self) -> dict[str, list[str]]:
        """Files by field: a browser never fills them in again, so they are named."""
        found: dict[str, list[str]] = {}
        for name, file in self.files:
            found.setdefault(name, []).append(file.filename or "")
        return found


class _InMemory(MultiPartParser):
    """Contents lie unsealed nowhere but in memory; `FORMS_WITH_FILES` bounds them."""

    spool_max_size = MAX_FORM_BYTES + 1


async def posted_form(shared: Shared, request: Request) -> AsyncIterator[Posted]:
    """The request's form, also known to the page that tells a problem. A 400 for what is none.

    A large one waits for its place in memory before its body is read, and keeps the place until it has been answered.
    """
    if request.method in SAFE:
        yield Posted()
        return
    length = request.headers.get("content-length", "")
    small = length.isdigit() and int(length) <= SMALL_BYTES
    async with nullcontext() if small else shared.large_forms:
        request.state.posted = await _read(request)
        yield request.state.posted


async def _read(request: Request) -> Posted:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parser = _InMemory(request.headers, request.stream(), max_fields=MOST_FIELDS, max_files=MOST_FILES)
            items = (await parser.parse()).multi_items()
        elif kind == "application/x-www-form-urlencoded":
            items = (await FormParser(request.headers, request.stream(), max_fields=MOST_FIELDS).parse()).multi_items()
        else:
            items = []
    except MultiPartException:
        raise Problem(400, "invalid_form", "Форма не прочитана: в ней слишком много полей или файлов.") from None
    return _posted(items)


def _posted(items: list[tuple[str, str | UploadFile]]) -> Posted:
    texts = tuple((name, _text(value)) for name, value in items if isinstance(value, str))
    files = tuple((name, value) for name, value in items if isinstance(value, UploadFile) and value.filename)
    return Posted(texts, files)


def _text(value: str) -> str:
    """As it was typed. What the record cannot hold is refused, as in JSON."""
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Problem(422, "invalid_text", "В форме есть знаки, которые нельзя сохранить: уберите их.")
    return value.replace("\r\n", "\n")


Form = Annotated[Posted, Depends(posted_form)]
