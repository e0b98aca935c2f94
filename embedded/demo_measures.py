"""The demonstration's order with its measures: one done, one being read, one overdue, one to come."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage import tables as t
from storage.engine import now

MEASURES_FILE = Path(__file__).with_name("demo_measures.toml")
_HEAD = ("code", "title", "body", "number", "signed_on", "link")
_MEASURE = ("kind", "title", "clause", "organisation", "unit")


def create(connection: sa.Connection, staff: Mapping[str, int]) -> None:
    """The order and its measures are in the record. `staff`: numbers by login."""
    source = tomllib.loads(MEASURES_FILE.read_text(encoding="utf-8"))
    at = now(connection)
    head = {name: source[name] for name in _HEAD} | {"controller": staff[source["controller"]]}
    connection.execute(sa.insert(t.order).values(head))
    for one in source["measures"]:
        values = {name: one[name] for name in _MEASURE if name in one} | _state(one, staff, at)
        number = connection.execute(
            sa.insert(t.measure).values(values | {"order_code": source["code"]}).returning(t.measure.c.id)
        ).scalar_one()
        for login, organisation, days in one.get("read", ()):
            read = {"measure": number, "person": staff[login], "organisation": organisation}
            asked = {"asked_at": at - timedelta(days=7), "acknowledged_at": at - timedelta(days=days) if days else None}
            connection.execute(sa.insert(t.acknowledgement).values(read | asked))


def _state(one: Mapping[str, Any], staff: Mapping[str, int], at: datetime) -> dict[str, Any]:
    """Who does it, by when, and how it was done where it was."""
    found: dict[str, Any] = {"due_on": (at + timedelta(days=one["due_in"])).date()}
    if "person" in one:
        found["person"] = staff[one["person"]]
    if "done" in one:
        login, days, evidence, link = one["done"]
        done = {"done_at": at - timedelta(days=days), "done_by": staff[login]}
        found |= done | {"evidence": evidence, "link": link}
    return found
