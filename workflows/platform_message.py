"""A message of the feedback platform (сообщение ПОС), from arrival to the delivery of its answer."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from domain.standing import Closing, Start
    from domain.vocabulary import WORKFLOW_PLATFORM_MESSAGE, Stage
    from workflows.process import Process


@workflow.defn(name=WORKFLOW_PLATFORM_MESSAGE)
class PlatformMessage(Process):
    """The order of stages and the waiting; every rule is judged in an activity and every verdict is in the history."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        super().__init__(start)

    @workflow.signal(dynamic=True, description="Решение человека или звонок: содержание лежит в записи")
    def bell(self, name: str, args: Sequence[RawValue]) -> None:
        """Something may have been decided."""
        self.hear(name, args)

    @workflow.run
    async def run(self, start: Start) -> Closing:
        """A platform message (ПОС). Source: S2, 2.3."""
        await self.begin()
        while self.open:
            match self.standing.stage:  # set by judge, or by Start: any stage may be the first
                case Stage.MODERATION:
                    await self.moderation()
                case Stage.COORDINATION:
                    await self.coordination()
                case Stage.EXECUTION:
                    await self.execution()
                case Stage.ENDORSEMENT:
                    await self.endorsement()
                case Stage.APPROVAL:
                    await self.approval()
                case Stage.DELIVERY:
                    await self.delivery()
                case Stage.RATING:
                    await self.rating()
                case _:
                    await self.unknown_stage()
        return await self.close()

    async def moderation(self) -> None:
        """A moderator accepts the message or declines it. Source: S2, 3.1."""
        await self.stay()

    async def coordination(self) -> None:
        """A coordinator chooses one of five ways. Source: S2, 3.2."""
        await self.stay()

    async def execution(self) -> None:
        """The executor prepares the answer. Source: S2, 3.3–3.5."""
        await self.stay()

    async def endorsement(self) -> None:
        """The heads named endorse one after another (согласование). Source: S2, 3.6, 3.7."""
        await self.stay()

    async def approval(self) -> None:
        """The head named approves (утверждение). Source: S2, 3.8, 3.9."""
        await self.stay()

    async def delivery(self) -> None:
        """Letters are out or being handed over; the days for a bounce run. Source: S2, 3.9 а; G-49."""
        await self.stay()

    async def rating(self) -> None:
        """The answer is out and may be rated; a low rating may begin it all once more. Source: S0, п. 2; G-28."""
        await self.stay()

    async def unknown_stage(self) -> None:
        """A newer release wrote a stage that this one does not know: ops are told, a bell is awaited, nothing spins."""
        workflow.logger.error("unknown stage", extra={"case": self.start.case_id, "stage": self.standing.stage})
        await self.stay()
