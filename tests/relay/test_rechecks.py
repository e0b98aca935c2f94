"""Cases that reference data may have moved are judged again soon, though nobody decided anything about them."""

from __future__ import annotations

import pytest

from domain.vocabulary import SIGNAL_RING
from embedded.temporal_server import TemporalServer
from relay.bells import Bells
from storage import rechecks
from storage.rechecks import mark, marked
from storage.reconciling import NOWHERE
from storage.reference import touch
from temporal import bell
from tests.relay.builders import Desk
from tests.relay.test_reconcile import fresh_client, signals, start, until, working

pytestmark = pytest.mark.anyio


def waiting(desk: Desk) -> list[str]:
    return marked(desk.engine, after=NOWHERE, limit=10)


async def test_marked_case_is_rung_for_and_its_verdict_clears_the_mark(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message, other = desk.assigned(), desk.accepted()
    for one in (message, other):
        await start(client, desk, one)
    with desk.engine.begin() as connection:
        mark(connection, rechecks.case.c.executor == desk.people["executor"])
    assert waiting(desk) == [message]

    await Bells(desk.engine, client, lambda: None).round()
    async with working(client, desk):
        await until(lambda: waiting(desk) == [])

    assert [name for name, _ in await signals(client, message)] == [SIGNAL_RING]
    assert await signals(client, other) == []


async def test_marked_case_without_a_run_gets_one(desk: Desk, temporal: TemporalServer) -> None:
    client = await fresh_client(temporal)
    message = desk.assigned()
    lost: list[bool] = []
    with desk.engine.begin() as connection:
        mark(connection, rechecks.case.c.id == message)

    await Bells(desk.engine, client, lambda: lost.append(True)).round()

    assert lost == [True]
    assert await bell.is_running(client, message)


async def test_message_that_comes_while_reference_data_change_is_judged_again(desk: Desk) -> None:
    with desk.engine.connect() as connection:
        touch(connection)
        during = desk.register()
        connection.rollback()
    desk.register()

    assert waiting(desk) == [during]


async def test_mark_is_of_the_transaction_and_of_open_cases_alone(desk: Desk) -> None:
    message = desk.assigned()
    with desk.engine.connect() as connection:
        mark(connection, rechecks.case.c.id == message)
        connection.rollback()

    desk.judge(message)

    assert waiting(desk) == []
