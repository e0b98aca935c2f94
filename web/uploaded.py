"""Files that came with a form: stored as they come, so that a form which must be sent again has them already."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool

from api.attachments import keep
from api.problems import Problem
from web.forms import Option
from web.posted import Posted
from web.rendering import Page

NAMES = "uploaded."
"""Hidden fields: what files are called that were stored with an earlier try."""


async def stored(page: Page, form: Posted, key: str) -> dict[str, list[Option]]:
    """The form's files by field: those that an earlier try stored, and those of this one, each stored once."""
    names = {name.removeprefix(NAMES): text for name, text in form.texts if name.startswith(NAMES)}
    found: dict[str, list[Option]] = {}
    for name, text in form.texts:
        if text in names and text != key:
            found.setdefault(name, []).append(Option(text, names[text]))
    for name, file in form.files:
        try:
            of_file = await run_in_threadpool(_file_key, key, name, file.file)
            kept = await keep(page.visit.shared, page.visit.person, of_file, file.file, file.filename or "")
        except Problem as problem:
            detail = f"«{file.filename}»: {problem.details.detail}"
            raise Problem(problem.details.status, problem.details.code, detail, field=name) from None
        found.setdefault(name, []).append(Option(str(kept.id), kept.name))
    return {name: list(dict.fromkeys(files)) for name, files in found.items()}


def _file_key(key: str, name: str, content: BinaryIO) -> str:
    """The same content in the same field is one file, however often and with whatever beside it the form is sent."""
    digest = hashlib.sha256(content.read()).hexdigest()  # all of it is in memory as it is
    content.seek(0)
    return f"{key[:40]}.{name}.{digest}"
