"""Signs of life of slow work: who waits for it learns within seconds that its process died, and not before."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from logs import where

log = structlog.get_logger()

BEAT = timedelta(seconds=5)
LOST = timedelta(seconds=20)
"""After so long without a sign whoever worked is taken for dead: three signs may get lost on a busy machine."""


@contextmanager
def beating(pause: timedelta, *signs: Callable[[], None]) -> Iterator[None]:
    """While the block lasts each sign is given at every `pause`, in the context of whoever entered it.

    A sign that fails is logged and given again: nothing that it says may break the work. One may be given just after the end.
    """
    over, context = threading.Event(), contextvars.copy_context()

    def beat() -> None:
        while not over.wait(pause.total_seconds()):
            for sign in signs:
                try:
                    sign()
                except Exception as error:  # noqa: BLE001  # whatever a sign raises, the work that it tells of goes on
                    log.warning("sign of life not given", where=where(error))

    threading.Thread(target=context.run, args=(beat,), name="beat", daemon=True).start()
    try:
        yield
    finally:
        over.set()
