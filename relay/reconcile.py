"""What should run, runs: Temporal can be rebuilt from the record. `otklik reconcile`, each worker start, hourly, after a loss."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeGuard, TypeVar
from uuid import uuid4

import sqlalchemy as sa
import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.vocabulary import WORKFLOW_PLATFORM_MESSAGE
from logs import where
from storage import reconciling, running
from storage.reconciling import NOWHERE, Unheard
from storage.reference import Reference
from temporal import bell, namespace
from temporal.bell import Unreachable

AT_ONCE = 4
"""Calls to Temporal and PostgreSQL under way together; people's decisions share both."""
BATCH = 500
ASK_EACH = 1000
"""Up to so many open cases each run is asked for itself; above, those that the list calls running are believed."""

log = structlog.get_logger()
Item = TypeVar("Item")
_AWAY = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "RESOURCE_EXHAUSTED", "NOT_FOUND", "UNAUTHENTICATED"}
"""What Temporal answers when it would answer the same to the next call."""
_CASE = re.compile(r"message-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(slots=True)
class Report:
    """What a reconciliation found and did; ids of cases, which tell nothing to who has no access to the record.

    `missing`: ids of runs whose case the record lacks, as after a restore from an older backup. They are left alone.
    """

    open: int = 0
    restarted: list[str] = field(default_factory=list)
    not_running: list[str] = field(default_factory=list)
    rung: int = 0
    missing: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"Открытых сообщений: {self.open}",
            f"Процессов запущено заново: {len(self.restarted)}",
            f"Решений, о которых напомнили процессу: {self.rung}",
            *(f"Процесс не удалось запустить: сообщение {case_id}" for case_id in self.not_running),
            *(f"Процесс без сообщения в базе: {run}" for run in self.missing),
        ]
        return "\n".join(lines)


async def reconcile(engine: sa.Engine, client: Client, *, whole_history: bool = False) -> Report:
    """Each open case has a run, and each decision without a verdict has been rung for. Safe to repeat, at any time.

    `whole_history`: also closed runs are looked up in the record; for after a restore, since it reads years.
    Raises Unreachable, and namespace.AttributeMismatch when the namespace is not ours to use.
    """
    reference, report = Reference(), Report()
    await _prepare(client)
    listed = await _list(engine, client, report, whole_history=whole_history)
    cases = await asyncio.to_thread(reconciling.open_cases, engine)
    report.open = len(cases)
    believed = listed if report.open > ASK_EACH else set[str]()

    async def revive(case_id: str) -> None:
        await _revive(engine, client, reference, case_id, report)

    await each([case_id for case_id in cases if case_id not in believed], revive)
    await _ring_all(engine, client, reference, report)
    return report


async def restore(engine: sa.Engine, client: Client, reference: Reference, case_id: str) -> bool:
    """The case has a run again, at the stage where it stands; False if it is not open. Raises Unreachable.

    A fresh request id each time, for Temporal remembers the old one as done. A case that closes between our look and the
    start gets a run that judges, sees it closed and ends at once.
    """
    begin = await asyncio.to_thread(reconciling.begin_of, engine, reference, case_id)
    if begin is None:
        return False
    await bell.start(client, begin, request_id=str(uuid4()), rebuild=True)
    await asyncio.to_thread(running.mark_started, engine, case_id)
    return True


async def ring(engine: sa.Engine, client: Client, reference: Reference, decision: Unheard) -> bool:
    """The decision's run has been told; False when there was none, and it was begun anew first. Raises Unreachable."""

    async def tell() -> bool:
        return await bell.ring(
            client, decision.case_id, decision.action, request_id=decision.id, person=decision.person
        )

    if await tell():
        return True
    if await restore(engine, client, reference, decision.case_id):
        await tell()
    return False


