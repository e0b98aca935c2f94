"""Ring again: what Temporal was not told when it happened, it is told soon after. Several workers may do so at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from temporalio.client import Client

from relay.reconcile import each, ring
from storage import reconciling, running
from storage.reconciling import NOWHERE, Unheard
from storage.reference import Reference
from temporal import bell

PATIENCE = timedelta(seconds=1.5)
"""What is younger is still with the request that made it."""
BATCH = 200
_FIRST, _LAST = 2.0, 60.0
"""Seconds until a decision is rung for again, doubling: a bell that was heard needs no second, and one stuck takes time."""


class Bells:
    """One bounded pass after another over cases without a run and decisions without a verdict."""

    def __init__(self, engine: sa.Engine, client: Client, lost: Callable[[], None]) -> None:
        """`lost` is called when a run that should be there is not: there may be more of them."""
        self._engine = engine
        self._client = client
        self._lost = lost
        self._reference = Reference()
        self._unstarted_after = NOWHERE
        self._unheard_after = (NOWHERE, 0)
        self._rung: dict[str, tuple[float, float]] = {}
        self._seen: set[str] = set()

    async def round(self) -> None:
        """One batch of each. Raises Unreachable when Temporal is away."""
        await self._start_runs()
        await self._ring()

    async def _start_runs(self) -> None:
        batch = await asyncio.to_thread(
            reconciling.never_started, self._engine, after=self._unstarted_after, limit=BATCH, patience=PATIENCE
        )
        await each(batch, self._start)
        self._unstarted_after = batch[-1] if len(batch) == BATCH else NOWHERE

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
        self._seen |= {decision.id for decision in batch}
        now = asyncio.get_running_loop().time()
        await each([one for one in batch if self._rung.get(one.id, (0, 0))[0] <= now], self._tell)
        if len(batch) == BATCH:
            self._unheard_after = (batch[-1].case_id, batch[-1].seq)
            return
        self._unheard_after = (NOWHERE, 0)
        self._rung = {id_: when for id_, when in self._rung.items() if id_ in self._seen}
        self._seen = set()

    async def _tell(self, decision: Unheard) -> None:
        if not await ring(self._engine, self._client, self._reference, decision):
            self._lost()
        wait = min(self._rung.get(decision.id, (0, _FIRST / 2))[1] * 2, _LAST)
        self._rung[decision.id] = (asyncio.get_running_loop().time() + wait, wait)
