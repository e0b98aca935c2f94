"""What a form sent: texts and files, read once a request, kept in memory and never written to the disk unsealed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from api.addresses import address_of
from api.problems import Problem
from api.resources import Resources, Shared, not_signed_in
from api.sessions import formerly_signed_in
from storage.files import MAX_FILE_BYTES
from web.dialogue_mark import is_dialogue, is_marked, not_marked
from web.draft_cookie import has_draft, is_writing, no_draft
from web.guard import SAFE, cookie_name

MOST_FIELDS = 1000
"""An organisation's public page has as many when all its lists are full."""
MOST_FILES = 20
MAX_FORM_BYTES = 2 * MAX_FILE_BYTES + (1 << 20)
"""All files of a form together. Larger ones go one by one through `POST /api/v1/attachments`."""

FORMS_WITH_FILES: Mapping[tuple[str, str], int] = {
    ("POST", r"/messages/[0-9a-f-]{36}/decisions/[a-z_]+"): MAX_FORM_BYTES,
    ("POST", r"/letters"): MAX_FORM_BYTES,
    ("POST", r"/support"): MAX_FORM_BYTES // 2,
    ("POST", r"/measures/[0-9]+/done"): MAX_FORM_BYTES,
    ("POST", r"/admin/orders/[0-9]+/scan"): MAX_FORM_BYTES,
    ("POST", r"/write/form"): MAX_FORM_BYTES // 2,
    ("POST", r"/track/answer/[0-9a-f]{32}"): MAX_FORM_BYTES // 2,
}
"""The pages that take files: method, pattern of the path, most bytes. All others take a megabyte."""

SMALL_BYTES = 1 << 20
"""Forms of up to so much wait for nobody."""

_DIGITS = 19
"""Of a number that no size has."""

_LONGEST_NUMBER = 18
"""Digits. More than any number of the record has; Python refuses to read thousands of them."""

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
    async with AsyncExitStack() as taken:
        if _may_be_large(request):
            await taken.enter_async_context(await _place(shared, request))
        request.state.posted = await _read(request)
        yield request.state.posted


async def _place(shared: Resources, request: Request) -> AbstractAsyncContextManager[None]:
    """For whoever is or was signed in, as a form may outlive its session; on the public form for whoever writes a draft."""
    if is_writing(request.url.path):
        if not await has_draft(shared, request):
            raise no_draft()
        return shared.strangers_forms.taken_by(address_of(request))
    if is_dialogue(request.url.path):
        if not is_marked(shared, request):
            raise not_marked()
        return shared.strangers_forms.taken_by(address_of(request))
    person = await run_in_threadpool(formerly_signed_in, shared, cookie_token(request, shared))
    if person is None:
        raise not_signed_in(close=True)
    return shared.large_forms.taken_by(person)


def cookie_token(request: Request, shared: Resources) -> str:
    """The session token that the browser keeps; empty where it keeps none."""
    return request.cookies.get(cookie_name(shared.settings), "")


def _may_be_large(request: Request) -> bool:
    """Where files are taken, and unless it says that it is small. All others were read whole before: a megabyte at most."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < _DIGITS and int(length) <= SMALL_BYTES:
        return False
    return any(
        method == request.method and re.fullmatch(pattern, request.url.path) for method, pattern in FORMS_WITH_FILES
    )


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


def number_of(text: str) -> int | str:
    """What a form's text means to a field that is a number: the API takes nothing else for one. No number stays as it is, to be
    refused.
    """
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else text


Form = Annotated[Posted, Depends(posted_form)]
