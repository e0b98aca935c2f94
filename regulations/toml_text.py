"""A body as TOML, for whoever wants to change it in an editor and give it back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def toml_text(body: Mapping[str, Any]) -> str:
    """The body's TOML: what `tomllib` reads from it equals the body."""
    return "\n".join(_table(body, "")).strip() + "\n"


def _table(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Plain values first: whatever stands after the head of an inner table belongs to that table."""
    inner = {key: value for key, value in table.items() if _is_tables(value) or isinstance(value, Mapping)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in inner.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            yield f"\n[{name}]"
            yield from _table(value, name)
        else:
            for row in value:
                yield f"\n[[{name}]]"
                yield from _table(row, name)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
