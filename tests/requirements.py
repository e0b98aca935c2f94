"""Which clauses of the requirements catalogue have a passing test: `make requirements`, after `make test`.

`catalogue.txt` has each clause and its kind, `requirements-open.txt` the clauses that nothing shows yet, each with the
piece of work that will. The command fails when the second list is not exactly what is missing: a clause that lost its
test is told, and so is one that has a test now and can leave the list.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
RESULTS = Path(".otklik-tests", "requirements.json")
"""What the test runs left, in the checkout; written by `requirement_plugin`."""


@cache
def catalogue() -> Mapping[str, str]:
    """Each clause with its kind, in the catalogue's order."""
    return _pairs(_HERE / "catalogue.txt")


def still_open() -> Mapping[str, str]:
    """The clauses that nothing shows yet, each with the piece of work that will show it."""
    return _pairs(_HERE / "requirements-open.txt")


def shown(tests: Mapping[str, Any]) -> dict[str, list[str]]:
    """Each clause that is shown, with its tests: at least one names it, and all that name it passed."""
    found: dict[str, list[str]] = {}
    failed: set[str] = set()
    for test, row in sorted(tests.items()):
        for clause in row["ids"]:
            found.setdefault(clause, []).append(test)
            if not row["passed"]:
                failed.add(clause)
    return {clause: names for clause, names in found.items() if clause not in failed}


def summary(clauses: Iterable[str], covered: Iterable[str]) -> list[str]:
    """One line a regulation: `S2 62/66 missing: S2-57 S2-58 S2-59 S2-60`."""
    have = set(covered)
    acts: dict[str, list[str]] = {}
    for clause in clauses:
        acts.setdefault(clause.partition("-")[0], []).append(clause)
    lines = []
    for act, ids in acts.items():
        missing = [clause for clause in ids if clause not in have]
        tail = f" missing: {' '.join(missing)}" if missing else ""
        lines.append(f"{act} {len(ids) - len(missing)}/{len(ids)}{tail}")
    return lines


def differences(missing: Iterable[str], listed: Mapping[str, str]) -> list[str]:
    """What must change, in the tests or in the list of open clauses; empty when both agree."""
    lacking = list(missing)
    lost = [
        f"{clause}: no passing test. Show it, or list it in tests/requirements-open.txt with its piece of work."
        for clause in lacking
        if clause not in listed
    ]
    gained = [
        f"{clause}: shown now. Remove it from tests/requirements-open.txt ({work})."
        for clause, work in listed.items()
        if clause not in lacking
    ]
    return lost + gained


def main(results: Path, listed: Mapping[str, str]) -> int:
    """Prints the coverage; 0 when the missing clauses are those listed as open, 1 otherwise, 2 without results."""
    if not results.exists():
        print("No results yet: run `make test` first.")
        return 2
    kept = json.loads(results.read_text(encoding="utf-8"))
    covered = shown(kept["tests"])
    for clause, kind in catalogue().items():
        tests = covered.get(clause)
        print(f"{clause} {kind:<4} {_tests(tests) if tests else 'open: ' + listed.get(clause, 'NO TEST')}")
    found = differences([clause for clause in catalogue() if clause not in covered], listed)
    for difference in found:
        print(difference)
    print(_origin(kept))
    for line in summary(catalogue(), covered):
        print(line)
    return 1 if found else 0


def _tests(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _origin(kept: Mapping[str, Any]) -> str:
    """Where the results come from, so that nobody takes old ones for today's."""
    whole = f"Results of the whole suite of {kept['whole']}" if kept["whole"] else "No run of the whole suite yet"
    return f"{whole}, with later runs of single tests until {kept['partial']}." if kept["partial"] else f"{whole}."


def _pairs(file: Path) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            clause, _, rest = line.partition(" ")
            if clause in pairs or not rest.strip():
                raise ValueError(f"{file.name}: {line!r}: each clause once, with a word after it")
            pairs[clause] = rest.strip()
    return pairs


if __name__ == "__main__":
    sys.exit(main(_HERE.parent / RESULTS, still_open()))
