"""How often of late strangers may do what costs us something, or others."""

from __future__ import annotations

from api.resources import Resources
from api.sessions import too_many
from storage import attempts
from storage.attempts import Tried

EVERYBODY = ""
"""The value of what is counted for all together."""


def throttle(shared: Resources, *limits: tuple[Tried, str, int]) -> None:
    """Counts once more for each (what, value, most). A 429 when one is beyond; whoever was refused counts too."""
    with shared.engine.begin() as connection:
        found = [attempts.count(connection, tried, value) > most for tried, value, most in limits]
    if any(found):
        raise too_many()
