"""Paths of a message through its whole life, walked by its people through the HTTP API.

Process tests look at single branches; these paths are recorded for replay and compared by the shape of their commands, so each
is the same whenever it is walked: it begins on a Monday morning and goes on when the run is idle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.vocabulary import SIGNAL_RENEW
from tests.process.clock import MOSCOW, Clock
from tests.product import Product

DAY = timedelta(days=1)
ANSWER = "Добавлена вторая линия телефона."
GROUND = "no_essence"


@dataclass(frozen=True)
class Walk:
    """One message and everybody who works on it."""

    product: Product
    clock: Clock
    message: str

    @classmethod
    async def begin(cls, product: Product, clock: Clock, **fields: Any) -> Walk:
        """A message has arrived, on a Monday at ten."""
        clock.to_monday()
        walk = cls(product, clock, await product.register(**fields))
        await clock.join(walk.message)
        await clock.settle(walk.message)
        return walk

    async def do(self, login: str, action: str, **fields: Any) -> Mapping[str, Any]:
        """A decision is accepted and the run has done all that follows from it."""
        shown = await self.product.decide(login, self.message, action, **fields)
        await self.clock.settle(self.message)
        return shown

    def person(self, login: str) -> int:
        """The staff number."""
        return self.product.people[login]

    @property
    def case(self) -> dict[str, Any]:
        """The case's row."""
        return self.product.case(self.message)

    def events(self) -> list[str]:
        """What the journal says, in order."""
        return [row["event"] for row in self.product.journal(self.message)]

    def at(self, event: str) -> list[datetime]:
        """When the event happened, each time."""
        return [row["at"] for row in self.product.journal(self.message) if row["event"] == event]

    async def accept(self, **fields: Any) -> None:
        """In coordination at the polyclinic."""
        choice = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
        await self.do("moderator", "accept", **(choice | fields))

    async def assign(self, executor: str = "executor", by: str = "coordinator") -> None:
        """With the executor, in work."""
        await self.do(by, "assign", executor=self.person(executor))
        await self.do(executor, "start_work")

    async def submit(
        self, *endorsers: str, approver: str = "head2", by: str = "executor", text: str = ANSWER, **fields: Any
    ) -> None:
        """An answer waits for the endorsers, then for the approver."""
        asked = [self.person(login) for login in endorsers]
        fields = {"type": "solved", "text": text, "endorsers": asked, "approver": self.person(approver)} | fields
        await self.do(by, "submit_answer", **fields)

    async def later(self, by: timedelta) -> None:
        """Time passes."""
        await self.clock.advance(self.message, by)

    async def through_warning_and_overdue(self) -> None:
        """The stage's own time runs out, first to the warning."""
        entered, due = self.case["entered_at"], self.case["stage_due_at"]
        await self.clock.to(self.message, due - (due - entered) / 4)
        await self.clock.to(self.message, due)

    async def close(self) -> None:
        """The days for a bounce are over and, of an answer, those for its rating."""
        await self.later(3 * DAY + timedelta(minutes=1))
        if self.case["outcome"] == "answered":
            assert self.case["stage"] == "rating"
            await self.clock.to(self.message, self.case["answered_at"] + 14 * DAY)
        assert self.case["closed_at"] is not None

    def tasks(self) -> list[str]:
        """Letters that wait for a person."""
        query = "SELECT id FROM letter WHERE case_id = :id AND state = 'task' ORDER BY created_at"
        rows = self.product.rows(query, id=self.message)
        return [str(row["id"]) for row in rows]

    async def hand_over(self, letter: str) -> None:
        """The operator says that the applicant has it."""
        await self.do(
            "operator",
            "confirm_delivery",
            letter=letter,
            way="phone",
            handed_over_at=self.clock.now().isoformat(),
            recipient="заявитель",
        )


Path = Callable[[Product, Clock], Awaitable[Walk]]


async def answered(product: Product, clock: Clock) -> Walk:
    """Two endorse one after another, one approves, the letter goes, nothing bounces."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    await walk.submit("head", "executor2")
    await walk.do("head", "endorse")
    await walk.do("executor2", "endorse")
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def declined(product: Product, clock: Clock) -> Walk:
    """The moderator declines for a reason of the submission rules."""
    walk = await Walk.begin(product, clock)
    await walk.do("moderator", "decline", ground=GROUND, reason="Опишите, где это произошло.")
    await walk.close()
    return walk


async def redirected(product: Product, clock: Clock) -> Walk:
    """To another organisation of the installation, after a rejected first try; answered there."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    route = {"endorsers": [walk.person("head")], "approver": walk.person("head2")}
    await walk.do("coordinator", "propose_redirect", organisation="transport", **route)
    await walk.do("head", "reject", reason="Это наша работа.")
    await walk.do("coordinator", "propose_redirect", organisation="transport", **route)
    await walk.do("head", "endorse")
    await walk.do("head2", "approve")
    await walk.assign("executor_transport", by="coordinator_transport")
    await walk.submit(approver="head_transport", by="executor_transport")
    await walk.do("head_transport", "approve")
    await walk.close()
    return walk


