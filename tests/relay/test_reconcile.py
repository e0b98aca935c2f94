"""Temporal rebuilt from the record: real Temporal, real PostgreSQL, the real worker of the process queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

import worker
from activities.judge import Judging
from domain.standing import Standing, Start
from domain.vocabulary import Action, workflow_id
from embedded.ports import free_port
from embedded.temporal_server import TemporalServer
from relay import reconcile as reconciling
from relay.bells import Bells
from relay.reconcile import Report, namespace_id, reconcile
from storage.reconciling import LOCK_RECONCILE, one_worker
from storage.reference import Reference
from temporal import bell
from temporal.bell import Unreachable
from temporal.client import connect
from temporal.namespace import ensure
from tests.relay.builders import Desk

pytestmark = pytest.mark.anyio

ACCEPT = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}


async def fresh_client(server: TemporalServer) -> Client:
    """A namespace of its own: runs of other tests are not this record's."""
    client = await connect(server.address, f"relay-{uuid4().hex[:8]}")
    await ensure(client)
    return client


@asynccontextmanager
async def working(client: Client, desk: Desk) -> AsyncIterator[None]:
    async with worker.process_worker(client, Judging(desk.engine, Reference())):
        yield


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 30) -> None:
    """What must become true by itself does so within the time."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)


async def start(client: Client, desk: Desk, message: str) -> None:
    await bell.start(client, desk.begins[message], request_id=message)


def verdicts(desk: Desk, message: str) -> list[str]:
    rows = desk.rows("SELECT verdict FROM decision WHERE case_id = :id ORDER BY seq", id=message)
    return [row["verdict"] for row in rows]


async def signals(client: Client, message: str) -> list[tuple[str, str]]:
    """Names and identities of the signals in the history of the message's latest run."""
    history = await client.get_workflow_handle(workflow_id(message)).fetch_history()
    kind = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    found = [event.workflow_execution_signaled_event_attributes for event in history.events if event.event_type == kind]
    return [(one.signal_name, one.identity) for one in found]


