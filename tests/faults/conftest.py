"""What the tests of faults share: servers of their own to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.ports import free_port
from embedded.temporal_server import TemporalServer


@pytest.fixture
def own_temporal(tmp_path: Path) -> Iterator[TemporalServer]:
    """A Temporal server of this test alone."""
    with TemporalServer(tmp_path / "temporal", free_port()) as server:
        yield server
