"""The operations page knows every environment variable."""

from __future__ import annotations

from pathlib import Path

from settings import Settings, variables

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"


def test_operations_page_lists_every_variable_with_its_description() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `OTKLIK_")]

    expected = [f"| `{name}` | {_default(name)} | {what} |" for name, what in variables().items()]

    assert rows == expected, "put these rows into docs/operations.md:\n" + "\n".join(expected)
    assert all(variables().values()), "a variable has no description"


def _default(name: str) -> str:
    field = Settings.model_fields[name.removeprefix("OTKLIK_").lower()]
    if field.is_required():
        return "**required**"
    return "" if field.default in (None, "") else f"`{field.default}`"
