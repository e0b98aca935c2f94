"""Ring again: what Temporal was not told when it happened, it is told soon after. Several workers may do so at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from temporalio.client import Client

from domain.vocabulary import SIGNAL_RING
from relay.reconcile import each, is_away, restore, ring
from storage import links, rechecks, reconciling, running
from storage.reconciling import NOWHERE, Unheard
from storage.reference import Reference
from temporal import bell
from temporal.bell import Unreachable

PATIENCE = timedelta(seconds=1.5)
"""What is younger is still with the request that made it."""
BATCH = 200
_FIRST, _LAST = 2.0, 60.0
"""Seconds until a decision is rung for again, doubling: a bell that was heard needs no second, and one stuck takes time."""
_LAST_AFTER_FAILURE = 600.0
"""The same for what fails, which each try logs: what fails for ever is one line in ten minutes."""


class _Turns:
    """When each of many is to be tried next. Those that are not seen any more are forgotten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next: dict[str, tuple[float, float]] = {}
        self._seen: set[str] = set()

    def has_come(self, id_: str) -> bool:
        """Whether it is to be tried now."""
        self._seen.add(id_)
        return self._next.get(id_, (0, 0))[0] <= self._clock()

    async def take(self, id_: str, work: Awaitable[None]) -> None:
        """It is tried now and later again, unless the failure is not its own: then it keeps its turn."""
        last = _LAST_AFTER_FAILURE
        try:
            await work
            last = _LAST
        except Unreachable as error:
            if is_away(error):
                last = 0.0
            raise
        finally:
            if last:
                wait = min(self._next.get(id_, (0, _FIRST / 2))[1] * 2, last)
                self._next[id_] = (self._clock() + wait, wait)

    def seen_all(self) -> None:
        """Everybody has been asked for since the last time."""
        self._next = {id_: when for id_, when in self._next.items() if id_ in self._seen}
        self._seen = set()


class Bells:
    """One bounded pass after another over cases without a run, decisions without a verdict, and cases to be looked at again."""

    def __init__(
        self,
        engine: sa.Engine,
        client: Client,
        lost: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`lost` is called when a run that should be there is not: there may be more of them."""
        self._engine = engine
        self._client = client
        self._lost = lost
        self._reference = Reference()
        self._unstarted_after = NOWHERE
        self._unheard_after = (NOWHERE, 0)
        self._marked_after = NOWHERE
        self._starts, self._rings, self._rechecks = _Turns(clock), _Turns(clock), _Turns(clock)

    async def round(self) -> None:
        """One batch of each. Raises Unreachable when Temporal is away."""
        await self._start_runs()
        await self._ring()
        await self._recheck()

    async def _start_runs(self) -> None:
        batch = await asyncio.to_thread(
            reconciling.never_started, self._engine, after=self._unstarted_after, limit=BATCH, patience=PATIENCE
        )
        due = [case_id for case_id in batch if self._starts.has_come(case_id)]
        await each(due, lambda case_id: self._starts.take(case_id, self._start(case_id)))
        self._unstarted_after = batch[-1] if len(batch) == BATCH else NOWHERE
        if self._unstarted_after == NOWHERE:
            self._starts.seen_all()

    async def _start(self, case_id: str) -> None:
        """The message's own id is the request id, as at intake: of the two starts one is a no-op."""
        begin = await asyncio.to_thread(reconciling.begin_of, self._engine, self._reference, case_id)
        if begin is not None:
            await bell.start(self._client, begin, request_id=case_id)
        await asyncio.to_thread(running.mark_started, self._engine, case_id)

    async def _ring(self) -> None:
        batch = await asyncio.to_thread(
            reconciling.unheard, self._engine, after=self._unheard_after, limit=BATCH, patience=PATIENCE
        )
        due = [one for one in batch if self._rings.has_come(one.id)]
        await each(due, lambda one: self._rings.take(one.id, self._tell(one)))
        self._unheard_after = (batch[-1].case_id, batch[-1].seq) if len(batch) == BATCH else (NOWHERE, 0)
        if self._unheard_after == (NOWHERE, 0):
            self._rings.seen_all()

    async def _tell(self, decision: Unheard) -> None:
        if not await ring(self._engine, self._client, self._reference, decision):
            self._lost()

    async def _recheck(self) -> None:
        """What reference data may have moved, or waits for the answer to another message, is judged again.

        The verdict clears the mark.
        """
        await asyncio.to_thread(links.mark_followers, self._engine)
        batch = await asyncio.to_thread(rechecks.marked, self._engine, after=self._marked_after, limit=BATCH)
        due = [case_id for case_id in batch if self._rechecks.has_come(case_id)]
        await each(due, lambda case_id: self._rechecks.take(case_id, self._wake(case_id)))
        self._marked_after = batch[-1] if len(batch) == BATCH else NOWHERE
        if self._marked_after == NOWHERE:
            self._rechecks.seen_all()

    async def _wake(self, case_id: str) -> None:
        """A run that begins anew judges at once, so it needs no bell."""
        if not await bell.ring(self._client, case_id, SIGNAL_RING, request_id=str(uuid4())):
            await restore(self._engine, self._client, self._reference, case_id)
            self._lost()
