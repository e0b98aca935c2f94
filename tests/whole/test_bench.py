"""`make bench` measures, and its last line is what programs may rely on."""

from __future__ import annotations

import inspect
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from bench import lists
from bench.figures import DECISIONS, Sample
from bench.main import AT_ONCE, Rounds, report

CHECKOUT = Path(__file__).resolve().parents[2]
NUMBER = r"(\d+(?:\.\d+)?)"
LAST_LINE = re.compile(
    rf"throughput_ratio={NUMBER} p50_ratio={NUMBER} p99_ms={NUMBER} events=(\d+) sd={NUMBER} cores=(\d+)"
)


def sample(latency: float, throughput: float) -> Sample:
    return Sample((latency,) * (100 * DECISIONS - 7) + (10 * latency,) * 7, throughput)


def test_report_is_the_median_of_the_rounds_and_their_scatter() -> None:
    bare = Rounds(crowd=[sample(0, rate) for rate in (20, 10, 40)], alone=[sample(ms, 0) for ms in (8, 9, 30)])
    product = Rounds(crowd=[sample(0, rate) for rate in (8, 6, 20)], alone=[sample(ms, 0) for ms in (18, 10, 27)])
    said: list[str] = []

    report(bare, product, silent=sample(20, 0), events=55, say=said.append)

    ratios = [0.4, 0.6, 0.5]
    found = LAST_LINE.fullmatch(said[-1])
    assert found
    assert [float(value) for value in found.groups()] == [
        0.5,  # the median of the ratios round by round, not of the rates (8 and 20)
        2.0,
        180.0,
        55,
        round(statistics.stdev(ratios), 3),
        os.cpu_count(),
    ]


def test_benchmark_unasked_is_five_rounds_of_a_hundred_lifecycles_twenty_at_once() -> None:
    asked = {name: choice.default for name, choice in inspect.signature(cli.bench).parameters.items()}

    assert (asked["rounds"], asked["lifecycles"]) == (5, 100)
    assert (AT_ONCE, DECISIONS) == (20, 6)


@pytest.mark.timeout(600)
def test_benchmark_of_one_lifecycle_runs_and_ends_with_its_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "bench", "--rounds", "1", "--lifecycles", "1", "--messages", "0"],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )

    said = done.stdout.decode().splitlines()
    assert done.returncode == 0, done.stderr.decode()
    found = LAST_LINE.fullmatch(said[-1])
    assert found, said[-1]
    throughput, p50, p99, events, scatter, cores = map(float, found.groups())
    assert min(throughput, p50, p99) > 0
    assert events > 3 * DECISIONS  # of a whole lifecycle: each decision is a signal, a task and a verdict at least
    assert (scatter, cores) == (0, os.cpu_count())
    told = "\n".join(said)
    for measured in (
        r"^диск: [\d.]+ мс",
        r"^bare +[\d.]+ дел/с",
        r"^product +[\d.]+ дел/с",
        r"с молчащим почтовым сервером: .*p99 [\d.]+ мс",
    ):
        assert re.search(measured, told, re.MULTILINE), measured


def test_benchmark_of_lists_reads_as_each_person_and_ends_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LOGINS", ("coordinator-1-0", "head-1-2"))
    monkeypatch.setattr(lists, "REPEATS", 2)
    said: list[str] = []

    lists.main(messages=3000, say=said.append)

    assert re.fullmatch(
        rf"list_p95_ms={NUMBER} desk_p95_ms={NUMBER} card_p95_ms={NUMBER} counters_p95_ms={NUMBER} "
        r"blocks_p95=\d+ whole_tables=\d+ messages=3000 cores=\d+",
        said[-1],
    )
    told = "\n".join(said)
    for kind in (*lists.LISTS, lists.CARD, lists.COUNTERS):
        assert re.search(rf"^{kind} +\d+ / \d+ +\d+ / \d+$", told, re.MULTILINE), kind
    assert re.search(rf"^{lists.DESK} +\d+ / \d+ *$", told, re.MULTILINE), "a head shares nothing out"