async def each(items: Sequence[Item], work: Callable[[Item], Awaitable[object]]) -> None:
    """The work is done for each item, a few at a time. Raises Unreachable as soon as Temporal is away.

    Any other failure costs its item alone: one broken case must not keep the others from their runs.
    """
    for first in range(0, len(items), AT_ONCE):
        bundle = items[first : first + AT_ONCE]
        outcomes = await asyncio.gather(*map(work, bundle), return_exceptions=True)
        for item, outcome in zip(bundle, outcomes, strict=True):
            if is_away(outcome):
                raise outcome
            if isinstance(outcome, Exception):
                why = str(outcome) if isinstance(outcome, Unreachable) else where(outcome)
                log.error("relay: one case failed", case=getattr(item, "case_id", item), why=why)
            elif isinstance(outcome, BaseException):
                raise outcome


def is_away(outcome: object) -> TypeGuard[Unreachable]:
    """Whether Temporal would not have taken any other call either."""
    return isinstance(outcome, Unreachable) and str(outcome) in _AWAY


async def namespace_id(client: Client) -> str:
    """Which namespace this is: another id under the same name means another Temporal database. Raises Unreachable."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        found = await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=2))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise Unreachable(error.status.name) from None
    except RuntimeError:
        raise Unreachable("UNAVAILABLE") from None
    return str(found.namespace_info.id)


async def _prepare(client: Client) -> None:
    try:
        await namespace.ensure(client)
    except RPCError as error:
        raise Unreachable(error.status.name) from None
    except RuntimeError:
        raise Unreachable("UNAVAILABLE") from None


async def _list(engine: sa.Engine, client: Client, report: Report, *, whole_history: bool) -> set[str]:
    """Cases whose runs Temporal lists as running; runs without a case go into the report.

    A case is committed before its run begins, so a run listed first and looked up afterwards cannot be too new.
    """
    query = f"WorkflowType = '{WORKFLOW_PLATFORM_MESSAGE}'"
    if not whole_history:
        query += " AND ExecutionStatus = 'Running'"
    listed: set[str] = set()
    missing: set[str] = set()
    page: dict[str, bool] = {}
    try:
        async for run in client.list_workflows(query, page_size=BATCH):
            page[run.id] = run.status is WorkflowExecutionStatus.RUNNING
            if len(page) == BATCH:
                await _look_up(engine, page, listed, missing)
        await _look_up(engine, page, listed, missing)
    except RPCError as error:
        raise Unreachable(error.status.name) from None
    except RuntimeError:
        raise Unreachable("UNAVAILABLE") from None
    report.missing = sorted(missing)
    return listed


async def _look_up(engine: sa.Engine, page: dict[str, bool], listed: set[str], missing: set[str]) -> None:
    """The page's runs are sorted into those of the record and the others; the page is empty."""
    cases = {run: found[1] for run in page if (found := _CASE.fullmatch(run))}
    known = await asyncio.to_thread(reconciling.recorded, engine, set(cases.values())) if cases else set[str]()
    for run, alive in page.items():
        if cases.get(run) not in known:
            missing.add(run)
        elif alive:
            listed.add(cases[run])
    page.clear()


async def _revive(engine: sa.Engine, client: Client, reference: Reference, case_id: str, report: Report) -> None:
    if await bell.is_running(client, case_id):
        return
    if not await restore(engine, client, reference, case_id):
        return
    # a run that has already ended is well only if the case was closed meanwhile
    if await bell.is_running(client, case_id) or not await _open(engine, reference, case_id):
        report.restarted.append(case_id)
    else:
        report.not_running.append(case_id)


async def _open(engine: sa.Engine, reference: Reference, case_id: str) -> bool:
    return await asyncio.to_thread(reconciling.begin_of, engine, reference, case_id) is not None


async def _ring_all(engine: sa.Engine, client: Client, reference: Reference, report: Report) -> None:
    after = (NOWHERE, 0)

    async def tell(decision: Unheard) -> None:
        await ring(engine, client, reference, decision)
        report.rung += 1

    while True:
        batch = await asyncio.to_thread(
            reconciling.unheard, engine, after=after, limit=BATCH, patience=timedelta(seconds=1)
        )
        if not batch:
            return
        after = (batch[-1].case_id, batch[-1].seq)
        await each(batch, tell)
