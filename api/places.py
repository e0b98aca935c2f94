"""Places for work that takes much of a process: so many together, so many of one person, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from api.problems import Problem


class Places:
    """`most` places of a process, `of_one` of them for one person or address; who finds none in `seconds` is told to come back."""

    def __init__(self, most: int, of_one: int, seconds: float) -> None:
        self._free, self._of_one, self._seconds = asyncio.Semaphore(most), of_one, seconds
        self._own: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken_by(self, who: Hashable, of_one: int | None = None) -> AsyncIterator[None]:
        """A place, first among his own, so that he waits for himself and not before the others. A 503 without one."""
        own = self._own.get(who) or asyncio.Semaphore(of_one or self._of_one)
        self._own[who] = own
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._seconds):
                    await taken.enter_async_context(own)
                    await taken.enter_async_context(self._free)
            except TimeoutError:
                detail = "Сейчас обрабатывается слишком много больших запросов. Повторите через несколько секунд."
                headers = {"Retry-After": "10", "Connection": "close"}
                raise Problem(503, "too_busy", detail, headers=headers) from None
            yield
