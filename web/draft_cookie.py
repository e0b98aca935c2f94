"""The key of an applicant's draft: in a cookie of the public form's pages alone, never in an address."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from api.problems import Problem
from api.resources import Resources, is_draft_key
from storage.public_drafts import LIFETIME
from web.guard import is_secure

PREFIX = "/write"
"""Of the form's pages: the browser sends the key nowhere else."""

_NAME = "otklik-draft"


def draft_key(request: Request) -> str:
    """The key that the browser keeps; empty where it keeps none, and on every other page."""
    return request.cookies.get(_NAME, "") if is_writing(request.url.path) else ""


def is_writing(path: str) -> bool:
    """Whether it is a page of the public form."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def keep_draft_key(shared: Resources, answer: Response, key: str) -> None:
    """The browser keeps the key as long as the draft is there."""
    secure, seconds = is_secure(shared.settings), int(LIFETIME.total_seconds())
    answer.set_cookie(_NAME, key, seconds, path=PREFIX, httponly=True, samesite="lax", secure=secure)


def drop_draft_key(answer: Response) -> None:
    """The browser forgets the draft."""
    answer.delete_cookie(_NAME, path=PREFIX)


async def has_draft(shared: Resources, request: Request) -> bool:
    """Whether the request comes from whoever writes a draft."""
    key = draft_key(request)
    return bool(key) and await run_in_threadpool(is_draft_key, shared, key)


def no_draft() -> Problem:
    """What was begun is over, or this browser began nothing."""
    detail = "Черновика нет: он хранится сутки, и только в том браузере, где его начали. Начните сообщение заново."
    return Problem(404, "no_draft", detail, headers={"Connection": "close"})
