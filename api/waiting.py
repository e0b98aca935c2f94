"""Waiting for changes without holding a thread or a connection: one LISTEN connection a process wakes whoever waits.

A NOTIFY is only a hint; whoever wakes, or does not, reads the row.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import psycopg2
import sqlalchemy as sa
import structlog
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection

from api.live import Live
from storage.changes import CHANNEL, NEXT, change_of

log = structlog.get_logger()

_RETRY_SECONDS = 1.0


class Waiters:
    """What requests of this process wait for: verdicts of one case each, and `live` for the changes of all."""

    def __init__(self, url: str, live: Live) -> None:
        self._live = live
        self._dsn = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextlib.contextmanager
    def any_of_case(self, case_id: str) -> Iterator[asyncio.Event]:
        """An event that is set after each change of the case. Register before the commit that makes one possible."""
        event = asyncio.Event()
        self._events[case_id].add(event)
        try:
            yield event
        finally:
            self._events[case_id].discard(event)
            if not self._events[case_id]:
                del self._events[case_id]

    async def listen(self) -> None:
        """Listens until cancelled, and again after a lost connection; meanwhile requests wait out their time and read."""
        while True:
            try:
                await self._listen_once()
            except (psycopg2.Error, OSError) as error:
                log.warning("verdict listener lost its connection", error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        loop = asyncio.get_running_loop()
        connection: Connection = await asyncio.to_thread(
            psycopg2.connect,
            self._dsn,
            connect_timeout=2,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
            application_name="otklik-listen",
        )
        try:
            connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
                cursor.execute(NEXT)
                ((heard_from,),) = cursor.fetchall()
            readable = asyncio.Event()
            descriptor = connection.fileno()  # a lost connection no longer tells it
            loop.add_reader(descriptor, readable.set)
            self._live.missed(int(heard_from))
            try:
                while True:
                    await readable.wait()
                    readable.clear()
                    connection.poll()
                    for notify in connection.notifies:
                        self._live.heard(notify.payload)
                        for event in self._events.get(change_of(notify.payload)[0], ()):
                            event.set()
                    connection.notifies.clear()
            finally:
                # Left registered, it would silence whichever request is given the same descriptor next.
                loop.remove_reader(descriptor)
        finally:
            with contextlib.suppress(psycopg2.Error):
                connection.close()
