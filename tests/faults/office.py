"""The API and a judge who comes when he is called: in between, decisions wait, and what each step changed can be seen."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from activities import judge
from activities.judge import Judging
from embedded.postgres import Postgres
from storage.reference import Reference
from temporal import bell
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.process.clock import Clock
from tests.process.running import keyed_database
from tests.product import Product
from tests.whole_record import Record, everything

Step = tuple[str, str, dict[str, Any]]
"""Who does what with which fields; people are named by their logins."""

PLACE = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
ANSWER = {"type": "solved", "text": "Готово.", "endorsers": ["head"], "approver": "head2"}
WAY: dict[str, Step] = {
    "coordination": ("moderator", "accept", PLACE),
    "execution": ("coordinator", "assign", {"executor": "executor"}),
    "work": ("executor", "start_work", {}),
    "endorsement": ("executor", "submit_answer", ANSWER),
    "approval": ("head", "endorse", {}),
}
"""Where a message is after which decision."""

_PEOPLE = {"executor", "approver", "head", "endorsers"}


@dataclass
class Office:
    """A running API over a record that only we judge."""

    running: Product
    database: Database

    def now(self) -> Record:
        """All tables."""
        return everything(self.running.engine)

    async def taken(self, message: str, step: Step, **more: Any) -> None:
        """The decision is stored and waits."""
        login, action, fields = step
        answer = await self.running.try_to(login, message, action, **self.numbered(fields), **more)
        assert answer.status_code == 202, f"{action}: {answer.text}"

    async def message_in(self, stage: str) -> str:
        """A message that came so far, each decision accepted."""
        message = await self.running.register()
        for reached, step in WAY.items():
            if stage == "moderation":
                break
            await self.taken(message, step)
            self.judge_all(message)
            if reached == stage:
                break
        return message

    def judge_all(self, message: str) -> None:
        """No decision waits."""
        Judging(self.database.engine, Reference()).judge(message)

    def judge_one(self, message: str) -> None:
        """The oldest decision alone has its verdict."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(judge, "BATCH", 1)
            self.judge_all(message)

    async def uploaded(self, login: str) -> str:
        """A file that belongs to nothing yet."""
        headers = await self.running.headers(login)
        sent = await self.running.http.post("/api/v1/attachments?name=a.txt", headers=headers, content=b"a")
        assert sent.status_code == 201, sent.text
        return str(sent.json()["id"])

    def numbered(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Logins become staff numbers."""

        def number(value: Any) -> Any:
            return [number(one) for one in value] if isinstance(value, list) else self.running.people.get(value, value)

        return {name: number(value) if name in _PEOPLE else value for name, value in fields.items()}


@contextlib.asynccontextmanager
async def waiting_office(postgres: Postgres, folder: Path) -> AsyncIterator[Office]:
    """For a whole module; each test brings messages of its own.

    On a Monday morning, so that no alarm is near: what time brings is not what a refusal does.
    """

    async def unreachable(*_: object, **__: object) -> None:
        raise bell.Unreachable("nobody there")

    with keyed_database(postgres, folder) as database, pytest.MonkeyPatch.context() as patched:
        patched.setattr(bell, "ring", unreachable)
        patched.setattr(bell, "start", unreachable)
        patched.setattr("api.decisions.PATIENCE_SECONDS", 0.01)
        async with alone(database, folder) as running:
            Clock(database, running.client).to_monday()
            yield Office(running, database)