async def test_run_terminated_by_hand_goes_on_where_the_case_stands(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message = desk.assigned()
    async with working(client, desk):
        await start(client, desk, message)
        await client.get_workflow_handle(workflow_id(message)).terminate("by hand")

        report = await reconcile(desk.engine, client)

        assert report == Report(open=1, restarted=[message])
        assert await bell.is_running(client, message)
        entry = desk.pend("executor", message, Action.START_WORK)
        await bell.ring(client, message, "start_work", request_id=entry.id)
        await until(lambda: verdicts(desk, message)[-1] == "accepted")


async def test_reconciling_twice_changes_nothing(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    for _ in range(3):
        desk.register()

    first, second = await reconcile(desk.engine, client), await reconcile(desk.engine, client)

    assert (len(first.restarted), second) == (3, Report(open=3))


async def test_closed_case_is_not_begun_again(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message = desk.register()
    desk.database.owner("UPDATE message_case SET closed_at = otklik_now(), outcome = 'declined'")

    report = await reconcile(desk.engine, client)

    assert report == Report()
    assert not await bell.is_running(client, message)


async def test_case_that_just_closes_is_waited_for(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    desk.register()
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE message_case SET closed_at = otklik_now(), outcome = 'declined'"))
        under_way = asyncio.create_task(reconcile(desk.engine, client))
        await asyncio.sleep(0.5)

    assert (await under_way).restarted == []


async def test_wiped_temporal_is_rebuilt_under_a_running_worker(desk: Desk, tmp_path: Path) -> None:
    messages = [desk.assigned() if n % 5 == 0 else desk.register() for n in range(50)]
    port = free_port()
    with ExitStack() as servers:
        before = servers.enter_context(TemporalServer(tmp_path / "before", port))
        client = await connect(before.address, "otklik")
        await ensure(client)
        known = await namespace_id(client)
        async with working(client, desk):
            for message in messages:
                await start(client, desk, message)
            desk.pend("moderator", messages[1], Action.ACCEPT, **ACCEPT)
            before.stop()
            servers.enter_context(TemporalServer(tmp_path / "after", port))

            report = await reconcile(desk.engine, client)

            assert (report.open, sorted(report.restarted)) == (50, sorted(messages))
            assert (report.not_running, report.missing) == ([], [])
            assert await namespace_id(client) != known
            await until(lambda: verdicts(desk, messages[1]) == ["accepted"])
            started = desk.pend("executor", messages[0], Action.START_WORK)
            await bell.ring(client, messages[0], "start_work", request_id=started.id)
            await until(lambda: verdicts(desk, messages[0])[-1] == "accepted")


async def test_many_cases_are_read_from_the_list_of_runs(
    desk: Desk, temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "ASK_EACH", 2)
    monkeypatch.setattr(reconciling, "BATCH", 3)
    client = await fresh_client(temporal)
    running, lost = [desk.register() for _ in range(4)], desk.register()
    for message in running:
        await start(client, desk, message)
    await until(lambda: listed(client, 4))

    report = await reconcile(desk.engine, client)

    assert report == Report(open=5, restarted=[lost])


async def listed(client: Client, count: int) -> bool:
    """Temporal's list of runs comes a moment after the runs."""
    return (await client.count_workflows("ExecutionStatus = 'Running'")).count == count


async def test_run_without_its_case_is_reported_and_left_alone(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message, stranger = desk.register(), str(uuid4())
    await start(client, desk, message)
    await bell.start(client, Start(stranger, "2025-0000001", "S2", Standing("moderation", 1)), request_id=stranger)
    await until(lambda: listed(client, 2))

    report = await reconcile(desk.engine, client)

    assert report == Report(open=1, missing=[workflow_id(stranger)])
    assert await bell.is_running(client, stranger)
    assert f"Процесс без сообщения в базе: message-{stranger}" in str(report)


async def test_whole_history_tells_of_closed_runs_without_a_case(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    stranger = str(uuid4())
    await bell.start(client, Start(stranger, "2025-0000001", "S2", Standing("moderation", 1)), request_id=stranger)
    await client.get_workflow_handle(workflow_id(stranger)).terminate("by hand")
    await until(lambda: listed(client, 0))

    assert (await reconcile(desk.engine, client)).missing == []
    assert (await reconcile(desk.engine, client, whole_history=True)).missing == [workflow_id(stranger)]


async def test_away_temporal_is_said_to_be_away_and_nothing_is_marked(desk: Desk, tmp_path: Path) -> None:
    desk.register()
    with TemporalServer(tmp_path, free_port()) as server:
        client = await connect(server.address, "otklik")
    with pytest.raises(Unreachable):
        await reconcile(desk.engine, client)

    desk.database.shift_clock(5)
    with pytest.raises(Unreachable):
        await Bells(desk.engine, client, lambda: None).round()
    assert desk.rows("SELECT 1 FROM message_case WHERE started_run_at IS NOT NULL") == []


async def test_one_worker_reconciles_at_a_time(desk: Desk) -> None:
    with one_worker(desk.engine, LOCK_RECONCILE) as first, one_worker(desk.engine, LOCK_RECONCILE) as second:
        assert (first, second) == (True, False)
    with one_worker(desk.engine, LOCK_RECONCILE) as third:
        assert third


async def test_case_whose_start_failed_at_intake_is_started_soon(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    desk.database.shift_clock(60)
    message = desk.register()
    bells = Bells(desk.engine, client, lambda: None)

    desk.database.shift_clock(0)
    await bells.round()
    assert not await bell.is_running(client, message)  # it may still be with the request that made it
    desk.database.shift_clock(62)
    await bells.round()

    assert await bell.is_running(client, message)
    assert desk.rows("SELECT 1 FROM message_case WHERE started_run_at IS NULL") == []
    await start(client, desk, message)  # the late twin of the intake is a no-op


async def test_decision_whose_bell_was_lost_is_rung_for_once_as_its_person(
    desk: Desk, temporal: TemporalServer
) -> None:
    client = await fresh_client(temporal)
    message = desk.register()
    await start(client, desk, message)
    desk.pend("moderator", message, Action.ACCEPT, **ACCEPT)
    twins = [Bells(desk.engine, client, lambda: None, clock=lambda: 0.0) for _ in range(2)]
    desk.database.shift_clock(5)

    for _ in range(3):
        for bells in twins:
            await bells.round()

    assert await signals(client, message) == [("accept", f"staff-{desk.people['moderator']}")]
    async with working(client, desk):
        await until(lambda: verdicts(desk, message) == ["accepted"])


async def test_bell_that_finds_no_run_brings_it_back_and_says_so(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message = desk.register()
    await start(client, desk, message)
    await client.get_workflow_handle(workflow_id(message)).terminate("by hand")
    desk.pend("moderator", message, Action.ACCEPT, **ACCEPT)
    desk.database.shift_clock(5)
    lost: list[bool] = []

    await Bells(desk.engine, client, lambda: lost.append(True)).round()

    assert lost == [True]
    assert [name for name, _ in await signals(client, message)] == ["accept"]


async def test_one_broken_case_keeps_no_other_from_its_run(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    messages = [desk.register() for _ in range(6)]
    broken = messages[2]
    desk.database.owner("UPDATE message_case SET revision = 'lost' WHERE id = CAST(:id AS uuid)", id=broken)

    report = await reconcile(desk.engine, client)

    assert sorted(report.restarted) == sorted(set(messages) - {broken})


async def test_case_that_fails_for_ever_is_tried_and_logged_ever_more_rarely(
    desk: Desk, temporal: TemporalServer
) -> None:
    client = await fresh_client(temporal)
    broken, unheard = desk.register(), desk.register()
    await start(client, desk, unheard)
    await client.get_workflow_handle(workflow_id(unheard)).terminate("by hand")
    desk.database.owner("UPDATE message_case SET started_run_at = otklik_now() WHERE id = :id", id=unheard)
    desk.pend("moderator", unheard, Action.ACCEPT, **ACCEPT)
    desk.database.owner("UPDATE message_case SET revision = 'lost'")
    desk.database.shift_clock(5)
    now = 0.0
    bells = Bells(desk.engine, client, lambda: None, clock=lambda: now)
    logged: dict[str, list[float]] = {broken: [], unheard: []}

    with capture_logs() as lines:
        while now < 1000:
            await bells.round()
            for line in lines:
                logged[line["case"]].append(now)
            lines.clear()
            now += 1

    assert logged[broken] == logged[unheard] == [0, 2, 6, 14, 30, 62, 126, 254, 510]


async def test_case_started_after_it_was_mended_is_forgotten(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message = desk.register()
    desk.database.owner("UPDATE message_case SET revision = 'lost'")
    desk.database.shift_clock(5)
    now = 0.0
    bells = Bells(desk.engine, client, lambda: None, clock=lambda: now)
    await bells.round()
    revision = desk.rows("SELECT max(revision) AS now FROM regulation_revision WHERE code = 'S2'")[0]["now"]
    desk.database.owner("UPDATE message_case SET revision = :revision", revision=revision)

    await bells.round()
    assert not await bell.is_running(client, message)
    now = 2.0
    await bells.round()

    assert await bell.is_running(client, message)


async def test_absence_of_temporal_costs_no_case_its_turn(desk: Desk, tmp_path: Path) -> None:
    message = desk.register()
    desk.database.shift_clock(5)
    port = free_port()
    with TemporalServer(tmp_path / "before", port) as server:
        client = await connect(server.address, "otklik")
    bells = Bells(desk.engine, client, lambda: None, clock=lambda: 0.0)
    with pytest.raises(Unreachable):
        await bells.round()

    with TemporalServer(tmp_path / "after", port):
        await ensure(client)
        await bells.round()

        assert await bell.is_running(client, message)
