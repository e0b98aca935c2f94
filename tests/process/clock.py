"""Time in process tests: the record's clock and the run's own clock move together, by minutes or by months."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.vocabulary import workflow_id
from tests.conftest import Database

MOSCOW = ZoneInfo("Europe/Moscow")
AFTER = timedelta(seconds=5)
"""How far past an instant we go to see what it brought."""


class Clock:
    """Both clocks of one product. A message joins the present when it is first moved; others stay where they were."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        self.ahead = timedelta()
        self._joined: dict[str, timedelta] = {}

    def now(self) -> datetime:
        """The record's clock, near enough to move by."""
        return datetime.now(UTC) + self.ahead

    def handle(self, message: str) -> WorkflowHandle[object, object]:
        """The message's present run."""
        return self._client.get_workflow_handle(workflow_id(message))

    def shift(self, by: timedelta) -> None:
        """The record's clock goes ahead, sessions with it; runs stay until they are moved."""
        self.ahead += by
        self._database.shift_clock(self.ahead.total_seconds())
        self._database.owner(
            "UPDATE session SET expires_at = expires_at + make_interval(secs => :s)", s=by.total_seconds()
        )

    def to_monday(self) -> None:
        """Monday, ten o'clock in Moscow, of a week without holidays: what follows does not depend on today."""
        self._database.owner("DELETE FROM calendar_day")
        self._database.owner("UPDATE installation SET reference_version = reference_version + 1")
        local = self.now().astimezone(MOSCOW)
        monday = local.date() + timedelta(days=7 - local.weekday())
        self.shift(datetime.combine(monday, time(10), MOSCOW) - self.now())

    async def join(self, message: str) -> None:
        """The run's clock is the record's; what falls due on the way has been heard and judged."""
        behind = self.ahead - self._joined.get(message, timedelta())
        if behind > timedelta():
            await self.run_alone(message, behind)
        await self.settle(message)

    async def run_alone(self, message: str, by: timedelta) -> None:
        """The run's own clock goes ahead; the record's stays."""
        self._joined[message] = self._joined.get(message, timedelta()) + by
        try:
            await self._skipper.fast_forward(self.handle(message), by)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def advance(self, message: str, by: timedelta) -> None:
        """So much later, for the record and for this message."""
        self.shift(by)
        await self.join(message)

    async def to(self, message: str, at: datetime) -> None:
        """Just after the instant, or nothing when it has passed."""
        left = at + AFTER - self.now()
        await self.advance(message, max(left, timedelta()))

    async def settle(self, message: str) -> None:
        """The run has nothing to do but wait: no task and no activity is pending."""

        async def idle() -> bool:
            found = (await self.handle(message).describe()).raw_description
            return not (found.HasField("pending_workflow_task") or found.pending_activities)

        await until(idle)


async def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """The statement, plain or awaitable, becomes true soon; else the test fails."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert asyncio.get_running_loop().time() < end, "it did not become true in time"
        await asyncio.sleep(0.02)
