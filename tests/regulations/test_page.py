"""The committed page says what the data say."""

from __future__ import annotations

from pathlib import Path

from regulations import shipped
from regulations.page import page

PAGE = Path(__file__).parents[2] / "docs" / "regulations.md"


def test_committed_page_is_current() -> None:
    committed = PAGE.read_text(encoding="utf-8")

    assert committed == page(shipped()), "run: .venv/bin/python -m regulations.page > docs/regulations.md"


def test_page_shows_each_clause_once() -> None:
    lines = page(shipped()).splitlines()

    for body in shipped():
        for clause in body["clauses"]:
            assert sum(line.startswith(f"| {clause['id']} |") for line in lines) == 1


def test_page_shows_the_annex_as_printed() -> None:
    assert "| Исполнение | `execution` | 65 | 19 d 12 h | 6 d 12 h |" in page(shipped())
