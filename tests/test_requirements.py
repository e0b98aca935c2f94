"""The bookkeeping of clauses: nothing counts as shown that was not, and a part of a run is not taken for a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import RESULTS, catalogue, differences, main, shown, still_open, summary

CHECKOUT = Path(__file__).parents[1]

SUITE = """
import pytest

@pytest.mark.requirement("S2-01", "S2-02")
def test_good(): pass

@pytest.mark.requirement("S2-02")
def test_bad(): assert BAD == 0

@pytest.mark.requirement("S2-03")
def test_skipped(): pytest.skip("not here")

@pytest.mark.requirement("S2-04")
@pytest.mark.xfail(reason="a known gap")
def test_expected_to_fail(): assert False

@pytest.mark.requirement("S2-05")
@pytest.mark.xfail(reason="a known gap", strict=False)
def test_passes_by_surprise(): pass

@pytest.fixture
def broken(): raise RuntimeError

@pytest.mark.requirement("S2-06")
def test_without_its_fixture(broken): pass

def test_unmarked(): pass
"""


class Suite:
    """A small suite of its own in a folder of its own, run by a pytest of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "suite").mkdir()
        (folder / "pytest.ini").write_text("[pytest]\ntestpaths = suite\nmarkers = requirement(id): a clause\n")
        self.write("test_clauses.py", SUITE.replace("BAD", "1"))

    def write(self, name: str, text: str) -> None:
        (self.folder / "suite" / name).write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.requirement_plugin"]
        if "-n" in arguments:
            command += ["-p", "xdist"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [*command, *arguments],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / RESULTS).read_text(encoding="utf-8"))
        return found

    @property
    def shown(self) -> set[str]:
        return set(shown(self.results["tests"]))


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


# --- what a run leaves ---


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_clause_is_shown_when_all_tests_that_name_it_passed(suite: Suite, workers: tuple[str, ...]) -> None:
    suite.run(*workers)

    assert suite.shown == {"S2-01"}
    assert suite.results["whole"]
    assert suite.results["partial"] is None
    assert len(suite.results["tests"]) == 6


def test_run_of_one_test_changes_its_own_row_alone_and_says_so(suite: Suite) -> None:
    suite.run()
    whole = suite.results["whole"]
    suite.write("test_clauses.py", SUITE.replace("BAD", "0"))

    suite.run("suite/test_clauses.py::test_bad")

    assert suite.shown == {"S2-01", "S2-02"}
    assert suite.results["whole"] == whole
    assert suite.results["partial"]


@pytest.mark.parametrize("selection", [("-k", "good"), ("suite/test_clauses.py::test_good",), ("-m", "requirement")])
def test_selection_is_not_taken_for_the_whole(suite: Suite, selection: tuple[str, ...]) -> None:
    suite.run(*selection)

    assert suite.results["whole"] is None
    assert suite.results["partial"]


def test_whole_run_forgets_tests_that_are_gone(suite: Suite) -> None:
    suite.write("test_more.py", 'import pytest\n@pytest.mark.requirement("S2-07")\ndef test_more(): pass\n')
    suite.run()
    before = suite.shown
    (suite.folder / "suite" / "test_more.py").unlink()

    suite.run()

    assert before - suite.shown == {"S2-07"}


def test_whole_run_that_is_cut_short_leaves_no_old_results(suite: Suite) -> None:
    suite.run()

    suite.write("test_broken.py", "import nothing_of_this_name\n")
    suite.run()

    assert not (suite.folder / RESULTS).exists()


def test_lost_mark_takes_its_clause_along(suite: Suite) -> None:
    suite.run()
    suite.write("test_clauses.py", SUITE.replace('@pytest.mark.requirement("S2-01", "S2-02")', ""))

    suite.run("suite/test_clauses.py::test_good")

    assert "S2-01" not in suite.shown


def test_worker_that_dies_takes_its_clause_along(suite: Suite) -> None:
    suite.run()
    suite.write(
        "test_clauses.py", SUITE.replace("def test_good(): pass", "def test_good():\n    import os; os._exit(1)")
    )

    suite.run("-n", "1", "suite/test_clauses.py::test_good")

    assert "S2-01" not in suite.shown
    assert any(row["ids"] == ["S2-01", "S2-02"] and not row["passed"] for row in suite.results["tests"].values())


def test_listing_tests_changes_nothing(suite: Suite) -> None:
    suite.run()
    before = suite.results

    suite.run("--collect-only")

    assert suite.results == before


def test_mark_of_an_unknown_clause_stops_the_run(suite: Suite) -> None:
    suite.write("test_typo.py", 'import pytest\n@pytest.mark.requirement("S2-99")\ndef test_typo(): pass\n')

    run = suite.run()

    assert run.returncode != 0
    assert "no clause 'S2-99' in tests/catalogue.txt" in run.stdout + run.stderr


# --- what is told ---


def test_summary_has_a_line_for_each_act() -> None:
    lines = summary(["S2-01", "S2-02", "S2-57", "S3-01"], ["S2-01", "S3-01"])

    assert lines == ["S2 1/3 missing: S2-02 S2-57", "S3 1/1"]


def test_differences_name_what_was_lost_and_what_was_gained() -> None:
    lost, gained = differences(["S2-02", "S2-57"], {"S2-57": "oversight", "S2-58": "oversight"})

    assert lost.startswith("S2-02: no passing test.")
    assert gained.startswith("S2-58: shown now. Remove it")


def results_with(folder: Path, missing: set[str]) -> Path:
    file = folder / "requirements.json"
    tests = {f"test_{clause}": {"ids": [clause], "passed": True} for clause in catalogue() if clause not in missing}
    file.write_text(json.dumps({"tests": tests, "whole": "2026-11-22T10:00:00+00:00", "partial": None}))
    return file


def test_command_succeeds_when_exactly_the_open_clauses_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = {"S2-57": "oversight", "S2-58": "oversight", "S2-59": "workplace", "S2-60": "workplace"}

    code = main(results_with(tmp_path, set(listed)), listed)

    assert code == 0
    assert "S2 62/66 missing: S2-57 S2-58 S2-59 S2-60" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("missing", [{"S2-34", "S2-57"}, set()], ids=["one lost", "one gained"])
def test_command_fails_when_the_missing_are_not_those_listed(tmp_path: Path, missing: set[str]) -> None:
    assert main(results_with(tmp_path, missing), {"S2-57": "oversight"}) == 1


def test_command_without_results_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / "requirements.json", {}) == 2
    assert "make test" in capsys.readouterr().out


# --- the catalogue ---


def test_catalogue_has_each_clause_of_the_five_acts_without_a_gap() -> None:
    counts = Counter(clause.partition("-")[0] for clause in catalogue())

    assert counts == {"S0": 60, "S1": 91, "S2": 66, "S3": 75, "S4": 85}
    assert list(catalogue()) == [f"{act}-{number:02}" for act in sorted(counts) for number in range(1, counts[act] + 1)]


def test_open_clauses_are_of_the_catalogue() -> None:
    assert still_open().keys() <= catalogue().keys()
