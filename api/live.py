"""Who is told at once that something changed: the streams that are open in this process, and what each of them is about.

Nothing of a case goes into a stream, not even its id: only that lists, or the open card, are to be read again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from api.problems import Problem
from domain.vocabulary import PersonId
from logs import where
from storage import queries, reaches
from storage.changes import Seen, change_of
from storage.presence import CAME_OR_WENT
from storage.reference import Reference, moment
from storage.sight import Sight

log = structlog.get_logger()

GATHER_SECONDS = 0.25
"""A burst of changes is one look at the record and one word to each stream."""

REMEMBERED = 2000
"""Changes that a page may miss between being read and being followed: some minutes of a busy region."""

MOST = 1000
MOST_OF_PERSON = 10
"""Streams at once of a process and of a person: some windows on some devices; a page in the background has none."""

LISTS, CARD, PRESENCE = "lists", "card", "presence"


@dataclass(eq=False)
class Stream:
    """An open stream. `message`: the card that its page shows; `present`: whether the person sees where it stands today."""

    person: PersonId
    message: str | None
    present: bool
    news: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, *news: str) -> None:
        """The page is told when it is its turn."""
        self.news.update(news)
        self.woken.set()

    def take(self) -> list[str]:
        """What it was told since, in one order."""
        taken = sorted(self.news)
        self.news.clear()
        self.woken.clear()
        return taken


class Recent:
    """The last changes of which this process heard, and of which it can tell that it heard them all."""

    def __init__(self) -> None:
        self._changes: deque[tuple[str, int]] = deque(maxlen=REMEMBERED)
        self._complete_from: int | None = None

    def begin(self, number: int) -> None:
        """Every transaction from this one on will be heard of."""
        self._changes.clear()
        self._complete_from = number

    def add(self, case: str, number: int) -> None:
        """A transaction changed the case."""
        if self._complete_from is not None and len(self._changes) == REMEMBERED:
            self._complete_from = max(self._complete_from, self._changes[0][1] + 1)
        self._changes.append((case, number))

    def since(self, seen: Seen) -> set[str] | None:
        """The cases that changed after somebody saw that much of the record; None: nobody knows any more."""
        if self._complete_from is None or seen.first < self._complete_from:
            return None
        return {case for case, number in self._changes if not seen.has(number)}


class Live:
    """The streams of a process. Used on the event loop alone; the record is read in a thread."""

    def __init__(self, engine: sa.Engine, reference: Reference) -> None:
        self._engine, self._reference = engine, reference
        self._streams: set[Stream] = set()
        self._changed: set[str] = set()
        self._recent = Recent()
        self._woken = asyncio.Event()
        self.closed = False

    def check_room(self, person: PersonId) -> None:
        """A 429 or 503 when there are too many streams."""
        if len(self._streams) >= MOST or self.closed:
            detail = "Слишком много открытых страниц: эта обновится сама позже."
            raise Problem(503, "unavailable", detail, headers={"Retry-After": "60"})
        if sum(one.person == person for one in self._streams) >= MOST_OF_PERSON:
            detail = "У вас открыто слишком много страниц: закройте лишние."
            raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "60"})

    @contextlib.contextmanager
    def stream(self, person: PersonId, message: str | None, *, present: bool) -> Iterator[Stream]:
        """A stream that is told of changes while it is open."""
        opened = Stream(person, message, present)
        self._streams.add(opened)
        try:
            yield opened
        finally:
            self._streams.discard(opened)

    def heard(self, payload: str) -> None:
        """A case is not what it was, or somebody came to its card, or went."""
        if payload.startswith(CAME_OR_WENT):
            self._tell_present(payload.removeprefix(CAME_OR_WENT))
            return
        case_id, number = change_of(payload)
        self._recent.add(case_id, number)
        if self._streams:
            self._changed.add(case_id)
            self._woken.set()

    def _tell_present(self, case_id: str) -> None:
        for stream in self._streams:
            if stream.message == case_id and stream.present:
                stream.tell(PRESENCE)

    def missed(self, heard_from: int) -> None:
        """Nobody knows what changed before this transaction, from which on all is heard: everybody looks again."""
        self._recent.begin(heard_from)
        self._tell_all()

    def _tell_all(self) -> None:
        for stream in self._streams:
            stream.tell(LISTS, CARD, PRESENCE)

    def close(self) -> None:
        """Every stream ends: the process wants to."""
        self.closed = True
        for stream in self._streams:
            stream.woken.set()

    async def tell(self) -> None:
        """Tells until cancelled."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()
            changed, self._changed = self._changed, set()
            await self._look(changed, list(self._streams))

    async def catch_up(self, stream: Stream, seen: Seen) -> None:
        """A stream just opened is told of what changed since its page was read, but for what all are about to be told of."""
        changed = self._recent.since(seen)
        if changed is None:
            stream.tell(LISTS, CARD)
        elif missed := changed - self._changed:
            await self._look(missed, [stream])

    async def _look(self, changed: set[str], streams: list[Stream]) -> None:
        try:
            await run_in_threadpool(self._tell_of, changed, streams, asyncio.get_running_loop())
        except SQLAlchemyError as error:
            log.warning("changes not looked at, whoever would be told looks again", where=where(error))
            for stream in streams:
                stream.tell(LISTS, CARD, PRESENCE)

    def _tell_of(self, changed: set[str], streams: list[Stream], loop: asyncio.AbstractEventLoop) -> None:
        with self._engine.connect() as connection:
            at = moment(connection)
            directory = self._reference.directory(connection, at)
            found = reaches.of_cases(connection, changed, directory)
            for stream in streams:
                news = []
                if any(reach.concerns(stream.person, directory, at.now) for reach in found):
                    news.append(LISTS)
                if stream.message in changed and self._card_concerns(connection, stream):
                    news.append(CARD)
                if news:
                    loop.call_soon_threadsafe(stream.tell, *news)

    def _card_concerns(self, connection: sa.Connection, stream: Stream) -> bool:
        """Whether the person sees where the card stands, or did until now; a former participant learns of nothing new."""
        assert stream.message is not None
        was = stream.present
        sight = queries.sight(connection, self._reference, stream.message, stream.person)
        stream.present = sight not in (None, Sight.FORMER)
        return was or stream.present
