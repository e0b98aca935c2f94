"""The commands of each path, compared with `commands.txt`: a change of their order breaks the runs that are under way."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from temporal.client import CONVERTER
from tests.process.clock import Clock
from tests.process.walk import PATHS
from tests.product import Product
from tests.shape.fingerprint import commands, golden, histories_of, took_a_detour
from workflows.platform_message import PlatformMessage

GOLDEN = Path(__file__).with_name("commands.txt")

TEACHES = """
The path «{path}» gives other commands than {golden} says:

{difference}

Messages of the released version are on their way through this code for weeks. When their histories are replayed, each must
give the commands of its past in the same order, or its run stops with a NondeterminismError.

* If the change is meant, gate it: `if workflow.patched("<year>-<what>:<stage>:<entry>"):` as the first line of the stage's own
  method, the old order in the other branch; docs/patches.md shows how, and which three histories prove it.
* What never needs a gate: bodies of activities, timeouts and retry policies, summaries, new signals, fields with defaults.
* Then, and only then: `python -m tests.shape.record` writes the new shape, `python -m tests.replay.record` adds histories
  (it overwrites none). `pytest tests/replay` shows whether the histories of past releases still replay.
"""


@pytest.mark.anyio
@pytest.mark.parametrize("path", PATHS)
async def test_path_gives_the_commands_of_the_golden_file_and_replays(
    product: Product, clock: Clock, path: str
) -> None:
    runs = await walked(product, clock, path)

    found = [line for run in runs for line in commands(run)]
    expected = golden(GOLDEN)[path]
    assert found == expected, TEACHES.format(path=path, golden=GOLDEN.name, difference=_difference(expected, found))
    for run in runs:
        await Replayer(workflows=[PlatformMessage], data_converter=CONVERTER).replay_workflow(run)


async def walked(product: Product, clock: Clock, path: str) -> list[WorkflowHistory]:
    """The path's histories; walked again where a busy machine made a local judge too slow, which is another shape."""
    for _ in range(3):
        walk = await PATHS[path](product, clock)
        runs = await histories_of(clock.handle(walk.message), product.client)
        if not any(took_a_detour(run) for run in runs):
            return runs
    pytest.fail("the machine is so busy that a local judge takes more than its two seconds, three times in a row")


def test_golden_file_knows_each_path_and_no_other() -> None:
    assert set(golden(GOLDEN)) == set(PATHS)


def test_failure_says_what_to_gate() -> None:
    text = TEACHES.format(path="answered", golden=GOLDEN.name, difference=_difference(["a", "b"], ["a", "c"]))

    assert "workflow.patched(" in text
    assert "line 2: «b» became «c»" in text


def _difference(expected: list[str], found: list[str]) -> str:
    for number, (was, now) in enumerate(zip(expected, found, strict=False), 1):
        if was != now:
            return f"line {number}: «{was}» became «{now}»"
    if len(found) > len(expected):
        return f"after line {len(expected)}: «{found[len(expected)]}» is new"
    return f"after line {len(found)}: «{expected[len(found)]}» is gone" if len(expected) > len(found) else "nothing"
