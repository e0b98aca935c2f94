"""Other releases of the platform message, for the tests of replay: wrongly changed ones, and one changed by the rule.

Each has the name of the real one, so that a worker or a replayer takes it for the next release.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.standing import Closing, Start
    from domain.vocabulary import WORKFLOW_PLATFORM_MESSAGE, Stage
    from workflows.platform_message import PlatformMessage

PAUSE = timedelta(minutes=1)


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class Ungated(PlatformMessage):
    """A new wait in coordination, and no gate."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """As before."""
        return await super().run(start)

    async def coordination(self) -> None:
        """Waits a minute first."""
        await workflow.sleep(PAUSE, summary="Пауза")
        await self.stay()


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class Gated(PlatformMessage):
    """The same change by the rule of docs/patches.md."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """As before."""
        return await super().run(start)

    async def coordination(self) -> None:
        """Waits a minute first, where the entry began under this release."""
        if workflow.patched(f"2027-pause:{Stage.COORDINATION}:{self.standing.entry}"):
            await workflow.sleep(PAUSE, summary="Пауза")
        await self.stay()


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class GatedOnce(PlatformMessage):
    """The same change with one gate for all entries: a run that was inside never gets the new order, however often it returns."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """As before."""
        return await super().run(start)

    async def coordination(self) -> None:
        """Waits a minute first."""
        if workflow.patched("2027-pause"):
            await workflow.sleep(PAUSE, summary="Пауза")
        await self.stay()


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class WithoutAlarms(PlatformMessage):
    """A wait that lost its deadline: the very change that a fingerprint of activities alone would miss."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """As before."""
        return await super().run(start)

    def _arm(self) -> None:
        pass


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class WithoutAttributes(PlatformMessage):
    """Shows nothing in the search attributes any more."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """As before."""
        return await super().run(start)

    def _show(self) -> None:
        pass
