"""Who may send large forms while he follows his message: whoever was shown it within the day. Number and code go with the form.

The mark stands in the address, so that it is known before the body is read; it opens nothing but a place in memory.
"""

from __future__ import annotations

import hmac
import time

from fastapi import Request

from api.problems import Problem
from api.resources import Resources

PREFIX = "/track/answer/"
_LENGTH = 32
_DAY = 86_400


def mark(shared: Resources, days_ago: int = 0) -> str:
    """The mark of the day."""
    day = int(time.time()) // _DAY - days_ago
    return shared.keys.blind_index(str(day), "track.answer").hex()[:_LENGTH]


def is_dialogue(path: str) -> bool:
    """Whether it is where an applicant's words and files are sent."""
    return path.startswith(PREFIX)


def is_marked(shared: Resources, request: Request) -> bool:
    """Whether whoever sends was shown a message lately."""
    given = request.url.path.removeprefix(PREFIX)
    return any(hmac.compare_digest(given.encode(), mark(shared, ago).encode()) for ago in (0, 1))


def not_marked() -> Problem:
    """The page lay open for too long."""
    detail = "Страница открыта слишком давно: откройте её заново по номеру и коду и приложите файлы ещё раз."
    return Problem(404, "page_outdated", detail, headers={"Connection": "close"})
