"""Signals sent by hand with the `temporal` program: whatever they are called and carry, they decide and harm nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from domain.vocabulary import SIGNAL_RENEW, SIGNAL_RING, Action, workflow_id
from embedded.temporal_server import TemporalServer, program
from tests.faults.record import signals
from tests.process.clock import Clock
from tests.process.walk import Walk
from tests.product import Product
from tests.whole_record import changes, everything

pytestmark = pytest.mark.anyio

BINARY = ["--input", "AAECAwQF/////w==", "--input-base64", "--input-meta", "encoding=binary/of-another-world"]
INPUTS: dict[str, list[str]] = {
    "no input": [],
    "what the API sends": ["--input", '"7a0a4bb0-5f7b-4b55-9f60-6f3e5a1f0c11"'],
    "somebody's parameters": ["--input", '{"executor": 1, "reason": "так надо"}'],
    "several inputs": ["--input", "null", "--input", "[[[1e400]]]", "--input", '"\\u0000"'],
    "a broken message": ["--input", "e25vdA==", "--input-base64", "--input-meta", "encoding=binary/protobuf"],
    "garbage": BINARY,
}
NAMES = [Action.APPROVE.value, Action.START_WORK.value, "DROP TABLE journal", "нет такого действия", "__proto__"]


async def by_hand(temporal: TemporalServer, product: Product, message: str, name: str, given: list[str]) -> None:
    """Sent as an engineer would, in a shell without profiles of his own."""
    command = ["workflow", "signal", "--workflow-id", workflow_id(message), "--name", name, *given]
    where = ["--address", temporal.address, "--namespace", product.settings.temporal_namespace]
    process = await asyncio.create_subprocess_exec(
        program(),
        *command,
        *where,
        env={"PATH": os.environ["PATH"], "HOME": str(Path(temporal.database).parent)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_signals_sent_by_hand_change_nothing_and_the_case_is_finished(
    product: Product, clock: Clock, temporal: TemporalServer
) -> None:
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign()
    before = everything(product.engine)

    sent = [(name, given) for name in NAMES for given in ([], BINARY)]
    sent += [(Action.APPROVE.value, given) for given in INPUTS.values()] + [(SIGNAL_RING, []), (SIGNAL_RING, BINARY)]
    for name, given in sent:
        await by_hand(temporal, product, walk.message, name, given)
    heard = await signals(product, walk.message)
    await clock.settle(walk.message)
    after = everything(product.engine)

    assert heard[-len(sent) :] == [name for name, _ in sent]
    assert changes(before, after) == {}
    await walk.submit("head")
    await walk.do("head", "endorse")
    await walk.do("head2", "approve")
    await walk.close()
    assert await clock.handle(walk.message).result() == {"outcome": "answered", "version": 6}
    history = await clock.handle(walk.message).fetch_history()
    assert not [event for event in history.events if event.HasField("workflow_task_failed_event_attributes")]


async def test_renewal_asked_by_hand_with_garbage_carries_the_case_on(
    product: Product, clock: Clock, temporal: TemporalServer
) -> None:
    walk = await Walk.begin(product, clock)
    await walk.accept()
    run = (await clock.handle(walk.message).describe()).run_id

    await by_hand(temporal, product, walk.message, SIGNAL_RENEW, BINARY)
    await clock.settle(walk.message)

    assert (await clock.handle(walk.message).describe()).run_id != run
    await walk.assign()
    assert walk.case["stage"] == "execution"
