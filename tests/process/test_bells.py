"""Bells on a run whose record is scripted: lost, doubled, early, of unknown names and full of garbage, they harm nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import temporalio.api.common.v1 as common
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.standing import Closing, Standing, Start
from domain.vocabulary import SIGNAL_RENEW, WORKFLOW_PLATFORM_MESSAGE, AlarmKind
from tests.process.clock import until
from tests.process.scripted import CLOSED, FIRST, NEXT, Answer, Record, Run, started, workers
from tests.shape.fingerprint import commands
from workflows.platform_message import PlatformMessage
from workflows.process import ALARM_TITLES

pytestmark = pytest.mark.anyio

GARBAGE = [
    common.Payload(metadata={"encoding": b"json/plain"}, data=b"{not json"),
    common.Payload(metadata={"encoding": b"binary/of-another-world"}, data=bytes(range(256))),
    common.Payload(),
]


@pytest.mark.parametrize("name", ["assign", "нет такого действия", "__proto__", "x" * 500])
@pytest.mark.parametrize("payloads", [[], GARBAGE], ids=["no input", "garbage"])
async def test_signal_of_any_name_and_input_is_a_bell_and_no_more(
    client: Client, name: str, payloads: list[common.Payload]
) -> None:
    async with started(client, FIRST, FIRST, CLOSED) as run:
        await run.ring(name, payloads)
        await until(lambda: run.record.calls == 2)
        assert await run.status() is WorkflowExecutionStatus.RUNNING
        await run.ring(name, payloads)

        assert await run.handle.result() == Closing("declined", 2)


async def test_bell_during_a_verdict_asks_once_more(client: Client) -> None:
    judging, go_on = threading.Event(), threading.Event()

    def slowly() -> Standing:
        judging.set()
        go_on.wait(10)
        return FIRST

    async with started(client, FIRST, slowly, CLOSED) as run:
        await run.ring()
        await until(judging.is_set)
        await run.ring()
        go_on.set()

        assert await run.handle.result() == Closing("declined", 2)


async def test_hundred_bells_at_once_are_heard_and_cost_few_verdicts(client: Client) -> None:
    async with started(client, FIRST) as run:
        for _ in range(100):
            await run.ring()
        await run.idle()

        assert await run.status() is WorkflowExecutionStatus.RUNNING
        assert 2 <= run.record.calls <= 101


async def test_more_decisions_than_one_call_judges_are_judged_without_another_bell(client: Client) -> None:
    async with started(client, replace(FIRST, more=True), replace(FIRST, more=True), NEXT) as run:
        await until(lambda: run.record.calls == 3)
        await run.idle()

        assert run.record.calls == 3


async def test_case_closed_amid_a_batch_gives_the_rest_their_verdicts(client: Client) -> None:
    async with started(client, FIRST, replace(CLOSED, more=True), CLOSED) as run:
        await run.ring()

        assert await run.handle.result() == Closing("declined", 2)
        assert run.record.calls == 3


def _fails() -> Standing:
    raise ApplicationError("0123456789ab", type="Incident")


def _is_slow() -> Standing:
    threading.Event().wait(2.5)
    return FIRST


@pytest.mark.parametrize("first", [_fails, _is_slow], ids=["fails", "is slow"])
async def test_local_judge_without_success_is_taken_over_by_a_normal_activity_that_retries(
    client: Client, first: Callable[[], Standing]
) -> None:
    """PostgreSQL was away, or a rule raised: the run neither fails nor forgets."""
    async with started(client, first, _fails, CLOSED) as run:
        assert await run.handle.result() == Closing("declined", 2)

        history = await run.history()
        scheduled = [event for event in history.events if event.HasField("activity_task_scheduled_event_attributes")]
        assert len(scheduled) == 1
        assert "Решения и сроки" in scheduled[0].user_metadata.summary.data.decode()
        assert run.record.calls == 3


async def test_unknown_stage_of_a_newer_release_waits_for_a_bell_and_never_spins(client: Client) -> None:
    unknown = replace(NEXT, stage="mediation", alarm="mediation_overdue", alarm_at=_in(timedelta(days=1)))

    async with started(client, unknown, unknown, CLOSED) as run:
        await run.idle()
        assert run.record.calls == 1
        await run.ring()
        await until(lambda: run.record.calls == 2)
        await run.ring()

        assert await run.handle.result() == Closing("declined", 2)


async def test_alarm_wakes_the_run_and_the_same_alarm_again_waits_a_second(client: Client) -> None:
    late = replace(FIRST, alarm="stage_overdue", alarm_at=_in(-timedelta(days=1)))

    async with started(client, late) as run:
        await until(lambda: run.record.calls == 3)

        history = await run.history()
        timers = [
            event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            for event in history.events
            if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED
        ]
        assert set(timers) == {timedelta(seconds=1)}


async def test_renew_begins_a_new_run_which_judges_first(client: Client) -> None:
    async with started(client, FIRST, NEXT, NEXT, CLOSED) as run:
        await run.idle()
        first = (await run.handle.describe()).run_id
        await run.ring(SIGNAL_RENEW)  # judged (NEXT), renewed, judged (NEXT)
        await until(lambda: run.record.calls == 3)
        await run.idle()
        described = await client.get_workflow_handle(run.handle.id).describe()
        assert described.run_id != first
        started_with = (await run.history()).events[0].workflow_execution_started_event_attributes
        (start,) = await client.data_converter.decode(started_with.input.payloads, [Start])
        assert start.standing == NEXT
        assert started_with.workflow_task_timeout.ToTimedelta() > timedelta()
        await run.ring()

        assert await client.get_workflow_handle(run.handle.id).result() == {"outcome": "declined", "version": 2}


async def test_renew_waits_for_a_letter_under_way_and_hears_bells_meanwhile(client: Client) -> None:
    leaving, arrived = threading.Event(), threading.Event()

    def deliver(letter: str) -> str:
        leaving.set()
        arrived.wait(10)
        return "sent"

    with_letter = replace(FIRST, deliveries=["letter-1"])
    async with started(client, with_letter, with_letter, with_letter, FIRST, deliver=deliver) as run:
        await until(leaving.is_set)
        first = (await run.handle.describe()).run_id
        await run.ring(SIGNAL_RENEW)
        await until(lambda: run.record.calls == 2)
        await run.ring()
        await until(lambda: run.record.calls == 3)
        assert (await client.get_workflow_handle(run.handle.id).describe()).run_id == first
        arrived.set()

        async def renewed() -> bool:
            return (await client.get_workflow_handle(run.handle.id).describe()).run_id != first

        await until(renewed)
        assert run.record.letters == ["letter-1"]


async def test_letter_is_sent_once_however_often_it_is_named(client: Client) -> None:
    with_letter = replace(FIRST, deliveries=["letter-1", "letter-2"])

    async with started(client, with_letter) as run:
        for _ in range(5):
            await run.ring()
        await run.idle()

        assert sorted(run.record.letters) == ["letter-1", "letter-2"]
        assert run.record.calls <= 1 + 5 + 2  # a verdict that a letter overtook is asked for once more, and no oftener


async def test_letter_failed_by_hand_is_sent_again_and_kills_nothing(client: Client) -> None:
    outcomes = iter([ApplicationError("by hand", non_retryable=True)])

    def deliver(letter: str) -> str:
        if (failure := next(outcomes, None)) is not None:
            raise failure
        return "sent"

    with_letter = replace(FIRST, deliveries=["letter-1"])
    async with started(client, with_letter, deliver=deliver) as run:
        await until(lambda: run.record.letters)
        await run.idle()
        assert await run.status() is WorkflowExecutionStatus.RUNNING
        await TimeSkipper(client, config=TimeSkippingConfig(enabled=False)).fast_forward(
            run.handle, timedelta(minutes=16)
        )
        await until(lambda: run.record.letters == ["letter-1", "letter-1"])

        await run.idle()
        assert await run.status() is WorkflowExecutionStatus.RUNNING


async def test_letter_that_has_no_outcome_yet_is_asked_for_again_and_never_in_a_spin(client: Client) -> None:
    """A twin was at it: its row is neither sent nor refused, and every verdict goes on naming it."""
    outcomes = iter(["settled"])
    with_letter = replace(FIRST, deliveries=["letter-1"])

    async with started(client, with_letter, deliver=lambda letter: next(outcomes, "refused")) as run:
        await until(lambda: run.record.calls == 2)
        await run.idle()
        assert (run.record.calls, run.record.letters) == (2, ["letter-1"])
        run.record.answers.append(FIRST)
        await TimeSkipper(client, config=TimeSkippingConfig(enabled=False)).fast_forward(
            run.handle, timedelta(minutes=16)
        )
        await until(lambda: len(run.record.letters) == 2)
        await run.idle()

        assert run.record.calls == 3


async def test_timer_runs_on_while_its_alarm_stays(client: Client) -> None:
    waiting = replace(FIRST, alarm="stage_overdue", alarm_at=_in(timedelta(days=1)))
    later = replace(waiting, alarm_at=_in(timedelta(days=2)))

    async with started(client, waiting, waiting, later, CLOSED) as run:
        for calls in (2, 3, 4):
            await run.ring()
            await until(lambda calls=calls: run.record.calls >= calls)
        await run.handle.result()

        assert [line for line in commands(await run.history()) if line.startswith("wait")] == [
            f"wait: {ALARM_TITLES[AlarmKind.STAGE_OVERDUE]}",
            "wait given up",
            f"wait: {ALARM_TITLES[AlarmKind.STAGE_OVERDUE]}",
            "wait given up",
        ]


async def test_alarm_of_an_unreadable_instant_stops_the_run_loudly(client: Client) -> None:
    """Better a task that fails where ops see it than an alarm that never comes."""
    async with started(client, replace(FIRST, alarm="stage_overdue", alarm_at="tomorrow")) as run:

        async def failed() -> bool:
            events = (await run.history()).events
            return any(event.HasField("workflow_task_failed_event_attributes") for event in events)

        await until(failed)


@pytest.mark.parametrize("judging", [False, True], ids=["while it waits", "while it judges"])
async def test_run_cancelled_by_hand_ends_cancelled(client: Client, judging: bool) -> None:
    """Whoever cancels means it; the case goes on in the run that reconcile begins."""
    reached, go_on = threading.Event(), threading.Event()

    def slowly() -> Standing:
        reached.set()
        go_on.wait(8)
        raise ApplicationError("0123456789ab", type="Incident")

    answers: list[Answer] = [FIRST, slowly] if judging else [FIRST]
    async with started(client, *answers) as run:
        await run.idle()
        if judging:
            await run.ring()
            await until(reached.is_set)
        await run.handle.cancel()

        with pytest.raises(WorkflowFailureError):
            await run.handle.result()
        go_on.set()
        assert await run.status() is WorkflowExecutionStatus.CANCELED


async def test_signal_before_the_first_task_loses_nothing(client: Client) -> None:
    name, record = str(uuid4()), Record([FIRST, FIRST, CLOSED])
    handle: WorkflowHandle[PlatformMessage, Closing] = await client.start_workflow(
        WORKFLOW_PLATFORM_MESSAGE,
        Start(name, "2026-1", "S2", FIRST),
        id=f"message-{name}",
        task_queue=name,
        result_type=Closing,
        start_signal="assign",
    )
    run = Run(client, handle, record)
    await run.ring("endorse")

    async with workers(client, record, name):
        await until(lambda: record.calls)
        await run.idle()
        await run.ring()
        await until(lambda: record.calls >= 2)
        await run.ring()
        assert await handle.result() == Closing("declined", 2)


def _in(time: timedelta) -> str:
    return (datetime.now(UTC) + time).isoformat()
