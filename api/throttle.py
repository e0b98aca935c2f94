"""How often of late strangers may do what costs us something, or others."""

from __future__ import annotations

from api.resources import Resources
from api.sessions import too_many
from storage import attempts
from storage.attempts import Tried

EVERYBODY = ""
"""The value of what is counted for all together."""


def throttle(shared: Resources, *limits: tuple[Tried, str, int]) -> None:
    """Counts once more for (what, value, most), one after the other. A 429 at the first that is beyond.

    Whoever is refused counts there too, and nowhere after it: put first what he alone has, his address, and last what all share,
    so that one address cannot use up the others' share.
    """
    with shared.engine.begin() as connection:
        beyond = next((tried for tried, value, most in limits if attempts.count(connection, tried, value) > most), None)
    if beyond is not None:
        raise too_many(attempts.window_of(beyond))
