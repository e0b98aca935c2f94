"""Remembers which clauses of the requirements catalogue were shown, for `make requirements`.

Each test marked `@pytest.mark.requirement("S2-34")` leaves one row in `.otklik-tests/requirements.json`: its clauses
and whether it passed. A clause counts as shown when there is a row that names it and all such rows passed.

* A run of the whole suite (no path, no `-k`, no `-m` …) removes the file when it begins and writes its own rows when it
  ends; cut short, it leaves few rows or none, and `make requirements` says what is missing.
* Any other run replaces the rows of the tests that it ran, keeps the rest and says so in the file (`partial`). Rows of
  tests that were renamed or deleted meanwhile live until the next whole run.
* A skipped or expectedly failing test shows nothing. With xdist the controller alone writes: marks travel in reports.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import RESULTS, catalogue

_PROPERTY = "requirement"


@dataclass
class _Row:
    """What became of one test."""

    ids: set[str] = field(default_factory=set)
    called: bool = False
    failed: bool = False

    def add(self, report: pytest.TestReport) -> None:
        self.ids |= {str(value) for name, value in report.user_properties if name == _PROPERTY}
        expected_to_fail = hasattr(report, "wasxfail")
        self.called = self.called or (report.when == "call" and report.passed and not expected_to_fail)
        self.failed = self.failed or report.failed

    def as_json(self) -> dict[str, Any]:
        return {"ids": sorted(self.ids), "passed": self.called and not self.failed}


class Recorder:
    """Gathers the reports of one run; lives in the process that sees all of them."""

    def __init__(self, file: Path, whole: bool) -> None:
        self.file, self.whole = file, whole
        self.rows: dict[str, _Row] = {}

    def pytest_sessionstart(self) -> None:
        if self.whole:
            self.file.unlink(missing_ok=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.rows.setdefault(report.nodeid, _Row()).add(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        before = {} if self.whole or not self.file.exists() else json.loads(self.file.read_text(encoding="utf-8"))
        if self.rows:
            self._write(merged(before, self.rows, self.whole))

    def _write(self, results: dict[str, Any]) -> None:
        """Replaced in one step: a reader or a second run never sees half a file."""
        self.file.parent.mkdir(exist_ok=True)
        draft = self.file.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps(results, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(self.file)


def merged(before: dict[str, Any], rows: dict[str, _Row], whole: bool) -> dict[str, Any]:
    """The results after a run: its own rows over those kept from before."""
    tests = dict(before.get("tests", {}))
    for test, row in rows.items():
        old = tests.pop(test, None)
        if not row.ids and row.failed and old:
            row.ids = set(old["ids"])  # its worker crashed, and with it the marks
        if row.ids:
            tests[test] = row.as_json()
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "tests": tests,
        "whole": moment if whole else before.get("whole"),
        "partial": None if whole else moment,
    }


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    config.pluginmanager.register(Recorder(config.rootpath / RESULTS, _is_whole(config)), "otklik-requirements")


def pytest_itemcollected(item: pytest.Item) -> None:
    known = catalogue()
    for mark in item.iter_markers("requirement"):
        for clause in mark.args:
            if clause not in known:
                raise pytest.UsageError(f"{item.nodeid}: no clause {clause!r} in tests/catalogue.txt; correct the mark")
            item.user_properties.append((_PROPERTY, clause))


def _is_whole(config: pytest.Config) -> bool:
    """Whether this run has all tests of the suite: nothing selected, nothing left out."""
    everything = list(config.getini("testpaths"))
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS and config.args != everything:
        return False
    options = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "last_failed", "stepwise")
    return not any(getattr(config.option, option, None) for option in options)