async def sent_outside(product: Product, clock: Clock) -> Walk:
    """To an organisation outside of the installation, without endorsement: a letter there, news on the portal for the applicant.

    One letter by mail, since two at once are heard of together or one by one.
    """
    walk = await Walk.begin(product, clock, applicant={"name": "Иванова Мария", "portal_account": "account-9"})
    await walk.accept()
    await walk.do(
        "coordinator",
        "propose_redirect",
        external_name="Управляющая компания",
        external_email="office@outside.example",
        approver=walk.person("head2"),
    )
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def reworked(product: Product, clock: Clock) -> Walk:
    """Rejected at endorsement and at approval, withdrawn once, edited, approved."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    await walk.submit("head", text="Первый вариант.")
    await walk.do("head", "reject", reason="Нет срока.")
    await walk.submit("head", text="Второй вариант.")
    await walk.do("executor", "withdraw_answer")
    await walk.submit("head", text="Третий вариант.")
    await walk.do("head", "edit_answer", text="Третий вариант, исправлен.")
    await walk.do("head", "endorse")
    await walk.do("head2", "reject", reason="Нет подписи.")
    await walk.submit("head", text="Четвёртый вариант.")
    await walk.do("head", "endorse")
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def postponed(product: Product, clock: Clock) -> Walk:
    """The consideration is put off to a date: a whole new plan, then the answer."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    until = (walk.case["due_at"].astimezone(MOSCOW) + 10 * DAY).date()
    await walk.submit("head", type="postponed", postponed_until=until.isoformat(), text="Ремонт идёт.")
    await walk.do("head", "endorse")
    await walk.do("head2", "approve")
    await walk.submit(text="Ремонт закончен.")
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def overdue(product: Product, clock: Clock) -> Walk:
    """Nobody assigns it: warned, stage overdue, message overdue, reminded; answered late."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.through_warning_and_overdue()
    await walk.assign()
    await walk.through_warning_and_overdue()
    await clock.to(walk.message, walk.case["due_at"])
    for _ in range(2):
        await walk.later(DAY)
    await walk.submit()
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def handed_over(product: Product, clock: Clock) -> Walk:
    """Neither portal nor e-mail: each letter is a task, one is late, all are handed over."""
    walk = await Walk.begin(product, clock, applicant={"name": "Петров Пётр", "phone": "+7 949 123-45-67"})
    await walk.accept()
    await walk.assign()
    await walk.submit()
    await walk.do("head2", "approve")
    await walk.later(4 * DAY)
    for letter in walk.tasks():
        await walk.hand_over(letter)
    await walk.close()
    return walk


async def refused(product: Product, clock: Clock) -> Walk:
    """The mail server knows no such recipient: a person hands the letters over."""
    walk = await Walk.begin(product, clock, applicant={"name": "Сидоров Иван", "email": "refuse-me@example.org"})
    await walk.accept()
    await walk.assign()
    await walk.submit()
    await walk.do("head2", "approve")
    for letter in walk.tasks():
        await walk.hand_over(letter)
    await walk.close()
    return walk


async def passed_around(product: Product, clock: Clock) -> Walk:
    """Down to a branch and back, assigned by mistake, recalled, reassigned, taken by the coordinator himself."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.do("coordinator", "transfer_to_subordinate", organisation="branch")
    await walk.do("coordinator_branch", "return_to_superior", reason="Филиал этим не занимается.")
    await walk.assign()
    await walk.do("executor", "return_to_coordination", reason="Назначено по ошибке.")
    await walk.assign("executor2")
    await walk.do(
        "executor2", "reassign", executor=walk.person("executor"), reason="Ухожу в отпуск.", absence="vacation"
    )
    await walk.do("coordinator", "recall", reason="Исполнитель не отвечает.")
    await walk.do("coordinator", "take")
    await walk.submit(by="coordinator")
    await walk.do("head2", "approve")
    await walk.close()
    return walk


async def delegated(product: Product, clock: Clock) -> Walk:
    """The right to endorse is passed on by the head, the right to approve by an administrator."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    await walk.submit("head")
    await walk.do("head", "delegate", head=walk.person("executor2"), reason="Командировка.", absence="other")
    await walk.do("executor2", "endorse")
    await walk.do("administrator", "delegate", head=walk.person("head"), reason="Болеет.", absence="sickness")
    await walk.do("head", "approve")
    await walk.close()
    return walk


async def renewed(product: Product, clock: Clock) -> Walk:
    """The run is asked to continue as new amid execution, and goes on where it stood."""
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    await clock.handle(walk.message).signal(SIGNAL_RENEW)
    await clock.settle(walk.message)
    await walk.submit()
    await walk.do("head2", "approve")
    await walk.close()
    return walk


PATHS: dict[str, Path] = {
    path.__name__: path
    for path in (
        answered,
        declined,
        redirected,
        sent_outside,
        reworked,
        postponed,
        overdue,
        handed_over,
        refused,
        passed_around,
        delegated,
        renewed,
    )
}
