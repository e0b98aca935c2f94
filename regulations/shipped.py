"""The revisions that come with the product, and the form in which the record keeps them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from regulations.reading import RegulationError


def shipped() -> tuple[dict[str, Any], ...]:
    """The regulations as their TOML files have them, in order of file name. Each may be given to `parse` and `body_json`."""
    return tuple(body for body in _bodies() if "stages" in body)


def shipped_orders() -> tuple[dict[str, Any], ...]:
    """The orders with a role model and categories, as their TOML files have them: for `roles_annex` and `categories_annex`."""
    return tuple(body for body in _bodies() if "categories" in body)


def _bodies() -> list[dict[str, Any]]:
    folder = files("regulations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in names]


def body_json(body: Mapping[str, object]) -> dict[str, Any]:
    """The body as JSON can carry it: dates as ISO text, all else as it was.

    What PostgreSQL gives back from a `jsonb` column equals it, and `parse` reads both alike.
    """
    return {key: _plain(value, key) for key, value in body.items()}


def body_hash(body: Mapping[str, object]) -> str:
    """The SHA-256 of the body's canonical JSON: the same for TOML and for what came back from the record."""
    canonical = json.dumps(body_json(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: object, at: str) -> Any:
    match value:
        case str() | int():
            return value
        case date() if not isinstance(value, datetime):
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(inner, f"{at}.{key}") for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner, f"{at}[{index}]") for index, inner in enumerate(value)]
    # A float, a time or a null would not come back from the record as the same text, and the hash would differ.
    raise RegulationError(at, f"{value!r} не сохранить", "напишите текст, целое число, true, false или дату")
