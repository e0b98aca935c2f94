"""No run is remembered between tasks, so each task is replayed from its beginning: what is not deterministic fails here.

The worker keeps no run (`max_cached_workflows=0`): every path of a message is walked by people over HTTP as with a memory.
"""

from __future__ import annotations

import pytest

from tests.process.clock import Clock
from tests.process.walk import PATHS
from tests.product import Product

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def remembered_runs() -> int:
    """None."""
    return 0


@pytest.mark.parametrize("name", PATHS)
async def test_path_replayed_at_every_task_ends_as_with_a_memory(product: Product, clock: Clock, name: str) -> None:
    walk = await PATHS[name](product, clock)

    case = walk.case
    handle = clock.handle(walk.message)
    assert await handle.result() == {"outcome": case["outcome"], "version": case["version"]}
    history = await handle.fetch_history()
    assert not [event for event in history.events if event.HasField("workflow_task_failed_event_attributes")]
    assert product.rows("SELECT id FROM decision WHERE verdict <> 'accepted'") == []
