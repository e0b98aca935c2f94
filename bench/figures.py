"""Figures of a round, and what is said of several."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DECISIONS = 6
"""Decisions in a lifecycle: accept, assign, start_work, submit_answer, endorse, approve."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One round. Latencies in milliseconds, one a decision; throughput in lifecycles a second."""

    latencies: tuple[float, ...]
    throughput: float

    @property
    def p50(self) -> float:
        """The median decision."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """The decision that one in a hundred exceeds."""
        return statistics.quantiles(self.latencies, n=100)[98]


@dataclass
class Timer:
    """Collects a round's decisions."""

    _began: float = field(default_factory=time.perf_counter)
    _latencies: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Times one decision."""
        began = time.perf_counter()
        yield
        self._latencies.append((time.perf_counter() - began) * 1000)

    def sample(self, lifecycles: int) -> Sample:
        """The round that ends now."""
        return Sample(tuple(self._latencies), lifecycles / (time.perf_counter() - self._began))


def median(values: Sequence[float]) -> float:
    """The median of the rounds."""
    return statistics.median(values)


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of the rounds; 0 for a single one."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def disk(folder: Path) -> float:
    """How long the disk takes to keep a page for good, ms: a decision waits for that twice, bare Temporal never.

    Over what is there already, as PostgreSQL writes its log.
    """
    timer, page, pages = Timer(), bytes(8192), 100
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(page * pages)
        file.seek(0)
        for _ in range(pages):
            file.write(page)
            file.flush()
            with timer.one():
                os.fdatasync(file.fileno())
    return timer.sample(1).p50
