"""The small loops of the worker process. Each is endless and bounded, fails a round at a time, and never dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from temporalio.client import Client

from activities.mail import MailServer
from logs import where
from relay.bells import Bells
from relay.mail_words import Words
from relay.reconcile import namespace_id, reconcile
from relay.short_letters import ShortPost
from relay.staff_mail import Postman, gather
from settings import Settings
from storage import reconciling
from storage.dry_runs import go_on
from storage.files import FileStore
from storage.midnight import call_by_their_names, settle_structure
from storage.public_drafts import tidy_drafts
from storage.reference import Reference
from storage.round_days import tell_missed
from storage.telling_measures import tell_measures
from storage.tidying import tidy
from storage.uploads import tidy_files
from storage.witness import Witness
from temporal.bell import Unreachable

HOUR = 3600.0
RING_SECONDS = 1.0
MAIL_SECONDS = 5.0
SHORT_LETTERS_SECONDS = 1.0
ROUND_SECONDS = 60.0
DRY_RUN_SECONDS = 1.0
LOOK_SECONDS = 15.0
"""How often we look whether Temporal is still the one that we knew; also the least time between two reconciliations."""

log = structlog.get_logger()


@dataclass
class Relay:
    """What the loops need; made once a process. `server` and `sender`: of all mail to staff."""

    engine: sa.Engine
    client: Client
    server: MailServer
    sender: str
    settings: Settings
    files: FileStore
    _lost: asyncio.Event = field(default_factory=asyncio.Event)
    _reference: Reference = field(default_factory=Reference)

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """To be run together until cancelled. Several workers may run them: what must be done once is done by one."""
        bells = Bells(self.engine, self.client, self._lost.set)
        words = Words(self.settings.public_url, self.sender)
        postman = Postman(self.engine, Reference(), self.server, words, self.files, self.settings.support_email)
        reference = Reference()

        short_post = ShortPost(self.engine, reference, self.server, self.sender, self.settings.public_url)

        async def staff_mail() -> None:
            await asyncio.to_thread(gather, self.engine, reference)
            await postman.deliver_all()

        async def dry_runs() -> None:
            await asyncio.to_thread(go_on, self.engine, reference)

        return [
            endless("ring", bells.round, pause=RING_SECONDS, longest=5),
            endless("reconcile", self._reconcile, pause=LOOK_SECONDS, longest=60),
            endless("seal", self._seal, pause=HOUR, longest=300),
            endless("tidy", self._tidy, pause=HOUR, longest=300),
            endless("dry runs", dry_runs, pause=DRY_RUN_SECONDS, longest=60),
            endless("short letters", short_post.deliver_all, pause=SHORT_LETTERS_SECONDS, longest=30),
            endless("rounds", self._rounds, pause=ROUND_SECONDS, longest=300),
            endless("staff mail", staff_mail, pause=MAIL_SECONDS, longest=60),
        ]

    async def _reconcile(self) -> None:
        """At the start, then hourly, and soon after a run is found lost or Temporal has another database under it."""
        self._lost.clear()
        await self._reconcile_alone()
        known = await namespace_id(self.client)
        loop = asyncio.get_running_loop()
        until = loop.time() + HOUR
        while loop.time() < until and not self._lost.is_set() and await namespace_id(self.client) == known:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), LOOK_SECONDS)

    async def _reconcile_alone(self) -> None:
        with contextlib.ExitStack() as stack:
            lock = reconciling.one_worker(self.engine, reconciling.LOCK_RECONCILE)
            if not await asyncio.to_thread(stack.enter_context, lock):
                return
            report = await reconcile(self.engine, self.client)
        if report.restarted or report.not_running or report.missing or report.rung:
            log.warning(
                "reconciled",
                open=report.open,
                restarted=len(report.restarted),
                rung=report.rung,
                not_running=report.not_running,
                missing=report.missing,
            )

    async def _rounds(self) -> None:
        """Curators learn of working days that passed without a head's round, and people of what orders ask of them. Source: S0."""
        await asyncio.to_thread(call_by_their_names, self.engine, self._reference)
        await asyncio.to_thread(settle_structure, self.engine)
        if missed := await asyncio.to_thread(tell_missed, self.engine, self._reference):
            log.info("rounds missed", days=missed)
        if told := await asyncio.to_thread(tell_measures, self.engine, self._reference):
            log.info("measures told", people=told)

    async def _tidy(self) -> None:
        """Files and drafts that nobody used within a day, and rows that have served their time."""
        await asyncio.to_thread(tidy, self.engine)
        await asyncio.to_thread(tidy_drafts, self.engine, self.files)
        await asyncio.to_thread(tidy_files, self.engine, self.files)

    async def _seal(self) -> None:
        """The log has the seal too: where logs are kept elsewhere, they are a witness as well."""
        for made in await asyncio.to_thread(reconciling.seal_and_note, self.engine, Witness(self.settings.files_dir)):
            log.info("journal sealed", seal=made.id, hash=made.hash.hex())


async def endless(name: str, work: Callable[[], Awaitable[None]], *, pause: float, longest: float) -> None:
    """The work is done again and again, `pause` seconds apart; after failures 1, 2, 4, … up to `longest` seconds."""
    failures = 0
    while True:
        try:
            await work()
            failures = 0
        except Unreachable as error:
            log.warning("relay: Temporal is away", loop=name, why=str(error))
            failures += 1
        except Exception as error:  # noqa: BLE001  # nobody would miss a loop that died
            log.error("relay: a round failed", loop=name, where=where(error))
            failures += 1
        await asyncio.sleep(min(2.0 ** min(failures - 1, 16), longest) if failures else pause)
