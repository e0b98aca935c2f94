"""How often of late something may be tried: what is guessed, and what costs us something, or others."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from api.problems import Problem
from api.resources import Resources
from domain.words import plural
from storage import attempts
from storage.attempts import Tried

EVERYBODY = ""
"""The value of what is counted for all together."""
Limit = tuple[Tried, str, int]
"""What, with which value, and how often in a window."""

_HOUR, _MINUTE = 3600, 60


def throttle(shared: Resources, *limits: Limit) -> None:
    """Counts once more for each, one after the other. A 429 at the first that is beyond.

    Whoever is refused counts there too, and nowhere after it: put first what he alone has, his address, and last what all share,
    so that one address cannot use up the others' share.
    """
    with shared.engine.begin() as connection:
        beyond = next((one for one in limits if attempts.count(connection, *one[:2]) > one[2]), None)
    if beyond is not None:
        raise too_many(shared, beyond)


def too_many(shared: Resources, *limits: Limit) -> Problem:
    """The answer to whoever has used up one of them: come back when all that he has used up are counted anew."""
    with shared.engine.connect() as connection:
        waits = [
            attempts.left(connection, tried, value)
            for tried, value, most in limits
            if attempts.counted(connection, tried, value) >= most
        ]
    seconds = max(1, ceil(max(waits, default=timedelta()).total_seconds()))
    detail = f"Слишком много попыток. Повторите через {_in_words(seconds)}."
    return Problem(429, "too_many_attempts", detail, headers={"Retry-After": str(seconds)})


def _in_words(seconds: int) -> str:
    """«15 минут», «3 часа»: never shorter than it is."""
    if seconds > _HOUR:
        hours = ceil(seconds / _HOUR)
        return f"{hours} {plural(hours, ('час', 'часа', 'часов'))}"
    minutes = ceil(seconds / _MINUTE)
    return f"{minutes} {plural(minutes, ('минуту', 'минуты', 'минут'))}"
